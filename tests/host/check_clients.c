#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "boards/host/serve/ask.h"
#include "boards/host/serve/calls.h"
#include "boards/host/serve/clients.h"
#include "boards/host/serve/query.h"
#include "boards/host/serve/reload.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/host/clock.h"
#include "net/host/secret.h"
#include "tests/checks.h"
#include "tests/support/folder.h"

/* The doors of three parties in this process, and clients at them. */

enum { KNOWN = 2, STRANGERS = 500, HASTY = 1000, MS = 120000, CLASSES = 5 };

struct site {
    struct tri_config cfg[TRI_PARTIES];
    uint8_t own[TRI_PARTIES][TRI_KEY_BYTES], client[KNOWN + 1][TRI_KEY_BYTES];
    struct tri_card card;
    struct tri_queue q[TRI_PARTIES];
    struct tri_clients *door[TRI_PARTIES];
    struct tri_kernels k;
    struct tri_peers peers; /* whose store is that of all three: one model */
    struct tri_store store;
    struct tri_entry model;
    int wake[TRI_PARTIES][2];
    atomic_ullong end[TRI_PARTIES]; /* clients that have lost a right */
};

static int can(void *self, const struct tri_config_client *who,
               const struct tri_ask *a, struct tri_why *why)
{
    (void)who;
    (void)self;
    (void)a;
    (void)why;
    return TRI_OK;
}

static int can_work(void *self, const struct tri_config_client *who,
                    struct tri_work *w, struct tri_why *why)
{
    (void)who;
    (void)self;
    (void)w;
    (void)why;
    return TRI_OK;
}

static size_t status(void *self, unsigned client, char *out, size_t size)
{
    (void)self;
    memset(out, 'x', size);
    return client == 0 ? size : (size_t)snprintf(out, size, "well\n");
}

static size_t no_jobs(void *self, unsigned client, char *out, size_t size)
{
    (void)self;
    (void)client;
    (void)size;
    out[0] = '\0';
    return 0;
}

static uint64_t reread(void *self)
{
    return atomic_exchange((atomic_ullong *)self, 0);
}

static void free_ports(unsigned port[TRI_PARTIES])
{
    struct sockaddr_in sa = { .sin_family = AF_INET };
    socklen_t len = sizeof sa;
    int fd[TRI_PARTIES];

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        sa.sin_port = 0;
        fd[j] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        (void)bind(fd[j], (struct sockaddr *)&sa, sizeof sa);
        (void)getsockname(fd[j], (struct sockaddr *)&sa, &len);
        port[j] = ntohs(sa.sin_port);
    }
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        close(fd[j]);
}

/* Clients 0 and 1 are known, 2 is not. */
static struct site *open_site(struct tri_check *c)
{
    struct site *const s = tri_secret_alloc(sizeof *s);
    struct tri_why why = { "" };
    unsigned port[TRI_PARTIES];
    int rc = TRI_OK;

    tri_kernels_init(&s->k, tri_cpu_detect());
    free_ports(port);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        memset(s->own[j], 0x21 + (int)j, TRI_KEY_BYTES);
        tri_x25519_public(s->card.key[j], s->own[j]);
        snprintf(s->card.addr[j], sizeof s->card.addr[j], "127.0.0.1:%u",
                 port[j]);
    }
    for (unsigned i = 0; i <= KNOWN; i++)
        memset(s->client[i], 0x41 + (int)i, TRI_KEY_BYTES);
    (void)pthread_mutex_init(&s->store.lock, NULL);
    s->store.peers = &s->peers;
    s->store.entry[s->store.n++] = &s->model;
    s->model = (struct tri_entry){ .name = "m", .placed = 1, .agreed = 1 };
    s->model.share.head.kind = TRI_SHARE_MODEL;
    s->model.share.net.classes = CLASSES;
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        const struct tri_clients_host host = { .self = &s->end[j],
                                               .store = &s->store,
                                               .can_ask = can,
                                               .can_work = can_work,
                                               .jobs = no_jobs,
                                               .status = status,
                                               .reread = reread };
        struct tri_config *const cfg = &s->cfg[j];

        *cfg = (struct tri_config){ .id = j,
                                    .clients = KNOWN,
                                    .deadline = 60,
                                    .limit_bytes = 20000,
                                    .limit_store = 20000,
                                    .limit_jobs = 4,
                                    .limit_rate = 1000000 };
        for (unsigned i = 0; i < KNOWN; i++) {
            snprintf(cfg->client[i].name, sizeof cfg->client[i].name, "c%u", i);
            tri_x25519_public(cfg->client[i].key, s->client[i]);
            cfg->client[i].rights =
                TRI_RIGHT_QUERY | TRI_RIGHT_UPLOAD | TRI_RIGHT_REVEAL;
        }
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            memcpy(cfg->party[i].key, s->card.key[i], TRI_KEY_BYTES);
            memcpy(cfg->service[i], s->card.addr[i], sizeof cfg->service[i]);
        }
        if (pipe2(s->wake[j], O_NONBLOCK | O_CLOEXEC) != 0)
            rc = TRI_E_IO;
        if (rc == TRI_OK)
            rc = tri_queue_start(&s->q[j], s->wake[j][1]);
        if (rc == TRI_OK)
            rc = tri_clients_start(&s->door[j], cfg, s->own[j], &s->k, &s->q[j],
                                   s->wake[j][0], &host, &why);
    }
    if (rc != TRI_OK)
        (void)tri_check_fail(c, "no doors: %s", why.text);
    return s;
}

static void close_site(struct site *s)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        tri_clients_stop(s->door[j]);
        tri_queue_end(&s->q[j]);
        close(s->wake[j][0]);
        close(s->wake[j][1]);
    }
    (void)pthread_mutex_destroy(&s->store.lock);
    tri_secret_free(s);
}

/* Client `i` calls all three. */
static int call(struct tri_calls *q, struct site *s, unsigned i,
                struct tri_why *why)
{
    why->text[0] = '\0';
    return tri_calls_open(q, &s->card, s->client[i], &s->k, MS, why);
}

/* A question and its answer. \return milliseconds, or -1 */
static int ask_status(struct tri_calls *q, struct tri_why *why)
{
    static const uint64_t len[TRI_PARTIES];
    uint8_t *const block[TRI_PARTIES] = { tri_talk_block(0), tri_talk_block(0),
                                          tri_talk_block(0) };
    const uint64_t begun = tri_clock_ns();

    why->text[0] = '\0';
    return tri_calls_send(q, TRI_MESSAGE_STATUS, block, len, why) == TRI_OK &&
                   tri_calls_hear(q, TRI_MESSAGE_TEXT_REPLY, MS, why) == TRI_OK
               ? (int)((tri_clock_ns() - begun) / 1000000)
               : -1;
}

/* ---- strangers ----------------------------------------------------------- */

static int reach(const struct site *s, unsigned party)
{
    struct sockaddr_in sa = { .sin_family = AF_INET };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    sa.sin_port = htons((uint16_t)atoi(strchr(s->card.addr[party], ':') + 1));
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof sa) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Connect and hang up, as fast as it goes. */
static void *hasty(void *self)
{
    for (int i = 0; i < HASTY; i++)
        close(reach(self, 0));
    return NULL;
}

