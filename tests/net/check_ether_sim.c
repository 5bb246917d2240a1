/* Two sides of a connection and a network between them, all in one loop with
 * a clock of its own: every run can be repeated from its seed. */
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "net/ether/arq.h"
#include "tests/checks.h"

enum {
    FLIGHT = 4096, /* frames in the network */
    RING = 256 * 1024,
    SEGS = 512,
    FRAME_MAX = TRI_FRAME_MTU_MAX,
    OLD = 64 /* frames of an earlier session that are kept */
};

struct packet {
    uint64_t due, order;
    unsigned to;
    size_t n;
    uint8_t *p;
};

struct sim;

struct side {
    struct sim *sim;
    unsigned id;
    struct tri_arq a;
    uint8_t ring[RING];
    struct tri_arq_seg seg[SEGS];
    const uint8_t *out; /* the whole outgoing stream   */
    const uint8_t *want;
    uint64_t got, out_n, want_n;
    int bad;
    uint64_t next;
};

struct sim {
    uint64_t now, rng, order;
    struct side s[2];
    struct packet f[FLIGHT];
    size_t n;
    /* the network; rates in 1/1000 */
    unsigned drop, dup, reorder, corrupt;
    uint32_t path_mtu;
    uint64_t delay, jitter;
    int cut;       /* 1: nothing passes; 2: only towards side 1 */
    unsigned lazy; /* 1/1000: the sink takes little */
    uint64_t base; /* start of the clock */
    struct packet old[OLD];
    size_t old_n;
    int keep_old, replay;
    uint64_t frames;
};

static uint64_t rnd(struct sim *s)
{
    return tri_test_rand(&s->rng);
}

static int chance(struct sim *s, unsigned permille)
{
    return rnd(s) % 1000 < permille;
}

static void push(struct sim *s, unsigned to, const uint8_t *p, size_t n)
{
    struct packet *f;

    if (s->n == FLIGHT)
        return; /* a full queue drops */
    f = &s->f[s->n++];
    f->p = malloc(n);
    memcpy(f->p, p, n);
    f->n = n;
    f->to = to;
    f->order = s->order++;
    f->due = s->now + s->delay + (s->jitter > 0 ? rnd(s) % s->jitter : 0);
    if (chance(s, s->reorder))
        f->due += rnd(s) % (8 * s->delay + 1);
}

static int sim_send(void *ctx, const struct tri_piece *v, unsigned n)
{
    struct side *me = ctx;
    struct sim *s = me->sim;
    static uint8_t buf[FRAME_MAX + 64];
    size_t len = 0;

    if (chance(s, 5) && s->lazy > 0)
        return 0; /* the driver is full */
    for (unsigned i = 0; i < n; i++) {
        memcpy(buf + len, v[i].p, v[i].n);
        len += v[i].n;
    }
    s->frames++;
    if (s->keep_old && s->old_n < OLD) {
        struct packet *f = &s->old[s->old_n++];

        f->p = malloc(len);
        memcpy(f->p, buf, len);
        f->n = len;
        f->to = !me->id;
    }
    if (len > s->path_mtu || chance(s, s->drop) || s->cut == 1 ||
        (s->cut == 2 && me->id == 0))
        return 1;
    if (chance(s, s->corrupt))
        for (uint64_t k = 1 + rnd(s) % 3; k > 0; k--)
            buf[rnd(s) % len] ^= (uint8_t)(1u << rnd(s) % 8);
    push(s, !me->id, buf, len);
    while (chance(s, s->dup))
        push(s, !me->id, buf, len);
    if (s->replay && s->old_n > 0 && chance(s, 300)) {
        const struct packet *f = &s->old[rnd(s) % s->old_n];

        push(s, f->to, f->p, f->n);
    }
    return 1;
}

static unsigned sim_source(void *ctx, uint64_t off, uint32_t len,
                           struct tri_piece v[TRI_ARQ_PIECES])
{
    struct side *me = ctx;
    unsigned n = 0;

