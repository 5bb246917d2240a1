#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "proto/fused/allpairs.h"
#include "proto/fused/league.h"
#include "tests/checks.h"
#include "tests/support/three.h"

enum { SEEN = 40 * 700 };

/* One maximum with its gradient, on three parties. */
struct job {
    size_t n, m;
    int fb;                           /* of x */
    uint64_t x[2][SEEN], dz[2][SEEN]; /* shares */
    uint64_t z[2][SEEN], dx[2][SEEN];
    int pairs;
};

static void party(struct tri_engine *e, void *arg)
{
    struct job *j = arg;
    const unsigned id = e->s->id;
    struct tri_ten x, z, dx, dz;
    struct tri_maxn st;
    int rc =
        tri_ten_alloc(e, &x, tri_shape1((uint32_t)(j->n * j->m)), j->fb, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &dx, x.shape, 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &z, tri_shape1((uint32_t)j->m), 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &dz, z.shape, 5, 0);
    if (rc == TRI_OK)
        rc = e->ops->maxn_alloc(e, &st, j->n, j->m);
    if (rc != TRI_OK)
        return;
    if (!e->s->dry && id < 2) {
        memcpy(x.v[0], j->x[id], 8 * x.n);
        memcpy(dz.v[0], j->dz[id], 8 * dz.n);
    }
    if (id == 0)
        j->pairs = tri_fused_prefer_league(e, j->n, j->m);
    rc = e->ops->maxn(e, &z, &st, &x);
    if (rc == TRI_OK)
        rc = e->ops->maxn_grad(e, &dx, &st, &dz);
    if (rc != TRI_OK || e->s->dry || id > 1)
        return;
    memcpy(j->z[id], z.v[0], 8 * z.n);
    memcpy(j->dx[id], dx.v[0], 8 * dx.n);
    if (z.fb != (j->pairs && j->fb > tri_fine(e) ? tri_fine(e) : j->fb) ||
        dx.fb != 5)
        (void)tri_session_fail(e->s, TRI_E_ARG, "scale", TRI_NOBODY);
}

static void check_results(struct tri_check *c, const struct job *j,
                          const int64_t *x, const uint64_t *dz)
{
    for (size_t col = 0; col < j->m; col++) {
        size_t best = 0;

        for (size_t i = 1; i < j->n; i++)
            if (x[i * j->m + col] > x[best * j->m + col])
                best = i;
        if (j->z[0][col] + j->z[1][col] != (uint64_t)x[best * j->m + col])
            tri_check_fail(c, "maximum of %zu, place %zu of %zu: %lld not %lld",
                           j->n, col, j->m,
                           (long long)(j->z[0][col] + j->z[1][col]),
                           (long long)x[best * j->m + col]);
        for (size_t i = 0; i < j->n; i++) {
            const size_t at = i * j->m + col;
            if (j->dx[0][at] + j->dx[1][at] != (i == best ? dz[col] : 0))
                tri_check_fail(c,
                               "maximum of %zu, place %zu of %zu: gradient "
                               "at %zu, the first maximum is %zu",
                               j->n, col, j->m, i, best);
        }
    }
}

/* Values with many ties: a few small numbers, and the ends of the range. */
static int64_t value(uint64_t *rng)
{
    static const int64_t ends[] = { ((int64_t)1 << 30) - 1, -((int64_t)1 << 30),
                                    0 };
    const uint64_t w = tri_test_rand(rng);

    return w % 8 == 0 ? ends[w >> 8 & 1] : (int64_t)(w >> 16 & 3) - 1;
}