static size_t descriptors(void)
{
    DIR *const d = opendir("/proc/self/fd");
    size_t n = 0;

    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL)
        (void)closedir(d);
    return n;
}

static size_t resident_kb(void)
{
    FILE *const f = fopen("/proc/self/status", "r");
    char line[200];
    size_t kb = 0;

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "VmRSS: %zu", &kb) == 1)
            break;
    if (f != NULL)
        fclose(f);
    return kb;
}

/* What the number of descriptors has to come down to, within a minute. */
static int comes_down(size_t n)
{
    const struct timespec t = { 0, 20000000 };

    for (int i = 0; i < 3000 && descriptors() > n; i++)
        (void)nanosleep(&t, NULL);
    return descriptors() <= n;
}

static void check_strangers(struct tri_check *c)
{
    static int fd[STRANGERS];
    struct rlimit lim;
    struct tri_why why;
    struct tri_calls honest, late;
    struct tri_metrics_numbers m = { 0 };
    struct tri_secure sec;
    uint8_t words[TRI_CLIENTS_CALL] = { 0 }, ephemeral[32] = { 7 };
    size_t before, memory;
    struct tri_clients *none;
    pthread_t thread;
    struct site *s;

    if (getrlimit(RLIMIT_NOFILE, &lim) == 0) {
        lim.rlim_cur = lim.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &lim);
    }
    s = open_site(c);
    CHECK(c, c->msg[0] == '\0', "no site: %s", c->msg);
    CHECK(c, call(&honest, s, 1, &why) == TRI_OK, "%s", why.text);
    CHECK(c, ask_status(&honest, &why) >= 0, "%s", why.text);
    before = descriptors();
    memory = resident_kb();
    for (int i = 0; i < STRANGERS; i++) {
        fd[i] = reach(s, 0);
        CHECK(c, fd[i] >= 0, "stranger %d cannot even call", i);
        memset(words, 'y', sizeof words);
        memcpy(words, tri_clients_magic, TRI_CLIENTS_MAGIC);
        if (i % 8 == 3) /* a right call with a key that is not known */
            (void)tri_secure_client_call(&sec, &s->k, s->client[KNOWN],
                                         s->card.key[0], 0, 0, ephemeral,
                                         words + TRI_CLIENTS_MAGIC);
        /* Those who say nothing, or half of it, are more than have room. */
        if (i % 2 == 1)
            (void)send(fd[i], words, i % 4 == 1 ? 50 : sizeof words,
                       MSG_NOSIGNAL);
    }
    CHECK(c, ask_status(&honest, &why) >= 0, "among strangers: %s", why.text);
    CHECK(c, call(&late, s, 1, &why) == TRI_OK, "later: %s", why.text);
    CHECK(c, ask_status(&late, &why) >= 0, "later: %s", why.text);
    tri_calls_close(&late);
    CHECK(c, resident_kb() < memory + 32768, "%zu kB of memory, %zu before",
          resident_kb(), memory);
    CHECK(c, pthread_create(&thread, NULL, hasty, s) == 0, "thread");
    for (int i = 0; i < 20; i++) {
        const int ms = ask_status(&honest, &why);

        CHECK(c, ms >= 0 && ms < MS / 2, "question %d: %d ms %s", i, ms,
              why.text);
    }
    (void)pthread_join(thread, NULL);
    for (int i = 0; i < STRANGERS; i++)
        close(fd[i]);
    CHECK(c, comes_down(before), "%zu descriptors, %zu before", descriptors(),
          before);
    tri_clients_counts(s->door[0], &m);
    CHECK(c,
          m.callers >= STRANGERS + HASTY / 2 && m.strangers > 0 &&
              m.clients == 1,
          "%llu callers, %llu strangers, %llu clients",
          (unsigned long long)m.callers, (unsigned long long)m.strangers,
          (unsigned long long)m.clients);
    CHECK(c, call(&late, s, KNOWN, &why) == TRI_E_MISMATCH, "unknown: %s",
          why.text);
    tri_calls_close(&late);
    tri_calls_close(&honest);
    /* A door at an address of nobody's (192.0.2.0/24): which line says so? */
    strcpy(s->cfg[1].listen_clients, "192.0.2.1:0");
    why.text[0] = '\0';
    CHECK(c,
          tri_clients_start(
              &none, &s->cfg[1], s->own[1], &s->k, &s->q[1], s->wake[1][0],
              &(struct tri_clients_host){ .self = NULL }, &why) == TRI_E_ARG &&
              strstr(why.text, "listen-clients") != NULL,
          "%s", why.text);
    close_site(s);
}

static uint64_t processor_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Somebody calls and there is no descriptor for him: the door waits and does
 * not turn, and goes on when there is one. */
static void check_starved(struct tri_check *c)
{
    enum { MOST = 400 }; /* more than the door polls */
    const int caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in sa = { .sin_family = AF_INET };
    struct site *const s = open_site(c);
    struct tri_calls honest, late;
    struct rlimit was, low;
    struct tri_why why;
    int taken[MOST], n = 0;
    uint64_t begun;

    CHECK(c, c->msg[0] == '\0', "no site: %s", c->msg);
    CHECK(c, call(&honest, s, 1, &why) == TRI_OK, "%s", why.text);
    CHECK(c, ask_status(&honest, &why) >= 0, "%s", why.text);
    CHECK(c, getrlimit(RLIMIT_NOFILE, &was) == 0, "getrlimit");
    low = was;
    low.rlim_cur = MOST;
    CHECK(c, setrlimit(RLIMIT_NOFILE, &low) == 0, "setrlimit");
    while (n < MOST && (taken[n] = dup(s->wake[0][0])) >= 0)
        n++;
    sa.sin_port = htons((uint16_t)atoi(strchr(s->card.addr[0], ':') + 1));
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    begun = processor_ms();
    CHECK(c,
          n < MOST && connect(caller, (struct sockaddr *)&sa, sizeof sa) == 0,
          "no caller");
    (void)poll(NULL, 0, 1000);
    CHECK(c, processor_ms() - begun < 100, "%llu ms of processor",
          (unsigned long long)(processor_ms() - begun));
    CHECK(c, ask_status(&honest, &why) >= 0, "starved: %s", why.text);
    while (n > 0)
        close(taken[--n]);
    (void)setrlimit(RLIMIT_NOFILE, &was);
    CHECK(c, call(&late, s, 0, &why) == TRI_OK, "later: %s", why.text);
    tri_calls_close(&late);
    tri_calls_close(&honest);
    close(caller);
    close_site(s);
}

/* ---- clients that do not behave ------------------------------------------ */

/* Read and throw away until the other end hangs up, within `ms`. */
static int hung_up(struct tri_talk *t, uint64_t ms)
{
    const uint64_t end = tri_clock_ns() + ms * 1000000;
    uint8_t away[4096];

    while (tri_clock_ns() < end) {
        struct pollfd p = { .fd = t->c.fd, .events = POLLIN };

        if (poll(&p, 1, 100) > 0 &&
            recv(t->c.fd, away, sizeof away, MSG_DONTWAIT) <= 0)
            return 1;
    }
    return 0;
}

