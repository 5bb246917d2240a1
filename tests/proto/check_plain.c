#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/fmath.h"
#include "proto/argmax.h"
#include "proto/asm.h"
#include "proto/bilin.h"
#include "proto/fused/fused.h"
#include "proto/paper/paper.h"
#include "proto/plain/ranges.h"
#include "tests/checks.h"
#include "tests/support/single.h"
#include "proto/softmax.h"
#include "proto/tournament.h"

enum { ARENA = 8 << 20 };

/* Run `body` on both engines. */
static void both(struct tri_check *c, unsigned f,
                 void (*body)(struct tri_check *, struct tri_single *))
{
    for (int kind = 0; kind < 2 && c->msg[0] == '\0'; kind++) {
        struct tri_single p;
        CHECK(c, tri_single_open(&p, kind, f, ARENA), "no memory");
        body(c, &p);
        tri_single_close(&p);
    }
}

/* ---- fmath -----------------------------------------------------------------
 */

static void check_fmath(struct tri_check *c)
{
    uint64_t rng = c->seed;

    for (int i = 0; i < 100000; i++) {
        const int e = (int)(tri_test_rand(&rng) % 2000) - 1000;
        const double x = i % 2 == 0
                             ? ldexp(1.5 + 0.5 * tri_test_unit(&rng), e)
                             : 1 + ldexp(tri_test_unit(&rng), -(i % 40) - 1);
        const double root = sqrt(x), l = log(x);
        const double tol = fabs(l) > 0.3 ? ldexp(fabs(l), -50) : ldexp(1, -52);

        CHECK(c, fabs(tri_sqrt(x) - root) <= nextafter(root, INFINITY) - root,
              "seed %#llx: sqrt(%a) = %a", (unsigned long long)c->seed, x,
              tri_sqrt(x));
        CHECK(c, fabs(tri_log(x) - l) <= tol, "seed %#llx: log(%a) = %a",
              (unsigned long long)c->seed, x, tri_log(x));
    }
    CHECK(c, fabs(tri_log(5e-324) - log(5e-324)) < 1e-12,
          "log of the smallest");
    CHECK(c,
          tri_sqrt(0) == 0 && tri_sqrt(-1) == 0 && tri_log(-1) == 0 &&
              tri_log(0) == 0 && tri_sqrt((double)NAN) == 0 &&
              tri_log((double)INFINITY) == 0,
          "arguments without a result must give 0");
    for (int e = -1022; e <= 1023; e++)
        CHECK(c, tri_pow2(e) == ldexp(1, e), "2^%d", e);
    for (int i = 0; i < 100000; i++) {
        const double x = 700 * tri_test_unit(&rng);
        const double y = 1.5707963267948966 * (1 + tri_test_unit(&rng));

        CHECK(c, fabs(tri_exp(x) - exp(x)) <= ldexp(exp(x), -48),
              "seed %#llx: exp(%a) = %a", (unsigned long long)c->seed, x,
              tri_exp(x));
        CHECK(c, fabs(tri_cos(y) - cos(y)) <= ldexp(1, -50),
              "seed %#llx: cos(%a) = %a", (unsigned long long)c->seed, y,
              tri_cos(y));
    }
    CHECK(c,
          tri_exp(0) == 1 && tri_exp(-701) == 0 && tri_exp((double)NAN) == 0 &&
              tri_exp(1e9) == tri_exp(700) && tri_cos(0) == 1 &&
              tri_cos(-1) == 1 && tri_cos(4) == -1 && tri_cos((double)NAN) == 1,
          "exponential and cosine at the ends");
    CHECK(c,
          tri_round(2.5) == 3 && tri_round(-2.5) == -3 &&
              tri_round(2.4999) == 2 && tri_round(-0.4) == 0,
          "rounding");
}

/* ---- local operations and comparisons ----------------------------------- */

/* Values with ties, signs and extremes. */
static double value(uint64_t *rng)
{
    const uint64_t r = tri_test_rand(rng) % 8;

    if (r == 0)
        return 0;
    if (r < 4)
        return (double)(tri_test_rand(rng) % 5) - 2;
    return 100 * tri_test_unit(rng);
}

