#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/le.h"
#include "proto/bilin.h"
#include "proto/verify/level.h"
#include "proto/verify/prime.h"
#include "proto/verify/ring.h"
#include "proto/verify/ringcoin.h"
#include "proto/verify/ringjudge.h"
#include "tests/checks.h"
#include "tests/support/links.h"
#include "tests/support/lockstep.h"
#include "tests/support/words.h"

/* ---- a batch as all three parties hold it
 * -------------------------------------
 */

enum { MOST = 12 }; /* segments, and matrices */

struct product {
    uint64_t *x[3], *y[3], *z[3], *mask[3]; /* components, and F(k_0).. */
    uint64_t *bit[2][3];                    /* x and y, if they are bits */
    size_t nx, ny, nz;
    int prover;
    unsigned bits, planes; /* entry.h */
};

struct world {
    struct tri_lockstep l;
    struct tri_coins coins[3];
    uint64_t rng, batch;
    struct product words[MOST], matrix[MOST];
    struct tri_bilin op[MOST];
    size_t words_n, matrices;
    struct tri_verify_words ws[3][MOST];
    struct tri_verify_matrix ms[3][MOST];
    struct tri_ring_strength strength;
    struct tri_ring_check check[3];
    struct tri_ring_plan plan;
    const struct tri_par *par[3]; /* threads of each party */
    int corrupt;    /* a party that goes on whatever it finds, or TRI_NOBODY */
    unsigned round; /* at work                                               */
    int rc[3];
};

static uint64_t *array(size_t n)
{
    uint64_t *p = calloc(n + 1, sizeof *p);

    if (p == NULL)
        abort();
    return p;
}

static void world_init(struct world *w, uint64_t seed, unsigned cpu,
                       size_t bytes)
{
    uint8_t key[3][TRI_COIN_KEY];

    memset(w, 0, sizeof *w);
    w->rng = seed;
    w->corrupt = TRI_NOBODY;
    tri_lockstep_init(&w->l, bytes, cpu);
    for (unsigned i = 0; i < 3; i++)
        for (size_t j = 0; j < TRI_COIN_KEY; j++)
            key[i][j] = (uint8_t)tri_test_rand(&w->rng);
    for (unsigned i = 0; i < 3; i++) {
        w->coins[i].k = &w->l.k;
        w->coins[i].kind = TRI_PRG_CHACHA20;
        memcpy(w->coins[i].own, key[i], TRI_COIN_KEY);
        memcpy(w->coins[i].next, key[(i + 1) % 3], TRI_COIN_KEY);
    }
    w->strength = (struct tri_ring_strength){ .gates = TRI_RING_ALL,
                                              .matrices = TRI_RING_ALL,
                                              .prime = TRI_FIELD_BITS };
}

static void product_free(struct product *p)
{
    for (unsigned j = 0; j < 3; j++) {
        free(p->x[j]);
        free(p->y[j]);
        free(p->z[j]);
        free(p->mask[j]);
        free(p->bit[0][j]);
        free(p->bit[1][j]);
    }
}

static void world_empty(struct world *w)
{
    for (size_t i = 0; i < w->words_n; i++)
        product_free(&w->words[i]);
    for (size_t i = 0; i < w->matrices; i++)
        product_free(&w->matrix[i]);
    w->words_n = w->matrices = 0;
}

static void world_free(struct world *w)
{
    world_empty(w);
    tri_lockstep_free(&w->l);
}

static void operands(struct world *w, struct product *p)
{
    for (unsigned j = 0; j < 3; j++) {
        p->x[j] = array(p->nx);
        p->y[j] = array(p->ny);
        p->z[j] = array(p->nz);
        p->mask[j] = array(p->nz);
        tri_test_words(p->x[j], p->nx, &w->rng);
        tri_test_words(p->y[j], p->ny, &w->rng);
        tri_test_words(p->mask[j], p->nz, &w->rng);
    }
}

/* The lowest bits of n words, 64 to a word; those behind them are anything. */
static uint64_t *planes(struct world *w, const uint64_t *x, size_t n)
{
    uint64_t *p = array(n / 64 + 1);

    tri_test_words(p, n / 64 + 1, &w->rng);
    for (size_t t = 0; t < n; t++)
        p[t / 64] = (p[t / 64] & ~((uint64_t)1 << t % 64)) | (x[t] & 1)
                                                                 << t % 64;
    return p;
}

/* n products of a ring, by all or by one prover. */
static void add_words(struct world *w, size_t n, unsigned bits, int prover)
{
    struct product *p = &w->words[w->words_n];
    const uint64_t ring = ~(uint64_t)0 >> (64 - bits);
    const unsigned j = prover == TRI_NOBODY ? 0 : (unsigned)prover;

    *p = (struct product){
        .nx = n, .ny = n, .nz = n, .prover = prover, .bits = bits
    };
    operands(w, p);
    p->planes = prover == TRI_NOBODY ? 0 : (unsigned)tri_test_rand(&w->rng) % 4;
    for (unsigned i = 0; i < 3; i++) /* x, or y, or both are bits */
        for (size_t t = 0; t < n; t++) {
            p->x[i][t] &= p->planes & 1 ? 1 : ring;
            p->y[i][t] &= p->planes & 2 ? 1 : ring;
        }
    for (unsigned i = 0; i < 3; i++) {
        p->bit[0][i] = planes(w, p->x[i], n);
        p->bit[1][i] = planes(w, p->y[i], n);
    }
    for (unsigned i = 0; i < 3; i++)
        for (size_t t = 0; t < n; t++) {
            const unsigned next = (i + 1) % 3;

            p->mask[i][t] &= ring;
            p->z[i][t] = p->x[i][t] * (p->y[i][t] + p->y[next][t]) +
                         p->x[next][t] * p->y[i][t] + p->mask[i][t] -
                         p->mask[next][t];
        }
    for (size_t t = 0; t < n && prover != TRI_NOBODY; t++)
        p->z[j][t] =
            p->x[j][t] * p->y[(j + 1) % 3][t] - p->mask[(j + 1) % 3][t];
    for (unsigned id = 0; id < 3; id++) {
        const unsigned next = (id + 1) % 3;
        const int all = prover == TRI_NOBODY;
        const int mine = all || prover == (int)id;
        const int v1 = all || prover == (int)next;
        const int v2 = all || prover == (int)(id + 2) % 3;

        uint64_t *const *const x = p->planes & 1 ? p->bit[0] : p->x;
        uint64_t *const *const y = p->planes & 2 ? p->bit[1] : p->y;

        w->ws[id][w->words_n] = (struct tri_verify_words){
            .x = { mine ? x[id] : NULL, v1 ? x[next] : NULL },
            .y = { all || v2 ? y[id] : NULL, all || mine ? y[next] : NULL },
            .planes = p->planes,
            .z = v1 ? p->z[next] : NULL,
            .mask = { all || v2 ? p->mask[id] : NULL,
                      all || mine ? p->mask[next] : NULL },
            .bytes = sizeof *p->z[0],
            .n = n,
            .bits = bits,
            .prover = prover
        };
        if (!all && !mine)
            w->ws[id][w->words_n].x[0] = NULL;
        for (size_t t = 0; t < n; t++) /* what no role needs is no number */
            p->z[id][t] &= ring;
    }
    w->words_n++;
}