/* What a party says. \return its kind or 0; text: of a refusal */
static unsigned hear_kind(struct tri_talk *t, char *text, size_t size)
{
    const uint64_t end = tri_clock_ms() + MS;
    enum tri_talk_got got = TRI_TALK_NOTHING;

    text[0] = '\0';
    while (got == TRI_TALK_NOTHING && tri_clock_ms() < end) {
        struct pollfd p = { .fd = t->c.fd, .events = POLLIN };

        (void)poll(&p, 1, 100);
        got = tri_talk_hear(t);
    }
    if (got != TRI_TALK_MESSAGE)
        return 0;
    if (t->m.kind == TRI_MESSAGE_REFUSED)
        (void)tri_refusal_parse(t->body, t->m.len, text, size);
    return t->m.kind;
}

/* A head alone, as if more followed. */
static int announce(struct tri_talk *t, uint64_t len)
{
    const struct tri_message m = { TRI_MESSAGE_ASK, 1, len };
    static uint8_t head[TRI_MESSAGE_HEAD];

    tri_message_print(head, &m);
    tri_conn_queue(&t->c, head, sizeof head, 0);
    tri_conn_push(&t->c);
    return t->c.tx_broken;
}

/* Asks as fast as it goes, and reads what comes without a look at it. */
struct flood {
    struct tri_talk *t;
    atomic_int stop;
    atomic_ulong asked;
};

static void *ask_on(void *self)
{
    static uint8_t head[512][TRI_MESSAGE_HEAD];
    static uint8_t away[1 << 16];
    const struct tri_message m = { TRI_MESSAGE_STATUS, 1, 0 };
    struct flood *const f = self;
    struct tri_conn *const c = &f->t->c;

    for (size_t i = 0; i < 512; i++)
        tri_message_print(head[i], &m);
    while (!atomic_load(&f->stop) && !c->tx_broken) {
        struct pollfd p = { .fd = c->fd, .events = POLLIN | POLLOUT };

        for (size_t i = 0; !tri_conn_pending(c) && i < 512;
             i++, atomic_fetch_add(&f->asked, 1))
            tri_conn_queue(c, head[i], TRI_MESSAGE_HEAD, 0);
        (void)poll(&p, 1, 100);
        tri_conn_push(c);
        (void)recv(c->fd, away, sizeof away, MSG_DONTWAIT);
    }
    return NULL;
}

/* One client holds up no other, however much it asks. */
static void check_flood(struct tri_check *c)
{
    struct site *const s = open_site(c);
    struct tri_calls honest, flood;
    struct flood f = { 0 };
    struct tri_why why;
    enum { MANY = 40 };
    unsigned refused = 0, answered = 0;
    pthread_t thread;
    char text[300];
    int most = 0;

    CHECK(c, c->msg[0] == '\0', "no site: %s", c->msg);
    CHECK(c, call(&honest, s, 0, &why) == TRI_OK, "%s", why.text);
    CHECK(c, call(&flood, s, 1, &why) == TRI_OK, "%s", why.text);
    f.t = flood.talk[0];
    CHECK(c, pthread_create(&thread, NULL, ask_on, &f) == 0, "thread");
    for (int i = 0; i < 6000 && atomic_load(&f.asked) <= 1000; i++)
        (void)poll(NULL, 0, 10); /* until there is one */
    for (int i = 0; i < 10 && most >= 0; i++) {
        const int ms = ask_status(&honest, &why);

        most = ms < 0 || ms > most ? ms : most;
    }
    atomic_store(&f.stop, 1);
    (void)pthread_join(thread, NULL);
    CHECK(c, most >= 0 && most < 30000, "%d ms, against %lu: %s", most,
          (unsigned long)atomic_load(&f.asked), why.text);
    CHECK(c, atomic_load(&f.asked) > 1000, "no flood: %lu",
          (unsigned long)atomic_load(&f.asked));
    tri_calls_close(&flood);
    /* So many a second, and not before the next second: of many at once not
     * all. */
    s->cfg[1].limit_rate = 3;
    CHECK(c, call(&flood, s, 1, &why) == TRI_OK, "%s", why.text);
    for (unsigned i = 0; i < MANY; i++)
        (void)tri_talk_give(flood.talk[1],
                            &(struct tri_message){ TRI_MESSAGE_STATUS, i, 0 },
                            tri_talk_block(0));
    for (unsigned i = 0; i < MANY; i++)
        if (hear_kind(flood.talk[1], text, sizeof text) == TRI_MESSAGE_REFUSED)
            refused += strstr(text, "busy: client c1") != NULL;
        else
            answered++;
    CHECK(c, refused > 0 && answered >= 3 && refused + answered == MANY,
          "of %d questions %u are answered, %u refused", MANY, answered,
          refused);
    tri_calls_close(&flood);
    tri_calls_close(&honest);
    close_site(s);
}

/* The first n bytes of a goodbye with a reason, and no more. */
static void part_of_goodbye(struct tri_talk *t, size_t n)
{
    const int fd = t->c.fd;
    struct tri_bye bye;
    uint8_t wire[200];
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return;
    tri_bye_make(&bye, TRI_E_IO, 0, "a reason that is long enough");
    t->c.fd = pair[0];
    (void)tri_conn_goodbye(&t->c, &bye);
    t->c.fd = fd;
    if (recv(pair[1], wire, sizeof wire, MSG_DONTWAIT) > (ssize_t)n)
        (void)send(fd, wire, n, MSG_NOSIGNAL);
    close(pair[0]);
    close(pair[1]);
}

/* What a client may not send, and what does not come: nobody waits for it. */
static void check_ends(struct tri_check *c)
{
    struct site *const s = open_site(c);
    struct tri_calls honest, bad[TRI_CLIENTS_EACH];
    struct tri_why why;
    int ms;

    CHECK(c, c->msg[0] == '\0', "no site: %s", c->msg);
    /* The honest one is heard last. */
    for (unsigned i = 0; i < TRI_CLIENTS_EACH; i++)
        CHECK(c, call(&bad[i], s, 0, &why) == TRI_OK, "%s", why.text);
    CHECK(c, ask_status(&bad[TRI_CLIENTS_EACH - 1], &why) >= 0, "%s", why.text);
    CHECK(c, call(&honest, s, 1, &why) == TRI_OK, "%s", why.text);
    CHECK(c, ask_status(&honest, &why) >= 0, "%s", why.text);
    tri_conn_beat(&bad[0].talk[1]->c);
    tri_conn_push(&bad[0].talk[1]->c);
    CHECK(c, hung_up(bad[0].talk[1], MS), "a client with heartbeats is kept");
    for (unsigned i = 0; i < TRI_CLIENTS_EACH; i++)
        part_of_goodbye(bad[i].talk[0], TRI_SECURE_HEADER);
    ms = ask_status(&honest, &why);
    CHECK(c, ms >= 0 && ms < 30000, "behind half a goodbye: %d ms %s", ms,
          why.text);
    for (unsigned i = 0; i < TRI_CLIENTS_EACH; i++) {
        CHECK(c, hung_up(bad[i].talk[0], MS), "half a goodbye is no end");
        tri_calls_close(&bad[i]);
    }
    tri_calls_close(&honest);
    close_site(s);
}

