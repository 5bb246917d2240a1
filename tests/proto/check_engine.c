#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "proto/argmax.h"
#include "proto/asm.h"
#include "proto/bilin.h"
#include "proto/fused/fused.h"
#include "proto/nn/model.h"
#include "tests/checks.h"
#include "tests/support/three.h"
#include "proto/paper/paper.h"
#include "proto/plain/plain.h"
#include "proto/rep3/rep3.h"
#include "proto/softmax.h"

enum { MODES = 3, REP3 = 2 };

static const struct tri_engine_kind *const mode_kind[MODES] = {
    &tri_engine_fused, &tri_engine_paper, &tri_engine_rep3
};
static const char *const mode_name[MODES] = { "fused", "paper", "rep3" };

static uint64_t *words(size_t n)
{
    uint64_t *w = calloc(n + 1, sizeof *w);

    if (w == NULL)
        abort();
    return w;
}

/* ---- the three parties' payload and depth against the dry run --------------
 */

static int same_cost(struct tri_check *c, const char *what,
                     const struct tri_three *t, const struct tri_cost *cost)
{
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        if (t->dead[i] != TRI_OK)
            return tri_check_fail(c, "%s: P%u died: %s (%s)", what, i,
                                  tri_strerror(t->dead[i]), t->error[i]);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            if (i != j && t->stats[i].payload[j] != cost->bytes[i][j])
                return tri_check_fail(
                    c, "%s: P%u sent P%u %llu bytes, the dry run says %llu",
                    what, i, j, (unsigned long long)t->stats[i].payload[j],
                    (unsigned long long)cost->bytes[i][j]);
    }
    if (t->rounds != tri_cost_rounds(cost))
        return tri_check_fail(c, "%s: %llu rounds, the dry run says %llu", what,
                              (unsigned long long)t->rounds,
                              (unsigned long long)tri_cost_rounds(cost));
    return 1;
}

/* Run on three parties and as dry runs; compare costs and memory. */
static int run_and_count(struct tri_check *c, const char *what,
                         struct tri_three *t, tri_three_fn *fn, void *arg)
{
    struct tri_cost cost[TRI_PARTIES];
    size_t peak[TRI_PARTIES];

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        cost[i] = tri_three_dry(t, i, fn, arg, &peak[i]);
    tri_three_run(t, fn, arg);
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        if (!same_cost(c, what, t, &cost[i]))
            return 0;
        if (peak[i] != t->peak[i])
            return tri_check_fail(c,
                                  "%s: P%u used %zu bytes of memory, the "
                                  "dry run says %zu",
                                  what, i, t->peak[i], peak[i]);
    }
    return 1;
}

/* ---- products ---------------------------------------------------------------
 */

struct product_arg {
    struct tri_bilin op;
    int guard[2]; /* x, y have a bit more than f */
    int fb;       /* of z                        */
    size_t nx, ny, nz;
    const uint64_t *x[2], *y[2], *y2[2];
    uint64_t *z[2], *z2[2];
    uint64_t *square[2]; /* MUL only */
};

/* What this party holds of the sum of two shares. Replicated, they are two
 * components, and the third one is 0. */
static void put(const struct tri_engine *e, struct tri_ten *t,
                const uint64_t *s0, const uint64_t *s1)
{
    const uint64_t *const s[3] = { s0, s1, NULL };

    tri_ten_changed(t);
    for (unsigned c = 0; !e->s->dry && c < e->holds; c++) {
        const uint64_t *const from = s[(e->s->id + c) % 3];

        if (from != NULL)
            memcpy(t->v[c], from, t->n * sizeof(uint64_t));
        else
            memset(t->v[c], 0, t->n * sizeof(uint64_t));
    }
}

/* Two shares of the sum of all components. */
static void take(const struct tri_engine *e, uint64_t *s0, uint64_t *s1,
                 const struct tri_ten *t)
{
    const int both = e->holds == 2 && e->s->id == 2;
    uint64_t *const to[3] = { e->holds == 2 ? NULL : s0, s1, s0 };
    uint64_t *const out = to[e->s->id];
    const uint64_t *const v0 = t->v[0], *const v1 = t->v[1];

    if (e->s->dry || e->holds == 0 || out == NULL)
        return;
    for (size_t i = 0; i < t->n; i++)
        out[i] = v0[i] + (both ? v1[i] : 0);
}

static int fill(struct tri_engine *e, struct tri_ten *t, size_t n,
                const uint64_t *const share[2], int guard)
{
    const int fb = guard ? (int)e->f + 1 : 0;
    const int rc = tri_ten_alloc(e, t, tri_shape1((uint32_t)n), fb, 1);

    if (rc == TRI_OK)
        put(e, t, share[0], share[1]);
    return rc;
}

