#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/err.h"
#include "core/x25519.h"
#include "net/record.h"
#include "net/tcp/cookie.h"
#include "net/tcp/door.h"
#include "tests/checks.h"
#include "tests/support/links.h"

enum {
    CALL = TRI_GREETING_BYTES + TRI_SECURE_CALL,
    PROVED = CALL + TRI_PROOF_BYTES
};

/* ---- cookies ------------------------------------------------------------- */

/* P0 is called by P1 and P2. */
static void make_keys(struct tri_secure_keys keys[TRI_PARTIES])
{
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        memset(keys[i].own, (int)(0x31 + i), sizeof keys[i].own);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            tri_x25519_public(keys[j].peer[i], keys[i].own);
    }
}

static void check_cookies(struct tri_check *c)
{
    struct tri_secure_keys keys[TRI_PARTIES];
    struct tri_cookie_jar jar = { .secret = { 7 } }, other;
    uint8_t key[4][TRI_COOKIE_KEY], cookie[TRI_COOKIE_BYTES],
        next[TRI_COOKIE_BYTES], proof[TRI_PROOF_BYTES];
    uint8_t here[TRI_COOKIE_ADDRESS] = { 1 }, there[TRI_COOKIE_ADDRESS] = { 2 };
    uint8_t call[TRI_SECURE_CALL] = { 3 };

    make_keys(keys);
    CHECK(c,
          tri_cookie_key(key[0], &keys[0], 0, 1) == TRI_OK &&
              tri_cookie_key(key[1], &keys[1], 1, 0) == TRI_OK &&
              tri_cookie_key(key[2], &keys[0], 0, 2) == TRI_OK &&
              tri_cookie_key(key[3], &keys[1], 1, 2) == TRI_OK,
          "keys");
    CHECK(c, memcmp(key[0], key[1], sizeof key[0]) == 0, "two keys of a pair");
    CHECK(c,
          memcmp(key[0], key[2], sizeof key[0]) != 0 &&
              memcmp(key[0], key[3], sizeof key[0]) != 0,
          "one key of two pairs");
    tri_cookie_make(cookie, &jar, 1, here);
    tri_cookie_prove(proof, key[1], cookie, call);
    other = jar;
    CHECK(c, !tri_cookie_proved(&other, 1, key[0], there, call, proof),
          "from another address");
    CHECK(c, !tri_cookie_proved(&other, 1, key[2], here, call, proof),
          "with another key");
    CHECK(c, !tri_cookie_proved(&other, 2, key[0], here, call, proof),
          "as another party");
    other.secret[31]++;
    CHECK(c, !tri_cookie_proved(&other, 1, key[0], here, call, proof),
          "in another wait");
    for (size_t i = 0; i < 8 * sizeof proof; i++) {
        proof[i / 8] ^= (uint8_t)(1u << i % 8);
        CHECK(c, !tri_cookie_proved(&jar, 1, key[0], here, call, proof),
              "bit %zu of a proof", i);
        proof[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    call[48] ^= 1;
    CHECK(c, !tri_cookie_proved(&jar, 1, key[0], here, call, proof),
          "for another call");
    call[48] ^= 1;
    CHECK(c, tri_cookie_proved(&jar, 1, key[0], here, call, proof),
          "a right proof");
    CHECK(c, !tri_cookie_proved(&jar, 1, key[0], here, call, proof),
          "a right proof, again");
    tri_cookie_make(next, &jar, 1, here);
    CHECK(c, memcmp(next, cookie, sizeof next) != 0, "the same cookie again");
    memset(keys[0].peer[1], 0, sizeof keys[0].peer[1]);
    CHECK(c, tri_cookie_key(key[0], &keys[0], 0, 1) == TRI_E_CRYPTO,
          "a key of low order");
}

/* ---- replayed calls ------------------------------------------------------ */

static int call_at(const char *addr)
{
    struct sockaddr_in sa = { .sin_family = AF_INET };
    const struct timeval patience = { 60, 0 };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    sa.sin_port = htons((uint16_t)atoi(strchr(addr, ':') + 1));
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&sa, sizeof sa) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int take(int fd, uint8_t *p, size_t n)
{
    return recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

/* Call with these words. \return the kind of greeting that comes, and a
 * cookie; TRI_GREETING_KINDS without one */
static unsigned reply_to(const char *addr, const uint8_t *words, size_t n,
                         uint8_t cookie[TRI_COOKIE_BYTES], int *fd)
{
    uint8_t wire[TRI_GREETING_BYTES];
    struct tri_greeting g = { .sealed = TRI_GREETING_KINDS };

    *fd = call_at(addr);
    if (*fd < 0 || send(*fd, words, n, MSG_NOSIGNAL) != (ssize_t)n ||
        !take(*fd, wire, sizeof wire) || tri_greeting_parse(&g, wire) != TRI_OK)
        return TRI_GREETING_KINDS;
    if (g.sealed == TRI_GREETING_COOKIE &&
        (!take(*fd, cookie, 16) || recv(*fd, wire, 1, 0) != 0))
        return TRI_GREETING_KINDS; /* no cookie, or more than that */
    return g.sealed;
}

struct opener {
    struct tri_tcp_config cfg;
    struct tri_link l;
    int rc;
    pthread_t thread;
};

static void *open_main(void *arg)
{
    struct opener *o = arg;

    o->rc = tri_tcp_open(&o->l, &o->cfg);
    return NULL;
}

static void start(struct opener *o)
{
    if (pthread_create(&o->thread, NULL, open_main, o) != 0)
        abort();
}

/* P1 calls somebody who listens, keeps what P1 said, and is not P0. */
static void record(struct tri_check *c, uint8_t said[CALL])
{
    static const struct tri_greeting other = { 9, 0, 1, 0 };
    uint8_t wire[TRI_GREETING_BYTES];
    struct opener o = { .rc = 0 };
    char addr[3][32];
    int fd[2], in;

    tri_links_listen(c, fd, addr);
    if (c->msg[0] != '\0')
        return;
    o.cfg = tri_links_config(1, fd, addr);
    tri_links_seal(&o.cfg);
    (void)fcntl(fd[0], F_SETFL, 0);
    start(&o);
    in = accept(fd[0], NULL, NULL);
    if (in < 0 || !take(in, said, CALL))
        tri_check_fail(c, "P1 does not call");
    tri_greeting_print(wire, &other);
    (void)!send(in, wire, sizeof wire, MSG_NOSIGNAL);
    pthread_join(o.thread, NULL);
    close(in);
    close(fd[0]);
}

/* A call with a proof, as P1 would make it; the call itself is an old one. */
static void prove(uint8_t words[PROVED], const uint8_t said[CALL],
                  const struct tri_tcp_config *p1,
                  const uint8_t cookie[TRI_COOKIE_BYTES])
{
    const struct tri_greeting g = { TRI_WIRE_VERSION, 1, 0,
                                    TRI_GREETING_PROVED };
    uint8_t key[TRI_COOKIE_KEY];

    memcpy(words, said, CALL);
    tri_greeting_print(words, &g);
    (void)tri_cookie_key(key, p1->keys, 1, 0);
    tri_cookie_prove(words + CALL, key, cookie, said + TRI_GREETING_BYTES);
}

/* Of many replayed calls a few are answered, all others get a cookie and the
 * end. A proof is answered, once. Then all three join. */
static void check_replays(struct tri_check *c)
{
    enum { TRIES = 200 };
    static uint8_t said[CALL], words[PROVED];
    struct opener o[3] = { { .rc = 0 } };
    uint8_t cookie[TRI_COOKIE_BYTES];
    unsigned answers = 0, cookies = 0;
    int fd[2], held[TRIES], again;
    char addr[3][32];
    uint64_t begun, s;

    record(c, said);
    tri_links_listen(c, fd, addr);
    if (c->msg[0] != '\0')
        return;
    for (unsigned i = 0; i < 3; i++) {
        o[i].cfg = tri_links_config(i, fd, addr);
        tri_links_seal(&o[i].cfg);
    }
    start(&o[0]);
    begun = tri_links_ms();
    for (int i = 0; i < TRIES; i++)
        switch (reply_to(addr[0], said, CALL, cookie, &held[i])) {
        case TRI_GREETING_SEALED:
            answers++;
            break;
        case TRI_GREETING_COOKIE:
            cookies++;
            break;
        default:
            tri_check_fail(c, "call %d has no answer", i);
        }
    s = (tri_links_ms() - begun) / 1000 + 1;
    if (answers < TRI_DOOR_CALLS || answers > TRI_DOOR_CALLS + 2 * s ||
        answers + cookies != TRIES)
        tri_check_fail(c, "%u answers and %u cookies in %u s", answers, cookies,
                       (unsigned)s);
    prove(words, said, &o[1].cfg, cookie);
    if (reply_to(addr[0], words, PROVED, cookie, &again) != TRI_GREETING_SEALED)
        tri_check_fail(c, "a proof is not answered");
    close(again);
    for (int i = 0; i < TRIES && cookies < TRIES; i++) {
        const unsigned kind = reply_to(addr[0], words, PROVED, cookie, &again);

        close(again);
        if (kind == TRI_GREETING_COOKIE)
            cookies = TRIES;
    }
    if (cookies < TRIES)
        tri_check_fail(c, "a repeated proof is answered every time");
    /* More that are replayed, so that P1 and P2 have to prove their keys. */
    for (int i = 0; i < 20; i++) {
        (void)reply_to(addr[0], said, CALL, cookie, &again);
        close(again);
    }
    start(&o[1]);
    start(&o[2]);
    for (int i = 0; i < 3; i++)
        pthread_join(o[i].thread, NULL);
    for (int i = 0; i < 3; i++) {
        if (o[i].rc != TRI_OK)
            tri_check_fail(c, "P%d: %d, %s", i, o[i].rc, o[i].l.error);
        tri_close(&o[i].l);
    }
    for (int i = 0; i < TRIES; i++)
        close(held[i]);
}

/* ---- no descriptor --------------------------------------------------------
 */

static int anybody(void *self, unsigned j)
{
    (void)self;
    (void)j;
    return 1;
}

static void keep_note(void *self, unsigned j, int known, const char *text)
{
    (void)j;
    if (known == TRI_DOOR_PASSES)
        (void)snprintf(self, 100, "%s", text);
}

/* Serve the door while the system gives `spare` descriptors more. */
static void serve(struct tri_check *c, struct tri_door *d, uint64_t now,
                  unsigned spare)
{
    struct pollfd p[TRI_DOOR_CALLERS + 1];
    struct rlimit all, few;
    int free_fd[16]; /* the lowest, rising */
    size_t n;

    for (unsigned i = 0; i <= spare; i++)
        free_fd[i] = dup(d->fd);
    for (unsigned i = 0; i <= spare; i++)
        close(free_fd[i]);
    (void)getrlimit(RLIMIT_NOFILE, &all);
    few = (struct rlimit){ (rlim_t)free_fd[spare], all.rlim_max };
    (void)tri_door_on_time(d, now);
    n = tri_door_watch(d, now, p);
    (void)poll(p, n, 100);
    (void)setrlimit(RLIMIT_NOFILE, &few);
    if (tri_door_serve(d, now, p, n) != TRI_OK)
        tri_check_fail(c, "the door fails");
    (void)setrlimit(RLIMIT_NOFILE, &all);
}

/* One moment without a descriptor costs nobody his place; a longer one some,
 * for a time. */
static void check_shortage(struct tri_check *c)
{
    static struct tri_door d;
    struct tri_link l = { .id = 0 };
    char addr[3][32], text[100] = "";
    const struct tri_door_host host = { text, anybody, NULL, keep_note };
    int fd[2], in[6];
    struct tri_tcp_config cfg;

    tri_links_listen(c, fd, addr);
    if (c->msg[0] != '\0')
        return;
    cfg = tri_links_config(0, fd, addr);
    tri_links_seal(&cfg);
    (void)fcntl(fd[0], F_SETFL, O_NONBLOCK);
    memset(&d, 0, sizeof d);
    CHECK(c, tri_door_open(&d, &l, &cfg, fd[0], &host) == TRI_OK, "open");
    in[0] = call_at(addr[0]);
    serve(c, &d, 1000, 0);
    if (d.n != 0 || strstr(text, strerror(EMFILE)) == NULL)
        tri_check_fail(c, "without a descriptor for the first: %s", text);
    for (int i = 1; i < 4; i++)
        in[i] = call_at(addr[0]);
    serve(c, &d, 1100, 4);
    in[4] = call_at(addr[0]);
    serve(c, &d, 1200, 0);
    if (d.n != 4 || d.calls != 0)
        tri_check_fail(c, "after one moment, %zu of 4 are there", d.n);
    serve(c, &d, 1300, 1);
    if (d.n != 5)
        tri_check_fail(c, "after that, %zu of 5 are there", d.n);
    in[5] = call_at(addr[0]);
    serve(c, &d, 1400, 0);
    serve(c, &d, 1500, 0);
    if (d.n > 3 || d.n < 1)
        tri_check_fail(c, "in a long shortage, %zu places are taken", d.n);
    for (int i = 0; i < 6; i++) {
        close(in[i]);
        in[i] = call_at(addr[0]);
    }
    serve(c, &d, 1500 + TRI_DOOR_MS, 10);
    if (d.n != 6)
        tri_check_fail(c, "when it is over, %zu of 6 are there", d.n);
    for (int i = 0; i < 6; i++)
        close(in[i]);
    tri_door_close(&d);
    close(fd[1]);
}

/* More callers than places: those who say nothing go, and the one who is
 * answered stays, though it has waited for longest. */
static void check_places(struct tri_check *c)
{
    enum { MORE = TRI_DOOR_CALLERS + 40 };
    static uint8_t said[CALL];
    static struct tri_door d;
    static int in[1 + MORE];
    struct tri_link l = { .id = 0 };
    char addr[3][32], text[100] = "";
    const struct tri_door_host host = { text, anybody, NULL, keep_note };
    struct tri_tcp_config cfg;
    size_t answered = 0;
    int fd[2];

    record(c, said);
    tri_links_listen(c, fd, addr);
    if (c->msg[0] != '\0')
        return;
    cfg = tri_links_config(0, fd, addr);
    tri_links_seal(&cfg);
    (void)fcntl(fd[0], F_SETFL, O_NONBLOCK);
    memset(&d, 0, sizeof d);
    CHECK(c, tri_door_open(&d, &l, &cfg, fd[0], &host) == TRI_OK, "open");
    in[0] = call_at(addr[0]);
    if (send(in[0], said, CALL, MSG_NOSIGNAL) != CALL)
        tri_check_fail(c, "no call");
    serve(c, &d, 1000, 9);
    serve(c, &d, 1000, 9);
    if (d.n != 1 || d.c[0].step != TRI_DOOR_CONFIRM)
        tri_check_fail(c, "the call is not answered");
    for (int i = 1; i <= MORE; i++) {
        in[i] = call_at(addr[0]);
        serve(c, &d, 1000, 9);
    }
    for (size_t i = 0; i < d.n; i++)
        answered += d.c[i].step == TRI_DOOR_CONFIRM;
    if (d.n < TRI_DOOR_CALLERS - 1 || answered != 1)
        tri_check_fail(c, "%zu places are taken, by %zu who are answered", d.n,
                       answered);
    for (int i = 0; i <= MORE; i++)
        close(in[i]);
    tri_door_close(&d);
    close(fd[1]);
}

const struct tri_check_entry tri_checks_door[] = {
    { "door_cookies", check_cookies },
    { "door_replays", check_replays },
    { "door_shortage", check_shortage },
    { "door_places", check_places },
};
const size_t tri_checks_door_n =
    sizeof(tri_checks_door) / sizeof(*tri_checks_door);