static void check_slow(struct tri_check *c)
{
    struct site *const s = open_site(c);
    struct tri_calls honest, bad[TRI_CLIENTS_EACH + 1];
    struct tri_why why;
    char text[300];
    uint64_t since, announced;
    size_t memory;
    unsigned n;
    uint8_t word;
    int silent;

    CHECK(c, c->msg[0] == '\0', "no site: %s", c->msg);
    CHECK(c, call(&honest, s, 1, &why) == TRI_OK, "%s", why.text);
    memory = resident_kb();
    silent = reach(s, 2);
    (void)setsockopt(silent, SOL_SOCKET, SO_RCVTIMEO,
                     &(struct timeval){ .tv_sec = MS / 1000 },
                     sizeof(struct timeval));
    since = tri_clock_ms();

    /* It stops within a message: let go of after a deadline, not before. */
    s->cfg[0].deadline = 1;
    CHECK(c, call(&bad[0], s, 0, &why) == TRI_OK, "%s", why.text);
    announced = tri_clock_ms();
    CHECK(c, announce(bad[0].talk[0], 10000) == 0, "announce");
    CHECK(c, hung_up(bad[0].talk[0], MS / 2), "who stops is kept for ever");
    CHECK(c, tri_clock_ms() - announced >= 1000, "within the deadline");
    s->cfg[0].deadline = 60;
    CHECK(c, ask_status(&honest, &why) >= 0, "slow: %s", why.text);
    tri_calls_close(&bad[0]);

    /* A size that is refused before there is memory for it; at another
     * connection of the same client, what the first has not announced. */
    for (unsigned i = 0; i < 2; i++)
        CHECK(c, call(&bad[i], s, 0, &why) == TRI_OK, "%s", why.text);
    CHECK(c, announce(bad[0].talk[0], 15000) == 0, "announce");
    CHECK(c, announce(bad[1].talk[0], 4999) == 0, "announce");
    CHECK(c, !hung_up(bad[1].talk[0], 300), "20000 bytes in all");
    CHECK(c, announce(bad[1].talk[1], 20001) == 0, "announce");
    CHECK(c,
          hear_kind(bad[1].talk[1], text, sizeof text) == TRI_MESSAGE_REFUSED &&
              strstr(text, "limit bytes") != NULL &&
              hung_up(bad[1].talk[1], MS / 2),
          "20001 bytes at once: '%s'", text);
    CHECK(c, announce(bad[0].talk[2], 15000) == 0, "announce");
    CHECK(c, !hung_up(bad[0].talk[2], 300), "15000 bytes");
    /* What was there before a question is read before the next one. */
    for (n = 0; n < 2; n++)
        CHECK(c, ask_status(&honest, &why) >= 0, "%s", why.text);
    CHECK(c, announce(bad[1].talk[2], 5001) == 0, "announce");
    CHECK(c,
          hear_kind(bad[1].talk[2], text, sizeof text) == TRI_MESSAGE_REFUSED &&
              strstr(text, "limit bytes") != NULL &&
              hung_up(bad[1].talk[2], MS / 2),
          "20001 bytes in two messages: '%s'", text);
    for (unsigned i = 0; i < 2; i++)
        tri_calls_close(&bad[i]);

    /* It asks and does not listen. */
    CHECK(c, call(&bad[0], s, 0, &why) == TRI_OK, "%s", why.text);
    for (n = 0; n < 20000 && !bad[0].talk[0]->c.tx_broken; n++) {
        const struct tri_message m = { TRI_MESSAGE_STATUS, n, 0 };

        (void)tri_talk_give(bad[0].talk[0], &m, tri_talk_block(0));
        if (n % 100 == 99)
            CHECK(c, ask_status(&honest, &why) >= 0, "flood: %s", why.text);
    }
    CHECK(c, n < 20000, "a client that does not listen is heard for ever");
    tri_calls_close(&bad[0]);
    CHECK(c, resident_kb() < memory + 65536, "%zu kB of memory, %zu before",
          resident_kb(), memory);

    /* Connections of one client. */
    for (n = 0; n <= TRI_CLIENTS_EACH; n++) {
        CHECK(c, call(&bad[n], s, 0, &why) == TRI_OK, "%u: %s", n, why.text);
        CHECK(c, (ask_status(&bad[n], &why) >= 0) == (n < TRI_CLIENTS_EACH),
              "connection %u of one client: %s", n, why.text);
    }
    CHECK(c, ask_status(&honest, &why) >= 0, "many: %s", why.text);
    /* It loses a right: all of them end there, and no other's. */
    atomic_store(&s->end[0], 1);
    CHECK(c, hung_up(bad[0].talk[0], MS) && hung_up(bad[1].talk[0], MS),
          "without a right");
    CHECK(c, !hung_up(bad[0].talk[1], 100), "at another party");
    for (n = 0; n <= TRI_CLIENTS_EACH; n++)
        tri_calls_close(&bad[n]);
    CHECK(c, ask_status(&honest, &why) >= 0, "other: %s", why.text);
    /* Who does not say who he is goes. */
    CHECK(c,
          recv(silent, &word, 1, 0) == 0 &&
              tri_clock_ms() - since >= TRI_CLIENTS_MS - 500,
          "a silent stranger, after %llu ms",
          (unsigned long long)(tri_clock_ms() - since));
    close(silent);
    tri_calls_close(&honest);
    close_site(s);
}

/* ---- queries that are not taken ------------------------------------------ */

/* Send party 0 a query, with `flip` in byte `at`, and hear its refusal; text
 * "" if what is asked behind it is answered first. */
static void send_query(struct tri_talk *t, const struct tri_query *q, size_t at,
                       uint8_t flip, char *text, size_t size)
{
    const size_t n = (size_t)tri_ask_bytes(&q->ask, 0);
    const struct tri_message m = { TRI_MESSAGE_ASK, 1, n };
    const struct tri_message behind = { TRI_MESSAGE_STATUS, 2, 0 };
    uint8_t *const block = tri_talk_block(n);
    char away[300];

    tri_query_body(block + TRI_MESSAGE_HEAD, q, 0);
    block[TRI_MESSAGE_HEAD + at] ^= flip;
    (void)tri_talk_give(t, &m, block);
    (void)tri_talk_give(t, &behind, tri_talk_block(0));
    if (hear_kind(t, text, size) == TRI_MESSAGE_REFUSED)
        (void)hear_kind(t, away, sizeof away);
}

static int make_query(struct tri_query *q, const struct site *s)
{
    static uint8_t pixels[4];
    const struct tri_dataset set = {
        .count = 1, .h = 2, .w = 2, .c = 1, .pixels = pixels
    };
    struct tri_why why = { "" };

    *q = (struct tri_query){ .ask = { .model = "m", .fb = 16 } };
    return tri_query_split(q, &set, 0, 1, &s->k, &why);
}