/* z = x*y; then y changes and z2 = x*y2: x is masked and opened once. */
static void product_party(struct tri_engine *e, void *arg)
{
    struct product_arg *p = arg;
    struct tri_ten x, y, z;

    if (fill(e, &x, p->nx, p->x, p->guard[0]) != TRI_OK ||
        fill(e, &y, p->ny, p->y, p->guard[1]) != TRI_OK ||
        tri_ten_alloc(e, &z, tri_shape1((uint32_t)p->nz), 0, 0) != TRI_OK)
        return;
    if (e->ops->bilin(e, &p->op, &z, &x, &y) != TRI_OK)
        return;
    take(e, p->z[0], p->z[1], &z);
    if (e->s->id == 0)
        p->fb = z.fb;
    if (!e->s->dry && e->holds != 0)
        memcpy(y.v[0], p->y2[e->s->id], p->ny * sizeof(uint64_t));
    tri_ten_changed(&y);
    if (e->ops->bilin(e, &p->op, &z, &x, &y) != TRI_OK)
        return;
    take(e, p->z2[0], p->z2[1], &z);
    /* Nothing has changed: the third product opens nothing. */
    if (e->ops->bilin(e, &p->op, &z, &x, &y) != TRI_OK ||
        p->op.kind != TRI_BILIN_MUL)
        return;
    /* Both operands the same tensor: one mask, opened once. */
    tri_ten_changed(&x);
    if (e->ops->bilin(e, &p->op, &z, &x, &x) == TRI_OK)
        take(e, p->square[0], p->square[1], &z);
}

/* What an operand counts as, times two: itself, or its half rounded as one
 * share says, and never by more than half. */
static int twice(struct tri_check *c, uint64_t *out, const uint64_t *const s[2],
                 size_t n, int guard)
{
    size_t up = 0, down = 0;

    for (size_t i = 0; i < n; i++) {
        const uint64_t v = s[0][i] + s[1][i];

        out[i] = guard ? 2 * ((s[0][i] >> 1) + (s[1][i] >> 1) + (s[1][i] & 1))
                       : 2 * v;
        up += guard && out[i] == v + 1;
        down += guard && out[i] == v - 1;
        if (guard && out[i] - v + 1 > 2)
            return tri_check_fail(c, "half of %llx", (unsigned long long)v);
    }
    return !guard || n < 40 || (up > 0 && down > 0)
               ? 1
               : tri_check_fail(c, "%zu of %zu up, %zu down", up, n, down);
}

