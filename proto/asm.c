#include "proto/asm.h"
#include "core/err.h"
#include "core/fmath.h"
#include "proto/softmax.h"

/*
 * ASM(x_i) = relu(x_i) / sum over the row of relu(x_j): SecureNN's stand-in
 * for softmax. One relu, one division.
 *
 * The divisor is the sum plus one unit in its last place, so that a row
 * without a positive entry is 0 / unit = 0 without a comparison. That lowers
 * a result p by p / (S + 1), S being the sum in units: no more than if one
 * entry of x were off by one unit, which every rescaling makes it.
 */
int tri_asm(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const size_t m = x->shape.d[0], n = m > 0 ? x->n / m : 0;
    struct tri_ten r, sum;
    int rc;

    if (n == 0 || z->n != x->n)
        return TRI_E_ARG;
    rc = tri_ten_alloc(e, &r, x->shape, x->fb, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &sum, tri_shape1((uint32_t)m), x->fb, 0);
    if (rc == TRI_OK)
        rc = e->ops->relu(e, &r, NULL, x);
    if (rc == TRI_OK) {
        tri_row_sums(e, &sum, &r);
        e->ops->addc(e, &sum, &sum, tri_pow2(-x->fb));
        rc = e->ops->div(e, z, &r, &sum);
    }
    tri_arena_release(a, mark);
    return rc;
}
