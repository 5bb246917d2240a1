#include "proto/nn/conv.h"
#include "core/err.h"
#include "proto/nn/layer.h"

static struct tri_bilin operation(const struct tri_layer *l,
                                  enum tri_bilin_kind kind)
{
    const struct tri_layer_spec *s = l->spec;
    const struct tri_bilin op = {
        .kind = kind,
        .conv = { .b = l->out.shape.d[0],
                  .h = s->ih,
                  .w = s->iw,
                  .c = s->ic,
                  .kh = s->size,
                  .kw = s->size,
                  .o = s->out,
                  .stride = s->stride,
                  .pad = s->pad,
                  .oh = s->oh,
                  .ow = s->ow },
    };

    return op;
}

/* out = conv(x, w) + b, one b for each output channel. */
int tri_conv_forward(struct tri_engine *e, struct tri_layer *l)
{
    const struct tri_bilin op = operation(l, TRI_BILIN_CONV);

    return tri_affine(e, l, &op);
}

int tri_conv_backward(struct tri_engine *e, struct tri_layer *l)
{
    const struct tri_bilin dx = operation(l, TRI_BILIN_CONV_DX);
    const struct tri_bilin dw = operation(l, TRI_BILIN_CONV_DW);

    return tri_gradients(e, l, &dx, &dw);
}
