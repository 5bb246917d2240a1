#include "core/panel.h"

static size_t positions(const struct tri_conv *g)
{
    return (size_t)g->b * g->oh * g->ow;
}

static size_t taps(const struct tri_conv *g)
{
    return (size_t)g->kh * g->kw * g->c;
}

/* Z [positions x o] += im2col(X) [positions x taps] * W [taps x o] */
int tri_conv_fwd(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *Z,
                 const tri_ring *X, const tri_ring *W)
{
    const struct tri_factor a = { .base = X, .g = g };
    const struct tri_factor b = { .base = W, .rs = 1, .ps = g->o };
    const struct tri_sink c = { .C = Z, .ldc = g->o };

    return tri_block_product(cx, &a, &b, &c, positions(g), g->o, taps(g));
}

/* dX += col2im(dZ [positions x o] * W^T [o x taps]) */
int tri_conv_dx(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dX,
                const tri_ring *dZ, const tri_ring *W)
{
    const struct tri_factor a = { .base = dZ, .rs = g->o, .ps = 1 };
    const struct tri_factor b = { .base = W, .rs = g->o, .ps = 1 };
    const struct tri_sink c = { .C = dX, .g = g };

    return tri_block_product(cx, &a, &b, &c, positions(g), taps(g), g->o);
}

/* dW [taps x o] += im2col(X)^T [taps x positions] * dZ [positions x o] */
int tri_conv_dw(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dW,
                const tri_ring *X, const tri_ring *dZ)
{
    const struct tri_factor a = { .base = X, .g = g, .by_tap = 1 };
    const struct tri_factor b = { .base = dZ, .rs = 1, .ps = g->o };
    const struct tri_sink c = { .C = dW, .ldc = g->o };

    return tri_block_product(cx, &a, &b, &c, taps(g), g->o, positions(g));
}
