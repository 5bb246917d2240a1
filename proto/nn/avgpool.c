#include "proto/nn/avgpool.h"
#include "core/err.h"
#include "proto/nn/layer.h"
#include "proto/nn/pool.h"

static int parse(struct tri_item *p, struct tri_layer_spec *l)
{
    if (p->words != 2 || !tri_word_is(&p->word[1], "global"))
        return tri_pool_parse(p, l, NULL);
    if (p->h != p->w)
        return tri_item_fail(
            p, "the image is %u x %u; avgpool global takes square ones", p->h,
            p->w);
    l->size = l->stride = p->h;
    l->oh = l->ow = 1;
    l->oc = p->c;
    return TRI_OK;
}

/* t = t / size^2, truncated to its scale: a renaming of the scale for powers
 * of two, else a constant of 16 bits. */
static int divide(struct tri_engine *e, struct tri_ten *t,
                  const struct tri_layer *l)
{
    const double n = (double)l->spec->size * l->spec->size;
    const int fb = t->fb;
    int64_t c;
    int cb;
    const int rc = tri_rational(1 / n, &c, &cb);

    if (rc != TRI_OK)
        return rc;
    e->ops->scale(e, t, t, c, cb);
    return tri_rescale(e, t, fb);
}

static int forward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t n = (size_t)l->spec->size * l->spec->size;

    l->out.fb = l->in->fb;
    for (size_t i = 0; i < n; i++) {
        struct tri_copy c;

        tri_window(&c, l, i, TRI_WINDOW_INSIDE);
        c.zoff = 0;
        c.add = i > 0;
        e->ops->copy(e, &l->out, l->in, &c);
    }
    return divide(e, &l->out, l);
}

static int backward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t n = (size_t)l->spec->size * l->spec->size;
    int rc;

    rc = divide(e, &l->dout, l); /* nobody needs dout after this */
    if (rc != TRI_OK)
        return rc;
    l->din->fb = l->dout.fb;
    rc = tri_window_clear(e, l);
    for (size_t i = 0; rc == TRI_OK && i < n; i++) {
        struct tri_copy c;

        tri_window_back(&c, l, i, TRI_WINDOW_INSIDE, 1);
        e->ops->copy(e, l->din, &l->dout, &c);
    }
    return rc;
}

const struct tri_layer_kind tri_layer_avgpool = {
    .name = "avgpool",
    .form = "avgpool SIZE [stride N]",
    .image = 1,
    .parse = parse,
    .text = tri_pool_text,
    .forward = forward,
    .backward = backward,
};