static void one_product(struct tri_check *c, const struct tri_bilin *op,
                        const struct tri_engine_kind *engine, int guards,
                        uint64_t *rng)
{
    struct product_arg p = { .op = *op, .guard = { guards & 1, guards >> 1 } };
    const int doubles = engine->guard && tri_bilin_guarded(op);
    struct tri_three t;
    struct tri_kernels k;
    struct tri_arena a;
    void *block = NULL;
    const size_t size = (size_t)16 << 20;
    char what[64];

    tri_three_default(&t);
    t.engine = engine;
    t.seed = tri_test_rand(rng);
    tri_bilin_sizes(op, &p.nx, &p.ny, &p.nz);
    snprintf(what, sizeof what, "%s: product kind %d (%zu, %zu -> %zu)",
             engine->name, (int)op->kind, p.nx, p.ny, p.nz);
    uint64_t *const x = words(p.nx), *const y = words(p.ny),
                    *const y2 = words(p.ny), *const want = words(p.nz);
    uint64_t *const buf = words(2 * (p.nx + 2 * p.ny + 3 * p.nz));
    uint64_t *at = buf;
    for (int j = 0; j < 2; j++) {
        uint64_t *const xs = at, *const ys = xs + p.nx, *const y2s = ys + p.ny;
        p.x[j] = xs;
        p.y[j] = ys;
        p.y2[j] = y2s;
        p.z[j] = y2s + p.ny;
        p.z2[j] = p.z[j] + p.nz;
        p.square[j] = p.z2[j] + p.nz;
        at = p.square[j] + p.nz;
    }
    for (size_t i = 0; i < p.nx; i++)
        x[i] = tri_test_rand(rng);
    for (size_t i = 0; i < p.ny; i++) {
        y[i] = tri_test_rand(rng);
        y2[i] = tri_test_rand(rng);
    }
    uint64_t *const split = buf;
    const size_t half = p.nx + 2 * p.ny + 3 * p.nz;
    tri_three_share(split, split + half, x, p.nx, rng);
    tri_three_share(split + p.nx, split + half + p.nx, y, p.ny, rng);
    tri_three_share(split + p.nx + p.ny, split + half + p.nx + p.ny, y2, p.ny,
                    rng);

    if (posix_memalign(&block, TRI_ALIGN, size) != 0)
        abort();
    tri_arena_init(&a, block, size);
    tri_kernels_init(&k, tri_cpu_detect());
    const struct tri_cx cx = { &k, NULL, &a };

    if (run_and_count(c, what, &t, product_party, &p)) {
        /* E and F once, F once more, C three times; for MUL, once more E
         * and C. */
        const int mul = op->kind == TRI_BILIN_MUL;
        const size_t words =
            2 * p.nx + 4 * p.ny + 3 * p.nz + (mul ? 3 * p.nx : 0);
        const int f = (int)t.config.f;
        const int fb = (p.guard[0] + p.guard[1]) * (doubles ? f : f + 1) +
                       (doubles ? 1 : 0);
        if (tri_three_payload(&t) != 8 * words)
            tri_check_fail(c, "%s: %llu bytes, expected %zu words", what,
                           (unsigned long long)tri_three_payload(&t), words);
        if (p.fb != fb)
            tri_check_fail(c, "%s: scale %d, expected %d", what, p.fb, fb);
        for (size_t i = 0; mul && i < p.nz; i++)
            if (p.square[0][i] + p.square[1][i] != x[i] * x[i]) {
                tri_check_fail(c, "%s: square differs at %zu", what, i);
                break;
            }
        /* 2X' * 2Y' / 2: the operands as they count, one of them halved. */
        if (doubles && (!twice(c, x, p.x, p.nx, p.guard[0]) ||
                        !twice(c, y, p.y, p.ny, p.guard[1]) ||
                        !twice(c, y2, p.y2, p.ny, p.guard[1])))
            return;
        for (size_t i = 0; doubles && i < p.nx; i++)
            x[i] /= 2;
        for (int second = 0; second < 2; second++) {
            memset(want, 0, p.nz * sizeof *want);
            (void)tri_bilin_ring(&cx, op, want, x, second ? y2 : y);
            for (size_t i = 0; i < p.nz; i++) {
                const uint64_t got =
                    second ? p.z2[0][i] + p.z2[1][i] : p.z[0][i] + p.z[1][i];
                if (got != want[i]) {
                    tri_check_fail(c, "%s: product %d differs at %zu", what,
                                   second, i);
                    break;
                }
            }
        }
    }
    free(block);
    free(x);
    free(y);
    free(y2);
    free(want);
    free(buf);
}

static void every_product(struct tri_check *c, const struct tri_bilin *op,
                          uint64_t *rng)
{
    one_product(c, op, &tri_engine_paper, 0, rng);
    for (int guards = 0; guards < 4; guards++)
        one_product(c, op, &tri_engine_fused, guards, rng);
}

static void check_products(struct tri_check *c)
{
    uint64_t rng = c->seed;
    static const size_t sizes[][3] = {
        { 1, 1, 1 }, { 3, 4, 5 }, { 17, 10, 33 }, { 1, 64, 7 }, { 40, 1, 1 }
    };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int tr = 0; tr < 4; tr++) {
            const struct tri_bilin op = { .kind = TRI_BILIN_MATMUL,
                                          .tx = tr & 1,
                                          .ty = tr >> 1,
                                          .m = sizes[i][0],
                                          .n = sizes[i][1],
                                          .k = sizes[i][2] };
            every_product(c, &op, &rng);
        }
    for (size_t n = 1; n < 300; n = 3 * n + 1) {
        const struct tri_bilin op = { .kind = TRI_BILIN_MUL, .n = n };
        every_product(c, &op, &rng);
    }
    for (int kind = TRI_BILIN_CONV; kind <= TRI_BILIN_CONV_DW; kind++)
        for (uint32_t stride = 1; stride < 3; stride++) {
            struct tri_bilin op = { .kind = (enum tri_bilin_kind)kind,
                                    .conv = { .b = 2,
                                              .h = 7,
                                              .w = 6,
                                              .c = 3,
                                              .kh = 3,
                                              .kw = 3,
                                              .o = 4,
                                              .stride = stride,
                                              .pad = 1 } };
            CHECK(c, tri_conv_init(&op.conv) == TRI_OK, "conv geometry");
            every_product(c, &op, &rng);
        }
}

/* ---- every operation of the table, both engines----------------------------
 */

enum { OPS_N = 70, OPS_ROWS = 10 };

struct ops_arg {
    int fb;
    uint64_t x[2][OPS_N], pos[2][OPS_N], row[2][OPS_ROWS];
    uint64_t trunc[2][OPS_N], relu[2][OPS_N], num[2][OPS_N], sel[2][OPS_N],
        max[2][OPS_N], dmax[2][OPS_N], div[2][OPS_N], soft[2][OPS_N],
        as[2][OPS_N], hot[2][OPS_N];
    double opened[TRI_PARTIES][OPS_N];
};