static void body_local(struct tri_check *c, struct tri_single *p)
{
    enum { N = 500 };
    const struct tri_engine_ops *o = p->e.ops;
    const double unit = p->e.elem == 4 ? 1e-5 : ldexp(1, -16);
    double a[N], b[N], out[N];
    uint64_t rng = c->seed;
    struct tri_ten x, y, z;
    struct tri_bits bits;
    int rc;

    for (int i = 0; i < N; i++)
        a[i] = value(&rng), b[i] = value(&rng);
    x = tri_single_ten(p, tri_shape1(N), 16, a);
    y = tri_single_ten(p, tri_shape1(N), 16, b);
    z = tri_single_ten(p, tri_shape1(N), 16, a);
    CHECK(c, tri_open(&p->e, out, &x, TRI_OPEN_ALL) == TRI_OK, "open");
    for (int i = 0; i < N; i++)
        CHECK(c, fabs(out[i] - a[i]) < unit, "%s: open %g as %g",
              p->e.kind->name, a[i], out[i]);

    o->add(&p->e, &z, &x, &y);
    for (size_t i = 0; i < N; i++)
        CHECK(c, fabs(tri_single_get(p, &z, i) - (a[i] + b[i])) < 2 * unit,
              "%s: add", p->e.kind->name);
    o->sub(&p->e, &z, &x, &y);
    for (size_t i = 0; i < N; i++)
        CHECK(c, fabs(tri_single_get(p, &z, i) - (a[i] - b[i])) < 2 * unit,
              "%s: sub", p->e.kind->name);
    o->addc(&p->e, &z, &x, -3.25);
    for (size_t i = 0; i < N; i++)
        CHECK(c, fabs(tri_single_get(p, &z, i) - (a[i] - 3.25)) < 2 * unit,
              "%s: addc", p->e.kind->name);
    o->scale(&p->e, &z, &x, -5, 3);
    CHECK(c, z.fb == 19, "%s: scale label %d", p->e.kind->name, z.fb);
    for (size_t i = 0; i < N; i++)
        CHECK(c, fabs(tri_single_get(p, &z, i) - a[i] * -0.625) < 2 * unit,
              "%s: scale", p->e.kind->name);

    CHECK(c, o->bits_alloc(&p->e, &bits, N) == TRI_OK, "bits_alloc");
    CHECK(c, o->sign(&p->e, &bits, &x) == TRI_OK, "sign");
    rc = o->select(&p->e, &z, &bits, &y);
    CHECK(c, rc == TRI_OK, "select");
    for (size_t i = 0; i < N; i++)
        CHECK(c, fabs(tri_single_get(p, &z, i) - (a[i] >= 0 ? b[i] : 0)) < unit,
              "%s: select %g by the sign of %g", p->e.kind->name, b[i], a[i]);
    o->number(&p->e, &z, &bits);
    for (size_t i = 0; i < N; i++)
        CHECK(c, z.fb == 0 && tri_single_get(p, &z, i) == (a[i] >= 0),
              "%s: number", p->e.kind->name);
    memset(bits.own, 7, N);
    z.fb = 16;
    rc = o->relu(&p->e, &z, &bits, &x);
    CHECK(c, rc == TRI_OK, "relu");
    for (size_t i = 0; i < N; i++)
        CHECK(c,
              fabs(tri_single_get(p, &z, i) - (a[i] > 0 ? a[i] : 0)) < unit &&
                  ((uint8_t *)bits.own)[i] == (a[i] >= 0),
              "%s: relu(%g)", p->e.kind->name, a[i]);
    rc = o->relu(&p->e, &x, NULL, &x);
    CHECK(c, rc == TRI_OK && memcmp(x.v[0], z.v[0], N * p->e.elem) == 0,
          "%s: relu in place", p->e.kind->name);
    CHECK(c, o->refresh(&p->e, &z) == TRI_OK, "refresh");
}

static void check_local(struct tri_check *c)
{
    both(c, 16, body_local);
}

/* plain: off by less than one unit, exact multiples exact, and unbiased, also
 * for values far below one unit. */
static void check_rounding(struct tri_check *c)
{
    enum { N = 40000 };
    static double v[N];
    static const int shift[] = { 0, 1, 7, 16, 32, 45 };
    struct tri_single p;
    uint64_t rng = c->seed;

    for (size_t t = 0; t < sizeof shift / sizeof *shift; t++) {
        const int s = shift[t];
        struct tri_ten x, z;
        double off = 0, small = 0;

        tri_single_open(&p, TRI_SINGLE_PLAIN, 16, ARENA);
        for (int i = 0; i < N; i++)
            v[i] = 0;
        x = tri_single_ten(&p, tri_shape1(N), 8 + s, v);
        z = tri_single_ten(&p, tri_shape1(N), 8, v);
        for (size_t i = 0; i < N; i++)
            ((int64_t *)x.v[0])[i] =
                i < 2
                    ? (i == 0 ? 1 : -1) * ((int64_t)1 << 62) - (i == 0 ? 1 : -1)
                : i % 8 == 0
                    ? (int64_t)(i << s)
                    : (int64_t)(tri_test_rand(&rng) >> 3) - ((int64_t)1 << 60);
        CHECK(c, p.e.ops->trunc(&p.e, &z, &x) == TRI_OK, "trunc");
        for (size_t i = 0; i < N; i++) {
            const int64_t xi = ((int64_t *)x.v[0])[i];
            const int64_t zi = ((int64_t *)z.v[0])[i];
            const int64_t low = xi >> s;
            const double rest =
                (double)(xi - low * ((int64_t)1 << s)) / ldexp(1, s);

            CHECK(c, zi == low || (zi == low + 1 && rest > 0),
                  "seed %#llx: %lld >> %d gives %lld",
                  (unsigned long long)c->seed, (long long)xi, s, (long long)zi);
            off += (double)(zi - low) - rest;
        }
        /* 4 standard deviations of the mean of N roundings */
        CHECK(c, fabs(off / N) < 2.0 / 200, "shift %d: bias %g", s, off / N);

        if (s >= 7) { /* a tenth of a unit, always the same value */
            const int64_t tenth = ((int64_t)1 << s) / 10;
            for (size_t i = 0; i < N; i++)
                ((int64_t *)x.v[0])[i] = tenth;
            p.e.ops->trunc(&p.e, &z, &x);
            for (size_t i = 0; i < N; i++)
                small += (double)((int64_t *)z.v[0])[i];
            CHECK(c, fabs(small / N - (double)tenth / ldexp(1, s)) < 0.006,
                  "shift %d: a tenth of a unit is %g in the mean", s,
                  small / N);
        }
        tri_single_close(&p);
    }

    /* relu: the bit is that of the rescaled value */
    tri_single_open(&p, TRI_SINGLE_PLAIN, 16, ARENA);
    for (int i = 0; i < N; i++)
        v[i] = ldexp((double)(i % 17 - 8), -19);
    struct tri_ten x = tri_single_ten(&p, tri_shape1(N), 32, v);
    struct tri_ten z = tri_single_ten(&p, tri_shape1(N), 16, v);
    struct tri_ten t = tri_single_ten(&p, tri_shape1(N), 16, v);
    struct tri_bits bits;
    p.e.ops->bits_alloc(&p.e, &bits, N);
    p.e.ops->relu(&p.e, &z, &bits, &x);
    p.e.ops->trunc(&p.e, &t, &x);
    for (size_t i = 0; i < N; i++) {
        const int64_t ti = ((int64_t *)t.v[0])[i];
        CHECK(c,
              ((int64_t *)z.v[0])[i] == (ti > 0 ? ti : 0) &&
                  ((uint8_t *)bits.own)[i] == (ti >= 0),
              "relu with rescaling, %g units", v[i] * 65536);
    }
    tri_single_close(&p);
}

