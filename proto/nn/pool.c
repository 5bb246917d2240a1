#include "proto/nn/pool.h"
#include "core/err.h"

int tri_pool_parse(struct tri_item *p, struct tri_layer_spec *l)
{
    uint32_t *const out[] = { &l->size };
    int rc = tri_item_numbers(p, out, 1);

    l->stride = l->size;
    if (rc == TRI_OK)
        rc = tri_item_options(p, 2, &l->stride, NULL, NULL);
    if (rc != TRI_OK)
        return rc;
    if (l->size > p->h || l->size > p->w)
        return tri_item_fail(p, "the pool is larger than its image");
    l->oh = (p->h - l->size) / l->stride + 1;
    l->ow = (p->w - l->size) / l->stride + 1;
    l->oc = p->c;
    return TRI_OK;
}

void tri_pool_text(struct tri_text *t, const struct tri_layer_spec *l)
{
    tri_text_add(t, " %u", l->size);
    if (l->stride != l->size)
        tri_text_add(t, " stride %u", l->stride);
}

struct tri_copy tri_window(const struct tri_layer *l, size_t i)
{
    const struct tri_layer_spec *s = l->spec;
    const size_t c = s->ic, row = s->iw * c, batch = l->out.shape.d[0];
    const struct tri_copy m = {
        .dim = { batch, s->oh, s->ow, c },
        .zoff = i * l->out.n,
        .zstep = { (size_t)s->oh * s->ow * c, s->ow * c, c, 1 },
        .xoff = i / s->size * row + i % s->size * c,
        .xstep = { s->ih * row, s->stride * row, s->stride * c, 1 },
    };

    return m;
}

/* Do the windows cover the image, each pixel once? */
static int tiles(const struct tri_layer *l)
{
    const struct tri_layer_spec *s = l->spec;

    return s->stride == s->size && s->oh * s->size == s->ih &&
           s->ow * s->size == s->iw;
}

struct tri_windows tri_windows(const struct tri_layer *l)
{
    const struct tri_layer_spec *s = l->spec;
    struct tri_windows w = { .first = tri_window(l, 0),
                             .across = s->size,
                             .right = s->ic,
                             .down = (size_t)s->iw * s->ic };

    w.first.add = !tiles(l);
    return w;
}

int tri_window_clear(struct tri_engine *e, struct tri_layer *l)
{
    return tiles(l) ? TRI_OK : tri_ten_zero(e, l->din);
}

struct tri_copy tri_window_back(const struct tri_layer *l, size_t i, int one)
{
    const struct tri_copy m = tri_window(l, i);
    struct tri_copy r = { .zoff = m.xoff,
                          .xoff = one ? 0 : m.zoff,
                          .add = !tiles(l) };

    for (int d = 0; d < 4; d++) {
        r.dim[d] = m.dim[d];
        r.zstep[d] = m.xstep[d];
        r.xstep[d] = m.zstep[d];
    }
    return r;
}
