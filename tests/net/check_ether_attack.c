/*
 * Three links over a driver of this test: no socket, no rights, one thread for
 * each party. All frames go through the hands of somebody who can read and
 * write them, and who knows how to make a frame that every check of the
 * reliable stream accepts.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/err.h"
#include "net/ether/link.h"
#include "net/host/random.h"
#include "tests/checks.h"
#include "tests/support/links.h"
#include "tests/support/patience.h"

enum {
    QUEUE = 512,
    MTU = 9000,
    FRAME = TRI_ETHER_HEAD + MTU,
    /* of the stream from P0 to P1: before the records */
    HELLO = TRI_GREETING_BYTES + TRI_SECURE_ANSWER,
    EXTRA = TRI_SECURE_HEADER + TRI_AEAD_TAG,
    R0 = 100 + EXTRA,
    R1 = TRI_RECORD_MAX + EXTRA,
    R2 = 300000 - TRI_RECORD_MAX + EXTRA,
    R3 = 100 + EXTRA,
    LONGEST = 300000,
    UNIT_MS = 500, /* what a wire's times are made of, at first */
    DEADLINE = 8   /* in these */
};

/* What P0 sends to P1: three messages in four records. */
static const size_t length[3] = { 100, LONGEST, 100 };

enum how {
    NOTHING,
    NOISE,   /* random frames, and true ones that are damaged, from anywhere */
    REPLAY,  /* every frame comes twice, and some again much later           */
    FLIP,    /* a bit of byte `at` of the stream from P0 to P1               */
    FLIP_UP, /* the same from P1 to P0                                       */
    DROP,    /* bytes [at, at + n) are taken out, places closed up           */
    COPY,    /* bytes [at, at + n) become those of [HELLO, HELLO + n)        */
    END,     /* the stream ends at `at`                                      */
    ABORT,   /* P0 seems to give up: a reason of n bytes                     */
    RESET,   /* P0 seems to know nothing of the session                      */
    GONE,    /* no attack: P2 leaves, and the others go on without it        */
    RESTART, /* no attack: P1 stops without a word, and starts again         */
    INSIDER, /* bytes [at, at + 4) become all ones; plaintext                */
};

struct attack {
    enum how how;
    size_t at, n;
    unsigned fails; /* the first message that cannot be received; 3: none */
    int rc;
    const char *text; /* in P1's error */
};

struct wire;

struct port {
    struct wire *w;
    unsigned id;
    struct {
        size_t n;
        uint8_t p[FRAME];
    } q[QUEUE], now;
    unsigned head, count;
};

struct wire {
    const struct attack *a;
    uint32_t ms; /* a unit of time */
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    struct port port[TRI_PARTIES];
    uint64_t rng;
    uint8_t first[LONGEST]; /* the first record, for COPY */
    struct {
        size_t n;
        uint8_t p[FRAME];
    } old[16];
};

static uint8_t mac_byte(unsigned id, unsigned i)
{
    return (uint8_t)(i == 0 ? 2 : i == 5 ? id + 1 : 0x10 + i);
}

static void put(struct wire *w, unsigned to, const uint8_t *p, size_t n)
{
    struct port *q = &w->port[to];

    if (q->count == QUEUE)
        return; /* as a full queue of a device */
    q->q[(q->head + q->count) % QUEUE].n = n;
    memcpy(q->q[(q->head + q->count++) % QUEUE].p, p, n);
    pthread_cond_broadcast(&w->arrived);
}

/* By its address, to one or all but the sender. */
static void deliver(struct wire *w, const uint8_t *p, size_t n)
{
    for (unsigned to = 0; to < TRI_PARTIES; to++)
        if (p[11] != mac_byte(to, 5) &&
            (p[0] == 0xff || p[5] == mac_byte(to, 5)))
            put(w, to, p, n);
}

/* Print a frame anew, with a checksum that is right. */
static void again(uint8_t *p, struct tri_frame *f, const uint8_t *payload)
{
    uint8_t body[MTU];
    const struct tri_piece v = { body, f->len };

    memcpy(body, payload, f->len);
    tri_frame_print(p + TRI_ETHER_HEAD, f, &v, 1);
    memcpy(p + TRI_ETHER_HEAD + TRI_FRAME_HEADER, body, f->len);
}