    if (off + len > me->out_n)
        me->bad = 1;
    while (len > 0 && n < TRI_ARQ_PIECES) {
        uint32_t k = 1 + (uint32_t)(rnd(me->sim) % len);

        v[n++] = (struct tri_piece){ me->out + off, k };
        off += k;
        len -= k;
    }
    return n;
}

static size_t sim_sink(void *ctx, const uint8_t *p, size_t n)
{
    struct side *me = ctx;

    if (chance(me->sim, me->sim->lazy))
        n = (size_t)(rnd(me->sim) % (n + 1)) / 4;
    if (me->got + n > me->want_n || memcmp(me->want + me->got, p, n) != 0)
        me->bad = 1;
    me->got += n;
    return n;
}

static void side_init(struct sim *s, unsigned id, uint32_t epoch, uint32_t mtu)
{
    struct side *me = &s->s[id];
    const struct tri_arq_config cfg = {
        .id = (uint8_t)id,
        .peer = (uint8_t)!id,
        .epoch = epoch,
        .mtu = mtu,
        .dead_us = 5000000,
        .ring = me->ring,
        .ring_bytes = RING,
        .seg = me->seg,
        .segs = SEGS,
        .io = { me, sim_send, sim_source, sim_sink },
    };

    me->sim = s;
    me->id = id;
    me->got = 0;
    me->next = s->now;
    if (tri_arq_init(&me->a, &cfg, s->now) != TRI_OK)
        me->bad = 1;
}

static struct sim *sim_new(uint64_t seed, size_t n0, size_t n1)
{
    struct sim *s = calloc(1, sizeof *s);
    const size_t n[2] = { n0, n1 };
    uint8_t *bytes[2];

    s->rng = seed;
    s->path_mtu = FRAME_MAX;
    s->delay = 100;
    /* The clock of a board starts at 0; the low 32 bits may wrap. */
    s->now = s->base = rnd(s) % 3 == 0 ? 0
                       : rnd(s) % 2    ? 0xfff00000u
                                       : 1u << 20;
    for (int i = 0; i < 2; i++) {
        bytes[i] = malloc(n[i] + 8);
        for (size_t k = 0; k < n[i]; k += 8) {
            const uint64_t w = rnd(s);

            memcpy(bytes[i] + k, &w, 8);
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        s->s[i].out = bytes[i];
        s->s[i].out_n = n[i];
        s->s[i].want = bytes[!i];
        s->s[i].want_n = n[!i];
        side_init(s, i, (uint32_t)rnd(s) | 1u, 9000);
    }
    return s;
}

static void sim_free(struct sim *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->f[i].p);
    for (size_t i = 0; i < s->old_n; i++)
        free(s->old[i].p);
    for (int i = 0; i < 2; i++)
        free((void *)(uintptr_t)s->s[i].out);
    free(s);
}

static void poll_side(struct sim *s, struct side *me)
{
    tri_arq_drain(&me->a);
    me->next = tri_arq_poll(&me->a, s->now);
    if (s->lazy > 0 && me->next > s->now + 2000)
        me->next = s->now + 2000; /* the sink may want more by then */
}

/* One event: the next frame or timer. */
static void step(struct sim *s)
{
    size_t best = s->n;
    uint64_t at = s->s[0].next < s->s[1].next ? s->s[0].next : s->s[1].next;

    for (size_t i = 0; i < s->n; i++)
        if (s->f[i].due < at || (best < s->n && s->f[i].due == at &&
                                 s->f[i].order < s->f[best].order)) {
            best = i;
            at = s->f[i].due;
        }
    if (at > s->now)
        s->now = at;
    if (best < s->n) {
        const struct packet f = s->f[best];
        struct side *me = &s->s[f.to];
        struct tri_frame parsed;

        s->f[best] = s->f[--s->n];
        if (tri_frame_parse(&parsed, f.p, f.n) == TRI_OK)
            tri_arq_input(&me->a, &parsed, s->now);
        free(f.p);
        poll_side(s, me);
        return;
    }
    for (int i = 0; i < 2; i++)
        if (s->s[i].next <= s->now)
            poll_side(s, &s->s[i]);
}

