#include "proto/softmax.h"
#include "core/err.h"
#include "proto/ln.h"
#include "proto/scale.h"

/*
 * Softmax of the rows of x [m x n] with sums, products and comparisons only,
 * and the logarithm of its denominator.
 *
 *   max     M = row maximum                       maxn over n
 *   clamp   d = max(x - M, -16), so -16 <= d <= 0 one relu
 *   exp     u = d / 32, q = 1 + u + (31/64) u^2   one product
 *           e = q^32                              five squarings
 *   divide  p = e / sum of the row's e            one division
 *
 * Engine fused has an exponential of its own (fused/exp.c) in place of clamp
 * and exp. It divides rows of up to TRI_ROW_MOST without comparisons, as the
 * sum of a row of n is in 1..n: one of its e is exp(0), which no rounding
 * changes. Longer rows are divided with comparisons, as by the other engines.
 *
 * Scales: u and q have 26 bits (|q| <= 1, a square fits 52 bits, u^2 * 31
 * fits 55), e has 20, so that a sum of less than 2^10 of them stays below 2^30,
 * what the division takes at the usual width of comparisons, 32. Where a
 * truncation of so wide a value would fail too often (engine paper: once in 2^9
 * to 2^12), u and q have the f + 5 bits that u comes with: at f = 13, once in
 * 2^25 to 2^28. What a failure does is bounded by the division, which has no
 * more bits than its result: a probability below 2.
 *
 * Error of one e, absolute: (1 + u + a u^2)^32 differs from exp(d) by about
 * 32 exp(d) u^2 (a - 1/2 - u/6), u < 0. With a = 31/64 the bracket changes
 * its sign at d = -3, and the whole stays below 1.4e-4 for every d; a = 1/2
 * would give 2.2e-4, all of one sign. Truncations add 32 * 2^-26 and 2^-20,
 * the clamp 2e-7; with f + 5 bits, 32 * 2^-(f+5) = 2^-f.
 *
 * Error of p: worst with one class above n - 1 that are level, where their
 * errors add up against it: 4.7e-4 < 2^-11 for n = 10, 9e-4 for n = 20,
 * 3.1e-3 for n = 100, each plus one unit of the result. (One squaring more
 * would divide these by 4.) With the exponential of fused 2.8e-4, 5.7e-4 and
 * 2.8e-3, and what it rounds.
 *
 * Range: differences within a row below 2^(k-1) stored units (k: width of
 * comparisons): |x| < 2^14 for f = 16 and k = 32. Where rows are divided with
 * comparisons of k bits, n < 2^(k-22).
 */
enum { STEPS = 5, FB_EXP = 26, FB_SUM = 20, CLAMP = 16 };

/* max [m] of the rows of x, and the same in every place of a row, d [m x n]. */
static int row_max(struct tri_engine *e, struct tri_ten *d, struct tri_ten *max,
                   const struct tri_ten *x, size_t m, size_t n)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const struct tri_copy turn = {
        .dim = { 1, 1, n, m },
        .zstep = { 0, 0, m, 1 },
        .xstep = { 0, 0, 1, n },
    };
    const struct tri_copy spread = {
        .dim = { 1, 1, m, n },
        .zstep = { 0, 0, n, 1 },
        .xstep = { 0, 0, 1, 0 },
    };
    struct tri_maxn st;
    struct tri_ten t;
    int rc =
        tri_ten_alloc(e, &t, tri_shape2((uint32_t)n, (uint32_t)m), x->fb, 0);

    if (rc == TRI_OK)
        rc = e->ops->maxn_alloc(e, &st, n, m);
    if (rc == TRI_OK) {
        e->ops->copy(e, &t, x, &turn);
        rc = e->ops->maxn(e, max, &st, &t);
    }
    if (rc == TRI_OK) {
        d->fb = x->fb;
        e->ops->copy(e, d, max, &spread);
    }
    tri_arena_release(a, mark);
    return rc;
}

/* u = q^32 of the clamped u, as wide as a product. */
static int exp_by_products(struct tri_engine *e, struct tri_ten *q,
                           struct tri_ten *u)
{
    const struct tri_bilin op = { .kind = TRI_BILIN_MUL, .n = u->n };
    const int fb = e->trunc_exact ? FB_EXP : u->fb + STEPS;
    int rc;

    e->ops->addc(e, u, u, CLAMP);
    rc = e->ops->relu(e, u, NULL, u);
    if (rc != TRI_OK)
        return rc;
    e->ops->addc(e, u, u, -CLAMP);
    e->ops->scale(e, u, u, 1, STEPS);
    tri_lift(e, u, u, fb);
    rc = e->ops->bilin(e, &op, q, u, u);
    if (rc == TRI_OK)
        e->ops->scale(e, q, q, 31, 6);
    if (rc == TRI_OK)
        rc = tri_rescale(e, q, fb);
    if (rc != TRI_OK)
        return rc;
    tri_lift(e, u, u, q->fb);
    e->ops->add(e, q, q, u);
    e->ops->addc(e, q, q, 1.0);
    for (int i = 0; i < STEPS && rc == TRI_OK; i++) {
        struct tri_ten *const from = i % 2 == 0 ? q : u;

        rc = tri_rescale(e, from, fb);
        if (rc == TRI_OK)
            rc = e->ops->bilin(e, &op, i % 2 == 0 ? u : q, from, from);
    }
    return rc; /* STEPS is odd: the result is in u */
}