static void add_matrix(struct world *w, const struct tri_bilin *op)
{
    struct product *p = &w->matrix[w->matrices];
    uint64_t *sum;

    memset(p, 0, sizeof *p);
    tri_bilin_sizes(op, &p->nx, &p->ny, &p->nz);
    operands(w, p);
    w->op[w->matrices] = *op;
    sum = array(p->ny);
    for (unsigned i = 0; i < 3; i++) {
        const unsigned next = (i + 1) % 3;

        for (size_t t = 0; t < p->ny; t++)
            sum[t] = p->y[i][t] + p->y[next][t];
        for (size_t t = 0; t < p->nz; t++)
            p->z[i][t] = p->mask[i][t] - p->mask[next][t];
        if (tri_bilin_ring(&w->l.s[i].cx, op, p->z[i], p->x[i], sum) !=
                TRI_OK ||
            tri_bilin_ring(&w->l.s[i].cx, op, p->z[i], p->x[next], p->y[i]) !=
                TRI_OK)
            abort();
    }
    free(sum);
    for (unsigned id = 0; id < 3; id++) {
        const unsigned next = (id + 1) % 3;

        w->ms[id][w->matrices] =
            (struct tri_verify_matrix){ .op = *op,
                                        .x = { p->x[id], p->x[next] },
                                        .y = { p->y[id], p->y[next] },
                                        .z = p->z[next],
                                        .mask = { p->mask[id],
                                                  p->mask[next] } };
    }
    w->matrices++;
}

/* ---- a run
 * ----------------------------------------------------------------------
 */

/* All three parties, in lockstep, until an honest one stops. Returns whether
 * all honest ones accept. */
static int run(struct world *w)
{
    struct tri_ring_count count = { 0 };

    for (size_t i = 0; i < w->words_n; i++)
        tri_ring_count_words(&count, w->words[i].nx, w->words[i].prover);
    for (size_t i = 0; i < w->matrices; i++)
        tri_ring_count_matrix(&count, &w->op[i]);
    if (tri_ring_plan(&w->plan, &count) != TRI_OK)
        abort();
    tri_lockstep_reset(&w->l);
    w->batch++;
    for (unsigned p = 0; p < 3; p++)
        w->l.s[p].cx.par = w->par[p];
    for (unsigned p = 0; p < 3; p++) {
        const struct tri_verify_batch b = { .words = w->ws[p],
                                            .words_n = w->words_n,
                                            .matrix = w->ms[p],
                                            .matrices = w->matrices };

        w->rc[p] = tri_ring_check_start(&w->check[p], &w->l.s[p], &w->coins[p],
                                        w->batch, &w->plan, &b);
        if (w->rc[p] != TRI_OK)
            abort();
        w->check[p].strength = w->strength;
    }
    for (unsigned r = 0; r < w->plan.rounds; r++) {
        w->round = r;
        for (unsigned p = 0; p < 3; p++)
            if (tri_ring_check_send(&w->check[p], r) != TRI_OK)
                abort();
        for (unsigned p = 0; p < 3; p++)
            w->rc[p] = tri_ring_check_recv(&w->check[p], r);
        for (unsigned p = 0; p < 3; p++)
            if (w->rc[p] != TRI_OK && w->corrupt != (int)p)
                return 0;
    }
    return 1;
}

static void honest(struct tri_check *c, struct world *w, const char *what)
{
    if (run(w))
        return;
    for (unsigned p = 0; p < 3; p++)
        if (w->rc[p] != TRI_OK)
            tri_check_fail(c, "%s: P%u stops: %s (%s, proof of P%u)", what, p,
                           tri_strerror(w->rc[p]),
                           w->check[p].blame.what ? w->check[p].blame.what : "",
                           w->check[p].blame.prover);
}

static void check_honest_words(struct tri_check *c)
{
    static const size_t sizes[] = { 1,   2,   7,   8,    9,    15,    16,
                                    17,  31,  33,  63,   64,   65,    100,
                                    511, 512, 513, 1000, 1025, 20000, 30001 };
    static const unsigned bits[] = { 64, 32, 16 };
    struct world w;
    char what[80];

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)16 << 20);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (unsigned b = 0; b < 3; b++)
            for (int prover = TRI_NOBODY; prover < 3; prover++) {
                if (sizes[i] > 2000 && b > 0 && prover != (int)b)
                    continue;
                add_words(&w, sizes[i], bits[b], prover);
                snprintf(what, sizeof what, "%zu of %u bits, prover %d",
                         sizes[i], bits[b], prover);
                honest(c, &w, what);
                world_empty(&w);
            }
    }
    for (unsigned trial = 0; trial < 60 && c->msg[0] == '\0'; trial++) {
        for (unsigned i = 0; i < 1 + trial % MOST; i++)
            add_words(&w, tri_test_rand(&w.rng) % 300,
                      bits[tri_test_rand(&w.rng) % 3],
                      (int)(tri_test_rand(&w.rng) % 4) - 1);
        snprintf(what, sizeof what, "mixed %u", trial);
        honest(c, &w, what);
        world_empty(&w);
    }
    world_free(&w);
}

/* ---- matrix products and convolutions
 * -------------------------------------------
 */