static void noise(struct wire *w, uint8_t *p, size_t n)
{
    uint8_t bad[FRAME];
    size_t k = TRI_ETHER_HEAD + tri_test_rand(&w->rng) % 200;

    memcpy(bad, p, n);
    if (tri_test_rand(&w->rng) % 8 == 0)
        bad[TRI_ETHER_HEAD + tri_test_rand(&w->rng) % (n - TRI_ETHER_HEAD)] ^=
            (uint8_t)(1u << tri_test_rand(&w->rng) % 8);
    deliver(w, bad, n);
    /* A stranger who repeats it, with another word in it, checksum right. */
    if (n >= TRI_ETHER_HEAD + TRI_FRAME_HEADER) {
        struct tri_frame f;

        memcpy(bad, p, n);
        bad[11] = 0x77;
        if (tri_frame_parse(&f, p + TRI_ETHER_HEAD, n - TRI_ETHER_HEAD) ==
                TRI_OK &&
            f.type != TRI_FRAME_HELLO) {
            f.seq += tri_test_rand(&w->rng) % 3;
            f.type = (uint8_t)(2 + tri_test_rand(&w->rng) % 9);
            again(bad, &f, f.payload);
            deliver(w, bad, n);
        }
    }
    /* Anything at all, from P0's address. */
    for (size_t i = TRI_ETHER_HEAD; i < k; i++)
        bad[i] = (uint8_t)tri_test_rand(&w->rng);
    if (tri_test_rand(&w->rng) % 2 == 0 && k > TRI_ETHER_HEAD + 10) {
        memcpy(bad + TRI_ETHER_HEAD, "TE\1", 3);
        bad[TRI_ETHER_HEAD + 9] %= 3;
    }
    for (unsigned i = 0; i < 6; i++) {
        bad[i] = 0xff;
        bad[6 + i] = mac_byte(0, i);
    }
    deliver(w, bad, k);
}

static void replay(struct wire *w, const uint8_t *p, size_t n)
{
    const size_t i = tri_test_rand(&w->rng) % 16;

    deliver(w, p, n);
    deliver(w, p, n);
    if (w->old[i].n > 0)
        deliver(w, w->old[i].p, w->old[i].n);
    if (tri_test_rand(&w->rng) % 4 == 0) {
        w->old[i].n = n;
        memcpy(w->old[i].p, p, n);
    }
}

/* A frame of P0's own making, as far as P1 can see. */
static void forge(uint8_t *p, struct tri_frame *f, enum tri_frame_type type,
                  size_t len)
{
    static const uint8_t reason[TRI_FRAME_REASON] = { 4 };

    f->type = (uint8_t)type;
    f->len = (uint16_t)len;
    again(p, f, reason);
}

/* Bytes [lo, hi) of the attack that are in the frame. */
static int meets(const struct tri_frame *f, size_t at, size_t n, size_t *lo,
                 size_t *hi)
{
    *lo = at > f->seq ? at : (size_t)f->seq;
    *hi = at + n < f->seq + f->len ? at + n : (size_t)(f->seq + f->len);
    return *lo < *hi;
}

