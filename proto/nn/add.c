#include "proto/nn/add.h"
#include "core/err.h"
#include "proto/nn/layer.h"

static int parse(struct tri_item *p, struct tri_layer_spec *l)
{
    const struct tri_layer_spec *other;
    uint32_t h = p->net->h, w = p->net->w, c = p->net->c;
    int rc;

    if (p->words < 2)
        return tri_item_fail(p, "a name is missing; write: %s", p->form);
    rc = tri_item_label(p, &l->in[1], &p->word[1]);
    if (rc == TRI_OK)
        rc = tri_item_options(p, 2, NULL, NULL, NULL);
    if (rc != TRI_OK)
        return rc;
    if (l->in[1] > 0) {
        other = &p->net->layer[l->in[1] - 1];
        h = other->oh;
        w = other->ow;
        c = other->oc;
    }
    if (h != p->h || w != p->w || c != p->c)
        return tri_item_fail(p,
                             "%s is %u x %u x %u, what it is added to "
                             "%u x %u x %u; both must be alike",
                             tri_quote(&p->word[1]).s, h, w, c, p->h, p->w,
                             p->c);
    l->ins = 2;
    l->oh = h;
    l->ow = w;
    l->oc = c;
    return TRI_OK;
}

static void text(struct tri_text *t, const struct tri_layer_spec *l)
{
    tri_text_add(t, " n%u", l->in[1]);
}

static int forward(struct tri_engine *e, struct tri_layer *l)
{
    const struct tri_ten *low = l->in, *high = l->with;

    if (low->fb > high->fb) {
        low = l->with;
        high = l->in;
    }
    tri_lift(e, &l->out, low, high->fb);
    e->ops->add(e, &l->out, &l->out, high);
    return tri_rescale(e, &l->out, l->fb);
}

static int backward(struct tri_engine *e, struct tri_layer *l)
{
    if (l->din != NULL)
        tri_lift(e, l->din, &l->dout, l->dout.fb);
    if (l->dwith != NULL)
        tri_lift(e, l->dwith, &l->dout, l->dout.fb);
    return TRI_OK;
}

const struct tri_layer_kind tri_layer_add = {
    .name = "add",
    .form = "add NAME",
    .parse = parse,
    .text = text,
    .forward = forward,
    .backward = backward,
};