static struct tri_bilin matmul(size_t m, size_t k, size_t n, int tx, int ty)
{
    return (struct tri_bilin){
        .kind = TRI_BILIN_MATMUL, .m = m, .k = k, .n = n, .tx = tx, .ty = ty
    };
}

static struct tri_bilin conv(enum tri_bilin_kind kind, unsigned b, unsigned h,
                             unsigned w, unsigned ch, unsigned kh, unsigned kw,
                             unsigned o, unsigned stride, unsigned pad)
{
    struct tri_bilin op = { .kind = kind,
                            .conv = { .b = b,
                                      .h = h,
                                      .w = w,
                                      .c = ch,
                                      .kh = kh,
                                      .kw = kw,
                                      .o = o,
                                      .stride = stride,
                                      .pad = pad } };

    if (tri_conv_init(&op.conv) != TRI_OK)
        abort();
    return op;
}

static size_t shapes(struct tri_bilin *op)
{
    size_t n = 0;

    op[n++] = matmul(1, 1, 1, 0, 0);
    op[n++] = matmul(3, 70, 5, 0, 0); /* direct */
    op[n++] = matmul(17, 33, 9, 1, 0);
    op[n++] = matmul(9, 600, 20, 0, 1);
    op[n++] = matmul(1, 5, 1000, 1, 1);
    op[n++] = matmul(1024, 3, 1, 0, 0);
    op[n++] = matmul(64, 4200, 16, 0, 0);
    op[n++] = matmul(33, 70, 40, 0, 0); /* sums */
    op[n++] = matmul(40, 33, 33, 1, 0);
    op[n++] = matmul(64, 600, 20, 0, 1);
    op[n++] = matmul(2, 31, 700, 1, 1);
    op[n++] = matmul(1100, 1, 1, 0, 0);
    for (int kind = TRI_BILIN_CONV; kind <= TRI_BILIN_CONV_DW; kind++) {
        const enum tri_bilin_kind k = (enum tri_bilin_kind)kind;

        op[n++] = conv(k, 2, 5, 4, 3, 3, 2, 4, 1, 1); /* direct */
        op[n++] = conv(k, 1, 6, 6, 1, 5, 5, 2, 1, 0);
        op[n++] = conv(k, 2, 6, 5, 3, 3, 3, 10, 1, 1);
        op[n++] = conv(k, 5, 8, 7, 11, 3, 3, 13, 1, 1); /* sums */
        op[n++] = conv(k, 4, 9, 12, 10, 5, 4, 12, 2, 2);
        op[n++] = conv(k, 20, 7, 7, 2, 2, 2, 60, 3, 1);
        op[n++] = conv(k, 3, 12, 12, 20, 5, 5, 50, 1, 0);
        op[n++] = conv(k, 200, 5, 4, 2, 3, 2, 3, 1, 1); /* in stages */
        op[n++] = conv(k, 150, 7, 7, 2, 3, 3, 6, 2, 1);
    }
    return n;
}

enum { SHAPES = 40 };

static void check_honest_matrices(struct tri_check *c)
{
    struct tri_bilin op[SHAPES];
    const size_t n = shapes(op);
    struct world w;
    char what[80];

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)64 << 20);
    for (size_t i = 0; i < n && c->msg[0] == '\0'; i++) {
        add_matrix(&w, &op[i]);
        snprintf(what, sizeof what, "shape %zu", i);
        honest(c, &w, what);
        world_empty(&w);
    }
    for (unsigned trial = 0; trial < 6 && c->msg[0] == '\0'; trial++) {
        for (unsigned i = 0; i < 3; i++)
            add_matrix(&w, &op[tri_test_rand(&w.rng) % n]);
        for (unsigned i = 0; i < trial; i++)
            add_words(&w, 1 + tri_test_rand(&w.rng) % 300, 64 >> i % 3,
                      (int)(tri_test_rand(&w.rng) % 4) - 1);
        snprintf(what, sizeof what, "mixed %u", trial);
        honest(c, &w, what);
        world_empty(&w);
    }
    world_free(&w);
}

/* ---- one wrong word
 * -------------------------------------------------------------
 */

/* Narrow copies of a segment's arrays, as their ring has them. */
static void narrow(struct world *w, size_t segment, uint8_t *store)
{
    for (unsigned id = 0; id < 3; id++) {
        struct tri_verify_words *s = &w->ws[id][segment];
        const void **const all[] = { &s->x[0],   &s->x[1], &s->y[0],
                                     &s->y[1],   &s->z,    &s->mask[0],
                                     &s->mask[1] };

        s->bytes = s->bits / 8;
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            const uint64_t *from = *all[i];

            if (from == NULL || (i < 4 && s->planes >> i / 2 & 1))
                continue;
            for (size_t t = 0; t < s->n; t++)
                if (s->bytes == 2)
                    ((uint16_t *)store)[t] = (uint16_t)from[t];
                else
                    ((uint32_t *)store)[t] = (uint32_t)from[t];
            *all[i] = store;
            store += 4 * s->n;
        }
    }
}

/* Word `at` of what prover i sent is off by `by`, also where V1 has narrow
 * elements. */
static void send_wrong(struct world *w, struct product *p, unsigned i,
                       size_t at, uint64_t by)
{
    p->z[i][at] += by;
    for (size_t n = 0; n < w->words_n; n++) {
        const struct tri_verify_words *v1 = &w->ws[(i + 2) % 3][n];
        uint8_t *const z = (uint8_t *)(uintptr_t)v1->z;

        if (p == &w->words[n] && v1->bytes < sizeof by)
            memcpy(z + at * v1->bytes, &p->z[i][at], v1->bytes);
    }
}

/* Accepted by nobody but the prover, who knows nothing of it. */
static int caught(struct world *w, struct product *p, unsigned i, size_t at,
                  uint64_t by)
{
    int ok;

    send_wrong(w, p, i, at, by);
    ok = !run(w);
    for (unsigned id = 0; id < 3; id++)
        if (id == (i + 2) % 3)
            ok &= w->rc[id] == TRI_E_CHEAT && w->check[id].blame.prover == i &&
                  (w->check[id].blame.parties >> i & 1) == 1;
    send_wrong(w, p, i, at, 0 - by);
    return ok;
}