/* A frame between P0 and P1, of their session. Returns its length; 0: gone. */
static size_t strike(struct wire *w, uint8_t *p, size_t n)
{
    const struct attack *a = w->a;
    uint8_t body[MTU];
    struct tri_frame f;
    size_t lo, hi;
    int down;

    if (tri_frame_parse(&f, p + TRI_ETHER_HEAD, n - TRI_ETHER_HEAD) != TRI_OK)
        return n;
    down = f.from == 0 && f.to == 1;
    if (f.from + f.to != 1 || f.type == TRI_FRAME_HELLO)
        return n;
    memcpy(body, f.payload, f.len);
    if (a->how == DROP && !down && f.ack > a->at) {
        f.ack += a->n;
        if (f.type == TRI_FRAME_ACK)
            f.len = 0; /* its ranges would be wrong */
        again(p, &f, body);
        return TRI_ETHER_HEAD + TRI_FRAME_HEADER + (size_t)f.len;
    }
    if (f.type != TRI_FRAME_DATA || down == (a->how == FLIP_UP))
        return n;
    if (meets(&f, HELLO, R0, &lo, &hi))
        memcpy(w->first + lo - HELLO, body + lo - f.seq, hi - lo);
    switch (a->how) {
    case FLIP:
    case FLIP_UP:
        if (meets(&f, a->at, 1, &lo, &hi))
            body[lo - f.seq] ^= 4;
        break;
    case INSIDER:
        if (meets(&f, a->at, 4, &lo, &hi))
            memset(body + lo - f.seq, 0xff, hi - lo);
        break;
    case COPY:
        if (meets(&f, a->at, a->n, &lo, &hi))
            memcpy(body + lo - f.seq, w->first + lo - a->at, hi - lo);
        break;
    case DROP:
        if (meets(&f, a->at, a->n, &lo, &hi)) {
            memmove(body + lo - f.seq, body + hi - f.seq,
                    (size_t)(f.seq + f.len - hi));
            if (f.seq > a->at)
                f.seq = a->at;
            f.len = (uint16_t)(f.len - (hi - lo));
        } else if (f.seq >= a->at + a->n) {
            f.seq -= a->n;
        }
        if (f.len == 0)
            return 0;
        break;
    case END:
        if (f.seq + f.len <= a->at)
            break;
        if (f.seq < a->at) {
            f.len = (uint16_t)(a->at - f.seq);
            break;
        }
        f.seq = a->at;
        forge(p, &f, TRI_FRAME_FIN, 0);
        return TRI_ETHER_HEAD + TRI_FRAME_HEADER;
    case ABORT:
    case RESET:
        if (f.seq <= a->at)
            break;
        forge(p, &f, a->how == ABORT ? TRI_FRAME_ABORT : TRI_FRAME_RESET, a->n);
        return TRI_ETHER_HEAD + TRI_FRAME_HEADER + a->n;
    default:
        break;
    }
    again(p, &f, body);
    return TRI_ETHER_HEAD + TRI_FRAME_HEADER + (size_t)f.len;
}

/* ---- the driver --------------------------------------------------------- */

static void wire_send(void *ctx, const uint8_t to[TRI_ETHER_MAC],
                      const struct tri_piece *v, unsigned n)
{
    struct port *q = ctx;
    struct wire *w = q->w;
    uint8_t p[FRAME];
    size_t len = TRI_ETHER_HEAD;

    memcpy(p, to, TRI_ETHER_MAC);
    for (unsigned i = 0; i < 6; i++)
        p[6 + i] = mac_byte(q->id, i);
    p[12] = TRI_ETHERTYPE >> 8;
    p[13] = TRI_ETHERTYPE & 0xff;
    for (unsigned i = 0; i < n; i++) {
        memcpy(p + len, v[i].p, v[i].n);
        len += v[i].n;
    }
    pthread_mutex_lock(&w->lock);
    if (w->a->how == NOISE)
        noise(w, p, len);
    else if (w->a->how == REPLAY)
        replay(w, p, len);
    else if ((len = strike(w, p, len)) > 0)
        deliver(w, p, len);
    pthread_mutex_unlock(&w->lock);
}

static const uint8_t *wire_receive(void *ctx, size_t *n, const uint8_t **from)
{
    struct port *q = ctx;
    int any;

    pthread_mutex_lock(&q->w->lock);
    any = q->count > 0;
    if (any) {
        q->now.n = q->q[q->head].n;
        memcpy(q->now.p, q->q[q->head].p, q->now.n);
        q->head = (q->head + 1) % QUEUE;
        q->count--;
    }
    pthread_mutex_unlock(&q->w->lock);
    if (!any)
        return NULL;
    *n = q->now.n - TRI_ETHER_HEAD;
    *from = q->now.p + TRI_ETHER_MAC;
    return q->now.p + TRI_ETHER_HEAD;
}