static void check_refused(struct tri_check *c)
{
    struct site *const s = open_site(c);
    struct tri_calls honest, flood;
    struct tri_query q[4], more;
    struct tri_why why;
    char text[300];

    CHECK(c, c->msg[0] == '\0', "no site: %s", c->msg);
    CHECK(c, call(&honest, s, 1, &why) == TRI_OK, "%s", why.text);
    CHECK(c, call(&flood, s, 0, &why) == TRI_OK, "%s", why.text);
    for (unsigned i = 0; i < 4; i++) {
        CHECK(c, make_query(&q[i], s) == TRI_OK, "query");
        if (i == 0) {
            send_query(flood.talk[0], &q[i], TRI_ASK_PUBLIC + 5, 1, text,
                       sizeof text);
            CHECK(c, strstr(text, "not those that the query names") != NULL,
                  "another secret: '%s'", text);
            send_query(flood.talk[0], &q[i], 80, 1, text, sizeof text);
            CHECK(c, text[0] != '\0', "another commitment is taken");
        }
        send_query(flood.talk[0], &q[i], 0, 0, text, sizeof text);
        CHECK(c, text[0] == '\0', "query %u: %s", i, text);
        if (i == 0) {
            send_query(flood.talk[0], &q[i], 0, 0, text, sizeof text);
            CHECK(c, strstr(text, "waits already") != NULL, "again: '%s'",
                  text);
        }
    }
    CHECK(c, make_query(&more, s) == TRI_OK, "query");
    send_query(flood.talk[0], &more, 0, 0, text, sizeof text);
    CHECK(c, strstr(text, "limit jobs") != NULL, "the fifth: '%s'", text);
    send_query(honest.talk[0], &more, 0, 0, text, sizeof text);
    CHECK(c, text[0] == '\0', "another client pays for it: %s", text);
    CHECK(c, tri_queue_counts(&s->q[0]).waiting == 5, "5 wait");
    /* Who hangs up leaves nothing behind. */
    tri_calls_close(&flood);
    for (int i = 0; i < 6000 && tri_queue_counts(&s->q[0]).waiting > 1; i++)
        (void)nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    CHECK(c,
          tri_queue_counts(&s->q[0]).waiting == 1 && s->q[0].jobs[0] == 0 &&
              s->q[0].bytes[0] == 0,
          "after the end");
    tri_calls_close(&honest);
    for (unsigned i = 0; i < 4; i++)
        tri_query_end(&q[i]);
    tri_query_end(&more);
    close_site(s);
}

/* Send party 0 a request; `len` bytes of it, if it has not its usual length. */
static void give_work(struct tri_talk *t, enum tri_message_kind kind,
                      const char *name, size_t len)
{
    static struct tri_work w;
    struct tri_message m = { kind, 1, 0 };
    uint8_t *const block = tri_talk_block(TRI_WORK_MOST);

    w = (struct tri_work){ .kind = kind, .bytes = { 100, 100, 100 } };
    strcpy(w.name, name);
    m.len = tri_work_print(block + TRI_MESSAGE_HEAD, &w);
    if (len > 0)
        m.len = len;
    if (kind == TRI_MESSAGE_STORE || kind == TRI_MESSAGE_STATUS)
        m.len = 0;
    (void)tri_talk_give(t, &m, block);
}

static unsigned send_work(struct tri_talk *t, enum tri_message_kind kind,
                          const char *name, size_t len, char *text, size_t size)
{
    give_work(t, kind, name, len);
    return hear_kind(t, text, size);
}

/* Ask party 0 for a model, which all three parties grant or do not. */
static unsigned fetch(struct site *s, struct tri_talk *t, int granted,
                      char *text, size_t size)
{
    uint8_t id[TRI_QUEUE_BATCH][TRI_JOB_ID];

    give_work(t, TRI_MESSAGE_FETCH, "m", 0);
    if (tri_queue_pick(&s->q[0], id, MS) != 1)
        return 0;
    if (granted)
        tri_queue_tell(&s->q[0], tri_queue_take(&s->q[0], id[0]), "granted");
    else
        tri_queue_refuse(&s->q[0], tri_queue_take(&s->q[0], id[0]), TRI_E_ARG,
                         "another party does not");
    return hear_kind(t, text, size);
}

/* Ask party 0 for a piece of what it has granted. */
static unsigned read_at(struct tri_talk *t, uint64_t at, char *text,
                        size_t size)
{
    const struct tri_message m = { TRI_MESSAGE_READ, 1, 8 };
    uint8_t *const block = tri_talk_block(8);

    tri_le_store64(block + TRI_MESSAGE_HEAD, at);
    (void)tri_talk_give(t, &m, block);
    return hear_kind(t, text, size);
}

/* What the door keeps for a client: answers that are to come, and those that it
 * has not read; a file that it sends over two connections, and one that it
 * reads. */