static void check_wrong_words(struct tri_check *c)
{
    static const unsigned bits[] = { 64, 32, 16 };
    struct world w;

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)2 << 20);
    for (unsigned b = 0; b < 3; b++)
        for (int prover = TRI_NOBODY; prover < 3; prover++) {
            const size_t n = 150;

            add_words(&w, 40, 64, TRI_NOBODY);
            add_words(&w, n, bits[b], prover);
            add_words(&w, 17, 16, TRI_NOBODY);
            for (unsigned k = 0; k < bits[b] + 20; k++) {
                const unsigned i = prover == TRI_NOBODY
                                       ? (unsigned)tri_test_rand(&w.rng) % 3
                                       : (unsigned)prover;
                const size_t at =
                    k % 3 == 0 ? n - 1 : tri_test_rand(&w.rng) % n;
                uint64_t by =
                    k < bits[b] ? (uint64_t)1 << k : tri_test_rand(&w.rng);

                if (by << (64 - bits[b]) == 0)
                    continue;
                CHECK(c, caught(&w, &w.words[1], i, at, by),
                      "ring of %u bits, prover %d: word %zu of P%u off by %llx",
                      bits[b], prover, at, i, (unsigned long long)by);
            }
            world_empty(&w);
        }
    world_free(&w);
}

/* Two words whose errors cancel where they have the same weight: in one row of
 * a group, in one lane, at one place of two groups, in rings of two widths. */
static void check_cancelling(struct tri_check *c)
{
    enum { GROUP = TRI_GATES_GROUP, ROW = TRI_ROW };
    struct world w;

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)2 << 20);
    add_words(&w, 3 * GROUP, 64, TRI_NOBODY);
    add_words(&w, 3 * GROUP, 16, TRI_NOBODY);
    for (unsigned trial = 0; trial < 120; trial++) {
        const unsigned kind = trial % 4, i = trial % 3;
        const uint64_t r = tri_test_rand(&w.rng), by = r >> 40 | 1;
        const size_t at = r % GROUP, other = 1 + r / GROUP % 3;
        const size_t to = kind == 0
                              ? at / ROW * ROW + (at + 1 + r / 128 % 7) % ROW
                          : kind == 1 ? (at + other * ROW) % GROUP
                          : kind == 2 ? at + (1 + other % 2) * GROUP
                                      : at;
        struct product *p = &w.words[kind == 3];

        p->z[i][to] -= kind == 3 ? by & 0xffff : by;
        CHECK(c,
              caught(&w, &w.words[0], i, at,
                     kind == 3 ? (by & 0xffff) << 48 : by),
              "words %zu and %zu of P%u, kind %u", at, to, i, kind);
        p->z[i][to] += kind == 3 ? by & 0xffff : by;
    }
    world_free(&w);
}

static void check_wrong_matrices(struct tri_check *c)
{
    struct tri_bilin op[SHAPES];
    const size_t n = shapes(op);
    struct world w;

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)64 << 20);
    for (size_t i = 0; i < n; i++) {
        add_words(&w, 20, 64, TRI_NOBODY);
        add_matrix(&w, &op[i]);
        for (unsigned trial = 0; trial < 6; trial++) {
            struct product *p = &w.matrix[0];
            const size_t at =
                trial == 0 ? p->nz - 1 : tri_test_rand(&w.rng) % p->nz;
            const uint64_t by = (uint64_t)1 << tri_test_rand(&w.rng) % 64;

            CHECK(c, caught(&w, p, trial % 3, at, trial ? by : 1ull << 63),
                  "shape %zu: word %zu of P%u", i, at, trial % 3);
        }
        world_empty(&w);
    }
    world_free(&w);
}

/* ---- elements of 2 and 4 bytes
 */

static void check_narrow(struct tri_check *c)
{
    static const unsigned bits[] = { 32, 16 };
    static _Alignas(64) uint8_t store[21 * 4 * 5000];
    struct world w;

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)4 << 20);
    for (unsigned trial = 0; trial < 80 && c->msg[0] == '\0'; trial++) {
        const size_t n = trial < 70 ? trial : 5000 - trial % 7;
        const int prover = (int)(tri_test_rand(&w.rng) % 4) - 1;
        const unsigned i = prover == TRI_NOBODY ? trial % 3 : (unsigned)prover;
        const struct tri_verify_words *v1 = &w.ws[(i + 2) % 3][1];

        add_words(&w, 40, 64, TRI_NOBODY);
        add_words(&w, n, bits[trial % 2], prover);
        narrow(&w, 1, store);
        honest(c, &w, "narrow elements");
        if (n > 0) {
            uint8_t *z = store;

            while ((const void *)z != v1->z)
                z++;
            z[tri_test_rand(&w.rng) % (n * v1->bytes)] ^= 1;
            CHECK(c, !run(&w), "a narrow element is wrong");
        }
        world_empty(&w);
    }
    world_free(&w);
}

/* ---- one altered message
 * --------------------------------------------------------
 */

enum { MESSAGES = 200, TRIES = 12 };

struct altered {
    size_t target, at; /* message number, byte                          */
    uint8_t by;        /* what is added to it                           */
    size_t seen;
    unsigned from[MESSAGES];
    size_t bytes[MESSAGES];
};

static void alter(void *arg, unsigned from, unsigned to, uint8_t *message,
                  size_t n)
{
    struct altered *a = arg;

    (void)to;
    if (a->seen < MESSAGES) {
        a->from[a->seen] = from;
        a->bytes[a->seen] = n;
    }
    if (a->seen++ == a->target)
        message[a->at] = (uint8_t)(message[a->at] + a->by);
}

/* A word of every message in turn, of long ones some. An honest party stops,
 * and suspects the sender. */