static uint64_t wire_now(void *ctx)
{
    struct timespec t;

    (void)ctx;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void wire_wait(void *ctx, uint64_t until)
{
    struct port *q = ctx;
    const struct timespec t = { (time_t)(until / 1000000u),
                                (long)(until % 1000000u) * 1000 };

    pthread_mutex_lock(&q->w->lock);
    if (q->count == 0 && until > wire_now(ctx))
        (void)pthread_cond_timedwait(&q->w->arrived, &q->w->lock, &t);
    pthread_mutex_unlock(&q->w->lock);
}

static int wire_random(void *ctx, void *out, size_t n)
{
    (void)ctx;
    return tri_net_random(out, n);
}

/* ---- the parties -------------------------------------------------------- */

struct party {
    struct tri_check c;
    struct wire *w;
    unsigned id;
    int rc;
    struct tri_link l;
    pthread_t thread;
};

static uint8_t pattern(unsigned message, size_t i)
{
    return (uint8_t)(31 * message + i * 7 + (i >> 8));
}

static void send_three(struct party *p)
{
    uint8_t *out[3], end;

    for (unsigned m = 0; m < 3; m++) {
        out[m] = malloc(length[m]);
        for (size_t i = 0; i < length[m]; i++)
            out[m][i] = pattern(m, i);
        (void)tri_send(&p->l, 1, out[m], length[m]);
    }
    (void)tri_flush(&p->l);
    p->rc = tri_recv(&p->l, 1, &end, 1);
    tri_close(&p->l); /* before the buffers go */
    for (unsigned m = 0; m < 3; m++)
        free(out[m]);
}

/* All messages before the attack are whole; the first one after it fails, is
 * wiped, and so is everything later. */
static void receive_three(struct party *p)
{
    const struct attack *a = p->w->a;
    uint8_t *in = malloc(LONGEST);

    for (unsigned m = 0; m < 3; m++) {
        const int want = m < a->fails    ? TRI_OK
                         : m == a->fails ? a->rc
                                         : TRI_E_DEAD;
        int rc;

        memset(in, 0xee, LONGEST);
        rc = tri_recv(&p->l, 0, in, length[m]);
        if (rc != want)
            tri_check_fail(&p->c, "message %u: code %d (%s), not %d", m, rc,
                           p->l.error, want);
        for (size_t i = 0; i < length[m] && p->c.msg[0] == '\0'; i++)
            if (in[i] != (rc == TRI_OK ? pattern(m, i) : 0))
                tri_check_fail(&p->c, "message %u: byte %zu", m, i);
    }
    if (a->text != NULL && strstr(p->l.error, a->text) == NULL)
        tri_check_fail(&p->c, "text: %s", p->l.error);
    (void)tri_send(&p->l, 0, in, 1);
    (void)tri_flush(&p->l);
    tri_close(&p->l);
    free(in);
}

/* For longer than the deadline. */
static void go_on(struct party *p)
{
    uint8_t word = 1, in;
    const unsigned other = 1 - p->id;

    for (int i = 0; i < 120 && p->rc == TRI_OK; i++) {
        tri_links_sleep(p->w->ms / 50);
        p->rc = tri_send(&p->l, other, &word, 1);
        if (p->rc == TRI_OK)
            p->rc = tri_recv(&p->l, other, &in, 1);
        if (p->rc == TRI_OK)
            p->rc = tri_flush(&p->l);
    }
    tri_close(&p->l);
}

/* P0 and P2 wait for P1, which is another one now. */
static void wait_for_p1(struct party *p)
{
    uint8_t in;

    p->rc = tri_recv(&p->l, 1, &in, 1);
    tri_close(&p->l);
}

/* As if it were new; nobody answers, so it need not wait for long. */
static void come_back(struct party *p, struct tri_ether_config *cfg,
                      const struct tri_ether_driver *d, void *mem)
{
    cfg->connect_ms = p->w->ms;
    p->rc = tri_ether_join(&p->l, cfg, d, mem);
}

static void *party_main(void *arg)
{
    struct party *p = arg;
    struct tri_tcp_config keys = { .id = p->id };
    struct tri_ether_config cfg = { .id = p->id,
                                    .room = TRI_ETHER_ROOM_MIN,
                                    .connect_ms = 4 * p->w->ms,
                                    .deadline_ms = DEADLINE * p->w->ms };
    const struct tri_ether_driver d = { .ctx = &p->w->port[p->id],
                                        .name = "wire",
                                        .mtu = MTU,
                                        .send = wire_send,
                                        .receive = wire_receive,
                                        .now = wire_now,
                                        .wait = wire_wait,
                                        .random = wire_random };
    void *mem;

    if (p->w->a->how == GONE)
        cfg.deadline_ms = p->w->ms;
    if (p->w->a->how == INSIDER) {
        cfg.plaintext = 1;
    } else {
        tri_links_seal(&keys);
        cfg.keys = keys.keys;
        cfg.k = keys.k;
    }
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        for (unsigned i = 0; i < TRI_ETHER_MAC; i++)
            cfg.mac[j][i] = mac_byte(j, i);
    mem = aligned_alloc(TRI_ETHER_ALIGN, tri_ether_memory(&cfg));
    p->rc = tri_ether_join(&p->l, &cfg, &d, mem);
    if (p->rc == TRI_OK && p->w->a->how == GONE && p->id < 2)
        go_on(p);
    else if (p->rc == TRI_OK && p->w->a->how == RESTART && p->id != 1)
        wait_for_p1(p);
    else if (p->rc == TRI_OK && p->w->a->how == RESTART)
        come_back(p, &cfg, &d, mem);
    else if (p->rc == TRI_OK && p->id == 0)
        send_three(p);
    else if (p->rc == TRI_OK && p->id == 1)
        receive_three(p);
    else
        tri_close(&p->l);
    free(mem);
    return NULL;
}

static void run(struct tri_check *c, uint32_t ms, const struct attack *a,
                struct party p[3])
{
    struct wire *w = calloc(1, sizeof *w);

    w->a = a;
    w->ms = ms;
    w->rng = tri_test_rand(&c->seed);
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->arrived, NULL);
    for (unsigned i = 0; i < 3; i++) {
        w->port[i].w = w;
        w->port[i].id = i;
        p[i] = (struct party){ .w = w, .id = i };
        if (pthread_create(&p[i].thread, NULL, party_main, &p[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < 3; i++)
        pthread_join(p[i].thread, NULL);
    free(w);
}

static void attacks_within(struct tri_check *c, uint32_t ms, void *arg)
{
    static const char forged[] = "what arrived from P0 is not what it sent";
    static const struct attack attacks[] = {
        { NOTHING, 0, 0, 3, TRI_OK, NULL },
        { NOISE, 0, 0, 3, TRI_OK, NULL },
        { REPLAY, 0, 0, 3, TRI_OK, NULL },
        /* record 0: header, its tag, payload, its tag */
        { FLIP, HELLO, 0, 0, TRI_E_CRYPTO, forged },
        { FLIP, HELLO + 31, 0, 0, TRI_E_CRYPTO, forged },
        { FLIP, HELLO + 32, 0, 0, TRI_E_CRYPTO, forged },
        { FLIP, HELLO + R0 - 1, 0, 0, TRI_E_CRYPTO, forged },
        /* the second record of message 1: the first one is wiped as well */
        { FLIP, HELLO + R0 + R1 + 3, 0, 1, TRI_E_CRYPTO, forged },
        { FLIP, HELLO + R0 + R1 + R2 - 17, 0, 1, TRI_E_CRYPTO, forged },
        { FLIP, HELLO + R0 + R1 + R2 + R3 - 1, 0, 2, TRI_E_CRYPTO, forged },
        { DROP, HELLO, R0, 0, TRI_E_CRYPTO, forged },
        { DROP, HELLO + R0 + 1000, 16, 1, TRI_E_CRYPTO, forged },
        { COPY, HELLO + R0 + R1 + R2, R3, 2, TRI_E_CRYPTO, forged },
        { END, HELLO + R0, 0, 1, TRI_E_IO, "P0 closed the connection" },
        { END, HELLO + R0 + 5000, 0, 1, TRI_E_IO, "P0 closed the connection" },
        { ABORT, HELLO + R0, 8 + TRI_SECURE_HEADER, 1, TRI_E_CRYPTO,
          "somebody ended the connection to P0, but it was not P0" },
        { RESET, HELLO + R0, 0, 1, TRI_E_IO,
          "P0 on interface wire has started" },
        /* without keys: a length of 4 GiB */
        { INSIDER, TRI_GREETING_BYTES, 0, 0, TRI_E_PROTO,
          "P0 sent bytes that are not a record" },
    };
    struct party p[3];

    (void)arg;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        const uint64_t start = tri_links_ms();

        run(c, ms, &attacks[i], p);
        CHECK(c, tri_links_ms() - start < DEADLINE * ms, "attack %zu: late", i);
        for (unsigned j = 0; j < 3; j++)
            CHECK(c, p[j].c.msg[0] == '\0', "attack %zu, P%u: %s", i, j,
                  p[j].c.msg);
        CHECK(c, (p[0].rc == TRI_OK) == (attacks[i].fails == 3),
              "attack %zu, P0: %d %s", i, p[0].rc, p[0].l.error);
    }
}

static void check_attacks(struct tri_check *c)
{
    tri_patience(c, UNIT_MS, attacks_within, NULL);
}

/* A bit of the handshake: these two do not join, and one of the two says why.
 */
static void handshake_within(struct tri_check *c, uint32_t ms, void *arg)
{
    enum { CALL_END = TRI_GREETING_BYTES + TRI_SECURE_CALL };
    static const struct attack attacks[] = {
        { FLIP, TRI_GREETING_BYTES, 0, 0, 0, NULL },
        { FLIP, TRI_GREETING_BYTES + 40, 0, 0, 0, NULL },
        { FLIP, HELLO - 1, 0, 0, 0, NULL },
        { FLIP_UP, TRI_GREETING_BYTES, 0, 0, 0, NULL },
        { FLIP_UP, CALL_END - 1, 0, 0, 0, NULL },
        { FLIP_UP, CALL_END, 0, 0, 0, NULL },
        { FLIP_UP, CALL_END + TRI_SECURE_CONFIRM - 1, 0, 0, 0, NULL },
    };
    struct party p[3];

    (void)arg;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        const unsigned finder = attacks[i].how == FLIP ? 1 : 0;

        run(c, ms, &attacks[i], p);
        CHECK(c,
              p[finder].rc == TRI_E_CRYPTO &&
                  strstr(p[finder].l.error, "has not the key of P") != NULL,
              "handshake %zu: %d %s", i, p[finder].rc, p[finder].l.error);
    }
}

static void check_handshake(struct tri_check *c)
{
    tri_patience(c, UNIT_MS, handshake_within, NULL);
}

/* A party that has ended may be silent. */
static void gone_for(struct tri_check *c, uint32_t ms, void *arg)
{
    static const struct attack a = { GONE, 0, 0, 3, TRI_OK, NULL };
    struct party p[3];

    (void)arg;
    run(c, ms, &a, p);
    for (unsigned i = 0; i < 3; i++)
        CHECK(c, p[i].rc == TRI_OK, "P%u: %d %s", i, p[i].rc, p[i].l.error);
}

static void check_gone(struct tri_check *c)
{
    tri_patience(c, UNIT_MS, gone_for, NULL);
}

/* The others notice at once, and P1 learns that nobody waits for it. */
static void restart_within(struct tri_check *c, uint32_t ms, void *arg)
{
    static const struct attack a = { RESTART, 0, 0, 3, TRI_OK, NULL };
    const uint64_t start = tri_links_ms();
    struct party p[3];
    int told = 0;

    (void)arg;
    run(c, ms, &a, p);
    for (unsigned i = 0; i < 3; i += 2) {
        CHECK(c, p[i].rc == TRI_E_IO, "P%u: %d %s", i, p[i].rc, p[i].l.error);
        told += strstr(p[i].l.error, "P1 on interface wire has started again: "
                                     "this session is over") != NULL;
    }
    CHECK(c, told > 0, "%s; %s", p[0].l.error, p[2].l.error);
    CHECK(c, p[1].rc == TRI_E_TIMEOUT, "P1: %d %s", p[1].rc, p[1].l.error);
    CHECK(c, tri_links_ms() - start < DEADLINE * ms, "not before the deadline");
}

static void check_restart(struct tri_check *c)
{
    tri_patience(c, UNIT_MS, restart_within, NULL);
}

const struct tri_check_entry tri_checks_ether_attack[] = {
    { "ether/attacks", check_attacks },
    { "ether/handshake", check_handshake },
    { "ether/gone", check_gone },
    { "ether/restart", check_restart },
};
const size_t tri_checks_ether_attack_n =
    sizeof tri_checks_ether_attack / sizeof *tri_checks_ether_attack;