static void run(struct tri_check *c, struct job *j, int max, const int64_t *x,
                const uint64_t *dz, uint64_t *rng)
{
    const size_t n = j->n, m = j->m;
    struct tri_three t;
    struct tri_cost cost;

    tri_three_default(&t);
    t.config.max = max;
    t.seed = tri_test_rand(rng);
    tri_three_share(j->x[0], j->x[1], (const uint64_t *)x, n * m, rng);
    tri_three_share(j->dz[0], j->dz[1], dz, m, rng);
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        size_t peak;
        cost = tri_three_dry(&t, i, party, j, &peak);
        if (i == 0)
            tri_three_run(&t, party, j);
        if (peak != t.peak[i])
            tri_check_fail(c, "maximum of %zu: P%u took %zu bytes, planned %zu",
                           n, i, t.peak[i], peak);
        if (t.dead[i] != TRI_OK)
            tri_check_fail(c, "maximum of %zu: P%u died: %s", n, i,
                           tri_strerror(t.dead[i]));
    }
    if (tri_cost_bytes(&cost) != tri_three_payload(&t) ||
        tri_cost_rounds(&cost) != t.rounds)
        tri_check_fail(c,
                       "maximum of %zu: %llu bytes in %llu rounds, planned "
                       "%llu in %llu",
                       n, (unsigned long long)tri_three_payload(&t),
                       (unsigned long long)t.rounds,
                       (unsigned long long)tri_cost_bytes(&cost),
                       (unsigned long long)tri_cost_rounds(&cost));
    if (j->pairs != (max == TRI_MAX_PAIRS && n > 2))
        tri_check_fail(c, "maximum of %zu: not the method that was asked for",
                       n);
}

static void one(struct tri_check *c, struct job *j, int max, size_t n, size_t m,
                uint64_t *rng)
{
    static int64_t x[SEEN];
    static uint64_t dz[SEEN];

    j->n = n;
    j->m = m;
    j->fb = 3;
    for (size_t i = 0; i < n * m; i++)
        x[i] = value(rng);
    for (size_t i = 0; i < m; i++)
        dz[i] = tri_test_rand(rng);
    run(c, j, max, x, dz, rng);
    check_results(c, j, x, dz);
}

/* Numbers as wide as products. A tournament leaves their last bits out of its
 * comparisons, so that a candidate may win that is less than the largest by
 * less than one unit a level; all pairs meet after a truncation. Ties of whole
 * units, numbers less than two units apart, and any. */
static void check_wide(struct tri_check *c)
{
    enum { N = 5, M = 400, F = 16, LEVELS = 3 };
    static int64_t x[N * M];
    static uint64_t dz[M];
    const int64_t unit = (int64_t)1 << F;
    struct job *const j = malloc(sizeof *j);
    uint64_t rng = c->seed;

    for (unsigned turn = 0; j != NULL && turn < 6; turn++) {
        const int max = turn % 2 == 0 ? TRI_MAX_TREE : TRI_MAX_PAIRS;
        const int64_t most = (max == TRI_MAX_TREE ? LEVELS : 2) * unit;
        size_t less = 0;

        j->n = N;
        j->m = M;
        j->fb = 2 * F + 1;
        for (size_t i = 0; i < N * M; i++) {
            const int64_t any = (int64_t)tri_test_rand(&rng) >> (64 - 30 - F);

            x[i] = turn < 2   ? any % 2 * unit
                   : turn < 4 ? (i < M ? any / unit * unit
                                       : x[i % M] + any % (2 * unit))
                              : any;
        }
        for (size_t i = 0; i < M; i++)
            dz[i] = tri_test_rand(&rng) | 1;
        run(c, j, max, x, dz, &rng);
        for (size_t col = 0; col < M; col++) {
            const int64_t z = (int64_t)(j->z[0][col] + j->z[1][col]);
            size_t best = 0, hit = N;

            for (size_t i = 1; i < N; i++)
                if (x[i * M + col] > x[best * M + col])
                    best = i;
            for (size_t i = N; i-- > 0;)
                if (j->dx[0][i * M + col] + j->dx[1][i * M + col] != 0)
                    hit = i;
            for (size_t i = 0; i < N; i++)
                if (j->dx[0][i * M + col] + j->dx[1][i * M + col] !=
                    (i == hit ? dz[col] : 0))
                    tri_check_fail(c, "wide maximum: gradient at %zu", i);
            if (hit == N || (turn < 2 && hit != best) ||
                x[best * M + col] - x[hit * M + col] >= most ||
                (max == TRI_MAX_TREE ? z != x[hit * M + col]
                                     : z * unit <= x[hit * M + col] - unit ||
                                           z * unit >= x[hit * M + col] + unit))
                tri_check_fail(c, "wide maximum %u, place %zu: %lld", turn, col,
                               (long long)z);
            less += hit != best;
        }
        CHECK(c, turn / 2 != 1 || less > 0, "all bits are compared");
    }
    free(j);
}