static void body_copy(struct tri_check *c, struct tri_single *p)
{
    enum { N = 600 };
    double v[N], w[N], want[N];
    uint64_t rng = c->seed;

    for (int trial = 0; trial < 200; trial++) {
        const size_t mark = tri_arena_mark(&p->arena);
        struct tri_copy m = { .add = trial % 3 - 1 };
        struct tri_ten x, z;

        for (int i = 0; i < N; i++)
            v[i] = (double)(i % 97), want[i] = w[i] = (double)(i % 31);
        x = tri_single_ten(p, tri_shape1(N), 4, v);
        z = tri_single_ten(p, tri_shape1(N), 4, w);
        m.zoff = tri_test_rand(&rng) % 20;
        m.xoff = tri_test_rand(&rng) % 20;
        for (int d = 0; d < 4; d++) {
            static const size_t step[] = { 100, 30, 7, 1 };
            const size_t r = tri_test_rand(&rng);
            m.dim[d] = r % 5;
            m.zstep[d] = m.add && (r >> 8) % 4 == 0 ? 0 : step[d];
            m.xstep[d] = (r >> 16) % 4 == 0 ? 0 : step[3 - d];
        }
        for (size_t i = 0; i < m.dim[0]; i++)
            for (size_t j = 0; j < m.dim[1]; j++)
                for (size_t k = 0; k < m.dim[2]; k++)
                    for (size_t l = 0; l < m.dim[3]; l++) {
                        const size_t zi = m.zoff + i * m.zstep[0] +
                                          j * m.zstep[1] + k * m.zstep[2] +
                                          l * m.zstep[3];
                        const size_t xi = m.xoff + i * m.xstep[0] +
                                          j * m.xstep[1] + k * m.xstep[2] +
                                          l * m.xstep[3];
                        want[zi] = m.add < 0 ? want[zi] - v[xi]
                                             : v[xi] + m.add * want[zi];
                    }
        p->e.ops->copy(&p->e, &z, &x, &m);
        for (size_t i = 0; i < N; i++)
            CHECK(c, tri_single_get(p, &z, i) == want[i],
                  "%s: copy, trial %d, place %zu", p->e.kind->name, trial, i);
        tri_arena_release(&p->arena, mark);
    }
}

static void check_copy(struct tri_check *c)
{
    both(c, 16, body_copy);
}

/* ---- products ----------------------------------------------------------- */

/* The definition, in double on small integers: exact for both engines. */
static void bilin_naive(const struct tri_bilin *op, double *z, const double *x,
                        const double *y)
{
    const struct tri_conv *g = &op->conv;

    if (op->kind == TRI_BILIN_MUL) {
        for (size_t i = 0; i < op->n; i++)
            z[i] = x[i] * y[i];
        return;
    }
    if (op->kind == TRI_BILIN_MATMUL) {
        for (size_t i = 0; i < op->m; i++)
            for (size_t j = 0; j < op->n; j++) {
                z[i * op->n + j] = 0;
                for (size_t k = 0; k < op->k; k++)
                    z[i * op->n + j] +=
                        x[op->tx ? k * op->m + i : i * op->k + k] *
                        y[op->ty ? j * op->k + k : k * op->n + j];
            }
        return;
    }
    for (size_t b = 0; b < g->b; b++)
        for (size_t oy = 0; oy < g->oh; oy++)
            for (size_t ox = 0; ox < g->ow; ox++)
                for (size_t ky = 0; ky < g->kh; ky++)
                    for (size_t kx = 0; kx < g->kw; kx++)
                        for (size_t ci = 0; ci < g->c; ci++)
                            for (size_t o = 0; o < g->o; o++) {
                                const size_t iy = oy * g->stride + ky - g->pad;
                                const size_t ix = ox * g->stride + kx - g->pad;
                                if (iy >= g->h || ix >= g->w)
                                    continue;
                                const size_t in =
                                    ((b * g->h + iy) * g->w + ix) * g->c + ci;
                                const size_t w =
                                    ((ky * g->kw + kx) * g->c + ci) * g->o + o;
                                const size_t out =
                                    ((b * g->oh + oy) * g->ow + ox) * g->o + o;
                                if (op->kind == TRI_BILIN_CONV)
                                    z[out] += x[in] * y[w];
                                if (op->kind == TRI_BILIN_CONV_DX)
                                    z[in] += x[out] * y[w];
                                if (op->kind == TRI_BILIN_CONV_DW)
                                    z[w] += x[in] * y[out];
                            }
}

/* 1..n from some bits of q. */
static uint32_t pick(uint64_t q, unsigned shift, uint32_t n)
{
    return 1 + (uint32_t)(q >> shift) % n;
}

