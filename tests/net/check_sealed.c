#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "core/err.h"
#include "net/conn/end.h"
#include "net/conn/out.h"
#include "net/hello.h"
#include "net/tcp/join.h"
#include "net/tcp/tcp.h"
#include "tests/checks.h"
#include "tests/support/links.h"
#include "tests/support/patience.h"

/* ---- a network that cannot be trusted ----------------------------------- */

/* What P1 sends first, and what P0 answers. */
enum {
    CALL = TRI_GREETING_BYTES + TRI_SECURE_CALL,
    ANSWER = TRI_GREETING_BYTES + TRI_SECURE_ANSWER,
    CONFIRM = TRI_SECURE_CONFIRM
};

/* What P0 sends to P1: three messages in four records. */
static const size_t length[3] = { 100, 300000, 10 };
enum {
    EXTRA = TRI_SECURE_HEADER + TRI_AEAD_TAG,
    R0 = 100 + EXTRA,
    R1 = TRI_RECORD_MAX + EXTRA,
    R2 = 300000 - TRI_RECORD_MAX + EXTRA,
    R3 = 10 + EXTRA,
    STREAM = R0 + R1 + R2 + R3,
    LONGEST = 300000
};

enum how {
    NOTHING,
    FLIP,      /* a bit of byte `at` of the records  */
    FLIP_HAND, /* the same of the answer             */
    DROP,      /* bytes [at, at + n)                 */
    REPEAT,    /* bytes [0, n) in the place of those from `at` on */
    TWICE,     /* bytes [0, n) once more at `at`     */
    CUT        /* nothing from `at` on               */
};

struct attack {
    enum how how;
    size_t at, n;
    unsigned fails; /* the first message that cannot be received */
    int rc;         /* and how                                   */
};

struct network {
    const struct attack *a;
    int fd; /* listens for P1 */
    char addr[32], to[32];
    uint8_t said[CALL + CONFIRM]; /* by P1, first */
    uint8_t stream[2 * STREAM];
    pthread_t thread;
};

