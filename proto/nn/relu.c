#include "proto/nn/relu.h"
#include "proto/nn/layer.h"

/* A product comes in as wide as it is: the rescaling is part of the ReLU. */
static int forward(struct tri_engine *e, struct tri_layer *l)
{
    l->out.fb = l->in->fb < l->fb ? l->in->fb : l->fb;
    return e->ops->relu(e, &l->out, l->bits.n > 0 ? &l->bits : NULL, l->in);
}

static int backward(struct tri_engine *e, struct tri_layer *l)
{
    return e->ops->select(e, l->din, &l->bits, &l->dout);
}

const struct tri_layer_kind tri_layer_relu = {
    .name = "relu",
    .form = "relu",
    .wide = 1,
    .selects = 1,
    .parse = tri_item_plain,
    .compares = tri_compare_once,
    .remember = tri_remember_bits,
    .forward = forward,
    .backward = backward,
};