static void altered_messages(struct tri_check *c, struct world *w,
                             const char *what)
{
    struct altered a = { .target = SIZE_MAX };
    size_t all;

    w->l.hook = alter;
    w->l.arg = &a;
    CHECK(c, run(w), "%s: nothing altered, and not accepted", what);
    all = a.seen;
    CHECK(c, all <= MESSAGES, "%s: %zu messages", what, all);
    for (size_t t = 0; t < all; t++)
        for (size_t try = 0; try < TRIES && 8 * try < a.bytes[t]; try++) {
            const unsigned from = a.from[t];
            const size_t words = (a.bytes[t] + 7) / 8;
            size_t word = words <= TRIES ?
            try : try
                == 0 ? 0 : tri_test_rand(&w->rng) % words;
            unsigned stops = 0;

            a.seen = 0;
            a.target = t;
            a.at = 8 * word + tri_test_rand(&w->rng) % 8;
            if (a.at >= a.bytes[t])
                a.at = 8 * word;
            a.by = (uint8_t)(1 + tri_test_rand(&w->rng) % 255);
            w->corrupt = (int)from;
            CHECK(c, !run(w), "%s: byte %zu of message %zu of P%u", what, a.at,
                  t, from);
            for (unsigned id = 0; id < 3; id++) {
                const struct tri_ring_blame *b = &w->check[id].blame;

                if (id == from || w->rc[id] == TRI_OK)
                    continue;
                stops++;
                CHECK(c,
                      w->rc[id] == TRI_E_CHEAT && b->parties >> from & 1 &&
                          !(b->parties >> id & 1),
                      "%s: P%u altered byte %zu of message %zu, P%u: %d, "
                      "suspects %x",
                      what, from, a.at, t, id, w->rc[id], b->parties);
            }
            CHECK(c, stops > 0, "%s: nobody stops but P%u", what, from);
        }
    w->l.hook = NULL;
    w->corrupt = TRI_NOBODY;
}

static void check_messages(struct tri_check *c)
{
    const struct tri_bilin small = matmul(3, 10, 2, 0, 0);
    const struct tri_bilin sums =
        conv(TRI_BILIN_CONV, 2, 8, 8, 1, 2, 2, 16, 1, 1);
    struct world w;

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)8 << 20);
    add_words(&w, 1, 64, TRI_NOBODY);
    altered_messages(c, &w, "one product");
    world_empty(&w);
    add_words(&w, 50, 64, TRI_NOBODY);
    add_words(&w, 33, 16, 1);
    add_words(&w, 120, 32, TRI_NOBODY);
    add_matrix(&w, &small);
    altered_messages(c, &w, "products and a matrix");
    world_empty(&w);
    add_matrix(&w, &sums);
    altered_messages(c, &w, "sums of a convolution");
    world_free(&w);
}

/* A number that is none, p or more, is the sender's fault alone. */
static void none(void *arg, unsigned from, unsigned to, uint8_t *message,
                 size_t n)
{
    struct altered *a = arg;

    (void)from;
    (void)to;
    (void)n;
    if (a->seen++ == a->target)
        memset(message + a->at, 0xff, 8);
}

static void check_numbers(struct tri_check *c)
{
    struct altered a = { .target = SIZE_MAX };
    struct world w;

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)2 << 20);
    add_words(&w, 30, 64, TRI_NOBODY);
    w.l.hook = alter;
    w.l.arg = &a;
    CHECK(c, run(&w), "nothing altered, and not accepted");
    w.l.hook = none;
    for (size_t t = 0; t < a.seen; t++) {
        struct altered b = a;
        const unsigned from = a.from[t], judge = (from + 1) % 3;

        /* values of a level, or an opening: whole numbers of 8 bytes */
        if (a.bytes[t] != 64 && a.bytes[t] != 640 && a.bytes[t] != 48)
            continue;
        b.seen = 0;
        b.target = t;
        b.at = a.bytes[t] == 48
                   ? 8 * (t / 3 % 2)
                   : 8 * (tri_test_rand(&w.rng) % (a.bytes[t] / 8));
        w.l.arg = &b;
        w.corrupt = (int)from;
        CHECK(c, !run(&w) && w.check[judge].blame.parties == 1u << from,
              "message %zu of P%u: P%u suspects %x", t, from, judge,
              w.check[judge].blame.parties);
    }
    world_free(&w);
}

/* ---- weaker checks miss as often as they may
 * ---------------------------------------
 */

/* Runs of `trials` that accept a word that is off by 2^63. */
static double misses(struct world *w, struct product *p, unsigned trials)
{
    unsigned missed = 0;

    for (unsigned t = 0; t < trials; t++) {
        const size_t at = tri_test_rand(&w->rng) % p->nz;

        p->z[1][at] ^= (uint64_t)1 << 63;
        missed += (unsigned)run(w);
        p->z[1][at] ^= (uint64_t)1 << 63;
    }
    return (double)missed / trials;
}

/* Within 4.5 standard deviations. The seed of the test is fixed; of all seeds,
 * 7 to 14 in a million are a false alarm. */
static int about(double rate, double want, unsigned trials)
{
    const double d = rate - want;

    return d * d <= 20.25 * want * (1 - want) / trials;
}

/* Polynomials with four coefficients are 0 with 2^-4, that of a group, or of a
 * row or a lane but the first: a product of them is not, if none is. Three by
 * three sums of a matrix: no row or no column takes part with 1 - (7/8)^2. */
static void check_weak_sums(struct tri_check *c)
{
    const struct tri_bilin op = matmul(33, 3, 33, 0, 0);
    struct world w;
    double rate, want;

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)4 << 20);
    add_words(&w, TRI_GATES_GROUP, 64, TRI_NOBODY);
    w.strength.gates = 0xf;
    rate = misses(&w, &w.words[0], 1500);
    want = 1 - (1 - 1. / 16) * (1 - 3. / 4 / 16) * (1 - 7. / 8 / 16);
    CHECK(c, about(rate, want, 1500), "four sums miss %.4f, not %.4f", rate,
          want);
    world_empty(&w);
    w.strength.gates = TRI_RING_ALL;
    w.strength.matrices = 7;
    add_matrix(&w, &op);
    rate = misses(&w, &w.matrix[0], 600);
    CHECK(c, about(rate, 0.234375, 600), "three by three sums miss %.4f", rate);
    world_free(&w);
}

/* A prime of 9 bits: X is 0 or a zero of the product's weight with 2/p, and the
 * claim becomes right by itself where one of the seven coordinates is 1. */
static void check_weak_prime(struct tri_check *c)
{
    double want = 0, rate;
    unsigned primes = 0;
    struct world w;

    for (uint64_t p = 257; p < 512; p += 2)
        if (tri_is_prime(p)) {
            const double q = 1 / (double)p, last = 1 / (double)(p - 1);

            want += 1 - (1 - q) * (1 - q) * (1 - q) * (1 - q) * (1 - q) *
                            (1 - last) * (1 - last) * (1 - last) * (1 - last);
            primes++;
        }
    want /= primes;
    world_init(&w, c->seed, tri_cpu_detect(), (size_t)2 << 20);
    add_words(&w, 1, 64, TRI_NOBODY);
    w.strength.prime = 9;
    for (unsigned i = 0; i < 100; i++)
        CHECK(c, run(&w), "an honest run with a small prime");
    rate = misses(&w, &w.words[0], 3000);
    CHECK(c, about(rate, want, 3000), "primes of 9 bits miss %.4f, not %.4f",
          rate, want);
    world_free(&w);
}