static int connect_to(const char *addr)
{
    struct sockaddr_in sa = { .sin_family = AF_INET };
    const struct timeval patience = { 60, 0 };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    sa.sin_port = htons((uint16_t)atoi(strchr(addr, ':') + 1));
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int take(int fd, uint8_t *p, size_t n)
{
    return recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

static int give(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        const ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

        if (k <= 0)
            return 0;
        p += k;
        n -= (size_t)k;
    }
    return 1;
}

/* Apply the attack to the records; returns their new length. */
static size_t alter(uint8_t *s, const struct attack *a)
{
    size_t n = STREAM;

    switch (a->how) {
    case FLIP:
        s[a->at] ^= 4;
        break;
    case DROP:
        memmove(s + a->at, s + a->at + a->n, n - a->at - a->n);
        n -= a->n;
        break;
    case REPEAT:
        memcpy(s + a->at, s, a->n);
        break;
    case TWICE:
        memmove(s + a->at + a->n, s + a->at, n - a->at);
        memmove(s + a->at, s, a->n);
        n += a->n;
        break;
    case CUT:
        n = a->at;
        break;
    default:
        break;
    }
    return n;
}

static void *network_main(void *arg)
{
    struct network *w = arg;
    const int low = connect_to(w->to), high = accept(w->fd, NULL, NULL);
    uint8_t answer[ANSWER], end[64];

    if (low < 0 || high < 0 || !take(high, w->said, CALL) ||
        !give(low, w->said, CALL) || !take(low, answer, ANSWER))
        goto out;
    if (w->a->how == FLIP_HAND)
        answer[w->a->at] ^= 4;
    if (!give(high, answer, ANSWER) || !take(high, w->said + CALL, CONFIRM) ||
        !give(low, w->said + CALL, CONFIRM) || !take(low, w->stream, STREAM))
        goto out;
    (void)give(high, w->stream, alter(w->stream, w->a));
    (void)shutdown(high, SHUT_WR);
    /* P1's goodbye, whatever it says. */
    while (recv(high, end, sizeof(end), 0) > 0)
        ;
out:
    close(low);
    close(high);
    close(w->fd);
    return NULL;
}

/* ---- parties on that network -------------------------------------------- */

struct party {
    struct tri_check c;
    struct tri_tcp_config cfg;
    struct tri_link l;
    const struct attack *a;
    int rc;
    pthread_t thread;
};

static uint8_t pattern(unsigned message, size_t i)
{
    return (uint8_t)(31 * message + i * 7 + (i >> 8));
}

static void send_three(struct party *p)
{
    uint8_t *out[3];

    for (unsigned m = 0; m < 3; m++) {
        out[m] = malloc(length[m]);
        for (size_t i = 0; i < length[m]; i++)
            out[m][i] = pattern(m, i);
        if (tri_send(&p->l, 1, out[m], length[m]) != TRI_OK)
            tri_check_fail(&p->c, "send: %s", p->l.error);
    }
    (void)tri_flush(&p->l);
    for (unsigned m = 0; m < 3; m++)
        free(out[m]);
}

/* All messages before the attack are whole; the first one after it fails, is
 * wiped, and so is everything later. */
static void receive_three(struct party *p)
{
    static uint8_t in[LONGEST];

    for (unsigned m = 0; m < 3; m++) {
        int rc, want = TRI_OK;

        if (m >= p->a->fails)
            want = m == p->a->fails ? p->a->rc : TRI_E_DEAD;
        memset(in, 0xee, sizeof(in));
        rc = tri_recv(&p->l, 0, in, length[m]);
        CHECK(&p->c, rc == want, "message %u: code %d (%s), not %d", m, rc,
              p->l.error, want);
        for (size_t i = 0; i < length[m]; i++)
            CHECK(&p->c, in[i] == (rc == TRI_OK ? pattern(m, i) : 0),
                  "message %u: byte %zu", m, i);
    }
    if (p->a->fails < 3)
        CHECK(&p->c, strstr(p->l.error, "P0") != NULL, "text: %s", p->l.error);
}

static void say(struct party *p, unsigned to)
{
    const uint8_t hello = 7;

    (void)tri_send(&p->l, to, &hello, 1);
    (void)tri_flush(&p->l);
}

static void hear(struct party *p, unsigned from)
{
    uint8_t in = 0;

    if (tri_recv(&p->l, from, &in, 1) != TRI_OK || in != 7)
        tri_check_fail(&p->c, "P%u: %s", from, p->l.error);
}

/* A byte to and from each of the others: all have joined. Under attack only
 * the attacked stream may flow between P0 and P1; P2 tells P0 to begin when P1
 * needs nothing more of anybody else. */
static void meet(struct party *p)
{
    const unsigned id = p->cfg.id;

    if (p->a == NULL) {
        for (unsigned j = 0; j < 3; j++)
            if (j != id)
                say(p, j);
        for (unsigned j = 0; j < 3; j++)
            if (j != id)
                hear(p, j);
    } else if (id == 2) {
        say(p, 1);
        hear(p, 1);
        say(p, 0);
    } else {
        hear(p, 2);
        if (id == 1)
            say(p, 2);
    }
}

static void *party_main(void *arg)
{
    struct party *p = arg;
    uint8_t end;

    p->rc = tri_tcp_open(&p->l, &p->cfg);
    if (p->rc == TRI_OK) {
        meet(p);
        if (p->a != NULL && p->cfg.id == 0) {
            send_three(p);
            (void)tri_recv(&p->l, 1, &end, 1); /* until P1 is done */
        }
        if (p->a != NULL && p->cfg.id == 1)
            receive_three(p);
    }
    tri_close(&p->l);
    return NULL;
}

static void start(struct party *p)
{
    if (pthread_create(&p->thread, NULL, party_main, p) != 0)
        abort();
}

/* Run with the network between P0 and P1; w->said is filled. If the parties
 * are not to join, they try it for `ms`. */
static void run_attack(struct tri_check *c, uint32_t ms, struct network *w,
                       const struct attack *a)
{
    static struct party p[3];
    char addr[3][32], error[256];
    uint16_t port;
    int fd[2];

    tri_links_listen(c, fd, addr);
    CHECK(c, tri_tcp_listen(&w->fd, &port, "127.0.0.1:0", error) == TRI_OK,
          "listen: %s", error);
    (void)fcntl(w->fd, F_SETFL, 0);
    (void)snprintf(w->addr, sizeof(w->addr), "127.0.0.1:%u", port);
    memcpy(w->to, addr[0], sizeof(w->to));
    w->a = a;
    for (unsigned i = 0; i < 3; i++) {
        p[i] = (struct party){ .cfg = tri_links_config(i, fd, addr), .a = a };
        tri_links_seal(&p[i].cfg);
        if (a->how == FLIP_HAND)
            p[i].cfg.connect_ms = ms;
    }
    p[1].cfg.addr[0] = w->addr;
    if (pthread_create(&w->thread, NULL, network_main, w) != 0)
        abort();
    for (unsigned i = 0; i < 3; i++)
        start(&p[i]);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(p[i].thread, NULL);
    pthread_join(w->thread, NULL);
    for (unsigned i = 0; i < 3; i++)
        CHECK(c,
              a->how == FLIP_HAND || (i == 2 && a->fails < 3) ||
                  p[i].c.msg[0] == '\0',
              "attack %d at %zu, P%u: %s", a->how, a->at, i, p[i].c.msg);
    for (unsigned i = 0; i < 3; i++)
        CHECK(c, a->how == FLIP_HAND || p[i].rc == TRI_OK, "P%u: %s", i,
              p[i].l.error);
    if (a->how == FLIP_HAND) {
        CHECK(c, p[1].rc == a->rc, "answer altered at %zu: code %d", a->at,
              p[1].rc);
        CHECK(c, p[1].l.error[0] != '\0', "no text");
    }
}

static struct network network;

static void attacks_for(struct tri_check *c, uint32_t ms, void *arg)
{
    static const struct attack attacks[] = {
        { NOTHING, 0, 0, 3, TRI_OK },
        /* record 0: header, its tag, payload, its tag */
        { FLIP, 0, 0, 0, TRI_E_CRYPTO },
        { FLIP, 15, 0, 0, TRI_E_CRYPTO },
        { FLIP, 16, 0, 0, TRI_E_CRYPTO },
        { FLIP, 31, 0, 0, TRI_E_CRYPTO },
        { FLIP, 32, 0, 0, TRI_E_CRYPTO },
        { FLIP, R0 - 17, 0, 0, TRI_E_CRYPTO },
        { FLIP, R0 - 16, 0, 0, TRI_E_CRYPTO },
        { FLIP, R0 - 1, 0, 0, TRI_E_CRYPTO },
        /* the second record of message 1: the first one is wiped as well */
        { FLIP, R0 + R1 + 3, 0, 1, TRI_E_CRYPTO },
        { FLIP, R0 + R1 + 1000, 0, 1, TRI_E_CRYPTO },
        { FLIP, R0 + R1 + R2 - 1, 0, 1, TRI_E_CRYPTO },
        { FLIP, STREAM - 1, 0, 2, TRI_E_CRYPTO },
        { DROP, 0, R0, 0, TRI_E_CRYPTO },
        { DROP, R0, R1, 1, TRI_E_CRYPTO },
        { DROP, R0 + 1000, 16, 1, TRI_E_CRYPTO },
        { DROP, R0 + R1 - 16, 16, 1, TRI_E_CRYPTO },
        { REPEAT, R0, R0, 1, TRI_E_CRYPTO },
        { REPEAT, R0 + R1 + R2, R3, 2, TRI_E_CRYPTO },
        { TWICE, R0, R0, 1, TRI_E_CRYPTO },
        { CUT, R0 + 5000, 0, 1, TRI_E_IO },
        { CUT, R0 + R1 + R2, 0, 2, TRI_E_IO },
        { FLIP_HAND, TRI_GREETING_BYTES, 0, 0, TRI_E_CRYPTO },
        { FLIP_HAND, TRI_GREETING_BYTES + 31, 0, 0, TRI_E_CRYPTO },
        { FLIP_HAND, TRI_GREETING_BYTES + 32, 0, 0, TRI_E_CRYPTO },
        { FLIP_HAND, ANSWER - 1, 0, 0, TRI_E_CRYPTO },
    };

    (void)arg;
    for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++)
        if (c->msg[0] == '\0')
            run_attack(c, ms, &network, &attacks[i]);
}

