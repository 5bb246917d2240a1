#include "proto/nn/pool.h"
#include "core/err.h"

int tri_pool_parse(struct tri_item *p, struct tri_layer_spec *l, uint32_t *pad)
{
    uint32_t *const out[] = { &l->size };
    int rc = tri_item_numbers(p, out, 1);

    l->stride = l->size;
    if (rc == TRI_OK)
        rc = tri_item_options(p, 2, &l->stride, pad, NULL);
    if (rc != TRI_OK)
        return rc;
    if (l->pad == TRI_ITEM_SAME || l->pad > l->size / 2)
        return tri_item_fail(p, "pad must be a number, at most half of the "
                                "pool's size");
    if (l->size > p->h + 2 * l->pad || l->size > p->w + 2 * l->pad)
        return tri_item_fail(p, "the pool is larger than its image");
    l->oh = (p->h + 2 * l->pad - l->size) / l->stride + 1;
    l->ow = (p->w + 2 * l->pad - l->size) / l->stride + 1;
    l->oc = p->c;
    return TRI_OK;
}

void tri_pool_text(struct tri_text *t, const struct tri_layer_spec *l)
{
    tri_text_add(t, " %u", l->size);
    if (l->stride != l->size)
        tri_text_add(t, " stride %u", l->stride);
    if (l->pad != 0)
        tri_text_add(t, " pad %u", l->pad);
}

/* Windows first, first + 1, ... of n in a row take pixels from, from + step,
 * ... of it. */
struct run {
    size_t first, n, from, step;
};

/* Position k of windows 0..out-1 over n pixels, between which others lie
 * before them (part 0), in them, or behind them (part 2). */
static struct run run_of(const struct tri_layer_spec *s, size_t out, size_t n,
                         size_t k, size_t part)
{
    const size_t before = k < s->pad ? (s->pad - k - 1) / s->stride + 1 : 0;
    const size_t up = n + s->pad > k ? (n + s->pad - k - 1) / s->stride + 1 : 0;
    const size_t low = before < out ? before : out;
    const size_t high = up < out ? up : out;

    if (part == 0)
        return (struct run){ 0, low, 0, 0 };
    if (part == 2)
        return (struct run){ high, out - high, n - 1, 0 };
    return (struct run){ low, high - low, low * s->stride + k - s->pad,
                         s->stride };
}

int tri_window(struct tri_copy *m, const struct tri_layer *l, size_t i,
               size_t part)
{
    const struct tri_layer_spec *s = l->spec;
    const size_t c = s->ic, row = s->iw * c, batch = l->out.shape.d[0];
    const struct run y = run_of(s, s->oh, s->ih, i / s->size, part / 3);
    const struct run x = run_of(s, s->ow, s->iw, i % s->size, part % 3);

    *m = (struct tri_copy){
        .dim = { batch, y.n, x.n, c },
        .zoff = i * l->out.n + (y.first * s->ow + x.first) * c,
        .zstep = { (size_t)s->oh * s->ow * c, s->ow * c, c, 1 },
        .xoff = y.from * row + x.from * c,
        .xstep = { s->ih * row, y.step * row, x.step * c, 1 },
    };
    return y.n > 0 && x.n > 0;
}

/* Do the windows cover the image, each pixel once? */
static int tiles(const struct tri_layer *l)
{
    const struct tri_layer_spec *s = l->spec;

    return s->stride == s->size && s->pad == 0 && s->oh * s->size == s->ih &&
           s->ow * s->size == s->iw;
}

struct tri_windows tri_windows(const struct tri_layer *l)
{
    const struct tri_layer_spec *s = l->spec;
    struct tri_windows w = { .across = s->size,
                             .right = s->ic,
                             .down = (size_t)s->iw * s->ic };

    tri_window(&w.first, l, 0, TRI_WINDOW_INSIDE);
    w.first.add = !tiles(l);
    return w;
}

int tri_window_clear(struct tri_engine *e, struct tri_layer *l)
{
    return tiles(l) ? TRI_OK : tri_ten_zero(e, l->din);
}

int tri_window_back(struct tri_copy *r, const struct tri_layer *l, size_t i,
                    size_t part, int one)
{
    struct tri_copy m;
    const int some = tri_window(&m, l, i, part);

    *r = (struct tri_copy){ .zoff = m.xoff,
                            .xoff = one ? m.zoff - i * l->out.n : m.zoff,
                            .add = !tiles(l) };
    for (int d = 0; d < 4; d++) {
        r->dim[d] = m.dim[d];
        r->zstep[d] = m.xstep[d];
        r->xstep[d] = m.zstep[d];
    }
    return some;
}
