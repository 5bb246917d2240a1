#include "proto/sigmoid.h"
#include "core/err.h"
#include "proto/nn/layer.h"
#include "proto/nn/sigmoid.h"

static int is_tanh(const struct tri_layer *l)
{
    return l->spec->kind == &tri_layer_tanh;
}

/* tanh x = 2 sigmoid(2 x) - 1. */
static int forward(struct tri_engine *e, struct tri_layer *l)
{
    struct tri_ten twice;
    int rc;

    if (!is_tanh(l)) {
        l->out.fb = (int)e->f;
        return tri_sigmoid(e, &l->out, l->in);
    }
    e->ops->scale(e, &l->out, l->in, 1, -1);
    twice = tri_ten_slice(e, &l->out, 0, l->out.n);
    l->out.fb = (int)e->f;
    rc = tri_sigmoid(e, &l->out, &twice);
    if (rc == TRI_OK) {
        e->ops->scale(e, &l->out, &l->out, 2, 0);
        e->ops->addc(e, &l->out, &l->out, -1);
    }
    return rc;
}

/* din = dout (z - z^2) of the sigmoid, dout (1 - z^2) of tanh. */
static int backward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const int fb = l->out.fb;
    struct tri_ten slope;
    int rc;

    rc = tri_ten_alloc(e, &slope, l->out.shape, fb, 0);
    if (rc == TRI_OK)
        rc = tri_multiply(e, &slope, &l->out, &l->out, fb);
    if (rc == TRI_OK && is_tanh(l)) {
        e->ops->addc(e, &slope, &slope, -1);
        e->ops->scale(e, &slope, &slope, -1, 0);
    } else if (rc == TRI_OK) {
        e->ops->sub(e, &slope, &l->out, &slope);
    }
    if (rc == TRI_OK)
        rc = tri_multiply(e, l->din, &l->dout, &slope, l->dout.fb);
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

const struct tri_layer_kind tri_layer_sigmoid = {
    .name = "sigmoid",
    .output = 1,
    .form = "sigmoid",
    .parse = tri_item_plain,
    .compares = tri_compare_once,
    .forward = forward,
    .backward = backward,
};

const struct tri_layer_kind tri_layer_tanh = {
    .name = "tanh",
    .output = 1,
    .form = "tanh",
    .parse = tri_item_plain,
    .compares = tri_compare_once,
    .forward = forward,
    .backward = backward,
};
