#include "proto/nn/flatten.h"
#include "core/err.h"

static int parse(struct tri_item *p, struct tri_layer_spec *l)
{
    const int rc = tri_item_options(p, 1, NULL, NULL, NULL);

    l->oh = l->ow = 1;
    l->oc = p->h * p->w * p->c;
    return rc;
}

const struct tri_layer_kind tri_layer_flatten = {
    .name = "flatten",
    .form = "flatten",
    .flat = 1,
    .view = 1,
    .parse = parse,
};
