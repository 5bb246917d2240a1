#include "proto/ln.h"
#include "core/err.h"
#include "core/fmath.h"
#include "proto/power.h"
#include "proto/scale.h"

/*
 * z = log x for x [m] in 1 .. 2^(top + 1).
 *
 *   compare   b_j = [x >= 2^j], j = 1..top           one sign of top * m
 *   power     x lies in 2^k .. 2^(k+1), k = sum b_j  local
 *             2^-k = 1 - sum b_j 2^-j                local
 *   normalise u = x * 2^-k - 3/2, |u| <= 1/2         one product
 *   log       k log 2 + P(u)                         two products
 *
 * P is the polynomial of degree 4 that is nearest to log(3/2 + u) on
 * |u| <= 1/2 (Remez): off by 6.1e-5 at most, and by 6.5e-5 up to u = 0.52,
 * for an x that rounding has left a little outside. With
 *
 *   P(u) = c0 + c1 u + v (c2 + c3 u + c4 v),  v = u^2
 *
 * two products are enough. u, v and the bracket have F bits, the scale of x;
 * the sum has 2F, few enough for engine paper, whose truncation fails with
 * probability 2^-21 for a value up to 2^3 at 40 bits. Truncations are off by
 * one unit each; those at F bits change the result by less than 2^-F together.
 *
 * With engine fused, for one value and top = 3 (ten classes): 162 bytes for the
 * signs, three products of 40, four truncations of 2.25; 11 rounds.
 */
enum { FB_MOST = 20, TOP_MOST = 20 };

static const double coef[5] = { 0.40544810155605, 0.66608875110274,
                                -0.22135510318043, 0.10774800507742,
                                -0.05657176769567 };
static const double log_2 = 0.69314718055994530942;

/* k = sum b_j (scale 0), p = 2^-k (scale top). */
static void power(struct tri_engine *e, struct tri_ten *k, struct tri_ten *p,
                  const struct tri_ten *b, unsigned top)
{
    const size_t m = k->n;

    k->fb = p->fb = 0;
    for (unsigned j = 0; j < top; j++) {
        const struct tri_copy row = {
            .dim = { 1, 1, 1, m },
            .zstep = { 0, 0, 0, 1 },
            .xoff = j * m,
            .xstep = { 0, 0, 0, 1 },
            .add = j > 0,
        };
        e->ops->copy(e, k, b, &row);
        if (j > 0)
            e->ops->scale(e, p, p, 2, 0);
        e->ops->copy(e, p, b, &row);
    }
    e->ops->addc(e, p, p, -tri_pow2((int)top));
    e->ops->scale(e, p, p, -1, 0);
    e->ops->scale(e, p, p, 1, (int)top);
}

/* z = P(u) + k log 2 at scale 2F. v, q, t: scratch. */
static int polynomial(struct tri_engine *e, struct tri_ten *z,
                      struct tri_ten *u, const struct tri_ten *k,
                      struct tri_ten *v, struct tri_ten *q, struct tri_ten *t)
{
    const int F = u->fb;
    int rc = tri_multiply(e, v, u, u, F);

    if (rc != TRI_OK)
        return rc;
    tri_times(e, q, u, coef[3], 2 * F);
    tri_times(e, t, v, coef[4], 2 * F);
    e->ops->add(e, q, q, t);
    e->ops->addc(e, q, q, coef[2]);
    rc = tri_rescale(e, q, F);
    if (rc == TRI_OK)
        rc = tri_multiply(e, z, v, q, 2 * F);
    if (rc != TRI_OK)
        return rc;
    tri_times(e, t, u, coef[1], 2 * F);
    e->ops->add(e, z, z, t);
    tri_times(e, t, k, log_2, 2 * F);
    e->ops->add(e, z, z, t);
    e->ops->addc(e, z, z, coef[0]);
    return TRI_OK;
}

int tri_ln(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x,
           unsigned top)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const size_t m = x->n;
    const int F = x->fb, fb = z->fb;
    struct tri_ten b, k, p, u, v;
    struct tri_ten *const small[] = { &k, &p, &u, &v };
    struct tri_ten in = tri_ten_slice(e, x, 0, m); /* without a cache */
    int rc;

    if (z->n != m || m == 0 || F < 8 || F > FB_MOST || top < 1 ||
        top > TOP_MOST || fb < 0 || fb > 2 * F)
        return TRI_E_ARG;
    rc = tri_ten_alloc(e, &b, tri_shape2(top, (uint32_t)m), F, 0);
    for (size_t i = 0; rc == TRI_OK && i < sizeof small / sizeof *small; i++)
        rc = tri_ten_alloc(e, small[i], tri_shape1((uint32_t)m), F, 0);
    if (rc == TRI_OK)
        rc = tri_power_bits(e, &b, x, &u, top, 1);
    if (rc == TRI_OK) {
        power(e, &k, &p, &b, top);
        rc = tri_multiply(e, &u, &in, &p, F);
    }
    if (rc == TRI_OK) {
        e->ops->addc(e, &u, &u, -1.5);
        b.n = m; /* its first row serves as scratch */
        rc = polynomial(e, z, &u, &k, &v, &p, &b);
    }
    if (rc == TRI_OK)
        rc = tri_rescale(e, z, fb);
    tri_arena_release(a, mark);
    return rc;
}