/* ---- a verifier that guesses
 * ---------------------------------------------------------
 *
 * V2 = P2 opens v + 1, and a share of the claim that is larger by what it
 * thinks that u is: V1 = P0 accepts the proof of P1 iff that is so. P2 knows
 * everything about u but one bit of an operand, and the blind.
 */
struct guess {
    struct world *idea; /* the same with the bit as it takes it, run before */
    struct world *w;
    int knows; /* the blind as well: as if none were */
};

/* A word of a message, and d more. */
static void add_word(const struct tri_field *f, uint8_t *message, uint64_t d)
{
    tri_le_store64(message, tri_field_add(f, tri_le_load64(message), d));
}

static void guess(void *arg, unsigned from, unsigned to, uint8_t *message,
                  size_t n)
{
    const struct guess *t = arg;
    const struct tri_ring_check *v1 = &t->w->check[0];
    const struct tri_ring_proof *p = &v1->proof[TRI_V1];
    const unsigned last = t->w->plan.levels - 1;
    uint64_t hidden, u;

    if (from != 2 || to != 0 || n != 48)
        return;
    hidden = tri_ring_blind(v1, TRI_V1, 0);
    for (unsigned j = 0; j < t->w->plan.vars[last]; j++)
        hidden = tri_field_mul(&p->f, hidden, p->r[last][j]);
    u = tri_ring_opening(&t->idea->check[0], TRI_V1);
    if (!t->knows)
        u = tri_field_sub(&p->f, u, hidden);
    add_word(&p->f, message, 1);
    add_word(&p->f, message + 8, u);
}

/* One product, with x of component 1 as it is told. */
static void product_of(struct world *w, uint64_t x)
{
    struct product *p = &w->words[0];

    p->x[1][0] = x;
    for (unsigned i = 0; i < 2; i++)
        p->z[i][0] = p->x[i][0] * (p->y[i][0] + p->y[i + 1][0]) +
                     p->x[i + 1][0] * p->y[i][0] + p->mask[i][0] -
                     p->mask[i + 1][0];
}

/* The verdict tells V2 nothing; without the blind it would tell the bit. */
static void check_guess(struct tri_check *c)
{
    enum { TRIALS = 100 };
    struct world w, idea;
    struct guess t = { .idea = &idea, .w = &w };

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)2 << 20);
    world_init(&idea, c->seed, tri_cpu_detect(), (size_t)2 << 20);
    add_words(&w, 1, 64, TRI_NOBODY);
    add_words(&idea, 1, 64, TRI_NOBODY);
    product_of(&idea, 1);
    w.corrupt = 2;
    w.l.arg = &t;
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        const uint64_t bit = tri_test_rand(&w.rng) & 1;

        product_of(&w, bit);
        for (t.knows = 0; t.knows < 2; t.knows++) {
            CHECK(c, run(&idea), "honest");
            w.l.hook = guess;
            CHECK(c, run(&w) == (t.knows && bit), "bit %u, %s the blind: %d",
                  (unsigned)bit, t.knows ? "knowing" : "not knowing", w.rc[0]);
        }
    }
    world_free(&w);
    world_free(&idea);
}

/* ---- a prover that cheats as well as it can
 * --------------------------------------------------
 *
 * P1, of products that it proves alone, of which V1 = P0 has words that are off
 * by 2^63 each: what it says of them makes up for that if the coin is what it
 * thinks.
 */
enum lie {
    SUMS,  /* errors that cancel in all sums, but for multiples of 2^64       */
    PRIME, /* one error, and the quotients that it has modulo this prime      */
    LEVEL  /* one error, and a polynomial of level n that is right at the point;
            * LEVEL + n, for all of them                                      */
};

struct liar {
    struct world *w;
    unsigned lie;
    struct product *p;
    uint64_t wrong;         /* in which groups: bit k, of the first word    */
    uint64_t error;         /* PRIME, LEVEL: of the claim                   */
    uint64_t bits[64];      /* the coin as it takes it: of the sums,        */
    struct tri_field f;     /* ... the prime,                               */
    uint64_t power0, two64; /* ... X, and                                   */
    uint64_t r[TRI_RING_LEVELS][TRI_FIELD_VARS]; /* ... the points */
};

/* Groups, of more than there are sums, whose g add up to even numbers. */
static uint64_t even_groups(const uint64_t *g)
{
    uint64_t value[TRI_SUMS], groups[TRI_SUMS] = { 0 };

    for (unsigned k = 0;; k++) {
        uint64_t v = g[k], by = (uint64_t)1 << k;

        for (unsigned q = 0; q < TRI_SUMS; q++) {
            if ((v >> q & 1) == 0)
                continue;
            if (groups[q] == 0) {
                value[q] = v;
                groups[q] = by;
                break;
            }
            v ^= value[q];
            by ^= groups[q];
        }
        if (v == 0)
            return by;
    }
}

static uint64_t power_of(const struct tri_field *f, uint64_t x, uint64_t n)
{
    uint64_t z = 1;

    for (; n > 0; n >>= 1, x = tri_field_mul(f, x, x))
        if (n & 1)
            z = tri_field_mul(f, z, x);
    return z;
}

static uint64_t over(const struct tri_field *f, uint64_t x, uint64_t y)
{
    return tri_field_mul(f, x, power_of(f, y, f->p - 2));
}

/* What the value number i of a level counts at its point. */
static uint64_t counts(const struct liar *l, unsigned level, size_t i)
{
    uint64_t q[TRI_FIELD_VALUES] = { 0 };

    q[i] = 1;
    return tri_level_at(&l->f, q, l->w->plan.vars[level], l->r[level]);
}

/* +1 where a word is larger by 2^63 now, -1 where it is smaller. */
static int sign(const struct liar *l, unsigned group)
{
    return l->p->z[1][group * TRI_GATES_GROUP] >> 63 ? 1 : -1;
}