static void check_attacks(struct tri_check *c)
{
    tri_patience(c, 1500, attacks_for, NULL);
}

/* ---- strangers at the door ---------------------------------------------- */

/* One who has recorded a whole call and says it again is dropped, and the
 * true parties still come together. */
static void check_replayed(struct tri_check *c)
{
    static const struct attack nothing = { NOTHING, 0, 0, 3, TRI_OK };
    static struct party p[3];
    uint8_t answer[ANSWER], more;
    char addr[3][32];
    int fd[2], s;

    run_attack(c, 0, &network, &nothing);
    tri_links_listen(c, fd, addr);
    if (c->msg[0] != '\0')
        return;
    for (unsigned i = 0; i < 3; i++) {
        p[i] = (struct party){ .cfg = tri_links_config(i, fd, addr) };
        tri_links_seal(&p[i].cfg);
    }
    start(&p[0]);
    s = connect_to(addr[0]);
    if (!give(s, network.said, CALL + CONFIRM) || !take(s, answer, ANSWER))
        tri_check_fail(c, "no answer to a copied call");
    if (recv(s, &more, 1, 0) != 0)
        tri_check_fail(c, "a copied call is not dropped");
    close(s);
    start(&p[1]);
    start(&p[2]);
    for (unsigned i = 0; i < 3; i++) {
        pthread_join(p[i].thread, NULL);
        if (p[i].rc != TRI_OK || p[i].c.msg[0] != '\0')
            tri_check_fail(c, "P%u: %s %s", i, p[i].l.error, p[i].c.msg);
    }
}