#define FILL(ten, src) put(e, ten, (src)[0], (src)[1])
#define TAKE(dst, ten) take(e, (dst)[0], (dst)[1], ten)

static void ops_party(struct tri_engine *e, void *arg)
{
    struct ops_arg *p = arg;
    const int f = (int)e->f;
    const uint32_t rows = OPS_ROWS, cols = OPS_N / OPS_ROWS;
    struct tri_ten x, pos, row, z, z0, m;
    struct tri_bits bits;
    struct tri_maxn st;

    if (tri_ten_alloc(e, &x, tri_shape2(rows, cols), p->fb, 0) ||
        tri_ten_alloc(e, &pos, tri_shape2(rows, cols), f, 0) ||
        tri_ten_alloc(e, &row, tri_shape1(rows), f, 0) ||
        tri_ten_alloc(e, &z, tri_shape2(rows, cols), f, 0) ||
        tri_ten_alloc(e, &z0, tri_shape2(rows, cols), 0, 0) ||
        tri_ten_alloc(e, &m, tri_shape1(cols), f, 0) ||
        e->ops->bits_alloc(e, &bits, OPS_N) ||
        e->ops->maxn_alloc(e, &st, rows, cols))
        return;
    FILL(&x, p->x);
    FILL(&pos, p->pos);
    if (e->ops->trunc(e, &z, &x))
        return;
    TAKE(p->trunc, &z);
    if (e->ops->relu(e, &z, &bits, &x))
        return;
    TAKE(p->relu, &z);
    e->ops->number(e, &z0, &bits);
    TAKE(p->num, &z0);
    if (e->ops->select(e, &z, &bits, &pos))
        return;
    TAKE(p->sel, &z);
    /* From here on at scale f: truncated x. */
    if (e->ops->trunc(e, &z, &x))
        return;
    FILL(&z, p->trunc);
    if (e->ops->maxn(e, &m, &st, &z))
        return;
    TAKE(p->max, &m);
    FILL(&m, p->pos);
    if (e->ops->maxn_grad(e, &z, &st, &m))
        return;
    TAKE(p->dmax, &z);
    FILL(&row, p->row);
    if (e->ops->div(e, &z, &pos, &row))
        return;
    TAKE(p->div, &z);
    FILL(&x, p->trunc);
    x.fb = f;
    if (tri_softmax(e, &z, &x))
        return;
    TAKE(p->soft, &z);
    if (tri_asm(e, &z, &x))
        return;
    TAKE(p->as, &z);
    if (tri_argmax(e, &z0, &x))
        return;
    TAKE(p->hot, &z0);
    (void)tri_open(e, p->opened[e->s->id], &x, TRI_OPEN_ALL);
}

static int64_t opened(const uint64_t v[2][OPS_N], size_t i)
{
    return (int64_t)(v[0][i] + v[1][i]);
}

