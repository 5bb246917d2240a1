#include "proto/nn/conv.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/nn/layer.h"

static int parse(struct tri_item *p, struct tri_layer_spec *l)
{
    uint32_t *const out[] = { &l->out, &l->size };
    struct tri_conv g;
    int rc;

    l->stride = 1;
    rc = tri_item_numbers(p, out, 2);
    if (rc == TRI_OK)
        rc = tri_item_options(p, 3, &l->stride, &l->pad, &l->nobias);
    if (rc != TRI_OK)
        return rc;
    if (l->pad == TRI_ITEM_SAME && (l->stride != 1 || l->size % 2 == 0))
        return tri_item_fail(
            p, "pad same goes with stride 1 and an odd filter size; "
               "give pad a number");
    if (l->pad == TRI_ITEM_SAME)
        l->pad = (l->size - 1) / 2;
    if (l->pad >= l->size)
        return tri_item_fail(p, "pad must be smaller than the filter size");
    if (l->size > p->h + 2 * l->pad || l->size > p->w + 2 * l->pad)
        return tri_item_fail(p, "the filter is larger than the padded image; "
                                "make it smaller or raise pad");
    memset(&g, 0, sizeof g);
    g.b = 1;
    g.h = p->h;
    g.w = p->w;
    g.c = p->c;
    g.kh = g.kw = l->size;
    g.o = l->out;
    g.stride = l->stride;
    g.pad = l->pad;
    if (tri_conv_init(&g) != TRI_OK)
        return tri_item_fail(p, "this convolution does not fit its input");
    l->oh = g.oh;
    l->ow = g.ow;
    l->oc = l->out;
    return TRI_OK;
}

static void text(struct tri_text *t, const struct tri_layer_spec *l)
{
    tri_text_add(t, " %u %u", l->out, l->size);
    if (l->stride != 1)
        tri_text_add(t, " stride %u", l->stride);
    if (l->pad != 0)
        tri_text_add(t, " pad %u", l->pad);
    if (l->nobias)
        tri_text_add(t, " nobias");
}

static struct tri_shape weights(const struct tri_layer_spec *l)
{
    return tri_shape4(l->size, l->size, l->ic, l->out);
}

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
static int forward(struct tri_engine *e, struct tri_layer *l)
{
    const struct tri_bilin op = operation(l, TRI_BILIN_CONV);

    return tri_affine(e, l, &op);
}

static int backward(struct tri_engine *e, struct tri_layer *l)
{
    const struct tri_bilin dx = operation(l, TRI_BILIN_CONV_DX);
    const struct tri_bilin dw = operation(l, TRI_BILIN_CONV_DW);

    return tri_gradients(e, l, &dx, &dw);
}

const struct tri_layer_kind tri_layer_conv = {
    .name = "conv",
    .form = "conv FILTERS SIZE [stride N] [pad N] [nobias]",
    .image = 1,
    .product = 1,
    .parse = parse,
    .text = text,
    .weights = weights,
    .forward = forward,
    .backward = backward,
};