static void check_kept(struct tri_check *c)
{
    enum { FETCHED = 16 << 20, KEPT = 4 };
    char dir[TRI_FOLDER], path[60], text[300];
    struct site *const s = open_site(c);
    struct tri_calls other, bad[KEPT];
    struct tri_talk *t;
    struct tri_query q;
    struct tri_why why;
    struct tri_metrics_numbers m = { 0 };
    uint64_t at = 0;
    size_t before, memory;
    FILE *f;
    int end = 0, fd;

    CHECK(c, c->msg[0] == '\0' && tri_folder_make(dir), "no site: %s", c->msg);
    strcpy(s->peers.config.store, dir);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        s->cfg[i].limit_bytes = FETCHED + 100; /* and four heads */
    s->model.share.net.classes = FETCHED / 12;
    snprintf(path, sizeof path, "%s/m.share", dir);
    f = fopen(path, "w");
    CHECK(c, f != NULL && ftruncate(fileno(f), FETCHED - 1) == 0, "no file");
    end = f != NULL && fseek(f, 0, SEEK_END) == 0 && fputc('!', f) == '!' &&
          fclose(f) == 0;
    fd = s->model.share.fd = open(path, O_RDONLY | O_CLOEXEC);
    s->model.share.head.content =
        FETCHED - tri_share_header(&s->model.share.head);
    CHECK(c, end && fd >= 0 && unlink(path) == 0, "no file");
    before = descriptors();
    CHECK(c, call(&other, s, 1, &why) == TRI_OK, "%s", why.text);
    for (unsigned i = 0; i < KEPT; i++)
        CHECK(c, call(&bad[i], s, 0, &why) == TRI_OK, "%s", why.text);
    /* A query that is much shorter than its answer. */
    CHECK(c, make_query(&q, s) == TRI_OK, "query");
    send_query(bad[0].talk[0], &q, 0, 0, text, sizeof text);
    CHECK(c, strstr(text, "limit bytes") != NULL, "its answer: '%s'", text);
    tri_query_end(&q);
    /* Nothing is read that not all three grant. */
    t = other.talk[0];
    CHECK(c,
          send_work(t, TRI_MESSAGE_READ, "", 8, text, sizeof text) ==
              TRI_MESSAGE_REFUSED,
          "unasked");
    CHECK(c, fetch(s, t, 0, text, sizeof text) == TRI_MESSAGE_REFUSED,
          "not granted");
    CHECK(c,
          send_work(t, TRI_MESSAGE_READ, "", 8, text, sizeof text) ==
              TRI_MESSAGE_REFUSED,
          "not granted, and read");
    CHECK(c, fetch(s, t, 1, text, sizeof text) == TRI_MESSAGE_TEXT_REPLY,
          "granted: '%s'", text);
    CHECK(c,
          send_work(bad[0].talk[0], TRI_MESSAGE_READ, "", 8, text,
                    sizeof text) == TRI_MESSAGE_REFUSED,
          "what was granted to another");
    /* In pieces, of one request. */
    s->cfg[0].limit_rate = 1;
    (void)send_work(t, TRI_MESSAGE_STATUS, "", 0, text, sizeof text);
    while (at < FETCHED) {
        CHECK(c,
              read_at(t, at, text, sizeof text) == TRI_MESSAGE_FILE &&
                  t->m.len > 8 && t->m.len <= 8 + TRI_PART_MOST &&
                  tri_le_load64(t->body) == FETCHED,
              "at %llu: '%s'", (unsigned long long)at, text);
        at += t->m.len - 8;
    }
    CHECK(c, at == FETCHED && t->body[t->m.len - 1] == '!', "the end");
    /* More than that is counted. */
    for (unsigned i = 0; i < 2; i++) {
        unsigned tries = 0;

        while (tries < 20 && read_at(t, i == 0 ? FETCHED : 0, text,
                                     sizeof text) != TRI_MESSAGE_REFUSED)
            tries++;
        CHECK(c, tries < 20 && strstr(text, "limit rate") != NULL,
              "read again, %u: '%s'", i, text);
    }
    s->cfg[0].limit_rate = 1000000;
    /* It does not read what it has asked for: no more is kept for it, at no
     * connection. */
    CHECK(c,
          fetch(s, bad[0].talk[0], 1, text, sizeof text) ==
              TRI_MESSAGE_TEXT_REPLY,
          "'%s'", text);
    memory = resident_kb();
    for (int i = 0; i < 48; i++)
        give_work(bad[0].talk[0], TRI_MESSAGE_READ, "", 8);
    CHECK(c, hear_kind(bad[0].talk[0], text, sizeof text) == TRI_MESSAGE_FILE,
          "it has asked: '%s'", text);
    for (int i = 0;
         i < 500 && send_work(bad[1].talk[0], TRI_MESSAGE_STATUS, "", 0, text,
                              sizeof text) != TRI_MESSAGE_REFUSED;
         i++)
        (void)nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    CHECK(c, strstr(text, "limit bytes") != NULL, "a text is kept: '%s'", text);
    CHECK(c,
          send_work(bad[1].talk[0], TRI_MESSAGE_FETCH, "m", 0, text,
                    sizeof text) == TRI_MESSAGE_REFUSED &&
              strstr(text, "limit bytes") != NULL,
          "it has not read the first: '%s'", text);
    (void)poll(NULL, 0, 300);
    CHECK(c, resident_kb() < memory + 65536, "%zu kB of memory, %zu before",
          resident_kb(), memory);
    CHECK(c,
          send_work(t, TRI_MESSAGE_READ, "", 8, text, sizeof text) ==
              TRI_MESSAGE_FILE,
          "another client: '%s'", text);
    /* Read again with a smaller limit: what is more is not kept. */
    s->cfg[0].limit_bytes = FETCHED / 4;
    for (int i = 0; i < 6000 && m.clients != KEPT; i++) {
        (void)poll(NULL, 0, 10);
        tri_clients_counts(s->door[0], &m);
    }
    CHECK(c, m.clients == KEPT, "%llu connections stay",
          (unsigned long long)m.clients);
    s->cfg[0].limit_bytes = FETCHED + 100;
    tri_calls_close(&bad[0]);
    /* The newer connection of two goes on with an upload. */
    for (unsigned i = 1; i < 3; i++)
        CHECK(c,
              send_work(bad[i].talk[0], TRI_MESSAGE_UPLOAD, "new", 0, text,
                        sizeof text) == TRI_MESSAGE_OFFSET,
              "connection %u: '%s'", i, text);
    CHECK(c,
          send_work(bad[1].talk[0], TRI_MESSAGE_PART, "", 8 + 1, text,
                    sizeof text) == TRI_MESSAGE_REFUSED,
          "the older one goes on, too");
    CHECK(c,
          send_work(bad[2].talk[0], TRI_MESSAGE_PART, "", 8 + 100, text,
                    sizeof text) == TRI_MESSAGE_OFFSET,
          "the newer one: '%s'", text);
    /* What is whole waits like any request, and stays if it may not. */
    for (unsigned i = 0; i < 2; i++) {
        s->cfg[0].limit_jobs = i * 4;
        give_work(bad[2].talk[0], TRI_MESSAGE_STORE, "", 0);
        if (i == 0)
            CHECK(c,
                  hear_kind(bad[2].talk[0], text, sizeof text) ==
                          TRI_MESSAGE_REFUSED &&
                      strstr(text, "limit jobs") != NULL,
                  "beyond the limit: '%s'", text);
    }
    for (int i = 0; i < 6000 && tri_queue_counts(&s->q[0]).waiting == 0; i++)
        (void)nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    CHECK(c, tri_queue_counts(&s->q[0]).waiting == 1, "it does not wait");
    for (unsigned i = 1; i < KEPT; i++)
        tri_calls_close(&bad[i]);
    tri_calls_close(&other);
    /* Who hangs up while it reads leaves nothing open. */
    CHECK(c, comes_down(before), "%zu descriptors, %zu before", descriptors(),
          before);
    close_site(s);
    close(fd);
    CHECK(c, tri_folder_drop(dir), "cannot remove %s", dir);
}

/* ---- parties that do not behave ------------------------------------------ */

enum lie {
    NONE,
    ALTERED,    /* a word of the answer                              */
    REDIRECTED, /* the answer to another request                     */
    UNASKED,    /* an answer where nothing was asked                 */
    OTHER_SIZE, /* more numbers than the others'                     */
    LIES
};

enum { CLASS = 3 };

struct answering {
    struct site *s;
    enum lie lie;
    unsigned liar;
    int missing; /* a party whose queue still has the request, or none did */
};

/* What party p says: shares of a one-hot row. */
static void give_answer(struct site *s, unsigned p, struct tri_job *j,
                        enum lie lie)
{
    const uint32_t classes = CLASSES + (lie == OTHER_SIZE);
    const size_t len = TRI_ANSWER_HEAD + 16 * (size_t)classes;
    uint8_t *const block = tri_talk_block(len);
    uint8_t id[TRI_JOB_ID];

    memcpy(id, j->id, sizeof id);
    id[0] ^= lie == REDIRECTED;
    j->number += lie == UNASKED;
    tri_answer_print(block + TRI_MESSAGE_HEAD, id, 1, classes);
    for (unsigned c = 0; c < 2; c++)
        for (uint32_t k = 0; k < classes; k++) {
            const uint64_t x[3] = { 11, 22,
                                    (uint64_t)(k == CLASS) - UINT64_C(33) };

            tri_le_store64(block + TRI_MESSAGE_HEAD + TRI_ANSWER_HEAD +
                               8 * (c * (size_t)classes + k),
                           x[(p + c) % 3]);
        }
    if (lie == ALTERED)
        block[TRI_MESSAGE_HEAD + TRI_ANSWER_HEAD + 8] ^= 1;
    tri_queue_answer(&s->q[p], j, block, len);
}