static void ops_in_mode(struct tri_check *c, int mode, unsigned f)
{
    static struct ops_arg p;
    struct tri_three t;
    uint64_t rng = c->seed + f, w[OPS_N], q[OPS_N], r[OPS_ROWS];
    const size_t cols = OPS_N / OPS_ROWS;
    const double unit = ldexp(1, -(int)f);
    const double off = (mode == REP3 ? 1.51 : 1.01) * unit; /* of a rounding */
    char what[40];

    tri_three_default(&t);
    t.engine = mode_kind[mode];
    t.config.f = f;
    memset(&p, 0, sizeof p);
    p.fb = (int)(2 * f);
    for (size_t i = 0; i < OPS_N; i++) {
        const int64_t v = (int64_t)(tri_test_rand(&rng) % (20u << 16)) -
                          (10 << 16); /* real -10..10 */
        w[i] = (uint64_t)(v * ((int64_t)1 << (2 * f)) / 65536);
        q[i] = tri_test_rand(&rng) % (1u << f);
    }
    for (size_t i = 0; i < OPS_ROWS; i++) {
        r[i] = 1;
        for (size_t j = 0; j < cols; j++)
            r[i] += q[i * cols + j];
    }
    tri_three_share(p.x[0], p.x[1], w, OPS_N, &rng);
    tri_three_share(p.pos[0], p.pos[1], q, OPS_N, &rng);
    tri_three_share(p.row[0], p.row[1], r, OPS_ROWS, &rng);
    snprintf(what, sizeof what, "mode %s, f = %u", mode_name[mode], f);
    /* The dry run opens zeros: it goes first. */
    const struct tri_cost cost = tri_three_dry(&t, 0, ops_party, &p, NULL);
    tri_three_run(&t, ops_party, &p);
    if (!same_cost(c, what, &t, &cost))
        return;

    for (size_t i = 0; i < OPS_N; i++) {
        const double v = ldexp((double)(int64_t)w[i], -(int)(2 * f));
        const int64_t tr = opened(p.trunc, i);
        CHECK(c, fabs((double)tr * unit - v) <= off, "%s: trunc %g gives %g",
              what, v, (double)tr * unit);
        const int64_t re = opened(p.relu, i);
        CHECK(c, fabs((double)re * unit - fmax(v, 0)) <= off,
              "%s: relu %g gives %g", what, v, (double)re * unit);
        const int64_t bit = opened(p.num, i);
        CHECK(c, bit == (v >= 0) || (fabs(v) <= off && bit >> 1 == 0),
              "%s: sign bit of %g is %lld", what, v, (long long)bit);
        CHECK(c, opened(p.sel, i) == bit * (int64_t)q[i], "%s: select at %zu",
              what, i);
        const double d = (double)opened(p.div, i) * unit;
        const double want = (double)q[i] / (double)r[i / cols];
        CHECK(c, fabs(d - want) <= off + unit, "%s: %g / %g gives %g", what,
              (double)q[i], (double)r[i / cols], d);
        for (unsigned id = 0; id < TRI_PARTIES; id++)
            CHECK(c, p.opened[id][i] == (double)tr * unit,
                  "%s: P%u opened %g, not %g", what, id, p.opened[id][i],
                  (double)tr * unit);
    }
    /* maximum over the rows, and its derivative */
    for (size_t j = 0; j < cols; j++) {
        size_t best = 0;
        for (size_t i = 1; i < OPS_ROWS; i++)
            if (opened(p.trunc, i * cols + j) >
                opened(p.trunc, best * cols + j))
                best = i;
        CHECK(c, opened(p.max, j) == opened(p.trunc, best * cols + j),
              "%s: maximum of column %zu", what, j);
        for (size_t i = 0; i < OPS_ROWS; i++)
            CHECK(c,
                  opened(p.dmax, i * cols + j) ==
                      (i == best ? (int64_t)q[j] : 0),
                  "%s: derivative of the maximum at %zu, %zu", what, i, j);
    }
    /* softmax, ASM and argmax of each row */
    for (size_t i = 0; i < OPS_ROWS; i++) {
        double max = -1e9, sum = 0, pos = 0;
        size_t best = 0;
        for (size_t j = 0; j < cols; j++) {
            const double v = (double)opened(p.trunc, i * cols + j) * unit;
            if (v > max) {
                max = v;
                best = j;
            }
            pos += fmax(v, 0);
        }
        for (size_t j = 0; j < cols; j++)
            sum += exp((double)opened(p.trunc, i * cols + j) * unit - max);
        for (size_t j = 0; j < cols; j++) {
            const size_t at = i * cols + j;
            const double v = (double)opened(p.trunc, at) * unit;
            const double s = (double)opened(p.soft, at) * unit;
            const double as = (double)opened(p.as, at) * unit;
            CHECK(c, fabs(s - exp(v - max) / sum) <= 0.001 + 3 * unit,
                  "%s: softmax %g, not %g", what, s, exp(v - max) / sum);
            CHECK(c, fabs(as - fmax(v, 0) / (pos + unit)) <= 3 * unit,
                  "%s: ASM %g, not %g", what, as, fmax(v, 0) / (pos + unit));
            CHECK(c, opened(p.hot, at) == (j == best), "%s: argmax of row %zu",
                  what, i);
        }
    }
}

static void check_operations(struct tri_check *c)
{
    static const unsigned fs[] = { 8, 13, 16 };

    for (int mode = 0; mode < MODES; mode++)
        for (size_t i = 0; i < sizeof fs / sizeof *fs; i++)
            ops_in_mode(c, mode, fs[i]);
}

/* ---- softmax of so many rows that a truncation that fails once in 2^12 values
 * shows --------------------------------------------------------------------
 */

enum { SOFT_ROWS = 512, SOFT_N = SOFT_ROWS * 10 };

struct soft_arg {
    uint64_t x[2][SOFT_N], z[2][SOFT_N];
};

static void soft_party(struct tri_engine *e, void *arg)
{
    struct soft_arg *p = arg;
    const struct tri_shape shape = tri_shape2(SOFT_ROWS, 10);
    struct tri_ten x, z;

    if (tri_ten_alloc(e, &x, shape, (int)e->f, 0) ||
        tri_ten_alloc(e, &z, shape, (int)e->f, 0))
        return;
    FILL(&x, p->x);
    if (tri_softmax(e, &z, &x))
        return;
    TAKE(p->z, &z);
}