static void body_products(struct tri_check *c, struct tri_single *p)
{
    static double x[70000], y[70000], want[70000];
    uint64_t rng = c->seed;

    for (int trial = 0; trial < 150; trial++) {
        struct tri_bilin op = { .kind = (enum tri_bilin_kind)(trial % 5) };
        const size_t mark = tri_arena_mark(&p->arena);
        const uint64_t r = tri_test_rand(&rng);
        size_t nx, ny, nz;
        struct tri_ten tx, ty, tz;

        op.tx = r & 1;
        op.ty = r >> 1 & 1;
        /* across the blocks of 64, 256, 256 now and then */
        op.m = 1 + (r >> 8) % (trial % 3 == 0 ? 140 : 20);
        op.n = 1 + (r >> 16) % (trial % 4 == 0 ? 300 : 20);
        op.k = 1 + (r >> 32) % 20 + (trial % 6 == 1 ? 380 : 0);
        if (op.kind == TRI_BILIN_MATMUL && op.m * op.n > 20000)
            op.m = 10;
        if (op.kind >= TRI_BILIN_CONV) {
            struct tri_conv *g = &op.conv;
            do {
                const uint64_t q = tri_test_rand(&rng);
                *g = (struct tri_conv){ .b = pick(q, 0, 3),
                                        .h = pick(q, 8, 11),
                                        .w = pick(q, 16, 11),
                                        .c = pick(q, 24, 5),
                                        .kh = pick(q, 32, 5),
                                        .kw = pick(q, 36, 5),
                                        .o = pick(q, 40, 11),
                                        .stride = pick(q, 48, 3),
                                        .pad = pick(q, 56, 4) - 1 };
            } while (tri_conv_init(g) != TRI_OK);
        }
        tri_bilin_sizes(&op, &nx, &ny, &nz);
        for (size_t i = 0; i < nx; i++)
            x[i] = (double)(tri_test_rand(&rng) % 17) - 8;
        for (size_t i = 0; i < ny; i++)
            y[i] = (double)(tri_test_rand(&rng) % 17) - 8;
        memset(want, 0, sizeof want);
        bilin_naive(&op, want, x, y);
        tx = tri_single_ten(p, tri_shape1((uint32_t)nx), 3, x);
        ty = tri_single_ten(p, tri_shape1((uint32_t)ny), 4, y);
        CHECK(c,
              tri_ten_alloc(&p->e, &tz, tri_shape1((uint32_t)nz), 0, 0) ==
                  TRI_OK,
              "memory");
        CHECK(c, p->e.ops->bilin(&p->e, &op, &tz, &tx, &ty) == TRI_OK,
              "product");
        CHECK(c, tz.fb == 7, "scale of a product: %d", tz.fb);
        for (size_t i = 0; i < nz; i++)
            CHECK(c, tri_single_get(p, &tz, i) == want[i],
                  "%s: kind %d trial %d place %zu: %g, not %g", p->e.kind->name,
                  (int)op.kind, trial, i, tri_single_get(p, &tz, i), want[i]);
        tri_arena_release(&p->arena, mark);
    }
}

static void check_products(struct tri_check *c)
{
    both(c, 16, body_products);
}

/* ---- maximum ------------------------------------------------------------ */

static void body_maximum(struct tri_check *c, struct tri_single *p)
{
    enum { M = 29, MAX_N = 17 };
    const struct tri_engine_ops *o = p->e.ops;
    double v[MAX_N * M], g[M];
    uint64_t rng = c->seed;

    for (size_t n = 1; n <= MAX_N; n++) {
        const size_t mark = tri_arena_mark(&p->arena);
        const struct tri_shape plane = tri_shape1(M);
        const struct tri_shape all = tri_shape2((uint32_t)n, M);
        struct tri_ten x, dz, z[2], dx[2];
        struct tri_maxn st[2];

        for (size_t i = 0; i < n * M; i++)
            v[i] = (double)(tri_test_rand(&rng) % 4) - 2; /* many ties */
        for (size_t j = 0; j < M; j++)
            g[j] = 10 * tri_test_unit(&rng);
        x = tri_single_ten(p, all, 16, v);
        dz = tri_single_ten(p, plane, 16, g);
        for (int t = 0; t < 2; t++) {
            z[t] = tri_single_ten(p, plane, 16, g);
            dx[t] = tri_single_ten(p, all, 16, v);
        }
        CHECK(c,
              o->maxn_alloc(&p->e, &st[0], n, M) == TRI_OK &&
                  o->maxn(&p->e, &z[0], &st[0], &x) == TRI_OK &&
                  o->maxn_grad(&p->e, &dx[0], &st[0], &dz) == TRI_OK,
              "maxn");
        CHECK(c,
              tri_tournament_alloc(&p->e, &st[1], n, M) == TRI_OK &&
                  tri_tournament(&p->e, &z[1], &st[1], &x) == TRI_OK &&
                  tri_tournament_grad(&p->e, &dx[1], &st[1], &dz) == TRI_OK,
              "tournament");
        for (size_t j = 0; j < M; j++) {
            size_t best = 0;
            for (size_t i = 1; i < n; i++)
                if (v[i * M + j] > v[best * M + j])
                    best = i;
            for (int t = 0; t < 2; t++) {
                CHECK(c, tri_single_get(p, &z[t], j) == v[best * M + j],
                      "%s: %s of %zu, place %zu", p->e.kind->name,
                      t ? "tournament" : "maxn", n, j);
                for (size_t i = 0; i < n; i++)
                    CHECK(c,
                          tri_single_get(p, &dx[t], i * M + j) ==
                              (i == best ? tri_single_get(p, &dz, j) : 0),
                          "%s: gradient of %s of %zu, place %zu candidate %zu",
                          p->e.kind->name, t ? "tournament" : "maxn", n, j, i);
            }
        }
        tri_arena_release(&p->arena, mark);
    }
}

static void check_maximum(struct tri_check *c)
{
    both(c, 16, body_maximum);
}

static void body_argmax(struct tri_check *c, struct tri_single *p)
{
    enum { M = 40, MAX_N = 13 };
    double v[M * MAX_N];
    uint64_t rng = c->seed;

    for (size_t n = 1; n <= MAX_N; n++) {
        const size_t mark = tri_arena_mark(&p->arena);
        const struct tri_shape shape = tri_shape2(M, (uint32_t)n);
        struct tri_ten x, hot;

        for (size_t i = 0; i < M * n; i++) {
            const size_t row = i / n;
            v[i] = row == 0   ? 0  /* all equal   */
                   : row == 1 ? -7 /* and negative*/
                   : row == 2 ? (i % n == n - 1 ? 16000 : -16000)
                   : row == 3 ? -16000 + (double)(i % n) / 65536
                   : row < 20 ? (double)(tri_test_rand(&rng) % 3) - 4
                              : 1000 * tri_test_unit(&rng);
        }
        x = tri_single_ten(p, shape, 16, v);
        hot = tri_single_ten(p, shape, 16, v);
        CHECK(c, tri_argmax(&p->e, &hot, &x) == TRI_OK && hot.fb == 0,
              "argmax of %zu", n);
        for (size_t r = 0; r < M; r++) {
            size_t best = 0;
            for (size_t i = 1; i < n; i++)
                if (tri_single_get(p, &x, r * n + i) >
                    tri_single_get(p, &x, r * n + best))
                    best = i;
            for (size_t i = 0; i < n; i++)
                CHECK(c, tri_single_get(p, &hot, r * n + i) == (i == best),
                      "%s: argmax of %zu, row %zu", p->e.kind->name, n, r);
        }
        tri_arena_release(&p->arena, mark);
    }
}