static void check_values(struct tri_check *c)
{
    struct job *const j = malloc(sizeof *j);
    uint64_t rng = c->seed;

    for (int max = TRI_MAX_TREE; j != NULL && max <= TRI_MAX_PAIRS; max++) {
        for (size_t n = 1; n <= 40; n += n < 18 ? 1 : 11)
            one(c, j, max, n, n < 11 ? 1 + tri_test_rand(&rng) % 700 : 5, &rng);
        one(c, j, max, 4, 700, &rng);
    }
    free(j);
}

/* Maxima of windows where they stand: those of images [B x H x W x C], also
 * where windows overlap or leave pixels out. */
enum { B = 3, H = 7, W = 6, C = 5, IMAGES = B * H * W * C, SIDE = 15 };

struct sight {
    struct tri_windows w;
    size_t size, stride, n, m;
    int fb;        /* of dz                                    */
    int open;      /* dx comes open; it is multiplied by 1 ... */
    uint64_t once; /* bytes that the gradient takes            */
    uint64_t x[2][IMAGES], dz[2][IMAGES], z[2][IMAGES], dx[2][IMAGES];
};

/* ... which gives its values. */
static int times_one(struct tri_engine *e, struct tri_ten *z,
                     struct tri_ten *dx)
{
    const struct tri_bilin op = {
        .kind = TRI_BILIN_MATMUL, .m = IMAGES / SIDE, .n = SIDE, .k = SIDE
    };
    double unit[SIDE * SIDE] = { 0 };
    struct tri_ten one;
    int rc = tri_ten_alloc(e, &one, tri_shape2(SIDE, SIDE), (int)e->f, 0);

    for (size_t i = 0; i < SIDE; i++)
        unit[i * SIDE + i] = 1;
    if (rc == TRI_OK)
        rc = e->ops->constant(e, &one, unit);
    return rc == TRI_OK ? e->ops->bilin(e, &op, z, dx, &one) : rc;
}

static void sight_party(struct tri_engine *e, void *arg)
{
    struct sight *const j = arg;
    const unsigned id = e->s->id;
    struct tri_ten x, z, dx, dz, values;
    uint64_t before;
    struct tri_maxn st;
    int rc = tri_ten_alloc(e, &x, tri_shape4(B, H, W, C), 3, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &values, x.shape, 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &dx, x.shape, 0, j->open ? TRI_TEN_OPEN : 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &z, tri_shape1((uint32_t)j->m), 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &dz, z.shape, j->fb, 0);
    if (rc == TRI_OK)
        rc = e->ops->maxn_alloc(e, &st, j->n, j->m);
    if (rc == TRI_OK && !j->open)
        rc = tri_ten_zero(e, &dx);
    if (rc != TRI_OK)
        return;
    st.windows = &j->w;
    if (!e->s->dry && id < 2) {
        memcpy(x.v[0], j->x[id], 8 * x.n);
        memcpy(dz.v[0], j->dz[id], 8 * dz.n);
    }
    rc = e->ops->maxn(e, &z, &st, &x);
    before = tri_cost_bytes(&e->s->cost);
    if (j->open && !e->s->dry)
        memset(dx.cache, 0xa5, 8 * dx.n); /* whatever was there */
    if (rc == TRI_OK)
        rc = e->ops->maxn_grad(e, &dx, &st, &dz);
    if (e->s->dry)
        j->once = tri_cost_bytes(&e->s->cost) - before;
    if (rc == TRI_OK && j->open)
        rc = times_one(e, &values, &dx);
    if (rc != TRI_OK || e->s->dry || id > 1)
        return;
    memcpy(j->z[id], z.v[0], 8 * z.n);
    memcpy(j->dx[id], j->open ? values.v[0] : dx.v[0], 8 * dx.n);
    if (z.fb != 3 || dx.fb != j->fb)
        (void)tri_session_fail(e->s, TRI_E_ARG, "scale", TRI_NOBODY);
}

