#include "proto/rsqrt.h"
#include "core/err.h"
#include "core/fmath.h"
#include "proto/power.h"
#include "proto/scale.h"

/*
 * With n = the stored integer of x, which is at least 1, and s = 1, or 3 where
 * coarse:
 *
 *   compare   b_j = [n >= 2^(s j)], s j up to 30     one sign of 30 m / s
 *   choose    n lies in 2^k .. 2^(k+s), s | k,       local: a public number for
 *             p = 2^-k, q = 2^(-k/2) * 2^(fb/2)      each k
 *   normalise u = n * p - (1 + 2^s) / 2              one product
 *   root      z = q * P(u)                           three products
 *
 * P is the polynomial of degree 4 whose relative distance to 1 / sqrt(n * p)
 * is least there (Remez): 7.4e-5, coarse 1.347e-2. With
 *
 *   P(u) = c0 + c1 u + v (c2 + c3 u + c4 v),  v = u^2
 *
 * two products are enough. u, v, P and q have 20 bits.
 */
enum { F = 20, TOP = 30 };

struct form {
    unsigned step; /* s */
    double middle; /* of n * p */
    double coef[5];
};

static const struct form fine = { 1,
                                  1.5,
                                  { 0.8165051305895584, -0.27157262071238913,
                                    0.13544568873015717, -0.08477698882179098,
                                    0.05081597804720188 } };
static const struct form coarse = { 3,
                                    4.5,
                                    { 0.4737477172433343, -0.04444324339203211,
                                      0.00554598704868886, -0.00369807574847162,
                                      0.000871213325110723 } };

/* What n in 2^k .. is multiplied by, and the root of its inverse. */
static double inverse(unsigned k, int fb)
{
    (void)fb;
    return tri_pow2(-(int)k);
}

static double root(unsigned k, int fb)
{
    return tri_sqrt(tri_pow2(fb - (int)k));
}

/* z = of(k, fb) at scale z->fb: the sum over j of [k = s j] of(s j, fb), with
 * [k = s j] = b_j - b_(j+1); b_0 is 1, the one after the last 0. t: scratch. */
static void choose(struct tri_engine *e, struct tri_ten *z, struct tri_ten *t,
                   const struct tri_ten *b, unsigned top, unsigned step,
                   double (*of)(unsigned k, int fb), int fb)
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
        tri_times(e, j == 0 ? z : t, t, of(j * step, fb), scale);
        if (j > 0)
            e->ops->add(e, z, z, t);
        t->fb = 0;
    }
}

/* z = P(u) at scale F; t, v: scratch. */
static int polynomial(struct tri_engine *e, struct tri_ten *z,
                      struct tri_ten *u, struct tri_ten *v, struct tri_ten *t,
                      const double coef[5])
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

static int inverse_root(struct tri_engine *e, struct tri_ten *z,
                        const struct tri_ten *x, const struct form *form)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a), m = x->n;
    const int fb = z->fb, most = (int)e->config.k - 2;
    const unsigned step = form->step;
    const unsigned top =
        (e->kind->compares_k && most < TOP ? (unsigned)most : TOP) / step;
    struct tri_ten b, n, k, p, u, v, y;
    struct tri_ten *const small[] = { &n, &k, &p, &u, &v, &y };
    int rc;

    if (z->n != m || m == 0 || top == 0 || x->fb < 0 || x->fb > 30 || fb < 0 ||
        fb > 2 * F)
        return TRI_E_ARG;
    rc = tri_ten_alloc(e, &b, tri_shape2(top, (uint32_t)m), 0, 0);
    for (size_t i = 0; rc == TRI_OK && i < sizeof small / sizeof *small; i++)
        rc = tri_ten_alloc(e, small[i], tri_shape1((uint32_t)m), F, 0);
    if (rc == TRI_OK) {
        e->ops->scale(e, &n, x, 1, -x->fb);
        u.fb = 0;
        rc = tri_power_bits(e, &b, &n, &u, top, step);
    }
    if (rc == TRI_OK) {
        k.fb = 0;
        p.fb = (int)(top * step);
        choose(e, &p, &k, &b, top, step, inverse, 0);
        rc = tri_multiply(e, &u, &n, &p, F);
    }
    if (rc == TRI_OK) {
        e->ops->addc(e, &u, &u, -form->middle);
        p.fb = F;
        choose(e, &p, &k, &b, top, step, root, x->fb);
        b.n = m; /* its first row serves as scratch */
        rc = polynomial(e, &y, &u, &v, &b, form->coef);
    }
    if (rc == TRI_OK)
        rc = tri_multiply(e, z, &y, &p, fb);
    tri_arena_release(a, mark);
    return rc;
}

int tri_rsqrt(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x)
{
    return inverse_root(e, z, x, &fine);
}

int tri_rsqrt_coarse(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x)
{
    return inverse_root(e, z, x, &coarse);
}