/* Wrong keys on either side, and one side that does not seal. */
static void strangers_for(struct tri_check *c, uint32_t ms, void *arg)
{
    static struct party p[2];
    static struct tri_secure_keys keys;
    char addr[3][32];
    int fd[2];

    (void)arg;
    for (unsigned what = 0; what < 5 && c->msg[0] == '\0'; what++) {
        tri_links_listen(c, fd, addr);
        if (c->msg[0] != '\0')
            return;
        for (unsigned i = 0; i < 2; i++) {
            p[i] = (struct party){ .cfg = tri_links_config(i, fd, addr) };
            tri_links_seal(&p[i].cfg);
            p[i].cfg.connect_ms = ms;
        }
        keys = *p[what == 2 ? 0 : 1].cfg.keys;
        switch (what) {
        case 0: /* P1 has another private key */
            keys.own[5] ^= 1;
            p[1].cfg.keys = &keys;
            break;
        case 1: /* P1 expects another key of P0 */
            keys.peer[0][5] ^= 1;
            p[1].cfg.keys = &keys;
            break;
        case 2: /* P0 expects another key of P1 */
            keys.peer[1][5] ^= 1;
            p[0].cfg.keys = &keys;
            break;
        default: /* one of them does not seal */
            p[what - 3].cfg.keys = NULL;
            p[what - 3].cfg.plaintext = 1;
            break;
        }
        start(&p[0]);
        start(&p[1]);
        pthread_join(p[0].thread, NULL);
        pthread_join(p[1].thread, NULL);
        CHECK(c, p[0].rc == (what == 3 ? TRI_E_MISMATCH : TRI_E_TIMEOUT),
              "case %u, P0: %d %s", what, p[0].rc, p[0].l.error);
        /* Who seals does not believe a greeting. */
        CHECK(c,
              p[1].rc == (what < 3    ? TRI_E_CRYPTO
                          : what == 3 ? TRI_E_PROTO
                                      : TRI_E_MISMATCH),
              "case %u, P1: %d %s", what, p[1].rc, p[1].l.error);
        CHECK(c,
              strstr(p[0].l.error, what < 3 ? "has not the key of P1"
                                   : what == 3
                                       ? "is P1 and uses keys"
                                       : "is P1 and uses no keys") != NULL,
              "case %u, P0: %s", what, p[0].l.error);
        CHECK(c, strstr(p[1].l.error, "key") != NULL, "case %u, P1: %s", what,
              p[1].l.error);
    }
}

static void check_strangers(struct tri_check *c)
{
    tri_patience(c, 1200, strangers_for, NULL);
}

/* ---- keys --------------------------------------------------------------- */

struct agreed {
    uint8_t secret[3][3][32], keys[3][3][32];
};

static void agree(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct agreed *a = arg;
    char err[TRI_HELLO_ERROR];

    memcpy(a->secret[l->id], l->secret, sizeof(l->secret));
    CHECK(c, tri_hello(l, "sealed yes\n", NULL, a->keys[l->id], err) == TRI_OK,
          "%s", err);
}

/* Each pair has a secret of its own from the handshake, new in every session,
 * and a key from it; the link forgets the secrets. */