/* A share of a quotient, of 20 bytes, += d. */
static void add_wide(uint8_t *to, int64_t d)
{
    for (unsigned i = 0; i < TRI_RING_QUOTIENT; i++) {
        d += to[i];
        to[i] = (uint8_t)d;
        d = (d - to[i]) / 256;
    }
}

static void tell_lie(void *arg, unsigned from, unsigned to, uint8_t *message,
                     size_t n)
{
    const struct liar *l = arg;
    const unsigned level = l->lie - LEVEL;
    uint64_t e = l->error;

    if (from != 1 || to != 2 || n == 0)
        return;
    if (l->lie == SUMS && l->w->round == 1)
        for (unsigned q = 0; q < TRI_SUMS; q++) {
            int64_t sum = 0;

            for (unsigned k = 0; k < 64; k++)
                if ((l->wrong >> k & 1) && (l->bits[k] >> q & 1))
                    sum += sign(l, k);
            add_wide(message + TRI_RING_HASH + q * TRI_RING_QUOTIENT, sum / 2);
        }
    if (l->lie == PRIME && l->w->round == 1)
        add_wide(
            message + TRI_RING_HASH,
            (int64_t)over(&l->f, e, tri_field_mul(&l->f, l->two64, l->power0)));
    if (l->lie < LEVEL || l->w->round != 3 + 2 * level)
        return;
    /* that at infinity, which is no part of the sum: number 2 */
    for (unsigned i = 0; i < level; i++)
        e = tri_field_mul(&l->f, e, counts(l, i, 0));
    e = over(&l->f, tri_field_mul(&l->f, e, counts(l, level, 0)),
             counts(l, level, 2));
    add_word(&l->f, message + 8, tri_field_sub(&l->f, 0, e));
}

/* The coin of the run before. */
static void read_coin(struct liar *l)
{
    const struct tri_ring_check *c = &l->w->check[0];
    const struct tri_ring_proof *p = &c->proof[TRI_V1];

    memcpy(l->bits, c->group_bits, l->w->plan.count.groups * sizeof *l->bits);
    l->f = p->f;
    l->two64 = p->two64;
    l->power0 = p->weights.power[0];
    memcpy(l->r, p->r, sizeof l->r);
}

/* Whether it passes, where the run has the coin of the one before or another.
 */
static int passes(struct liar *l, int knows)
{
    struct world *w = l->w;
    int ok;

    w->l.hook = NULL;
    if (!run(w))
        abort();
    read_coin(l);
    l->wrong = l->lie == SUMS ? even_groups(l->bits) : 1;
    for (unsigned k = 0; k < 64; k++)
        if (l->wrong >> k & 1)
            l->p->z[1][k * TRI_GATES_GROUP] ^= (uint64_t)1 << 63;
    l->error = 0;
    for (unsigned q = 0; q < TRI_SUMS; q++)
        if (l->bits[0] >> q & 1)
            l->error = tri_field_add(&l->f, l->error,
                                     power_of(&l->f, l->power0, q + 1));
    l->error = over(&l->f, tri_field_mul(&l->f, l->error, l->two64), 2);
    if (sign(l, 0) < 0)
        l->error = tri_field_sub(&l->f, 0, l->error);
    w->batch -= knows ? 1 : 0;
    w->l.hook = tell_lie;
    w->l.arg = l;
    ok = run(w);
    for (unsigned k = 0; k < 64; k++)
        if (l->wrong >> k & 1)
            l->p->z[1][k * TRI_GATES_GROUP] ^= (uint64_t)1 << 63;
    return ok;
}

/* No such lie passes, but every one does if the prover knows the next coin: no
 * coin may be known before what it asks about is fixed, nor come twice. */
static void check_known(struct tri_check *c)
{
    enum { TRIALS = 20 };
    struct world w;
    struct liar l = { .w = &w, .p = &w.words[0] };

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)2 << 20);
    w.corrupt = 1;
    add_words(&w, (TRI_SUMS + 1) * TRI_GATES_GROUP, 64, 1);
    CHECK(c, run(&w), "honest");
    for (l.lie = SUMS; l.lie < LEVEL + w.plan.levels; l.lie++)
        for (int knows = 0; knows < 2; knows++) {
            unsigned n = 0;

            for (unsigned t = 0; t < TRIALS; t++)
                n += (unsigned)passes(&l, knows);
            CHECK(c, n == (knows ? TRIALS : 0),
                  "lie %u of %u, its coin %s: %u of %d pass", l.lie,
                  LEVEL + w.plan.levels, knows ? "known" : "unknown", n,
                  (int)TRIALS);
        }
    world_free(&w);
}

/* ---- over links
 * ---------------------------------------------------------------------
 */

static void over_links(struct tri_check *c, struct tri_link *l, void *arg)
{
    struct world *w = arg;
    const unsigned id = l->id;
    struct tri_session s = w->l.s[id], dry;
    struct tri_arena arena;
    struct tri_ring_check check;
    const struct tri_verify_batch b = { .words = w->ws[id],
                                        .words_n = w->words_n,
                                        .matrix = w->ms[id],
                                        .matrices = w->matrices };
    uint64_t sent[2] = { 0 };
    int rc;

    tri_arena_measure(&arena);
    dry = (struct tri_session){ .id = id, .dry = 1 };
    dry.cx = (struct tri_cx){ &w->l.k, NULL, &arena };
    rc = tri_ring_check_start(&check, &dry, NULL, 0, &w->plan, NULL);
    for (unsigned r = 0; rc == TRI_OK && r < w->plan.rounds; r++)
        rc = tri_ring_check_send(&check, r) | tri_ring_check_recv(&check, r);
    CHECK(c, rc == TRI_OK, "P%u, dry: %s", id, tri_strerror(rc));

    s.link = l;
    rc = tri_ring_check_start(&check, &s, &w->coins[id], 77, &w->plan, &b);
    CHECK(c,
          check.strength.gates == TRI_RING_ALL &&
              check.strength.matrices == TRI_RING_ALL &&
              check.strength.prime == TRI_FIELD_BITS,
          "a weaker check than it should be");
    for (unsigned r = 0; rc == TRI_OK && r < w->plan.rounds; r++) {
        uint64_t next, prev;

        tri_ring_bytes(&w->plan, id, r, &next, &prev);
        sent[0] += next;
        sent[1] += prev;
        rc = tri_ring_check_send(&check, r);
        if (rc == TRI_OK)
            rc = tri_ring_check_recv(&check, r);
    }
    CHECK(c, rc == TRI_OK, "P%u: %s", id, tri_strerror(rc));
    CHECK(c,
          l->stats.payload[(id + 1) % 3] == sent[0] &&
              l->stats.payload[(id + 2) % 3] == sent[1],
          "P%u sent other lengths than planned", id);
    CHECK(c, l->stats.rounds == w->plan.rounds, "P%u: %llu rounds, not %u", id,
          (unsigned long long)l->stats.rounds, w->plan.rounds);
    CHECK(c, s.cx.arena->peak == arena.peak, "P%u used %zu bytes, planned %zu",
          id, s.cx.arena->peak, arena.peak);
}