static void check_softmax(struct tri_check *c)
{
    static struct soft_arg p;
    static uint64_t w[SOFT_N];
    const unsigned f = 13;
    const double unit = ldexp(1, -(int)f);
    uint64_t rng = c->seed;

    for (size_t i = 0; i < SOFT_N; i++) /* -12..12 */
        w[i] = tri_test_rand(&rng) % (24u << f) - (12u << f);
    tri_three_share(p.x[0], p.x[1], w, SOFT_N, &rng);
    for (int mode = 0; mode < MODES; mode++) {
        struct tri_three t;

        tri_three_default(&t);
        t.engine = mode_kind[mode];
        t.config.f = f;
        if (!run_and_count(c, mode_name[mode], &t, soft_party, &p))
            return;
        for (size_t i = 0; i < SOFT_N; i++) {
            const int64_t *row = (const int64_t *)w + i - i % 10;
            double sum = 0;

            for (size_t j = 0; j < 10; j++)
                sum += exp((double)(row[j] - row[i % 10]) * unit);
            CHECK(c,
                  fabs((double)(int64_t)(p.z[0][i] + p.z[1][i]) * unit -
                       1 / sum) <= 0.001 + 3 * unit,
                  "%s: softmax %g, not %g", mode_name[mode],
                  (double)(int64_t)(p.z[0][i] + p.z[1][i]) * unit, 1 / sum);
        }
    }
}

/* ---- whole networks
 * ----------------------------------------------------------- */

enum { NET_BATCH = 3, NET_CLASSES = 10 };

struct net_arg {
    const struct tri_net *net;
    size_t in;            /* words of the input */
    const uint64_t *x[2]; /* shares, plain: x[0] holds the value */
    const uint64_t *label[2];
    uint64_t logits[2][NET_BATCH * NET_CLASSES];
    uint64_t *params[2]; /* all weights and biases after the step */
    double right[TRI_PARTIES];
    int rc[TRI_PARTIES];
};

static size_t net_params(const struct tri_net *net)
{
    return (size_t)tri_net_words(net);
}

static int net_program(struct tri_engine *e, struct net_arg *p)
{
    static const double weight[NET_CLASSES] = { 1,   0.5, 0.75, 1.25, 0.1,
                                                0.9, 1,   1,    0.3,  1.1 };
    const struct tri_sgd sgd = { 0.0625, 0.5, 0.03125 };
    struct tri_model m;
    struct tri_ten right;
    size_t at = 0;
    int rc = tri_model_build(&m, e, p->net, NET_BATCH, 1, 1);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &right, tri_shape1(1), 0, 0);
    if (rc == TRI_OK)
        rc = tri_model_init(&m, 7);
    if (rc != TRI_OK)
        return rc;
    FILL(&m.in, p->x);
    FILL(&m.label, p->label);
    m.step = (struct tri_step){ 3, 9 };
    m.weight = weight;
    rc = tri_model_forward(&m);
    if (rc == TRI_OK)
        TAKE(p->logits, tri_model_logits(&m));
    if (rc == TRI_OK)
        rc = tri_model_correct(&m, &right);
    if (rc == TRI_OK)
        rc = tri_open(e, &p->right[e->s->id], &right, TRI_OPEN_ALL);
    if (rc == TRI_OK)
        rc = tri_model_backward(&m);
    if (rc == TRI_OK)
        rc = tri_model_update(&m, &sgd);
    if (rc != TRI_OK || e->s->dry || e->holds == 0)
        return rc;
    for (size_t i = 0; i < p->net->layers; i++) {
        struct tri_ten *ten[3];
        const size_t n = tri_layer_state(&m.layer[i], ten);
        for (size_t j = 0; j < n; j++)
            if (ten[j]->v[0] != NULL) {
                uint64_t *const *to = p->params;

                take(e, to[0] + at, to[1] != NULL ? to[1] + at : NULL, ten[j]);
                at += ten[j]->n;
            }
    }
    return TRI_OK;
}

static void net_party(struct tri_engine *e, void *arg)
{
    struct net_arg *p = arg;

    p->rc[e->s->id] = net_program(e, p);
}

/* The same with engine plain. */
static int net_plain(struct tri_three *t, struct net_arg *p)
{
    struct tri_kernels k;
    struct tri_arena a;
    struct tri_session s = { .id = 0 };
    struct tri_engine e;
    void *block = NULL;
    int rc;

    if (posix_memalign(&block, TRI_ALIGN, t->arena) != 0)
        abort();
    tri_arena_init(&a, block, t->arena);
    tri_kernels_init(&k, tri_cpu_detect());
    s.cx = (struct tri_cx){ &k, NULL, &a };
    rc = tri_engine_start(&e, &tri_engine_plain, &s, &t->config);
    if (rc == TRI_OK)
        rc = net_program(&e, p);
    free(block);
    return rc;
}