/* What both functions need, for x [m x n]. */
struct rows {
    size_t m, n;
    struct tri_ten max; /* [m], scale of x            */
    struct tri_ten u;   /* [m x n] exp(x - max), as wide as a product */
    struct tri_ten q;   /* scratch, unless the engine needs none */
    struct tri_ten sum; /* [m], of u                  */
};

void tri_row_sums(struct tri_engine *e, struct tri_ten *sum,
                  const struct tri_ten *x)
{
    const size_t m = sum->n, n = x->n / m;
    const struct tri_copy first = {
        .dim = { 1, 1, 1, m },
        .zstep = { 0, 0, 0, 1 },
        .xstep = { 0, 0, 0, n },
    };
    const struct tri_copy rest = {
        .dim = { 1, 1, m, n - 1 },
        .zstep = { 0, 0, 1, 0 },
        .xoff = 1,
        .xstep = { 0, 0, n, 1 },
        .add = 1,
    };

    sum->fb = x->fb;
    e->ops->copy(e, sum, x, &first);
    e->ops->copy(e, sum, x, &rest);
}

static int exp_rows(struct tri_engine *e, struct rows *r,
                    const struct tri_ten *x)
{
    const size_t m = x->shape.d[0], n = m > 0 ? x->n / m : 0;
    int rc;

    if (n == 0 || x->fb < 0 || x->fb + STEPS > FB_EXP)
        return TRI_E_ARG;
    r->m = m;
    r->n = n;
    rc = tri_ten_alloc(e, &r->u, x->shape, x->fb, 0);
    if (rc == TRI_OK && e->ops->exp == NULL)
        rc = tri_ten_alloc(e, &r->q, x->shape, x->fb, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &r->sum, tri_shape1((uint32_t)m), FB_SUM, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &r->max, tri_shape1((uint32_t)m), x->fb, 0);
    if (rc == TRI_OK)
        rc = row_max(e, &r->u, &r->max, x, m, n);
    if (rc != TRI_OK)
        return rc;
    e->ops->sub(e, &r->u, x, &r->u);
    return e->ops->exp != NULL ? e->ops->exp(e, &r->u, &r->u)
                               : exp_by_products(e, &r->q, &r->u);
}

/* r->u to scale FB_SUM, and its sums. */
static int sum_rows(struct tri_engine *e, struct rows *r)
{
    const int rc = tri_rescale(e, &r->u, FB_SUM);

    if (rc == TRI_OK)
        tri_row_sums(e, &r->sum, &r->u);
    return rc;
}

int tri_softmax(struct tri_engine *e, struct tri_ten *z,
                const struct tri_ten *x)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct rows r;
    int rc;

    if (z->n != x->n)
        return TRI_E_ARG;
    rc = exp_rows(e, &r, x);
    if (rc == TRI_OK && e->ops->normalise != NULL && r.n <= TRI_ROW_MOST) {
        rc = e->ops->normalise(e, z, &r.u);
    } else {
        if (rc == TRI_OK)
            rc = sum_rows(e, &r);
        if (rc == TRI_OK)
            rc = e->ops->div(e, z, &r.u, &r.sum);
    }
    tri_arena_release(a, mark);
    return rc;
}

/*
 * log sum_j exp(x_ij) = M_i + log S_i, with S_i in 1..n the sum of the clamped
 * exponentials. The errors of the exponentials, above, make that of log S
 * (checked by computation over all d, one class above n - 1 that are level):
 * 5.0e-4 for n = 10, 9.9e-4 for n = 20, 3.9e-3 for n = 100 (fused 3.2e-4,
 * 5.8e-4 and 2.9e-3); tri_ln() adds 6.2e-5, the rescalings two units of the
 * result.
 */
int tri_logsumexp(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    unsigned top = 1;
    struct rows r;
    int rc;

    if (x->shape.d[0] == 0 || z->n != x->shape.d[0] || z->fb != x->fb)
        return TRI_E_ARG;
    rc = exp_rows(e, &r, x);
    if (rc == TRI_OK)
        rc = sum_rows(e, &r);
    while (rc == TRI_OK && r.n >> top > 1)
        top++;
    if (rc == TRI_OK)
        rc = tri_ln(e, z, &r.sum, top);
    if (rc == TRI_OK)
        e->ops->add(e, z, z, &r.max);
    tri_arena_release(a, mark);
    return rc;
}