static void check_keys(struct tri_check *c)
{
    static const uint8_t zero[32];
    static struct agreed a[2];
    struct tri_link l[3];

    for (unsigned run = 0; run < 2 && c->msg[0] == '\0'; run++) {
        tri_links_make(c, l, TRI_LINKS_SEALED, 60000);
        tri_links_run(c, l, agree, &a[run]);
        for (unsigned i = 0; i < 3; i++)
            for (unsigned j = 0; j < 3; j++)
                CHECK(c, memcmp(l[i].secret[j], zero, 32) == 0,
                      "a closed link keeps a secret");
    }
    if (c->msg[0] != '\0')
        return;
    for (unsigned i = 0; i < 3; i++)
        for (unsigned j = 0; j < 3; j++) {
            const uint8_t *s = a[0].secret[i][j];

            CHECK(c, memcmp(s, a[0].secret[j][i], 32) == 0,
                  "P%u and P%u have different secrets", i, j);
            CHECK(c, memcmp(a[0].keys[i][j], a[0].keys[j][i], 32) == 0,
                  "P%u and P%u have different keys", i, j);
            CHECK(c, (memcmp(s, zero, 32) == 0) == (i == j), "secret %u, %u", i,
                  j);
            CHECK(c, i == j || memcmp(s, a[1].secret[i][j], 32) != 0,
                  "the same secret twice");
            CHECK(c, i == j || memcmp(s, a[0].secret[i][3 - i - j], 32) != 0,
                  "the same secret for two pairs");
        }
}

/* ---- a party that floods ------------------------------------------------ */

/* P2 has its keys and sends P0 good heartbeats, made beforehand, so many that
 * there is no pause between them for long; the message comes at the end. */
enum { BEATS = 3 << 20, FLOOD = BEATS * TRI_SECURE_HEADER, FLOOD_MS = 20 };

struct flood {
    struct tri_tcp_config cfg[3];
    struct tri_link l[2];
    int rc[2];
    pthread_barrier_t made;
};

static void *flooded_main(void *arg)
{
    struct flood *f = arg;
    struct tri_link *const l = &f->l[0];
    uint8_t word[8];

    f->rc[0] = tri_tcp_open(l, &f->cfg[0]);
    (void)pthread_barrier_wait(&f->made);
    if (f->rc[0] == TRI_OK)
        f->rc[0] = tri_recv(l, 2, word, sizeof word);
    tri_close(l);
    return NULL;
}

static void *third_main(void *arg)
{
    struct flood *f = arg;
    struct tri_link *const l = &f->l[1];
    uint8_t word[8];

    f->rc[1] = tri_tcp_open(l, &f->cfg[1]);
    if (f->rc[1] == TRI_OK)
        f->rc[1] = tri_recv(l, 0, word, sizeof word);
    tri_close(l);
    return NULL;
}

static void *flooding_main(void *arg)
{
    struct flood *f = arg;
    const struct tri_record beat = { 0, TRI_RECORD_BEAT, 0, 0 },
                            last = { 8, TRI_RECORD_LAST, BEATS, 1 };
    struct tri_link l = { .id = 2 };
    struct tri_secure sec[3];
    uint8_t *const buf = malloc(FLOOD + TRI_SECURE_HEADER + 8 + TRI_AEAD_TAG);
    int fd[3] = { -1, -1, -1 };
    const int rc = tri_tcp_join(&l, &f->cfg[2], fd, sec);
    size_t n = 0;

    for (uint32_t i = 0; rc == TRI_OK && i < BEATS; i++) {
        struct tri_record r = beat;

        r.seq = i;
        n += tri_secure_seal(&sec[0], i, buf + n, &r, NULL);
    }
    if (rc == TRI_OK)
        n += tri_secure_seal(&sec[0], BEATS, buf + n, &last, "message");
    (void)pthread_barrier_wait(&f->made);
    for (size_t at = 0; rc == TRI_OK && at < n;) {
        struct pollfd p = { .fd = fd[0], .events = POLLOUT };
        const ssize_t k = send(fd[0], buf + at, n - at, MSG_NOSIGNAL);

        if (k < 0 && poll(&p, 1, 60000) != 1)
            break;
        if (k < 0 && (p.revents & (POLLERR | POLLHUP)) != 0)
            break;
        at += k > 0 ? (size_t)k : 0;
    }
    for (unsigned j = 0; j < 2; j++)
        close(fd[j]);
    free(buf);
    return NULL;
}

