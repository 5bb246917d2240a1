#include "proto/nn/fc.h"
#include "core/err.h"
#include "proto/nn/layer.h"

static int parse(struct tri_item *p, struct tri_layer_spec *l)
{
    uint32_t *const out[] = { &l->out };
    const int rc = tri_item_numbers(p, out, 1);

    l->oh = l->ow = 1;
    l->oc = l->out;
    return rc == TRI_OK ? tri_item_options(p, 2, NULL, NULL, &l->nobias) : rc;
}

static void text(struct tri_text *t, const struct tri_layer_spec *l)
{
    tri_text_add(t, l->nobias ? " %u nobias" : " %u", l->out);
}

static struct tri_shape weights(const struct tri_layer_spec *l)
{
    return tri_shape2(l->ih * l->iw * l->ic, l->out);
}

/* Letters: B batch, n inputs, o outputs. */

/* out [B x o] = x [B x n] * w [n x o] + b. */
static int forward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t B = l->out.shape.d[0], o = l->spec->out;
    const struct tri_bilin op = {
        .kind = TRI_BILIN_MATMUL, .m = B, .n = o, .k = l->w.n / o
    };

    return tri_affine(e, l, &op);
}

/* dx [B x n] = dout [B x o] * w^T,  dw [n x o] = x^T * dout,
 * db [o] = sum of the rows of dout. */
static int backward(struct tri_engine *e, struct tri_layer *l)
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

const struct tri_layer_kind tri_layer_fc = {
    .name = "fc",
    .form = "fc OUTPUTS [nobias]",
    .flat = 1,
    .product = 1,
    .parse = parse,
    .text = text,
    .weights = weights,
    .forward = forward,
    .backward = backward,
};