static int delivered(const struct side *me)
{
    return me->got == me->want_n && me->a.fin_rcv && me->a.una == me->out_n + 1;
}

static void offer(struct sim *s)
{
    for (int i = 0; i < 2; i++) {
        s->s[i].a.end = s->s[i].out_n;
        s->s[i].a.fin = 1;
    }
}

static int finished(const struct side *me)
{
    return delivered(me) || me->a.state > TRI_ARQ_OPEN;
}

/* Until each has all and knows it, or has failed, or `us` have gone. */
static void run(struct sim *s, uint64_t us)
{
    const uint64_t end = s->now + us;

    while (s->now < end && !s->s[0].bad && !s->s[1].bad) {
        if (finished(&s->s[0]) && finished(&s->s[1]))
            return;
        step(s);
    }
}

/* Counters that must agree with the segments. */
static int consistent(const struct side *me)
{
    const struct tri_arq *a = &me->a;
    uint64_t flight = 0;
    uint32_t lost = 0, sacked = 0;

    for (uint32_t i = 0; i < a->count; i++) {
        const struct tri_arq_seg *g = &me->seg[(a->head + i) % SEGS];

        lost += g->lost;
        sacked += g->sacked;
        flight += g->lost || g->sacked ? 0 : g->len;
    }
    return flight == a->flight && lost == a->lost && sacked == a->sacked &&
           a->mtu <= 9000;
}

#define CHECK_SIM(c, s, cond, ...)            \
    do {                                      \
        if (!(cond)) {                        \
            tri_check_fail((c), __VA_ARGS__); \
            sim_free(s);                      \
            return;                           \
        }                                     \
    } while (0)

#define CHECK_WHOLE(c, s, what, i)                                            \
    CHECK_SIM(                                                                \
        c, s,                                                                 \
        delivered(&s->s[0]) && delivered(&s->s[1]) && !s->s[0].bad &&         \
            !s->s[1].bad && consistent(&s->s[0]) && consistent(&s->s[1]),     \
        "%s %d: got %llu of %llu, %llu of %llu, states %d %d, bad %d %d, at " \
        "%.3f s",                                                             \
        what, i, (unsigned long long)s->s[0].got,                             \
        (unsigned long long)s->s[0].want_n, (unsigned long long)s->s[1].got,  \
        (unsigned long long)s->s[1].want_n, (int)s->s[0].a.state,             \
        (int)s->s[1].a.state, s->s[0].bad, s->s[1].bad,                       \
        (double)(s->now - s->base) * 1e-6)

/* ---- frames ------------------------------------------------------------- */

