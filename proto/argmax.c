#include "proto/argmax.h"
#include "core/err.h"

/*
 * Unit vectors at the first maximum of every row: the derivative of the
 * maximum, applied to 1. Exact, with ties resolved by maxn's own rule, and
 * with the width of comparisons that the maximum needs anyway. (Making the
 * entries distinct, 2^b*x_i + (n-1-i), and comparing each with the maximum
 * takes fewer rounds, but n comparisons more per row, and b+1 bits of the
 * comparison's width.)
 */
int tri_argmax(struct tri_engine *e, struct tri_ten *hot,
               const struct tri_ten *x)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const size_t m = x->shape.d[0], n = m > 0 ? x->n / m : 0;
    const struct tri_copy turn = {
        .dim = { 1, 1, n, m },
        .zstep = { 0, 0, m, 1 },
        .xstep = { 0, 0, 1, n },
    };
    const struct tri_copy back = {
        .dim = { 1, 1, m, n },
        .zstep = { 0, 0, n, 1 },
        .xstep = { 0, 0, 1, m },
    };
    const struct tri_copy spread = {
        .dim = { 1, 1, 1, m },
        .zstep = { 0, 0, 0, 1 },
    };
    const double one = 1;
    struct tri_ten t, max, unit;
    struct tri_maxn st;
    int rc;

    if (n == 0 || hot->n != x->n)
        return TRI_E_ARG;
    rc = tri_ten_alloc(e, &t, tri_shape2((uint32_t)n, (uint32_t)m), x->fb, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &max, tri_shape1((uint32_t)m), x->fb, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &unit, tri_shape1(1), 0, 0);
    if (rc == TRI_OK)
        rc = e->ops->maxn_alloc(e, &st, n, m);
    if (rc == TRI_OK)
        rc = e->ops->constant(e, &unit, &one);
    if (rc == TRI_OK) {
        e->ops->copy(e, &t, x, &turn);
        rc = e->ops->maxn(e, &max, &st, &t);
    }
    if (rc == TRI_OK) {
        max.fb = 0;
        e->ops->copy(e, &max, &unit, &spread);
        rc = e->ops->maxn_grad(e, &t, &st, &max);
    }
    if (rc == TRI_OK) {
        hot->fb = 0;
        e->ops->copy(e, hot, &t, &back);
    }
    tri_arena_release(a, mark);
    return rc;
}
