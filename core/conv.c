#include "core/err.h"
#include "core/gemm.h"

/* Calls BODY with input pixel x, filter pixel w (offset in channels), output
 * pixel z for every pair that meets. */
#define EACH_TAP(g, BODY)                                                   \
    for (size_t b = 0; b < (g)->b; b++)                                     \
        for (size_t y = 0; y < (g)->oh; y++)                                \
            for (size_t x = 0; x < (g)->ow; x++)                            \
                for (size_t i = 0; i < (g)->kh; i++)                        \
                    for (size_t j = 0; j < (g)->kw; j++) {                  \
                        const size_t h = y * (g)->stride + i - (g)->pad;    \
                        const size_t v = x * (g)->stride + j - (g)->pad;    \
                        if (h >= (g)->h || v >= (g)->w)                     \
                            continue;                                       \
                        const size_t in = ((b * (g)->h + h) * (g)->w + v);  \
                        const size_t out = (b * (g)->oh + y) * (g)->ow + x; \
                        const size_t tap = i * (g)->kw + j;                 \
                        BODY                                                \
                    }

int tri_conv_fwd(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *Z,
                 const tri_ring *X, const tri_ring *W)
{
    if (tri_arena_measuring(cx->arena))
        return TRI_OK;
    EACH_TAP(g, {
        for (size_t c = 0; c < g->c; c++)
            cx->k->axpy(Z + out * g->o, W + (tap * g->c + c) * g->o,
                        X[in * g->c + c], g->o);
    })
    return TRI_OK;
}

int tri_conv_dx(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dX,
                const tri_ring *dZ, const tri_ring *W)
{
    if (tri_arena_measuring(cx->arena))
        return TRI_OK;
    EACH_TAP(g, {
        for (size_t c = 0; c < g->c; c++)
            for (size_t o = 0; o < g->o; o++)
                dX[in * g->c + c] +=
                    W[(tap * g->c + c) * g->o + o] * dZ[out * g->o + o];
    })
    return TRI_OK;
}

int tri_conv_dw(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dW,
                const tri_ring *X, const tri_ring *dZ)
{
    if (tri_arena_measuring(cx->arena))
        return TRI_OK;
    EACH_TAP(g, {
        for (size_t c = 0; c < g->c; c++)
            cx->k->axpy(dW + (tap * g->c + c) * g->o, dZ + out * g->o,
                        X[in * g->c + c], g->o);
    })
    return TRI_OK;
}