static void one_network(struct tri_check *c, const char *name, int mode)
{
    static struct net_arg secure, plain;
    const char *const builtin = tri_net_builtin(name);
    const char *const text = builtin != NULL ? builtin : name;
    struct tri_net net;
    struct tri_three t;
    char err[160];
    uint64_t rng = c->seed;

    tri_three_default(&t);
    t.engine = mode_kind[mode];
    t.arena = (size_t)200 << 20;
    t.deadline_ms = 60000;
    CHECK(c, tri_net_parse(&net, text, strlen(text), err) == 0,
          "network %s: %s", name, err);
    const size_t in = (size_t)NET_BATCH * net.h * net.w * net.c;
    const size_t labels = NET_BATCH * NET_CLASSES, params = net_params(&net);
    uint64_t *const x = words(3 * in), *const y = words(3 * labels);
    uint64_t *const w = words(3 * params);

    for (size_t i = 0; i < in; i++)
        x[i] = tri_test_rand(&rng) % 65536;
    for (size_t i = 0; i < NET_BATCH; i++)
        y[i * NET_CLASSES + tri_test_rand(&rng) % NET_CLASSES] = 1;
    tri_three_share(x + in, x + 2 * in, x, in, &rng);
    tri_three_share(y + labels, y + 2 * labels, y, labels, &rng);
    memset(&secure, 0, sizeof secure);
    memset(&plain, 0, sizeof plain);
    secure = (struct net_arg){ .net = &net,
                               .in = in,
                               .x = { x + in, x + 2 * in },
                               .label = { y + labels, y + 2 * labels },
                               .params = { w + params, w + 2 * params } };
    plain = (struct net_arg){ .net = &net,
                              .in = in,
                              .x = { x, NULL },
                              .label = { y, NULL },
                              .params = { w, NULL } };
    const int rc = net_plain(&t, &plain);
    if (rc != TRI_OK)
        tri_check_fail(c, "network %s, plain: %s", name, tri_strerror(rc));
    else if (run_and_count(c, name, &t, net_party, &secure)) {
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            if (secure.rc[i] != TRI_OK)
                tri_check_fail(c, "network %s, %s: P%u: %s", name,
                               mode_name[mode], i, tri_strerror(secure.rc[i]));
        /* A logit sums at most 800 rounded activations with weights of about
         * 0.05: errors of a few dozen units; a weight step is a few units. */
        for (size_t i = 0; i < labels; i++) {
            const int64_t d =
                (int64_t)(secure.logits[0][i] + secure.logits[1][i] -
                          plain.logits[0][i]);
            if (llabs(d) > 200)
                tri_check_fail(c, "network %s, %s: logit %zu is off by %lld",
                               name, mode_name[mode], i, (long long)d);
        }
        size_t far = 0;
        for (size_t i = 0; i < params; i++) {
            const int64_t d =
                (int64_t)(secure.params[0][i] + secure.params[1][i] -
                          plain.params[0][i]);
            far += llabs(d) > 20;
            if (llabs(d) > 400)
                tri_check_fail(c,
                               "network %s, %s: weight %zu is off by %lld "
                               "after a step",
                               name, mode_name[mode], i, (long long)d);
        }
        /* A near tie of a ReLU or a maximum that rounding decides otherwise
         * sends one gradient another way. */
        if (far > params / 4)
            tri_check_fail(c,
                           "network %s, %s: %zu of %zu weights are off by "
                           "more than 20 after a step",
                           name, mode_name[mode], far, params);
        if (secure.right[0] != secure.right[1] ||
            secure.right[0] != secure.right[2])
            tri_check_fail(c, "network %s: the parties disagree", name);
        if (secure.right[0] != plain.right[0])
            tri_check_fail(c, "network %s, %s: %g right answers, plain %g",
                           name, mode_name[mode], secure.right[0],
                           plain.right[0]);
    }
    free(x);
    free(y);
    free(w);
}

static void check_networks(struct tri_check *c)
{
    /* In the fifth a gradient by weights is an inner product. */
    static const char *const nets[] = {
        "A",
        "B",
        "C",
        "D",
        "input 2 2 1\nfc 1\nfc 1\nfc 1\nfc 10\n",
        ("input 8 8 1\nconv 4 3 pad same\nrelu as a\nconv 4 3 pad same\nadd a\n"
         "relu as b\nconv 3 3 stride 2 pad 1\nrelu\nconv 3 3 pad same as c\n"
         "conv 3 1 stride 2 from b\nadd c\navgpool global\nfc 10\n"),
        ("input 6 6 1\nconv 3 3 nobias\nbatchnorm\nrelu as a\n"
         "conv 3 3 pad same\nbatchnorm\nadd a\nrelu\nfc 8\nbatchnorm\nrelu\n"
         "fc 10\n"),
        ("input 4 4 1\nconv 3 3 pad same\nleaky 0.1\nfc 12\nsigmoid\nfc 12\n"
         "tanh\ndropout 0.3\nfc 10\n"),
        ("input 4 4 1\nconv 3 3 pad same\nrelu\nconv 3 3 freeze\nbatchnorm "
         "freeze\nrelu\nfc 10\n"),
    };

    for (int mode = 0; mode < MODES; mode++)
        for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
            one_network(c, nets[i], mode);
}

