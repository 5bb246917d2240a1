#include "core/conv.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/block.h"
#include "core/parts.h"

static size_t positions(const struct tri_conv *g)
{
    return (size_t)g->b * g->oh * g->ow;
}

static size_t taps(const struct tri_conv *g)
{
    return (size_t)g->kh * g->kw * g->c;
}

/* Words of images that are copied between zeros at a time. */
enum { BORDERED_WORDS = 1 << 17 };

/* X between its zeros: [b x h + 2*pad x w + 2*pad x c]. */
static void border(tri_ring *to, const tri_ring *X, const struct tri_conv *g)
{
    const size_t line = (size_t)g->w * g->c, side = (size_t)g->pad * g->c;
    const size_t wide = line + 2 * side, above = g->pad * wide;

    for (size_t b = 0; b < g->b; b++) {
        memset(to, 0, above * sizeof *to);
        to += above;
        for (size_t y = 0; y < g->h; y++, X += line, to += wide) {
            memset(to, 0, side * sizeof *to);
            memcpy(to + side, X, line * sizeof *to);
            memset(to + side + line, 0, side * sizeof *to);
        }
        memset(to, 0, above * sizeof *to);
        to += above;
    }
}

typedef int product_fn(const struct tri_cx *cx, const struct tri_conv *g,
                       const tri_ring *X, tri_ring *to, const tri_ring *from);

/*
 * Packing knows no padding: images are copied between their zeros, some at a
 * time. A copy of the input is small beside the kh*kw copies that packing
 * makes, and nothing has to ask for each word whether it is inside.
 */
static int padded(const struct tri_cx *cx, const struct tri_conv *g,
                  product_fn *fn, const tri_ring *X, tri_ring *Z, size_t zs,
                  const tri_ring *D, size_t ds)
{
    const size_t mark = tri_arena_mark(cx->arena);
    struct tri_conv one = *g, some;
    tri_ring *copy;
    size_t each, images;
    int rc;

    if (g->pad == 0)
        return fn(cx, g, X, Z, D);
    one.b = 1;
    each = (g->h + 2 * (size_t)g->pad) * (g->w + 2 * (size_t)g->pad) * g->c;
    images = each < BORDERED_WORDS ? BORDERED_WORDS / each : 1;
    images = images < g->b ? images : g->b;
    rc = tri_arena_alloc(cx->arena, &copy, images * each, sizeof *copy);
    for (size_t b = 0; b < g->b && rc == TRI_OK; b += images) {
        some = *g;
        some.b = (uint32_t)(images < g->b - b ? images : g->b - b);
        if (!tri_arena_measuring(cx->arena))
            border(copy, X + b * tri_conv_in(&one), &some);
        some.h += 2 * g->pad;
        some.w += 2 * g->pad;
        some.pad = 0;
        if (tri_arena_measuring(cx->arena)) {
            rc = fn(cx, &some, NULL, NULL, NULL); /* the largest piece */
            break;
        }
        rc = fn(cx, &some, copy, Z + b * zs, D + b * ds);
    }
    tri_arena_release(cx->arena, mark);
    return rc;
}

static int fir_pays(const struct tri_cx *cx, const struct tri_conv *g)
{
    return tri_conv_fir != NULL && tri_conv_fir->pays(cx->k, g);
}

/* Z [positions x o] += im2col(X) [positions x taps] * W [taps x o] */
static int forward(const struct tri_cx *cx, const struct tri_conv *g,
                   const tri_ring *X, tri_ring *Z, const tri_ring *W)
{
    const struct tri_factor a = { .base = X, .g = g };
    const struct tri_factor b = { .base = W, .rs = 1, .ps = g->o };
    const struct tri_sink c = { .C = Z, .ldc = g->o };

    if (fir_pays(cx, g))
        return tri_conv_fir->fwd(cx, g, Z, X, W);
    return tri_block_product(cx, &a, &b, &c, positions(g), g->o, taps(g));
}

int tri_conv_fwd(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *Z,
                 const tri_ring *X, const tri_ring *W)
{
    return padded(cx, g, forward, X, Z, (size_t)g->oh * g->ow * g->o, W, 0);
}

/* dX += col2im(dZ [positions x o] * W^T [o x taps]) */
int tri_conv_dx(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dX,
                const tri_ring *dZ, const tri_ring *W)
{
    const struct tri_factor a = { .base = dZ, .rs = g->o, .ps = 1 };
    const struct tri_factor b = { .base = W, .rs = g->o, .ps = 1 };
    const struct tri_sink c = { .C = dX, .g = g };

    if (g->pad == 0 && fir_pays(cx, g))
        return tri_conv_fir->dx(cx, g, dX, dZ, W);
    return tri_block_product(cx, &a, &b, &c, positions(g), taps(g), g->o);
}

/* dW [taps x o] += im2col(X)^T [taps x positions] * dZ [positions x o] */
static int by_filter(const struct tri_cx *cx, const struct tri_conv *g,
                     const tri_ring *X, tri_ring *dW, const tri_ring *dZ)
{
    const struct tri_factor a = { .base = X, .g = g, .by_tap = 1 };
    const struct tri_factor b = { .base = dZ, .rs = 1, .ps = g->o };
    const struct tri_sink c = { .C = dW, .ldc = g->o };

    if (fir_pays(cx, g))
        return tri_conv_fir->dw(cx, g, dW, X, dZ);
    return tri_block_product(cx, &a, &b, &c, taps(g), g->o, positions(g));
}

int tri_conv_dw(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dW,
                const tri_ring *X, const tri_ring *dZ)
{
    return padded(cx, g, by_filter, X, dW, 0, dZ, (size_t)g->oh * g->ow * g->o);
}