static void check_argmax(struct tri_check *c)
{
    both(c, 16, body_argmax);
}

/* ---- softmax, ASM, division --------------------------------------------- */

static void softmax_rows(struct tri_check *c, struct tri_single *p,
                         const double *v, size_t rows, size_t n, int fb,
                         double bound)
{
    const size_t mark = tri_arena_mark(&p->arena);
    const struct tri_shape shape = tri_shape2((uint32_t)rows, (uint32_t)n);
    struct tri_ten x = tri_single_ten(p, shape, fb, v);
    struct tri_ten z = tri_single_ten(p, shape, fb, v);

    CHECK(c, tri_softmax(&p->e, &z, &x) == TRI_OK, "softmax");
    for (size_t r = 0; r < rows; r++) {
        double max = -1e9, sum = 0;
        for (size_t i = r * n; i < (r + 1) * n; i++)
            max = fmax(max, tri_single_get(p, &x, i));
        for (size_t i = r * n; i < (r + 1) * n; i++)
            sum += exp(tri_single_get(p, &x, i) - max);
        for (size_t i = r * n; i < (r + 1) * n; i++) {
            const double want = exp(tri_single_get(p, &x, i) - max) / sum;
            const double off = fabs(tri_single_get(p, &z, i) - want);
            CHECK(c, off < bound,
                  "%s: softmax, n %zu fb %d, row %zu: %g, not %g",
                  p->e.kind->name, n, fb, r, tri_single_get(p, &z, i), want);
        }
    }
    tri_arena_release(&p->arena, mark);
}

static void body_softmax(struct tri_check *c, struct tri_single *p)
{
    enum { ROWS = 200 };
    static double v[ROWS * 100];
    uint64_t rng = c->seed;
    const int f = (int)p->e.f;
    const double one = ldexp(1, -f);

    for (size_t n = 2; n <= 10; n += 4) {
        for (int kind = 0; kind < 4; kind++) {
            for (size_t i = 0; i < ROWS * n; i++) {
                const size_t row = i / n;
                v[i] = kind == 0   ? 8 * tri_test_unit(&rng)
                       : kind == 1 ? 60 * tri_test_unit(&rng)
                       : kind == 2 /* one above, the others level */
                           ? (i % n == row % n ? 0.1 * (double)row : 0)
                           /* one below, and the widest range */
                           : (i % n == row % n ? -16383.0 / (double)(row + 1)
                                               : (row % 2 ? 0 : 16383));
            }
            softmax_rows(c, p, v, ROWS, n, f, ldexp(1, -11) + 2 * one);
            if (c->msg[0] != '\0')
                return;
        }
    }
    /* the worst case is one class above many that are level */
    for (size_t i = 0; i < ROWS * 20; i++)
        v[i] = i % 20 == 3 ? 0.05 * (double)(i / 20) : 0;
    softmax_rows(c, p, v, ROWS, 20, f, 9.2e-4 + 2 * one);
    for (size_t i = 0; i < ROWS * 100; i++)
        v[i] = i % 100 == 3 ? 0.05 * (double)(i / 100) : 0;
    softmax_rows(c, p, v, ROWS, 100, f, 3.2e-3 + 2 * one);
}

static void check_softmax(struct tri_check *c)
{
    both(c, 16, body_softmax);
    if (c->msg[0] == '\0')
        both(c, 8, body_softmax);
}

static void body_asm(struct tri_check *c, struct tri_single *p)
{
    enum { ROWS = 100, N = 10 };
    double v[ROWS * N];
    uint64_t rng = c->seed;
    struct tri_ten x, z;

    for (int i = 0; i < ROWS * N; i++)
        v[i] = i < N ? 0 : i < 2 * N ? -1 - i : 20 * tri_test_unit(&rng);
    x = tri_single_ten(p, tri_shape2(ROWS, N), 16, v);
    z = tri_single_ten(p, tri_shape2(ROWS, N), 16, v);
    CHECK(c, tri_asm(&p->e, &z, &x) == TRI_OK, "asm");
    for (size_t r = 0; r < ROWS; r++) {
        double sum = 0;
        for (size_t i = r * N; i < (r + 1) * N; i++)
            sum += fmax(v[i], 0);
        for (size_t i = r * N; i < (r + 1) * N; i++)
            CHECK(c,
                  fabs(tri_single_get(p, &z, i) -
                       (sum > 0 ? fmax(v[i], 0) / sum : 0)) < ldexp(3, -16),
                  "%s: asm row %zu: %g", p->e.kind->name, r,
                  tri_single_get(p, &z, i));
    }
}

static void check_asm(struct tri_check *c)
{
    both(c, 16, body_asm);
}

static void check_div(struct tri_check *c)
{
    enum { M = 200, N = 7 };
    struct tri_single p;
    double zero[M * N] = { 0 };
    uint64_t rng = c->seed;
    struct tri_ten x, y, z;
    int rc;

    tri_single_open(&p, TRI_SINGLE_PLAIN, 16, ARENA);
    p.e.config.k = 64;
    x = tri_single_ten(&p, tri_shape2(M, N), 20, zero);
    z = tri_single_ten(&p, tri_shape2(M, N), 16, zero);
    y = tri_single_ten(&p, tri_shape1(M), 20, zero);
    for (size_t j = 0; j < M; j++) {
        const uint64_t d = 1 + (tri_test_rand(&rng) >> (3 + j % 61));
        ((uint64_t *)y.v[0])[j] = d;
        for (size_t i = 0; i < N; i++)
            ((uint64_t *)x.v[0])[j * N + i] =
                i == 0   ? 0
                : i == 1 ? d
                         : tri_test_rand(&rng) % (d + 1);
    }
    CHECK(c, p.e.ops->div(&p.e, &z, &x, &y) == TRI_OK, "div");
    for (size_t i = 0; i < M * N; i++) {
        const long double want = (long double)((uint64_t *)x.v[0])[i] /
                                 (long double)((uint64_t *)y.v[0])[i / N];
        const long double got = (long double)((uint64_t *)z.v[0])[i] / 65536.0L;
        CHECK(c, fabsl(got - want) <= 0.5L / 65536 + 1e-15L,
              "seed %#llx: quotient %zu is %Lg, not %Lg",
              (unsigned long long)c->seed, i, got, want);
    }
    ((uint64_t *)y.v[0])[3] = 0;
    rc = p.e.ops->div(&p.e, &z, &x, &y);
    CHECK(c, rc == TRI_E_SPOILT && p.s.dead == TRI_E_SPOILT,
          "division by 0 gives %d", rc);
    tri_single_close(&p);
}