static void check_frame(struct tri_check *c)
{
    uint8_t payload[200], wire[TRI_FRAME_HEADER + 200], other[TRI_FRAME_HEADER];
    struct tri_frame f = { .type = TRI_FRAME_DATA,
                           .from = 2,
                           .to = 1,
                           .epoch = 0x01020304,
                           .peer_epoch = 0x05060708,
                           .stamp = 9,
                           .window = 10,
                           .echo = 11,
                           .seq = 12,
                           .ack = 13 },
                     g;

    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 7 + 1);
    for (uint16_t n = 1; n <= 200; n++) {
        struct tri_piece v[3] = { { payload, n }, { NULL, 0 }, { NULL, 0 } };
        const size_t cut = tri_test_rand(&c->seed) % n;

        f.len = n;
        tri_frame_print(wire, &f, v, 1);
        memcpy(wire + TRI_FRAME_HEADER, payload, n);
        v[0].n = cut;
        v[1] = (struct tri_piece){ payload + cut,
                                   n / 3 < n - cut ? n / 3 : n - cut };
        v[2] = (struct tri_piece){ payload + cut + v[1].n, n - cut - v[1].n };
        tri_frame_print(other, &f, v, 3);
        CHECK(c, memcmp(wire, other, sizeof other) == 0,
              "pieces change the checksum, %d bytes", n);
        CHECK(
            c,
            tri_frame_parse(&g, wire, TRI_FRAME_HEADER + (size_t)n) == TRI_OK &&
                g.type == f.type && g.from == 2 && g.to == 1 && g.len == n &&
                g.epoch == f.epoch && g.peer_epoch == f.peer_epoch &&
                g.stamp == 9 && g.window == 10 && g.echo == 11 && g.seq == 12 &&
                g.ack == 13 && g.payload == wire + TRI_FRAME_HEADER,
            "fields, %d bytes", n);
        for (size_t len = 0; len < TRI_FRAME_HEADER + (size_t)n; len++)
            CHECK(c, tri_frame_parse(&g, wire, len) == TRI_E_PROTO,
                  "cut to %zu of %d", len, n);
        /* Every single bit, and pairs of bits. */
        for (size_t bit = 0; bit < 8 * (TRI_FRAME_HEADER + (size_t)n); bit++) {
            const size_t also =
                tri_test_rand(&c->seed) % (8 * (TRI_FRAME_HEADER + (size_t)n));

            wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
            CHECK(c,
                  tri_frame_parse(&g, wire, TRI_FRAME_HEADER + (size_t)n) ==
                      TRI_E_PROTO,
                  "bit %zu of %d bytes", bit, n);
            wire[also / 8] ^= (uint8_t)(1u << also % 8);
            CHECK(c,
                  also == bit ||
                      tri_frame_parse(&g, wire, TRI_FRAME_HEADER + (size_t)n) ==
                          TRI_E_PROTO,
                  "bits %zu, %zu of %d bytes", bit, also, n);
            wire[also / 8] ^= (uint8_t)(1u << also % 8);
            wire[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

/* Frames that are wrong though their checksum is right, and random bytes
 * behind a right checksum, into the parser and into a connection. */
static void check_fuzz(struct tri_check *c)
{
    static const struct {
        uint8_t type, from, to;
        uint16_t len;
        uint32_t epoch;
        uint32_t w[4];
        int rc;
    } cases[] = {
        { TRI_FRAME_HELLO, 0, 1, 4, 1, { 1500 }, TRI_OK },
        { TRI_FRAME_HELLO, 0, 1, 3, 1, { 1500 }, TRI_E_PROTO },
        { TRI_FRAME_HELLO, 0, 1, 4, 0, { 1500 }, TRI_E_PROTO },
        { TRI_FRAME_HELLO, 1, 1, 4, 1, { 1500 }, TRI_E_PROTO },
        { TRI_FRAME_HELLO, 0, 3, 4, 1, { 1500 }, TRI_E_PROTO },
        { TRI_FRAME_HELLO, 3, 1, 4, 1, { 1500 }, TRI_E_PROTO },
        { 0, 0, 1, 0, 1, { 0 }, TRI_E_PROTO },
        { 11, 0, 1, 0, 1, { 0 }, TRI_E_PROTO },
        { TRI_FRAME_DATA, 0, 1, 0, 1, { 0 }, TRI_E_PROTO },
        { TRI_FRAME_ACK, 0, 1, 0, 1, { 0 }, TRI_OK },
        { TRI_FRAME_ACK, 0, 1, 16, 1, { 1, 2, 3, 4 }, TRI_OK },
        { TRI_FRAME_ACK, 0, 1, 12, 1, { 1, 2, 3, 4 }, TRI_E_PROTO },
        { TRI_FRAME_ACK, 0, 1, 8, 1, { 0, 2 }, TRI_E_PROTO },
        { TRI_FRAME_ACK, 0, 1, 8, 1, { 2, 2 }, TRI_E_PROTO },
        { TRI_FRAME_ACK, 0, 1, 16, 1, { 1, 3, 3, 4 }, TRI_E_PROTO },
        { TRI_FRAME_ACK, 0, 1, 16, 1, { 5, 6, 1, 2 }, TRI_E_PROTO },
        { TRI_FRAME_FIN, 0, 1, 1, 1, { 0 }, TRI_E_PROTO },
        { TRI_FRAME_RESET, 0, 1, 1, 1, { 0 }, TRI_E_PROTO },
        { TRI_FRAME_ABORT, 0, 1, 0, 1, { 0 }, TRI_E_PROTO },
        { TRI_FRAME_ABORT, 0, 1, 16, 1, { 0 }, TRI_OK },
        { TRI_FRAME_PROBE, 0, 1, 16, 1, { 0 }, TRI_OK },
    };
    uint8_t wire[400] = { 0 };
    struct tri_frame f, g;
    struct sim *s;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct tri_piece v = { cases[i].w, cases[i].len };

        f = (struct tri_frame){ .type = cases[i].type,
                                .from = cases[i].from,
                                .to = cases[i].to,
                                .len = cases[i].len,
                                .epoch = cases[i].epoch };
        tri_frame_print(wire, &f, &v, 1);
        memcpy(wire + TRI_FRAME_HEADER, cases[i].w, sizeof cases[i].w);
        CHECK(c, tri_frame_parse(&g, wire, sizeof wire) == cases[i].rc,
              "case %zu", i);
    }

    s = sim_new(c->seed, 100000, 100000);
    offer(s);
    for (int i = 0; i < 200000 && !s->s[0].bad && !s->s[1].bad; i++) {
        const unsigned to = i & 1;
        const struct tri_arq *a = &s->s[to].a;
        struct tri_piece v = { wire + TRI_FRAME_HEADER, 0 };
        const uint64_t near[4] = { a->rcv, a->nxt, a->granted, a->una };
        enum tri_arq_state was = a->state;

        f = (struct tri_frame){
            .type = (uint8_t)(1 + rnd(s) % 10),
            .from = (uint8_t)!to,
            .to = (uint8_t)to,
            .epoch = rnd(s) % 4 ? s->s[!to].a.cfg.epoch : (uint32_t)rnd(s) | 1,
            .peer_epoch = rnd(s) % 4 ? a->cfg.epoch : (uint32_t)rnd(s),
            .stamp = (uint32_t)rnd(s),
            .window = (uint32_t)(rnd(s) >> rnd(s) % 32),
            .echo = (uint32_t)s->now,
            .seq = rnd(s) % 2 ? near[rnd(s) % 4] + rnd(s) % 32 - 16 : rnd(s),
            .ack = rnd(s) % 2 ? near[rnd(s) % 4] + rnd(s) % 32 - 16 : rnd(s),
        };
        /* Nothing here may be believed that could end or fool the session:
         * those with the right epochs must claim the impossible. */
        if (f.peer_epoch == a->cfg.epoch && f.epoch == s->s[!to].a.cfg.epoch) {
            if (f.type == TRI_FRAME_RESET || f.type == TRI_FRAME_ABORT ||
                f.type == TRI_FRAME_HELLO || f.type == TRI_FRAME_ABORT_OK)
                f.type = TRI_FRAME_DATA;
            if (f.type == TRI_FRAME_DATA || f.type == TRI_FRAME_FIN)
                f.seq = rnd(s) % 2 ? a->granted + 1 + rnd(s) % 9
                                   : UINT64_MAX - 300 - rnd(s) % 9;
            else
                f.ack = a->nxt + 1 + rnd(s) % 9;
        }
        v.n = rnd(s) % 3 == 0 ? 8 * (rnd(s) % 33) : rnd(s) % 200;
        if (f.type == TRI_FRAME_HELLO)
            v.n = 4;
        f.len = (uint16_t)v.n;
        for (size_t k = 0; k < v.n; k++)
            wire[TRI_FRAME_HEADER + k] =
                (uint8_t)(k % 4 == 0 ? k / 4 + 1 : rnd(s) % 4 == 0);
        tri_frame_print(wire, &f, &v, 1);
        if (tri_frame_parse(&g, wire, TRI_FRAME_HEADER + v.n) == TRI_OK)
            tri_arq_input(&s->s[to].a, &g, s->now);
        CHECK_SIM(c, s, a->state == was, "frame %d, type %u: state %d to %d", i,
                  f.type, (int)was, (int)a->state);
        CHECK_SIM(c, s, consistent(&s->s[to]), "frame %d: counters", i);
        if (i % 50 == 0)
            step(s);
    }
    run(s, 20000000);
    CHECK_WHOLE(c, s, "after fuzzing", 0);
    sim_free(s);
}

/* ---- runs --------------------------------------------------------------- */

/* Nothing happens to the frames: nothing is sent twice, the largest size is
 * found, and the line is kept full. */
static void check_clean(struct tri_check *c)
{
    struct sim *s = sim_new(c->seed, 8000000, 1000);
    const uint64_t start = s->now;

    offer(s);
    run(s, 10000000);
    CHECK_WHOLE(c, s, "clean run", 0);
    CHECK_SIM(c, s, s->s[0].a.stats.resent == 0, "%llu sent again",
              (unsigned long long)s->s[0].a.stats.resent);
    CHECK_SIM(c, s, s->s[0].a.mtu == 9000, "frames of %u bytes", s->s[0].a.mtu);
    /* 200 us there and back, a ring of 256 KiB a round trip */
    CHECK_SIM(c, s, s->now - start < 20000, "took %llu us",
              (unsigned long long)(s->now - start));
    sim_free(s);
}

static void check_storm(struct tri_check *c)
{
    static const unsigned rates[] = { 0, 10, 100, 300 };

    for (int i = 0; i < 400; i++) {
        const uint64_t seed = tri_test_rand(&c->seed);
        uint64_t r = seed;
        struct sim *s = sim_new(seed, tri_test_rand(&r) % 300000,
                                tri_test_rand(&r) % 300000);

        if (i < 256) { /* every combination, */
            s->drop = rates[i & 3];
            s->dup = rates[i >> 2 & 3];
            s->reorder = rates[i >> 4 & 3];
            s->corrupt = rates[i >> 6 & 3];
        } else { /* then anything */
            s->drop = (unsigned)(rnd(s) % 301);
            s->dup = (unsigned)(rnd(s) % 301);
            s->reorder = (unsigned)(rnd(s) % 301);
            s->corrupt = (unsigned)(rnd(s) % 301);
        }
        s->jitter = rnd(s) % 2 ? rnd(s) % 200 : 0;
        s->delay = 1 + rnd(s) % 1000;
        s->lazy = rnd(s) % 2 ? 200 : 0;
        s->path_mtu = rnd(s) % 2 ? FRAME_MAX : 1500 + (uint32_t)(rnd(s) % 7500);
        offer(s);
        run(s, 60000000);
        CHECK_WHOLE(c, s, "storm", i);
        sim_free(s);
    }
}

/* The cable goes, for good, at any time: both sides say so in time. In one
 * direction only: the same, for nobody can be sure of anything then. */
static void check_cut(struct tri_check *c)
{
    for (int i = 0; i < 60; i++) {
        struct sim *s = sim_new(tri_test_rand(&c->seed), 400000, 400000);
        uint64_t at;

        s->drop = (unsigned)(rnd(s) % 100);
        offer(s);
        run(s, rnd(s) % 3000 + 600);
        s->cut = 1 + i % 2;
        at = s->now;
        run(s, 30000000);
        CHECK_SIM(c, s, !s->s[0].bad && !s->s[1].bad, "cut %d: wrong bytes", i);
        for (int k = 0; k < 2; k++)
            CHECK_SIM(c, s,
                      s->s[k].a.state == TRI_ARQ_DEAD ||
                          s->s[k].a.state == TRI_ARQ_HELLO ||
                          delivered(&s->s[k]) || s->cut == 2,
                      "cut %d: side %d in state %d", i, k,
                      (int)s->s[k].a.state);
        CHECK_SIM(c, s,
                  s->cut == 2 || s->s[0].a.state == TRI_ARQ_HELLO ||
                      s->s[1].a.state == TRI_ARQ_HELLO || s->now - at < 6000000,
                  "cut %d: after %.1f s", i, (double)(s->now - at) * 1e-6);
        CHECK_SIM(c, s,
                  s->cut == 1 || s->s[1].a.state != TRI_ARQ_OPEN ||
                      delivered(&s->s[1]),
                  "cut %d: side 1 hears nothing and stays", i);
        sim_free(s);
    }
}

/* The path takes less from one moment on, or more. */
static void check_mtu(struct tri_check *c)
{
    for (int i = 0; i < 20; i++) {
        struct sim *s = sim_new(tri_test_rand(&c->seed), 2000000, 200000);
        const uint32_t small = 1500 + (uint32_t)(rnd(s) % 3000);

        s->drop = i % 2 ? 20 : 0;
        s->path_mtu = small;
        offer(s);
        while (s->s[0].a.probe_size != 0 || s->s[0].a.state != TRI_ARQ_OPEN)
            step(s);
        CHECK_SIM(c, s,
                  s->s[0].a.mtu <= small &&
                      (s->drop > 0 || s->s[0].a.mtu + 64 > small),
                  "path of %u bytes, frames of %u", small, s->s[0].a.mtu);
        run(s, 60000000);
        CHECK_WHOLE(c, s, "small frames", i);
        sim_free(s);

        s = sim_new(tri_test_rand(&c->seed), 3000000, 200000);
        s->drop = i % 2 ? 20 : 0;
        offer(s);
        run(s, 1500);
        s->path_mtu = 1500;
        run(s, 60000000);
        CHECK_WHOLE(c, s, "the path narrows", i);
        CHECK_SIM(c, s, s->s[0].a.mtu == 1500, "frames of %u bytes",
                  s->s[0].a.mtu);
        sim_free(s);
    }
}

/* Frames of an earlier session, of the same two parties, arrive among those
 * of the present one. */
static void check_epoch(struct tri_check *c)
{
    for (int i = 0; i < 30; i++) {
        struct sim *s = sim_new(tri_test_rand(&c->seed), 60000, 60000);

        s->keep_old = 1;
        offer(s);
        run(s, 10000000);
        CHECK_WHOLE(c, s, "first session", i);
        CHECK_SIM(c, s, s->old_n > 20, "%zu frames kept", s->old_n);
        s->keep_old = 0;
        s->replay = 1;
        s->drop = i % 3 ? 100 : 0;
        for (unsigned k = 0; k < 2; k++) {
            /* other bytes, so that old ones would be seen */
            uint8_t *p = (void *)(uintptr_t)s->s[k].out;

            for (size_t b = 0; b < s->s[k].out_n; b++)
                p[b] ^= 0x55;
            side_init(s, k, (uint32_t)rnd(s) | 1u, 9000);
        }
        offer(s);
        run(s, 30000000);
        CHECK_WHOLE(c, s, "second session", i);
        sim_free(s);
    }
}

/* One side starts again with a new epoch; the other still believes in the old
 * session, and learns at once that it is no more. */
static void check_half_open(struct tri_check *c)
{
    for (int i = 0; i < 30; i++) {
        struct sim *s = sim_new(tri_test_rand(&c->seed), 500000, 500000);
        uint64_t at;

        s->drop = i % 2 ? 200 : 0;
        offer(s);
        while (s->s[0].a.state != TRI_ARQ_OPEN ||
               s->s[1].a.state != TRI_ARQ_OPEN)
            step(s);
        run(s, rnd(s) % 2000);
        if (i % 3 == 0) { /* idle, no frame under way */
            s->s[0].a.end = s->s[0].a.nxt;
            s->s[0].a.fin = 0;
        }
        side_init(s, 1, (uint32_t)rnd(s) | 1u, 9000);
        at = s->now;
        while (s->now - at < 4000000 && s->s[0].a.state == TRI_ARQ_OPEN)
            step(s);
        CHECK_SIM(c, s, s->s[0].a.state == TRI_ARQ_RESET, "%d: state %d", i,
                  (int)s->s[0].a.state);
        CHECK_SIM(c, s, s->drop > 0 || s->now - at < 500000,
                  "%d: after %llu us", i, (unsigned long long)(s->now - at));
        CHECK_SIM(c, s, s->s[1].a.state == TRI_ARQ_HELLO && !s->s[0].bad,
                  "%d: the new side in state %d", i, (int)s->s[1].a.state);
        sim_free(s);
    }
}

/* A side gives up: the other hears the reason, whatever is lost. */
static void check_abort(struct tri_check *c)
{
    for (int i = 0; i < 40; i++) {
        struct sim *s = sim_new(tri_test_rand(&c->seed), 500000, 500000);
        uint64_t at;

        s->drop = i % 2 ? 300 : 0;
        offer(s);
        while (s->s[0].a.state != TRI_ARQ_OPEN ||
               s->s[1].a.state != TRI_ARQ_OPEN)
            step(s);
        run(s, rnd(s) % 2000);
        tri_arq_abort(&s->s[0].a, "because", 7, s->now);
        s->s[0].next = s->now;
        at = s->now;
        while (tri_arq_aborting(&s->s[0].a))
            step(s);
        CHECK_SIM(c, s,
                  s->s[1].a.state == TRI_ARQ_ABORTED &&
                      s->s[1].a.reason_len == 7 &&
                      memcmp(s->s[1].a.reason, "because", 7) == 0,
                  "%d: state %d", i, (int)s->s[1].a.state);
        CHECK_SIM(c, s, s->now - at < 200000, "%d: after %llu us", i,
                  (unsigned long long)(s->now - at));
        CHECK_SIM(c, s, s->drop > 0 || s->s[0].a.abort_heard,
                  "%d: not answered", i);
        sim_free(s);
    }
}

/* The receiver takes nothing for long: the sender stops at the window, goes
 * on when there is room, and nobody is taken for dead meanwhile. */
static size_t sim_no_sink(void *ctx, const uint8_t *p, size_t n)
{
    (void)ctx;
    (void)p;
    (void)n;
    return 0;
}

static void check_window(struct tri_check *c)
{
    for (int i = 0; i < 10; i++) {
        struct sim *s = sim_new(tri_test_rand(&c->seed), 1000000, 0);
        uint64_t resent;

        s->drop = i % 2 ? 100 : 0;
        s->s[1].a.cfg.io.sink = sim_no_sink;
        offer(s);
        run(s, 2000000);
        CHECK_SIM(c, s, s->s[1].a.rcv == RING && s->s[0].a.nxt == RING,
                  "%d: %llu bytes arrived, %llu sent, window %d", i,
                  (unsigned long long)s->s[1].a.rcv,
                  (unsigned long long)s->s[0].a.nxt, RING);
        resent = s->s[0].a.stats.resent;
        run(s, 15000000);
        CHECK_SIM(c, s,
                  s->s[0].a.state == TRI_ARQ_OPEN &&
                      s->s[1].a.state == TRI_ARQ_OPEN &&
                      s->s[0].a.stats.resent == resent,
                  "%d: states %d %d", i, (int)s->s[0].a.state,
                  (int)s->s[1].a.state);
        s->s[1].a.cfg.io.sink = sim_sink;
        s->s[1].next = s->now;
        const uint64_t at = s->now;
        run(s, 20000000);
        CHECK_WHOLE(c, s, "window", i);
        CHECK_SIM(c, s, s->drop > 0 || s->now - at < 100000,
                  "%d: went on after %llu us", i,
                  (unsigned long long)(s->now - at));
        sim_free(s);
    }
}

const struct tri_check_entry tri_checks_ether_sim[] = {
    { "ether/frame", check_frame }, { "ether/fuzz", check_fuzz },
    { "ether/clean", check_clean }, { "ether/storm", check_storm },
    { "ether/cut", check_cut },     { "ether/mtu", check_mtu },
    { "ether/epoch", check_epoch }, { "ether/half_open", check_half_open },
    { "ether/abort", check_abort }, { "ether/window", check_window },
};
const size_t tri_checks_ether_sim_n =
    sizeof tri_checks_ether_sim / sizeof *tri_checks_ether_sim;