static void check_windows(struct tri_check *c)
{
    struct sight *const j = malloc(sizeof *j);
    static int64_t x[IMAGES];
    static uint64_t dz[IMAGES], dx[IMAGES];
    uint64_t rng = c->seed;

    for (size_t turn = 0; j != NULL && turn < 36; turn++) {
        const size_t size = 1 + turn % 3, stride = 1 + turn / 3 % 3;
        uint64_t factor = 1;
        const size_t oh = (H - size) / stride + 1, ow = (W - size) / stride + 1;
        struct tri_three t;

        tri_three_default(&t);
        t.config.max = turn / 9 == 1 ? TRI_MAX_PAIRS : TRI_MAX_TREE;
        j->open = turn >= 18 && size > 1;
        j->fb = turn < 27 ? 5 : (int)t.config.f + 1; /* then it is halved */
        if (j->open)
            factor = (uint64_t)1 << (t.config.f + (turn < 27));
        t.seed = tri_test_rand(&rng);
        j->n = size * size;
        j->m = B * oh * ow * C;
        j->w = (struct tri_windows){
            .first = { .dim = { B, oh, ow, C },
                       .zstep = { oh * ow * C, ow * C, C, 1 },
                       .xstep = { H * W * C, stride * W * C, stride * C, 1 },
                       .add = 1 },
            .across = size,
            .right = C,
            .down = W * C
        };
        for (size_t i = 0; i < IMAGES; i++) {
            x[i] = value(&rng);
            dx[i] = 0;
        }
        for (size_t i = 0; i < j->m; i++)
            dz[i] = tri_test_rand(&rng) << (turn >= 27);
        tri_three_share(j->x[0], j->x[1], (const uint64_t *)x, IMAGES, &rng);
        tri_three_share(j->dz[0], j->dz[1], dz, j->m, &rng);
        tri_three_run(&t, sight_party, j);
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            size_t peak;
            const struct tri_cost cost =
                tri_three_dry(&t, i, sight_party, j, &peak);

            CHECK(c, t.dead[i] == TRI_OK && peak == t.peak[i],
                  "windows: P%u: %d, %zu bytes, planned %zu", i, t.dead[i],
                  t.peak[i], peak);
            CHECK(c,
                  tri_cost_bytes(&cost) == tri_three_payload(&t) &&
                      tri_cost_rounds(&cost) == t.rounds,
                  "windows of %zu: %llu bytes in %llu rounds, planned %llu in "
                  "%llu",
                  size, (unsigned long long)tri_three_payload(&t),
                  (unsigned long long)t.rounds,
                  (unsigned long long)tri_cost_bytes(&cost),
                  (unsigned long long)tri_cost_rounds(&cost));
        }
        if (j->open)
            CHECK(c, j->once == (24 * j->n - 8) * j->m,
                  "an open gradient of %zu at %zu places: %llu bytes", j->n,
                  j->m, (unsigned long long)j->once);
        for (size_t at = 0; at < j->m; at++) {
            const size_t corner = at / (oh * ow * C) * H * W * C +
                                  at / (ow * C) % oh * stride * W * C +
                                  at / C % ow * stride * C + at % C;
            size_t best = corner;

            for (size_t i = 1; i < j->n; i++) {
                const size_t to = corner + i / size * W * C + i % size * C;
                best = x[to] > x[best] ? to : best;
            }
            dx[best] += dz[at];
            if (j->z[0][at] + j->z[1][at] != (uint64_t)x[best])
                tri_check_fail(c, "windows of %zu, stride %zu: place %zu", size,
                               stride, at);
        }
        for (size_t i = 0; i < IMAGES; i++)
            if (j->dx[0][i] + j->dx[1][i] != factor * dx[i])
                tri_check_fail(c,
                               "windows of %zu, stride %zu, open %d: gradient "
                               "at %zu",
                               size, stride, j->open, i);
    }
    free(j);
}

/* What the diagram says of bytes and rounds, k = 32: of three and four at
 * once, and of two. */
static void pairs_party(struct tri_engine *e, void *arg)
{
    const struct tri_fused_part part[] = {
        { .cands = *(unsigned *)arg + 1, .n = 1000 },
        { .cands = *(unsigned *)arg, .n = 600 },
    };

    (void)tri_fused_allpairs(e, part, *(unsigned *)arg == 2 ? 1 : 2);
}

static void check_cost(struct tri_check *c)
{
    static const unsigned bytes[] = { 266 * 1000, 660 * 1000 + 266 * 600 };

    for (unsigned cands = 2; cands < TRI_FUSED_CANDS; cands++) {
        struct tri_three t;
        struct tri_cost cost;

        tri_three_default(&t);
        cost = tri_three_dry(&t, 1, pairs_party, &cands, NULL);
        CHECK(c, tri_cost_bytes(&cost) == bytes[cands - 2],
              "maxima of %u: %llu bytes", cands,
              (unsigned long long)tri_cost_bytes(&cost));
        CHECK(c, tri_cost_rounds(&cost) == 4, "maxima of %u: %llu rounds",
              cands, (unsigned long long)tri_cost_rounds(&cost));
    }
}

