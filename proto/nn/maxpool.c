#include "proto/nn/maxpool.h"
#include "core/err.h"
#include "proto/nn/layer.h"
#include "proto/nn/pool.h"

static int parse(struct tri_item *p, struct tri_layer_spec *l)
{
    return tri_pool_parse(p, l, &l->pad);
}

static uint32_t compares(const struct tri_layer_spec *l)
{
    return l->size * l->size - 1;
}

static int remember(struct tri_engine *e, struct tri_layer *l)
{
    const size_t n = (size_t)l->spec->size * l->spec->size;
    const int rc = e->ops->maxn_alloc(e, &l->max, n, l->out.n);

    l->max.stays = 1;
    return rc;
}

static int planes_alloc(struct tri_engine *e, struct tri_ten *t,
                        const struct tri_layer *l, int fb)
{
    const uint32_t n = l->spec->size * l->spec->size;

    return l->out.n > UINT32_MAX
               ? TRI_E_ARG
               : tri_ten_alloc(e, t, tri_shape2(n, (uint32_t)l->out.n), fb, 0);
}

/* Padded windows are no single pattern of steps. */
static int in_place(const struct tri_engine *e, const struct tri_layer *l)
{
    return e->windows && l->spec->pad == 0;
}

/*
 * An engine takes candidates where they stand, or position i of every window
 * goes to plane i, and the maximum runs over the planes. They may be as wide as
 * products (model.h).
 *
 * Where a ReLU follows, a further candidate 0 would do its work, with as many
 * comparisons and, for 2 x 2, as many rounds: nothing to gain.
 */
static int forward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t n = (size_t)l->spec->size * l->spec->size;
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    struct tri_maxn passing, *st = l->max.n > 0 ? &l->max : &passing;
    const int here = in_place(e, l);
    struct tri_ten planes;
    int rc = here ? TRI_OK : planes_alloc(e, &planes, l, l->in->fb);
    const size_t copies = tri_arena_mark(e->s->cx.arena);

    if (rc == TRI_OK && st == &passing)
        rc = e->ops->maxn_alloc(e, st, n, l->out.n);
    for (size_t i = 0; rc == TRI_OK && !here && i < n * TRI_WINDOW_PARTS; i++) {
        struct tri_copy c;

        if (tri_window(&c, l, i / TRI_WINDOW_PARTS, i % TRI_WINDOW_PARTS))
            e->ops->copy(e, &planes, l->in, &c);
    }
    l->out.fb = l->in->fb;
    l->windows = tri_windows(l);
    st->windows = here ? &l->windows : NULL;
    if (rc == TRI_OK)
        rc = e->ops->maxn(e, &l->out, st, here ? l->in : &planes);
    if (rc == TRI_OK && l->bias != NULL)
        rc = tri_bias_add(e, &l->out, l->bias);
    tri_arena_release(e->s->cx.arena, copies);
    tri_arena_drop(e->s->cx.arena, mark);
    return rc == TRI_OK && !l->late ? tri_rescale(e, &l->out, l->fb) : rc;
}

static int backward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t n = (size_t)l->spec->size * l->spec->size;
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    struct tri_ten planes;
    int rc;

    l->din->fb = l->dout.fb;
    if (in_place(e, l)) {
        rc = l->din->cached == TRI_TEN_OPEN ? TRI_OK : tri_window_clear(e, l);
        return rc == TRI_OK ? e->ops->maxn_grad(e, l->din, &l->max, &l->dout)
                            : rc;
    }
    rc = planes_alloc(e, &planes, l, l->dout.fb);
    if (rc == TRI_OK)
        rc = e->ops->maxn_grad(e, &planes, &l->max, &l->dout);
    if (rc == TRI_OK)
        rc = tri_window_clear(e, l);
    for (size_t i = 0; rc == TRI_OK && i < n * TRI_WINDOW_PARTS; i++) {
        struct tri_copy c;

        if (tri_window_back(&c, l, i / TRI_WINDOW_PARTS, i % TRI_WINDOW_PARTS,
                            0))
            e->ops->copy(e, l->din, &planes, &c);
    }
    tri_arena_drop(e->s->cx.arena, mark);
    return rc;
}

const struct tri_layer_kind tri_layer_maxpool = {
    .name = "maxpool",
    .form = "maxpool SIZE [stride N] [pad N]",
    .image = 1,
    .selects = 1,
    .parse = parse,
    .text = tri_pool_text,
    .compares = compares,
    .remember = remember,
    .forward = forward,
    .backward = backward,
};
