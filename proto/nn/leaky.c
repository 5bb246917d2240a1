#include "proto/nn/leaky.h"
#include "core/err.h"
#include "core/fmath.h"
#include "proto/nn/layer.h"

enum { FB_SLOPE = 16 };

/* z = z + slope * (x - z): z is x where bits are 1, else 0. One truncation. */
static int leak(struct tri_engine *e, struct tri_ten *z,
                const struct tri_ten *x, const struct tri_layer *l)
{
    const int64_t slope =
        tri_round((double)l->spec->ratio / 10000 * tri_pow2(FB_SLOPE));
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const int fb = x->fb;
    struct tri_ten rest;
    int rc = tri_ten_alloc(e, &rest, x->shape, fb, 0);

    if (rc == TRI_OK) {
        e->ops->sub(e, &rest, x, z);
        e->ops->scale(e, &rest, &rest, slope, FB_SLOPE);
        tri_lift(e, z, z, fb + FB_SLOPE);
        e->ops->add(e, z, z, &rest);
        rc = tri_rescale(e, z, fb);
    }
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

static int forward(struct tri_engine *e, struct tri_layer *l)
{
    int rc;

    l->out.fb = l->in->fb;
    rc = e->ops->relu(e, &l->out, l->bits.n > 0 ? &l->bits : NULL, l->in);
    return rc == TRI_OK ? leak(e, &l->out, l->in, l) : rc;
}

static int backward(struct tri_engine *e, struct tri_layer *l)
{
    int rc;

    rc = e->ops->select(e, l->din, &l->bits, &l->dout);
    return rc == TRI_OK ? leak(e, l->din, &l->dout, l) : rc;
}

const struct tri_layer_kind tri_layer_leaky = {
    .name = "leaky",
    .form = "leaky SLOPE, such as leaky 0.01",
    .parse = tri_item_ratio,
    .text = tri_item_ratio_text,
    .compares = tri_compare_once,
    .remember = tri_remember_bits,
    .forward = forward,
    .backward = backward,
};