/* ---- a long product in slices -------------------------------------------- */

static struct tri_bilin conv_op(enum tri_bilin_kind kind)
{
    struct tri_bilin op = { .kind = kind,
                            .conv = { .b = 5,
                                      .h = 6,
                                      .w = 7,
                                      .c = 2,
                                      .kh = 3,
                                      .kw = 3,
                                      .o = 4,
                                      .stride = 1 } };

    (void)tri_conv_init(&op.conv);
    return op;
}

/* Any number of slices gives what the whole gives. */
static void check_slices(struct tri_check *c)
{
    static const size_t big = (size_t)1 << 22;
    /* Rows of a product by 512 at least, or a second of work; images one by
     * one at most. */
    struct tri_bilin long_op[] = {
        { .kind = TRI_BILIN_MATMUL, .m = 2000, .n = 1000, .k = 1000 },
        { .kind = TRI_BILIN_MATMUL, .m = 600, .n = 4000, .k = 4000 },
        conv_op(TRI_BILIN_CONV),
    };
    const struct tri_bilin op[] = {
        { .kind = TRI_BILIN_MUL, .n = 33 },
        { .kind = TRI_BILIN_MATMUL, .m = 7, .n = 3, .k = 5 },
        { .kind = TRI_BILIN_MATMUL, .m = 7, .n = 3, .k = 5, .ty = 1 },
        { .kind = TRI_BILIN_MATMUL, .m = 7, .n = 3, .k = 5, .tx = 1 },
        conv_op(TRI_BILIN_CONV),
        conv_op(TRI_BILIN_CONV_DX),
        conv_op(TRI_BILIN_CONV_DW),
    };
    struct tri_kernels k;
    struct tri_arena arena;
    struct tri_cx cx = { .k = &k, .arena = &arena };
    uint64_t rng = c->seed, *x = words(512), *y = words(512), *z = words(512),
             *whole = words(512);
    void *block = aligned_alloc(TRI_ALIGN, big);

    tri_kernels_init(&k, tri_cpu_detect());
    tri_arena_init(&arena, block, big);
    for (size_t i = 0; i < 512; i++) {
        x[i] = tri_test_rand(&rng);
        y[i] = tri_test_rand(&rng);
    }
    for (size_t o = 0; o < sizeof op / sizeof *op; o++) {
        const size_t b = op[o].kind == TRI_BILIN_MUL || op[o].tx ? 1
                         : op[o].kind == TRI_BILIN_MATMUL        ? 7
                                                                 : 5;
        memset(whole, 0, 512 * sizeof *whole);
        (void)tri_bilin_ring(&cx, &op[o], whole, x, y);
        for (size_t n = 1; n <= b; n++) {
            memset(z, 0, 512 * sizeof *z);
            for (size_t i = 0; i < n; i++) {
                struct tri_bilin part;
                size_t ox, oy, oz;
                tri_bilin_slice(&part, &op[o], n, i, &ox, &oy, &oz);
                if (tri_bilin_ring(&cx, &part, z + oz, x + ox, y + oy) !=
                    TRI_OK)
                    tri_check_fail(c, "operation %zu: slice %zu of %zu", o, i,
                                   n);
            }
            if (memcmp(z, whole, 512 * sizeof *z) != 0)
                tri_check_fail(c, "operation %zu in %zu slices is another", o,
                               n);
        }
        if (tri_bilin_slices(&op[o]) != 1)
            tri_check_fail(c, "operation %zu is too short for slices", o);
    }
    long_op[2].conv.oh = long_op[2].conv.ow = 4096;
    CHECK(c,
          tri_bilin_slices(&long_op[0]) == 3 &&
              tri_bilin_slices(&long_op[1]) == 4 &&
              tri_bilin_slices(&long_op[2]) == 5,
          "long operations in %zu, %zu and %zu slices",
          tri_bilin_slices(&long_op[0]), tri_bilin_slices(&long_op[1]),
          tri_bilin_slices(&long_op[2]));
    free(block);
    free(x);
    free(y);
    free(z);
    free(whole);
}

const struct tri_check_entry tri_checks_engine[] = {
    { "engine: products", check_products },
    { "engine: operations", check_operations },
    { "engine: softmax", check_softmax },
    { "engine: networks", check_networks },
    { "engine: slices", check_slices },
};
const size_t tri_checks_engine_n =
    sizeof tri_checks_engine / sizeof *tri_checks_engine;