/* All three take the request that comes, and answer it. A name that nobody has
 * sent, or that was answered already, finds nothing at any of them. */
static void *answer_one(void *self)
{
    struct answering *const a = self;
    uint8_t id[TRI_QUEUE_BATCH][TRI_JOB_ID];
    struct tri_job *j[TRI_PARTIES];

    a->missing = 0;
    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        const size_t n = tri_queue_pick(&a->s->q[p], id, MS);

        j[p] = n == 1 ? tri_queue_take(&a->s->q[p], id[0]) : NULL;
        a->missing |= j[p] == NULL;
    }
    for (unsigned p = 0; p < TRI_PARTIES && !a->missing; p++) {
        uint8_t forged[1][TRI_JOB_ID];

        memcpy(forged[0], id[0], TRI_JOB_ID);
        forged[0][31] ^= 1;
        a->missing |=
            memcmp(j[p]->id, id[0], TRI_JOB_ID) != 0 ||
            tri_queue_have(&a->s->q[p], (const uint8_t(*)[TRI_JOB_ID])forged, 1,
                           1) != 0;
        give_answer(a->s, p, j[p], p == a->liar ? a->lie : NONE);
        a->missing |=
            tri_queue_have(&a->s->q[p], (const uint8_t(*)[TRI_JOB_ID])id, 1,
                           1) != 0;
    }
    return NULL;
}

static void write_file(const char *path, const struct site *s, int card)
{
    FILE *const f = fopen(path, "w");
    char digits[TRI_KEY_DIGITS + 1];

    (void)chmod(path, 0600);
    for (unsigned j = 0; card && j < TRI_PARTIES; j++) {
        tri_key_print(digits, s->card.key[j]);
        fprintf(f, "party %u %s %s\n", j, s->card.addr[j], digits);
    }
    tri_key_print(digits, s->client[0]);
    if (!card)
        fprintf(f, "trinn private key 1\n%s\n", digits);
    fclose(f);
}

static void check_lies(struct tri_check *c)
{
    static const struct {
        int rc;
        const char *before, *after; /* of the liar's number */
    } want[LIES] = {
        [NONE] = { TRI_OK, NULL, NULL },
        [ALTERED] = { TRI_E_CHEAT, "and party ", " differ" },
        [REDIRECTED] = { TRI_E_PROTO, "answer of party ", " does not belong" },
        [UNASKED] = { TRI_E_PROTO, "party ", " answers what was not asked" },
        [OTHER_SIZE] = { TRI_E_PROTO, "answer of party ", " does not belong" },
    };
    char dir[TRI_FOLDER], card[60], key[60];
    const struct tri_asker_what what = { .model = "m", .fb = 16, .ms = MS };
    static uint8_t pixels[4];
    const struct tri_dataset set = {
        .count = 1, .h = 2, .w = 2, .c = 1, .pixels = pixels
    };
    struct site *const s = open_site(c);

    CHECK(c, c->msg[0] == '\0' && tri_folder_make(dir), "no site: %s", c->msg);
    snprintf(card, sizeof card, "%s/card", dir);
    snprintf(key, sizeof key, "%s/key", dir);
    write_file(card, s, 1);
    write_file(key, s, 0);
    for (unsigned way = 0; way < LIES * TRI_PARTIES; way++) {
        const unsigned lie = way / TRI_PARTIES, liar = way % TRI_PARTIES;
        struct answering a = { .s = s, .lie = (enum lie)lie, .liar = liar };
        char text[60] = "";
        struct tri_results r = { 0 };
        struct tri_why why = { "" };
        struct tri_asker *asker;
        pthread_t thread;
        int rc;

        if (want[lie].before != NULL)
            snprintf(text, sizeof text, "%s%u%s", want[lie].before, liar,
                     want[lie].after);
        CHECK(c, tri_asker_open(&asker, card, key, MS, &why) == TRI_OK, "%s",
              why.text);
        CHECK(c, pthread_create(&thread, NULL, answer_one, &a) == 0, "thread");
        rc = tri_asker_ask(asker, &what, &set, &r, &why);
        (void)pthread_join(thread, NULL);
        CHECK(c, !a.missing, "lie %u of P%u: requests", lie, liar);
        CHECK(c,
              rc == want[lie].rc && strstr(why.text, text) != NULL &&
                  (rc != TRI_OK || r.class[0] == CLASS),
              "lie %u of P%u: %d: %s", lie, liar, rc, why.text);
        tri_results_free(&r);
        tri_asker_close(asker);
    }
    CHECK(c, tri_folder_drop(dir), "cannot remove %s", dir);
    close_site(s);
}

/* ---- a configuration that is read again ---------------------------------- */

static struct tri_config_client someone(uint8_t key, const char *name,
                                        unsigned rights)
{
    struct tri_config_client p = { .rights = rights };

    memset(p.key, key, sizeof p.key);
    strcpy(p.name, name);
    return p;
}