/* ---- failures ----------------------------------------------------------- */

static void body_failures(struct tri_check *c, struct tri_single *p)
{
    const struct tri_engine_ops *o = p->e.ops;
    const double v[6] = { 1, 2, 3, 4, 5, 6 };
    const double huge[2] = { 1, INFINITY };
    struct tri_bilin op = { .kind = TRI_BILIN_MATMUL, .m = 2, .n = 2, .k = 3 };
    struct tri_ten x = tri_single_ten(p, tri_shape1(6), 16, v);
    struct tri_ten y = tri_single_ten(p, tri_shape1(6), 16, v);
    struct tri_ten z = tri_single_ten(p, tri_shape1(2), 16, v);
    struct tri_bits bits;
    struct tri_maxn st;

    o->bits_alloc(&p->e, &bits, 2);
    CHECK(c, o->bilin(&p->e, &op, &z, &x, &y) == TRI_E_ARG, "bilin");
    CHECK(c, o->trunc(&p->e, &z, &x) == TRI_E_ARG, "trunc: sizes");
    z.fb = 17;
    CHECK(c, o->trunc(&p->e, &z, &z) == TRI_OK, "trunc by nothing");
    y.fb = 17;
    CHECK(c, o->trunc(&p->e, &y, &x) == TRI_E_ARG, "trunc upwards");
    CHECK(c, o->relu(&p->e, &x, &bits, &x) == TRI_E_ARG, "relu: bits");
    CHECK(c, o->sign(&p->e, &bits, &x) == TRI_E_ARG, "sign");
    CHECK(c, o->select(&p->e, &x, &bits, &x) == TRI_E_ARG, "select");
    CHECK(c, o->maxn_alloc(&p->e, &st, 0, 3) == TRI_E_ARG, "maximum of none");
    CHECK(c, o->maxn_alloc(&p->e, &st, 2, 3) == TRI_OK, "maxn_alloc");
    CHECK(c, o->maxn(&p->e, &z, &st, &x) == TRI_E_ARG, "maxn");
    CHECK(c, o->maxn_grad(&p->e, &z, &st, &x) == TRI_E_ARG, "maxn_grad");
    CHECK(c, o->div(&p->e, &x, &x, &z) == TRI_E_ARG, "div: scales");
    CHECK(c, o->constant(&p->e, &z, huge) == TRI_E_RANGE, "constant");
    CHECK(c, tri_softmax(&p->e, &z, &x) == TRI_E_ARG, "softmax");
    CHECK(c, tri_asm(&p->e, &z, &x) == TRI_E_ARG, "asm");
    CHECK(c, tri_argmax(&p->e, &z, &x) == TRI_E_ARG, "argmax");
    CHECK(c, p->s.dead == TRI_OK, "wrong arguments killed the session");

    /* no room for the product's panels: the session dies and stays dead */
    enum { SIDE = 40 };
    double many[SIDE * SIDE] = { 0 };
    const struct tri_shape square = tri_shape2(SIDE, SIDE);
    struct tri_ten a = tri_single_ten(p, square, 16, many);
    struct tri_ten b = tri_single_ten(p, square, 16, many);
    struct tri_ten r = tri_single_ten(p, square, 16, many);
    op = (struct tri_bilin){
        .kind = TRI_BILIN_MATMUL, .m = SIDE, .n = SIDE, .k = SIDE
    };
    p->arena.size = p->arena.used;
    CHECK(c, o->bilin(&p->e, &op, &r, &a, &b) == TRI_E_NOMEM,
          "a product without room for its panels");
    CHECK(c, p->s.dead == TRI_E_NOMEM, "dead: %d", p->s.dead);
    CHECK(c, o->trunc(&p->e, &r, &r) == TRI_E_DEAD, "trunc lives on");
    CHECK(c, o->relu(&p->e, &r, NULL, &r) == TRI_E_DEAD, "relu lives on");
    CHECK(c, tri_open(&p->e, many, &r, TRI_OPEN_ALL) == TRI_E_DEAD,
          "open lives on");
}

static void check_failures(struct tri_check *c)
{
    both(c, 16, body_failures);
}

/* ---- ranges ----------------------------------------------------------------
 */

static void check_range(struct tri_check *c, const struct tri_ranges *r,
                        unsigned place, enum tri_range_kind kind, double most,
                        int fb, int bound)
{
    const struct tri_range *const at = &r->at[place][kind];

    CHECK(c, at->most == most && (most == 0 || at->fb == fb),
          "place %u, kind %d: %g at scale %d, not %g at %d", place, (int)kind,
          at->most, at->fb, most, fb);
    CHECK(c, most == 0 || at->bound == bound, "place %u, kind %d: bound 2^%d",
          place, (int)kind, at->bound);
}

/* Every operation by hand, for both engines; what is computed is what engine
 * plain computes. */