/* Slow networks save rounds, narrow ones bytes. */
static void check_choice(struct tri_check *c)
{
    struct tri_engine e = { .config.k = 32 };
    struct tri_engine_config *const s = &e.config;

    s->rtt_ns = 58000000;
    s->rate = 40000000;
    CHECK(c, tri_fused_prefer_league(&e, 10, 128), "softmax over a WAN");
    CHECK(c, tri_fused_prefer_league(&e, 4, 2880), "one image over a WAN");
    CHECK(c, !tri_fused_prefer_league(&e, 2, 128), "two have one match");
    s->rtt_ns = 1000;
    CHECK(c, !tri_fused_prefer_league(&e, 4, 368640), "no distance at all");
    s->max = TRI_MAX_PAIRS;
    CHECK(c, tri_fused_prefer_league(&e, 4, 368640), "asked for");
    *s = (struct tri_engine_config){ .k = 32,
                                     .max = TRI_MAX_TREE,
                                     .rtt_ns = 1 << 30 };
    CHECK(c, !tri_fused_prefer_league(&e, 10, 1), "not asked for");
}

/* ---- what an open gradient leaves in memory
 * ---------------------------------- */

enum { LEFT_M = 700 };

struct left {
    uint32_t n;
    uint64_t dz; /* everywhere, shared at random */
    size_t words, from[2];
    uint64_t *arena[2]; /* from where it is free on */
};

static void left_party(struct tri_engine *e, void *arg)
{
    struct left *const j = arg;
    struct tri_arena *const a = e->s->cx.arena;
    const unsigned id = e->s->id;
    struct tri_maxn st;
    struct tri_ten x, z, dx, dz;

    if (tri_ten_alloc(e, &x, tri_shape2(j->n, LEFT_M), 3, 0) ||
        tri_ten_alloc(e, &dx, x.shape, 0, TRI_TEN_OPEN) ||
        tri_ten_alloc(e, &z, tri_shape1(LEFT_M), 0, 0) ||
        tri_ten_alloc(e, &dz, z.shape, 5, 0) ||
        e->ops->maxn_alloc(e, &st, j->n, LEFT_M) || tri_ten_zero(e, &x))
        return;
    for (size_t i = 0; id == 0 && i < LEFT_M; i++) /* each wins somewhere */
        ((uint64_t *)x.v[0])[i % j->n * LEFT_M + i] = 1;
    if (e->ops->maxn(e, &z, &st, &x) != TRI_OK)
        return;
    for (size_t i = 0; id < 2 && i < LEFT_M; i++) {
        const uint64_t share = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);

        ((uint64_t *)dz.v[0])[i] = id == 0 ? share : j->dz - share;
    }
    if (e->ops->maxn_grad(e, &dx, &st, &dz) != TRI_OK || id > 1)
        return;
    j->from[id] = a->used;
    memcpy(j->arena[id], a->base + a->used, 8 * j->words);
}

/* No shares of a gradient, nor what products keep of them, whose sum is twice
 * as much: all that is left went to the other one. */
static void check_left(struct tri_check *c)
{
    static const uint32_t n[] = { 2, 3, 4, 9 };
    enum { WORDS = 1 << 17 };
    struct left j = { .words = WORDS };

    for (int i = 0; i < 2; i++)
        j.arena[i] = malloc(WORDS * sizeof(uint64_t));
    for (size_t k = 0; k < sizeof n / sizeof *n && c->msg[0] == '\0'; k++) {
        size_t shares = 0, any = 0;
        struct tri_three t;

        tri_three_default(&t);
        t.config.max = TRI_MAX_TREE;
        t.seed = tri_test_rand(&c->seed);
        t.arena = 4 << 20;
        j.n = n[k];
        j.dz = tri_test_rand(&c->seed) | 1;
        tri_three_run(&t, left_party, &j);
        for (size_t i = 0; i < WORDS; i++) {
            const uint64_t sum = j.arena[0][i] + j.arena[1][i];

            any += sum != 0;
            shares += sum == j.dz || sum == 2 * j.dz;
        }
        if (t.dead[0] != TRI_OK || j.from[0] != j.from[1] || any == 0 ||
            shares > 0)
            tri_check_fail(c, "%u candidates leave %zu shares in %zu words",
                           n[k], shares, any);
    }
    for (int i = 0; i < 2; i++)
        free(j.arena[i]);
}