static void check_reload(struct tri_check *c)
{
#define LINE(NAME, FIELD)                                \
    {                                                    \
        "`" NAME "`", offsetof(struct tri_config, FIELD) \
    }
    static const struct {
        const char *quoted;
        size_t at;
    } line[] = {
        LINE("id", id),
        LINE("key", key),
        LINE("party", party[1].addr),
        LINE("party", party[2].key[31]),
        LINE("listen", listen),
        LINE("interface", interface),
        LINE("deadline", deadline),
        LINE("connect", connect),
        LINE("data", data),
        LINE("out", out),
        LINE("service", service[2]),
        LINE("listen-clients", listen_clients),
        LINE("store", store),
        LINE("metrics", metrics),
    };
#undef LINE
    static struct tri_config now, was, fresh;
    char text[TRI_RELOAD_TEXT];
    struct tri_why why = { "" };
    uint64_t end;

    now = (struct tri_config){ .clients = 3, .limit_bytes = 1, .id = 1 };
    now.client[0] = someone(1, "alice", TRI_RIGHT_QUERY | TRI_RIGHT_ADMIN);
    now.client[1] = someone(2, "bob", TRI_RIGHT_QUERY);
    now.client[2] = someone(3, "carol", TRI_RIGHT_QUERY);
    fresh = now;
    /* dora is new, bob gone, alice has less, carol more and another name. */
    fresh.client[0] = someone(4, "dora", TRI_RIGHT_UPLOAD);
    fresh.client[1] = someone(3, "caro", TRI_RIGHT_QUERY | TRI_RIGHT_TRAIN);
    fresh.client[2] = someone(1, "alice", TRI_RIGHT_QUERY);
    fresh.limit_bytes = 7;
    fresh.limit_jobs = 8;
    fresh.limit_rate = 9;
    fresh.limit_store = 10;
    CHECK(c, tri_reload_merge(&now, &fresh, &end, text, &why) == TRI_OK, "%s",
          why.text);
    CHECK(c, end == 3, "connections that end: %llx", (unsigned long long)end);
    CHECK(c,
          now.clients == 4 && now.client[0].rights == TRI_RIGHT_QUERY &&
              now.client[1].rights == 0 &&
              strcmp(now.client[2].name, "caro") == 0 &&
              now.client[2].rights == (TRI_RIGHT_QUERY | TRI_RIGHT_TRAIN) &&
              strcmp(now.client[3].name, "dora") == 0,
          "clients after it");
    CHECK(c,
          now.limit_bytes == 7 && now.limit_jobs == 8 && now.limit_rate == 9 &&
              now.limit_store == 10,
          "limits after it");
    CHECK(c, strstr(text, "1 clients added, 1 removed, 2 changed") != NULL,
          "%s", text);
    /* bob comes back, to his place. */
    fresh.client[fresh.clients++] = someone(2, "bob", TRI_RIGHT_QUERY);
    CHECK(c,
          tri_reload_merge(&now, &fresh, &end, text, &why) == TRI_OK &&
              end == 0 && now.clients == 4 &&
              now.client[1].rights == TRI_RIGHT_QUERY,
          "%s", why.text);
    /* Places are used again when there is no other; then there is none. */
    now.clients = fresh.clients = TRI_CONFIG_CLIENTS;
    for (unsigned i = 0; i < TRI_CONFIG_CLIENTS; i++)
        now.client[i] = fresh.client[i] =
            someone((uint8_t)(9 + i), "x", TRI_RIGHT_QUERY);
    now.client[5].rights = 0;
    fresh.client[5] = someone(200, "new", TRI_RIGHT_QUERY);
    CHECK(c,
          tri_reload_merge(&now, &fresh, &end, text, &why) == TRI_OK &&
              now.client[5].key[0] == 200,
          "a place that was left: %s", why.text);
    was = now;
    fresh.client[6] = someone(201, "newer", TRI_RIGHT_QUERY);
    CHECK(c,
          tri_reload_merge(&now, &fresh, &end, text, &why) == TRI_E_NOMEM &&
              memcmp(&was, &now, sizeof now) == 0,
          "65 clients");
    /* Other lines stay as they are. */
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        fresh = now;
        fresh.limit_bytes++;
        ((uint8_t *)&fresh)[line[i].at] ^= 1;
        why.text[0] = '\0';
        CHECK(c,
              tri_reload_merge(&now, &fresh, &end, text, &why) == TRI_E_ARG &&
                  strstr(why.text, line[i].quoted) != NULL &&
                  memcmp(&was, &now, sizeof now) == 0,
              "line %s: %s", line[i].quoted, why.text);
    }
}

/* ---- numbers ------------------------------------------------------------- */

static void numbers(void *self, struct tri_metrics_numbers *m)
{
    (void)self;
    *m = (struct tri_metrics_numbers){ .joined = 1,
                                       .answered = 5,
                                       .wait_ns = 1500000000 };
    m->within[1] = 3;
    m->within[3] = 1;
}

/* What comes for `words`; "" if nothing does. */
static void http(const char *path, const char *words, char *out, size_t size)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t n = 0;
    ssize_t got = 1;

    strcpy(at.sun_path, path);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
        send(fd, words, strlen(words), MSG_NOSIGNAL) > 0)
        while (got > 0 && n + 1 < size) {
            got = recv(fd, out + n, size - 1 - n, 0);
            n += got > 0 ? (size_t)got : 0;
        }
    out[n] = '\0';
    close(fd);
}

static void check_metrics(struct tri_check *c)
{
    static char text[TRI_METRICS_TEXT + 400], most[TRI_METRICS_TEXT];
    struct tri_metrics_numbers full;
    char dir[TRI_FOLDER], path[60], longer[200];
    struct tri_metrics *m, *other;
    struct tri_why why = { "" };
    struct stat st;

    CHECK(c, tri_folder_make(dir), "no directory");
    snprintf(path, sizeof path, "%s/m.sock", dir);
    CHECK(c, tri_metrics_start(&m, path, numbers, NULL, &why) == TRI_OK, "%s",
          why.text);
    CHECK(c, stat(path, &st) == 0 && (st.st_mode & 0777) == 0660, "mode %o",
          (unsigned)st.st_mode);
    CHECK(c, tri_metrics_start(&other, path, numbers, NULL, &why) == TRI_E_ARG,
          "a socket that is in use");
    http(path, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", text, sizeof text);
    CHECK(c,
          strncmp(text, "HTTP/1.0 200 OK\r\n", 17) == 0 &&
              strstr(text, "\ntrinn_joined 1\n") != NULL &&
              strstr(text, "{le=\"0.002\"} 0\n") != NULL &&
              strstr(text, "{le=\"0.005\"} 3\n") != NULL &&
              strstr(text, "{le=\"0.020\"} 4\n") != NULL &&
              strstr(text, "{le=\"+Inf\"} 5\n") != NULL &&
              strstr(text, "_sum 1.500000\n") != NULL,
          "%s", text);
    http(path, "GET /other HTTP/1.1\r\n\r\n", text, sizeof text);
    CHECK(c, strncmp(text, "HTTP/1.0 404", 12) == 0, "%s", text);
    http(path, "GET /metrics", text, sizeof text); /* and no more */
    CHECK(c, text[0] == '\0', "half a request: %s", text);
    memset(most, 'y', sizeof most);
    most[TRI_METRICS_CALL + 1] = '\0';
    http(path, most, text, sizeof text);
    CHECK(c, text[0] == '\0', "a long request: %s", text);
    tri_metrics_stop(m);
    CHECK(c, stat(path, &st) != 0, "the socket stays");
    /* What one that was killed has left is replaced; a file is not. */
    {
        struct sockaddr_un at = { .sun_family = AF_UNIX };
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        strcpy(at.sun_path, path);
        CHECK(c, bind(fd, (struct sockaddr *)&at, sizeof at) == 0, "bind");
        close(fd);
    }
    CHECK(c, tri_metrics_start(&m, path, numbers, NULL, &why) == TRI_OK, "%s",
          why.text);
    tri_metrics_stop(m);
    fclose(fopen(path, "w"));
    CHECK(c, tri_metrics_start(&m, path, numbers, NULL, &why) == TRI_E_ARG,
          "a file is replaced");
    CHECK(c, unlink(path) == 0 && rmdir(dir) == 0, "left over");
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    CHECK(c, tri_metrics_start(&m, longer, numbers, NULL, &why) == TRI_E_ARG,
          "a name that is too long");
    memset(&full, 0xff, sizeof full);
    full.up_s = 1e9;
    CHECK(c, tri_metrics_print(text, &full) < TRI_METRICS_TEXT - 1000,
          "the text does not fit");
}

const struct tri_check_entry tri_checks_clients[] = {
    { "clients_strangers", check_strangers },
    { "clients_starved", check_starved },
    { "clients_ends", check_ends },
    { "clients_slow", check_slow },
    { "clients_flood", check_flood },
    { "clients_refused", check_refused },
    { "clients_kept", check_kept },
    { "clients_lies", check_lies },
    { "clients_reload", check_reload },
    { "clients_metrics", check_metrics },
};
const size_t tri_checks_clients_n =
    sizeof tri_checks_clients / sizeof *tri_checks_clients;