/* P0 is held for ten deadlines and not longer, and both name P2. */
static void check_flood(struct tri_check *c)
{
    static struct flood f;
    pthread_t thread[3];
    char addr[3][32];
    int fd[2];

    tri_links_listen(c, fd, addr);
    if (c->msg[0] != '\0')
        return;
    memset(&f, 0, sizeof f);
    (void)pthread_barrier_init(&f.made, NULL, 2);
    for (unsigned i = 0; i < 3; i++) {
        f.cfg[i] = tri_links_config(i, fd, addr);
        tri_links_seal(&f.cfg[i]);
    }
    f.cfg[0].deadline_ms = FLOOD_MS;
    if (pthread_create(&thread[0], NULL, flooded_main, &f) != 0 ||
        pthread_create(&thread[1], NULL, third_main, &f) != 0 ||
        pthread_create(&thread[2], NULL, flooding_main, &f) != 0)
        abort();
    for (unsigned i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    (void)pthread_barrier_destroy(&f.made);
    for (unsigned i = 0; i < 2; i++)
        CHECK(c, f.rc[i] == TRI_E_TIMEOUT && f.l[i].blamed == 2,
              "P%u: rc %d, blames %d: %s", i, f.rc[i], f.l[i].blamed,
              f.l[i].error);
}

/* ---- a goodbye before the queue has left --------------------------------- */

static void shake_hands(struct tri_check *c, struct tri_secure *caller,
                        struct tri_secure *called)
{
    const uint8_t one[32] = { 1 }, two[32] = { 2 };
    uint8_t call[TRI_SECURE_CALL], answer[TRI_SECURE_ANSWER],
        confirm[TRI_SECURE_CONFIRM];
    struct tri_tcp_config p0 = { .id = 0 }, p1 = { .id = 1 };

    tri_links_seal(&p0);
    tri_links_seal(&p1);
    CHECK(c,
          tri_secure_call(caller, p1.k, p1.keys, 1, 0, tri_aead_best(p1.k), one,
                          call) == TRI_OK &&
              tri_secure_answer(called, p0.k, p0.keys, 0, 1,
                                tri_aead_best(p0.k), two, call,
                                answer) == TRI_OK &&
              tri_secure_finish(caller, answer, confirm) == TRI_OK &&
              tri_secure_confirmed(called, confirm) == TRI_OK,
          "handshake");
}

/* The peer takes all that is there, so the goodbye leaves at once. What is left
 * of the queue is not waited for: the link's thread would turn for ever. */
static void check_unsent(struct tri_check *c)
{
    static uint8_t message[4 << 20], taken[1 << 20];
    static struct tri_conn conn;
    struct tri_secure caller, called;
    struct tri_bye why;
    int fd[2];

    shake_hands(c, &caller, &called);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0)
        abort();
    (void)fcntl(fd[0], F_SETFL, O_NONBLOCK);
    CHECK(c, tri_conn_open(&conn, fd[0], &caller) == TRI_OK, "open");
    tri_conn_queue(&conn, message, sizeof message, 1);
    tri_conn_push(&conn);
    CHECK(c, tri_conn_pending(&conn), "all of it is gone");
    while (recv(fd[1], taken, sizeof taken, MSG_DONTWAIT) > 0)
        ;
    tri_bye_make(&why, TRI_E_PROTO, 1, "a number that is none");
    CHECK(c, tri_conn_goodbye(&conn, &why) == 0, "the goodbye finds no room");
    CHECK(c, !tri_conn_pending(&conn), "more is to follow a goodbye");
    tri_conn_push(&conn);
    tri_conn_close(&conn);
    close(fd[1]);
    tri_secure_wipe(&caller);
    tri_secure_wipe(&called);
}

const struct tri_check_entry tri_checks_sealed[] = {
    { "sealed_keys", check_keys },
    { "sealed_attacks", check_attacks },
    { "sealed_replayed", check_replayed },
    { "sealed_strangers", check_strangers },
    { "sealed_flood", check_flood },
    { "sealed_unsent", check_unsent },
};
const size_t tri_checks_sealed_n =
    sizeof tri_checks_sealed / sizeof *tri_checks_sealed;
