#include "proto/nn/fc.h"
#include "core/err.h"
#include "proto/nn/layer.h"

/* Letters: B batch, n inputs, o outputs. */

/* out [B x o] = x [B x n] * w [n x o] + b. */
int tri_fc_forward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t B = l->out.shape.d[0], o = l->spec->out;
    const struct tri_bilin op = {
        .kind = TRI_BILIN_MATMUL, .m = B, .n = o, .k = l->w.n / o
    };

    return tri_affine(e, l, &op);
}

/* dx [B x n] = dout [B x o] * w^T,  dw [n x o] = x^T * dout,
 * db [o] = sum of the rows of dout. */
int tri_fc_backward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t B = l->out.shape.d[0], o = l->spec->out, n = l->w.n / o;
    const struct tri_bilin dx = {
        .kind = TRI_BILIN_MATMUL, .ty = 1, .m = B, .n = n, .k = o
    };
    const struct tri_bilin dw = {
        .kind = TRI_BILIN_MATMUL, .tx = 1, .m = n, .n = o, .k = B
    };

    return tri_gradients(e, l, &dx, &dw);
}
