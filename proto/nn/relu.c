#include "proto/nn/relu.h"
#include "core/err.h"
#include "proto/nn/layer.h"

/* A product comes in as wide as it is: the rescaling is part of the ReLU. */
int tri_relu_forward(struct tri_engine *e, struct tri_layer *l)
{
    l->out.fb = l->in->fb < l->fb ? l->in->fb : l->fb;
    return e->ops->relu(e, &l->out, l->bits.n > 0 ? &l->bits : NULL, l->in);
}

int tri_relu_backward(struct tri_engine *e, struct tri_layer *l)
{
    if (l->din == NULL)
        return TRI_OK;
    return e->ops->select(e, l->din, &l->bits, &l->dout);
}