static void check_links(struct tri_check *c)
{
    const struct tri_bilin op = conv(TRI_BILIN_CONV, 3, 9, 9, 2, 3, 3, 8, 1, 1);
    struct world w;

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)8 << 20);
    for (unsigned trial = 0; trial < 4; trial++) {
        add_words(&w, trial == 0 ? 1 : (size_t)900 << trial, 64, TRI_NOBODY);
        if (trial > 1)
            add_words(&w, 300, 16, (int)trial - 2);
        if (trial > 2)
            add_matrix(&w, &op);
        CHECK(c, run(&w), "in lockstep");
        CHECK(c, w.plan.rounds == 2 * w.plan.levels + 4, "%u rounds",
              w.plan.rounds);
        tri_lockstep_reset(&w.l);
        tri_links_go(c, trial == 3 ? TRI_LINKS_SEALED : TRI_LINKS_MEM, 10000,
                     over_links, &w);
        world_empty(&w);
    }
    world_free(&w);
}

/* Tasks in reverse, on several workers, who are counted. */
static void backwards(void *self, tri_task_fn *fn, void *arg, size_t n)
{
    *(size_t *)self += n;
    for (size_t t = n; t-- > 0;)
        fn(arg, t, (unsigned)(t % 3));
}

/* Whoever has threads sends what it would send without, and sees what is wrong
 * in any task. */
static void check_threads(struct tri_check *c)
{
    size_t tasks = 0;
    const struct tri_par par = { 3, &tasks, backwards };
    static _Alignas(64) uint8_t store[3][7 * 4 * 70000];
    const size_t n = 70000, all = 20000; /* less than a third of n */
    const struct tri_bilin op[3] = {
        matmul(20, 10000, 3, 0, 0), matmul(50, 9000, 30, 1, 0),
        conv(TRI_BILIN_CONV, 40, 9, 9, 2, 3, 3, 8, 1, 1)
    };
    struct world w;

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)32 << 20);
    add_words(&w, 100, 32, TRI_NOBODY);
    add_words(&w, n, 16, 0);
    add_words(&w, n, 64, 1);
    add_words(&w, all, 64, TRI_NOBODY);
    add_words(&w, n, 16, 2); /* elements of 2 and of 4 bytes */
    add_words(&w, n, 32, 1);
    add_words(&w, all, 32, TRI_NOBODY);
    for (size_t i = 4; i < 7; i++)
        narrow(&w, i, store[i - 4]);
    add_matrix(&w, &op[0]); /* entry by entry */
    add_matrix(&w, &op[1]);
    add_matrix(&w, &op[2]);
    for (unsigned with = 0; with < 8; with++) {
        for (unsigned p = 0; p < 3; p++)
            w.par[p] = with >> p & 1 ? &par : NULL;
        tasks = 0;
        honest(c, &w, "threads");
        CHECK(c, (tasks > 0) == (with > 0), "with %u: %zu tasks", with, tasks);
    }
    for (size_t at = 0; at < n; at += 29999)
        CHECK(c,
              caught(&w, &w.words[1], 0, at, 1) &&
                  caught(&w, &w.words[2], 1, n - 1 - at, 1) &&
                  caught(&w, &w.words[3], 2, at % all, 1) &&
                  caught(&w, &w.words[4], 2, n - 1 - at, 1) &&
                  caught(&w, &w.words[5], 1, at, 1) &&
                  caught(&w, &w.words[6], 0, at % all, 1) &&
                  caught(&w, &w.matrix[0], 0, at % w.matrix[0].nz, 1) &&
                  caught(&w, &w.matrix[1], 1, at % w.matrix[1].nz, 1) &&
                  caught(&w, &w.matrix[2], 2, at % w.matrix[2].nz, 1),
              "word %zu", at);
    world_free(&w);
}

/* A gradient whose planes are as large as what was taken for them, with an odd
 * number of words each: what is behind them is another worker's. */
static void check_full_planes(struct tri_check *c)
{
    size_t tasks = 0;
    const struct tri_par par = { 3, &tasks, backwards };
    const struct tri_bilin op =
        conv(TRI_BILIN_CONV_DW, 40, 1, 5, 16, 5, 5, 2, 1, 4);
    struct world w;

    world_init(&w, c->seed, tri_cpu_detect(), (size_t)32 << 20);
    add_matrix(&w, &op);
    for (unsigned p = 0; p < 3; p++)
        w.par[p] = &par;
    honest(c, &w, "full planes");
    world_free(&w);
}

const struct tri_check_entry tri_checks_verify_ring[] = {
    { "verify_ring/honest_words", check_honest_words },
    { "verify_ring/honest_matrices", check_honest_matrices },
    { "verify_ring/wrong_words", check_wrong_words },
    { "verify_ring/cancelling", check_cancelling },
    { "verify_ring/wrong_matrices", check_wrong_matrices },
    { "verify_ring/narrow", check_narrow },
    { "verify_ring/messages", check_messages },
    { "verify_ring/numbers", check_numbers },
    { "verify_ring/weak_sums", check_weak_sums },
    { "verify_ring/weak_prime", check_weak_prime },
    { "verify_ring/guess", check_guess },
    { "verify_ring/threads", check_threads },
    { "verify_ring/full_planes", check_full_planes },
    { "verify_ring/known", check_known },
    { "verify_ring/links", check_links },
};
const size_t tri_checks_verify_ring_n =
    sizeof tri_checks_verify_ring / sizeof *tri_checks_verify_ring;