static void check_ranges(struct tri_check *c)
{
    const double v[] = { 3, -5, 0.5, 2, 7, -6 }, pos[] = { 1, 2, 3, 4, 5, 9 };
    const struct tri_bilin mul = { .kind = TRI_BILIN_MUL, .n = 6 };

    for (int paper = 0; paper < 2; paper++)
        for (int dry = 0; dry < 2; dry++) {
            struct tri_ranges r = { .place = 3 };
            struct tri_engine_config config = { .f = 16, .k = 20 };
            struct tri_single p;
            const int live = !dry, cmp = paper ? 62 : 19;
            struct tri_ten x, y, z, max;
            struct tri_maxn st;
            enum tri_range_kind kind;
            unsigned place = 99;

            CHECK(c, tri_single_open(&p, TRI_SINGLE_PLAIN, 16, 1 << 20), "no");
            config.rehearsed = paper ? &tri_engine_paper : &tri_engine_fused;
            config.ranges = &r;
            CHECK(c,
                  tri_engine_start(&p.e, &tri_engine_ranges, &p.s, &config) ==
                      TRI_OK,
                  "start");
            x = tri_single_ten(&p, tri_shape2(2, 3), 16, v);
            y = tri_single_ten(&p, tri_shape2(2, 3), 16, pos);
            z = tri_single_ten(&p, tri_shape2(2, 3), 16, v);
            max = tri_single_ten(&p, tri_shape1(3), 16, v);
            CHECK(c, tri_ranges_least(&r, &place, &kind) == NULL, "nothing");
            p.s.dry = dry;
            CHECK(c,
                  p.e.ops->bilin(&p.e, &mul, &z, &x, &y) == TRI_OK &&
                      z.fb == 32,
                  "product");
            check_range(c, &r, 3, TRI_RANGE_PRODUCT, live * 0x36p32, 32, 62);
            y.fb = 16;
            CHECK(c, p.e.ops->trunc(&p.e, &y, &z) == TRI_OK, "trunc");
            check_range(c, &r, 3, TRI_RANGE_TRUNC, live * 0x36p32, 32, 62);
            r.place = 4;
            y.fb = 20;
            CHECK(c, p.e.ops->relu(&p.e, &y, NULL, &z) == TRI_OK, "relu");
            check_range(c, &r, 4, TRI_RANGE_TRUNC, live * 0x36p32, 32, 62);
            check_range(c, &r, 4, TRI_RANGE_COMPARE, live * 0x36p20, 20, cmp);
            /* 3, 10, 1.5, 8, 35 and 54 at 32 bits, twice */
            CHECK(
                c, r.wrong == (live && paper ? (uint64_t)(2 * 111.5 * 256) : 0),
                "%llu * 2^-40 wrong truncations", (unsigned long long)r.wrong);
            r.place = 5;
            CHECK(c, p.e.ops->trunc(&p.e, &x, &x) == TRI_OK, "no trunc");
            check_range(c, &r, 5, TRI_RANGE_TRUNC, 0, 0, 0);
            CHECK(c,
                  p.e.ops->maxn_alloc(&p.e, &st, 2, 3) == TRI_OK &&
                      p.e.ops->maxn(&p.e, &max, &st, &x) == TRI_OK,
                  "maximum");
            check_range(c, &r, 5, TRI_RANGE_COMPARE, live * 12 * 65536., 16,
                        cmp);
            /* A matrix product at the scales of the rehearsed engine: [2 x 3]
             * times [3 x 2] of guarded operands or not. */
            for (int guard = 0; guard < 4 && live; guard++) {
                const struct tri_bilin mat = {
                    .kind = TRI_BILIN_MATMUL, .m = 2, .n = 2, .k = 3
                };
                const int fx = 16 + (guard & 1), fy = 16 + (guard >> 1);
                struct tri_ten gx = tri_single_ten(&p, tri_shape1(6), fx, v);
                struct tri_ten gy = tri_single_ten(&p, tri_shape1(6), fy, pos);
                struct tri_ten gz = tri_single_ten(&p, tri_shape1(4), 0, v);
                const int fb = paper ? fx + fy : 33;

                const struct tri_ranges before = r;

                r.place = 8;
                /* 3*1 - 5*3 + 0.5*5, and the largest: 2*2 + 7*4 - 6*9 */
                CHECK(c,
                      p.e.ops->bilin(&p.e, &mat, &gz, &gx, &gy) == TRI_OK &&
                          gz.fb == fb &&
                          ((int64_t *)gz.v[0])[0] ==
                              (int64_t)(-9.5 * (double)((int64_t)1 << fb)),
                      "guards %d: scale %d", guard, gz.fb);
                check_range(c, &r, r.place, TRI_RANGE_PRODUCT,
                            22 * (double)((int64_t)1 << fb), fb, 62);
                r = before;
            }
            r.place = 6;
            p.e.ops->scale(&p.e, &z, &x, -3, 2);
            check_range(c, &r, 6, TRI_RANGE_SCALED, live * 21 * 65536., 18, 62);
            p.e.ops->scale(&p.e, &z, &x, 1, 2);
            check_range(c, &r, 6, TRI_RANGE_TRUNC, 0, 0, 0);
            r.place = 7;
            if (live) {
                struct tri_ten one = tri_single_ten(&p, tri_shape1(6), 16, pos);
                z.fb = 16;
                CHECK(c, p.e.ops->div(&p.e, &z, &one, &one) == TRI_OK, "div");
                check_range(c, &r, 7, TRI_RANGE_DIVISOR, 9 * 65536., 16,
                            paper ? 62 : 18);
                r.place = 9;
                one.shape = tri_shape2(2, 3);
                CHECK(c,
                      (p.e.ops->normalise == NULL) == paper &&
                          (paper ||
                           (p.e.ops->normalise(&p.e, &z, &one) == TRI_OK &&
                            ((int64_t *)z.v[0])[5] == 32768)),
                      "rows by their sums");
                check_range(c, &r, 9, TRI_RANGE_DIVISOR, 0, 0, 0);
                check_range(c, &r, 9, TRI_RANGE_TRUNC, paper ? 0 : 18 * 65536.,
                            paper ? 0 : 16, paper ? 0 : 62);
                CHECK(c,
                      tri_ranges_least(&r, &place, &kind)->most ==
                              (paper == 0 ? 0x36p20 : 0x36p32) &&
                          place == (paper == 0 ? 4 : 3),
                      "least headroom at %u, kind %d", place, (int)kind);
            }
            if (c->msg[0] != '\0')
                return;
            tri_single_close(&p);
        }
    static const struct {
        double most;
        int bound;
        double bits;
    } room[] = { { 0, 9, 64 },     { 512, 9, -0.5 }, { 511, 9, 0 },
                 { 513, 9, -0.5 }, { 1, 9, 9 },      { 3, 9, 7 },
                 { 2.8, 9, 7.5 },  { 800, 9, -1 } };
    for (size_t i = 0; i < sizeof room / sizeof *room; i++) {
        const struct tri_range at = { room[i].most, 0, room[i].bound };
        CHECK(c, tri_range_headroom(&at) == room[i].bits, "%g of 2^9: %g bits",
              at.most, tri_range_headroom(&at));
    }
}

