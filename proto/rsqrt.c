#include "proto/rsqrt.h"
#include "core/err.h"
#include "core/fmath.h"
#include "proto/power.h"
#include "proto/scale.h"

/*
 * With n = the stored integer of x, which is at least 1:
 *
 *   compare   b_j = [n >= 2^j], j = 1..30            one sign of 30 m
 *   choose    n lies in 2^k .. 2^(k+1), p = 2^-k,    local: a public number for
 *             q = 2^(-k/2) * 2^(fb/2)                each k
 *   normalise u = n * p - 3/2, |u| <= 1/2            one product
 *   root      z = q * P(u)                           three products
 *
 * P is the polynomial of degree 4 whose relative distance to 1 / sqrt(3/2 + u)
 * on |u| <= 1/2 is least (Remez): 7.4e-5. With
 *
 *   P(u) = c0 + c1 u + v (c2 + c3 u + c4 v),  v = u^2
 *
 * two products are enough. u, v, P and q have 20 bits.
 */
enum { F = 20, TOP = 30 };

static const double coef[5] = { 0.8165051305895584, -0.27157262071238913,
                                0.13544568873015717, -0.08477698882179098,
                                0.05081597804720188 };

/* What n in 2^j .. 2^(j + 1) is multiplied by, and the root of its inverse. */
static double inverse(unsigned j, int fb)
{
    (void)fb;
    return tri_pow2(-(int)j);
}

static double root(unsigned j, int fb)
{
    return tri_sqrt(tri_pow2(fb - (int)j));
}

/* z = of(k, fb) at scale z->fb: the sum over j of [k = j] of(j, fb), with
 * [k = j] = b_j - b_(j+1); b_0 is 1, the one after the last 0. t: scratch. */
static void choose(struct tri_engine *e, struct tri_ten *z, struct tri_ten *t,
                   const struct tri_ten *b, unsigned top,
                   double (*of)(unsigned j, int fb), int fb)
{
    const size_t m = z->n;
    const int scale = z->fb;

    for (unsigned j = 0; j <= top; j++) {
        const struct tri_ten next = tri_ten_slice(e, b, j < top ? j * m : 0, m);

        if (j == 0)
            e->ops->scale(e, t, &next, -1, 0);
        else
            e->ops->copy(e, t, b,
                         &(const struct tri_copy){ .dim = { 1, 1, 1, m },
                                                   .zstep = { 0, 0, 0, 1 },
                                                   .xoff = (j - 1) * m,
                                                   .xstep = { 0, 0, 0, 1 } });
        if (j == 0)
            e->ops->addc(e, t, t, 1);
        else if (j < top)
            e->ops->sub(e, t, t, &next);
        tri_times(e, j == 0 ? z : t, t, of(j, fb), scale);
        if (j > 0)
            e->ops->add(e, z, z, t);
        t->fb = 0;
    }
}

/* z = P(u) at scale F; t, v: scratch. */
static int polynomial(struct tri_engine *e, struct tri_ten *z,
                      struct tri_ten *u, struct tri_ten *v, struct tri_ten *t)
{
    int rc = tri_multiply(e, v, u, u, F);

    if (rc != TRI_OK)
        return rc;
    tri_times(e, z, u, coef[3], 2 * F);
    tri_times(e, t, v, coef[4], 2 * F);
    e->ops->add(e, t, t, z);
    e->ops->addc(e, t, t, coef[2]);
    z->fb = F;
    rc = e->ops->trunc(e, z, t);
    if (rc == TRI_OK)
        rc = tri_multiply(e, t, v, z, 2 * F);
    if (rc != TRI_OK)
        return rc;
    tri_times(e, v, u, coef[1], 2 * F);
    e->ops->add(e, t, t, v);
    e->ops->addc(e, t, t, coef[0]);
    z->fb = F;
    return e->ops->trunc(e, z, t);
}

int tri_rsqrt(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a), m = x->n;
    const int fb = z->fb, most = (int)e->config.k - 2;
    const unsigned top =
        e->kind->compares_k && most < TOP ? (unsigned)most : TOP;
    struct tri_ten b, n, k, p, u, v, y;
    struct tri_ten *const small[] = { &n, &k, &p, &u, &v, &y };
    int rc;

    if (z->n != m || m == 0 || x->fb < 0 || x->fb > 30 || fb < 0 || fb > 2 * F)
        return TRI_E_ARG;
    rc = tri_ten_alloc(e, &b, tri_shape2(top, (uint32_t)m), 0, 0);
    for (size_t i = 0; rc == TRI_OK && i < sizeof small / sizeof *small; i++)
        rc = tri_ten_alloc(e, small[i], tri_shape1((uint32_t)m), F, 0);
    if (rc == TRI_OK) {
        e->ops->scale(e, &n, x, 1, -x->fb);
        u.fb = 0;
        rc = tri_power_bits(e, &b, &n, &u, top);
    }
    if (rc == TRI_OK) {
        k.fb = 0;
        p.fb = (int)top;
        choose(e, &p, &k, &b, top, inverse, 0);
        rc = tri_multiply(e, &u, &n, &p, F);
    }
    if (rc == TRI_OK) {
        e->ops->addc(e, &u, &u, -1.5);
        p.fb = F;
        choose(e, &p, &k, &b, top, root, x->fb);
        b.n = m; /* its first row serves as scratch */
        rc = polynomial(e, &y, &u, &v, &b);
    }
    if (rc == TRI_OK)
        rc = tri_multiply(e, z, &y, &p, fb);
    tri_arena_release(a, mark);
    return rc;
}