/* ---- what is left where a link breaks under an open gradient ------------ */

struct broken {
    int before; /* stop in front of the gradient */
    /* Who hears of a break while it takes the maximum is not asked. */
    pthread_barrier_t maximum;
    int rc[TRI_PARTIES], again[TRI_PARTIES];
    size_t left[TRI_PARTIES]; /* words of dx that are not 0 */
};

static void broken_party(struct tri_engine *e, void *arg)
{
    struct broken *const j = arg;
    const unsigned id = e->s->id;
    struct tri_maxn st;
    struct tri_ten x, z, dx;
    int failed;

    j->rc[id] = TRI_OK;
    failed = tri_ten_alloc(e, &x, tri_shape2(4, LEFT_M), 0, 0) ||
             tri_ten_alloc(e, &dx, x.shape, 0, TRI_TEN_OPEN) ||
             tri_ten_alloc(e, &z, tri_shape1(LEFT_M), 0, 0) ||
             e->ops->maxn_alloc(e, &st, 4, LEFT_M) || tri_ten_zero(e, &x) ||
             e->ops->maxn(e, &z, &st, &x) != TRI_OK;
    if (!e->s->dry)
        pthread_barrier_wait(&j->maximum);
    if (failed || j->before)
        return;
    if (!e->s->dry) /* what must not survive */
        memset(dx.cache, 0xa5, dx.n * sizeof(uint64_t));
    j->rc[id] = e->ops->maxn_grad(e, &dx, &st, &z);
    j->left[id] = 0;
    for (size_t i = 0; !e->s->dry && i < dx.n; i++)
        j->left[id] += ((const uint64_t *)dx.cache)[i] != 0;
    j->again[id] = e->ops->maxn_grad(e, &dx, &st, &z);
}

static void check_broken(struct tri_check *c)
{
    static const unsigned ways[][2] = { { 0, 1 }, { 1, 0 }, { 2, 1 } };

    for (size_t i = 0; i < 8 * sizeof ways / sizeof *ways; i++) {
        const unsigned *const way = ways[i % (sizeof ways / sizeof *ways)];
        struct broken j = { .before = 1 };
        struct tri_three t;
        uint64_t sent[2];

        pthread_barrier_init(&j.maximum, NULL, TRI_PARTIES);
        tri_three_default(&t);
        t.config.max = TRI_MAX_TREE;
        t.seed = tri_test_rand(&c->seed);
        for (; j.before >= 0; j.before--)
            sent[!j.before] = tri_three_dry(&t, 0, broken_party, &j, NULL)
                                  .bytes[way[0]][way[1]];
        j.before = 0;
        t.cut_from = way[0];
        t.cut_to = way[1];
        /* both calls of the gradient count in a dry run, one is broken */
        sent[1] -= (sent[1] - sent[0]) / 2;
        t.cut_after = sent[0] + tri_test_rand(&c->seed) % (sent[1] - sent[0]);
        tri_three_run(&t, broken_party, &j);
        pthread_barrier_destroy(&j.maximum);
        CHECK(c, j.rc[way[1]] != TRI_OK, "P%u does not notice", way[1]);
        for (unsigned id = 0; id < TRI_PARTIES; id++)
            CHECK(c,
                  j.rc[id] == TRI_OK ||
                      (j.left[id] == 0 && j.again[id] == TRI_E_DEAD),
                  "P%u to P%u breaks: P%u fails with %d, then %d, and leaves "
                  "%zu words",
                  way[0], way[1], id, j.rc[id], j.again[id], j.left[id]);
    }
}

const struct tri_check_entry tri_checks_max[] = {
    { "max: values", check_values },       { "max: wide values", check_wide },
    { "max: windows", check_windows },     { "max: cost", check_cost },
    { "max: choice", check_choice },       { "max: memory", check_left },
    { "max: broken links", check_broken },
};
const size_t tri_checks_max_n = sizeof tri_checks_max / sizeof *tri_checks_max;