/* Every bound of the secure engines: the largest value that is right passes,
 * and one more stops the run with both numbers in its text. */
static void check_bounds(struct tri_check *c)
{
    enum { TRUNC, RELU, RELU_SHIFT, SIGN, MAX, DIV, SCALE, PRODUCT, OPS };
    static const struct {
        const char *text;
        int k, bits; /* of the bound */
    } op[OPS] = {
        [TRUNC] = { "truncates 2.0, which must stay below 2.0", 32, 62 },
        [RELU] = { "compares 32768.0, which must stay below 32768.0", 32, 31 },
        [RELU_SHIFT] = { "compares 32768.0, which must stay below 32768.0", 32,
                         31 + 16 },
        [SIGN] = { "compares 128.0, which must stay below 128.0", 24, 23 },
        [MAX] = { "compares 32768.0, which must stay below 32768.0", 32, 31 },
        [DIV] = { "divides by 16384.0, which must stay below 16384.0", 32, 30 },
        [SCALE] = { "a scaled value of 70368744177664.0, which must stay below "
                    "70368744177664.0",
                    32, 62 },
        [PRODUCT] = { "a product of 1073741824.0, which must stay below "
                      "1073741824.0",
                      32, 62 },
    };
    static const double zero[2] = { 0, 0 };

    for (int i = 0; i < OPS; i++)
        for (unsigned over = 0; over < 4; over++) {
            const int wide = i == TRUNC;
            const tri_ring most = ((tri_ring)1 << op[i].bits) - 1 + over % 2;
            const tri_ring v = over < 2 ? most : 0 - most;
            const struct tri_bilin mul = { .kind = TRI_BILIN_MUL, .n = 2 };
            struct tri_single p;
            struct tri_ten x, y, z;
            struct tri_maxn st;
            struct tri_bits bits;
            int rc = TRI_OK;

            if (over >= 2 && (i == DIV || i == MAX))
                continue;
            CHECK(c, tri_single_open(&p, TRI_SINGLE_PLAIN, 16, 1 << 16), "no");
            p.e.config.k = (unsigned)op[i].k;
            x = tri_single_ten(&p, tri_shape1(2), 16, zero);
            y = tri_single_ten(&p, tri_shape1(2), 16, zero);
            z = tri_single_ten(&p, tri_shape1(2), 16, zero);
            x.fb = wide ? 61 : i == RELU_SHIFT ? 32 : 16;
            ((tri_ring *)x.v[0])[0] = i == DIV ? 1 : 0;
            ((tri_ring *)x.v[0])[1] = v;
            switch (i) {
            case TRUNC:
                rc = p.e.ops->trunc(&p.e, &z, &x);
                break;
            case RELU:
            case RELU_SHIFT:
                rc = p.e.ops->relu(&p.e, &z, NULL, &x);
                break;
            case SIGN:
                rc = p.e.ops->bits_alloc(&p.e, &bits, 2);
                if (rc == TRI_OK)
                    rc = p.e.ops->sign(&p.e, &bits, &x);
                break;
            case MAX:
                z.n = 1;
                rc = p.e.ops->maxn_alloc(&p.e, &st, 2, 1);
                if (rc == TRI_OK)
                    rc = p.e.ops->maxn(&p.e, &z, &st, &x);
                break;
            case DIV:
                rc = p.e.ops->div(&p.e, &z, &y, &x);
                break;
            case SCALE:
                ((int64_t *)x.v[0])[1] = (int64_t)v / 2;
                p.e.ops->scale(&p.e, &z, &x, over < 2 ? 2 : -2, 0);
                rc = tri_session_check(&p.s);
                break;
            case PRODUCT:
                ((tri_ring *)y.v[0])[1] = 1;
                rc = p.e.ops->bilin(&p.e, &mul, &z, &x, &y);
                break;
            }
            if (over % 2 == 0)
                CHECK(c, rc == TRI_OK, "%d: %s", i, p.s.where);
            else
                CHECK(c,
                      rc != TRI_OK && p.s.dead == TRI_E_SPOILT &&
                          strcmp(p.s.where, op[i].text) == 0 &&
                          ((tri_ring *)z.v[0])[0] == 0,
                      "%d, %u: %d, '%s'", i, over, rc, p.s.where);
            tri_single_close(&p);
        }
}

const struct tri_check_entry tri_checks_plain[] = {
    { "plain: bounds", check_bounds },
    { "plain: elementary functions", check_fmath },
    { "plain: local operations", check_local },
    { "plain: rounding", check_rounding },
    { "plain: strided copies", check_copy },
    { "plain: products", check_products },
    { "plain: maximum", check_maximum },
    { "plain: argmax", check_argmax },
    { "plain: softmax", check_softmax },
    { "plain: ASM", check_asm },
    { "plain: division", check_div },
    { "plain: ranges", check_ranges },
    { "plain: failures", check_failures },
};
const size_t tri_checks_plain_n =
    sizeof tri_checks_plain / sizeof *tri_checks_plain;
