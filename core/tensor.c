#include "core/err.h"
#include "core/tensor.h"

#define MAX_COUNT ((uint64_t)1 << 40)

struct tri_shape tri_shape1(uint32_t n)
{
    return (struct tri_shape){ 1, { n, 1, 1, 1 } };
}

struct tri_shape tri_shape2(uint32_t rows, uint32_t cols)
{
    return (struct tri_shape){ 2, { rows, cols, 1, 1 } };
}

struct tri_shape tri_shape4(uint32_t b, uint32_t h, uint32_t w, uint32_t c)
{
    return (struct tri_shape){ 4, { b, h, w, c } };
}

/* Product of four sizes, or MAX_COUNT + 1 if it is above MAX_COUNT. */
static uint64_t product(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    const uint64_t f[4] = { a, b, c, d };
    uint64_t n = 1;

    for (size_t i = 0; i < 4; i++)
        if (f[i] == 0)
            return 0;
    for (size_t i = 0; i < 4; i++) {
        if (f[i] > MAX_COUNT / n)
            return MAX_COUNT + 1;
        n *= f[i];
    }
    return n;
}

int tri_shape_count(const struct tri_shape *s, size_t *count)
{
    uint64_t n;

    if (s->nd < 1 || s->nd > TRI_MAX_DIMS)
        return TRI_E_ARG;
    n = product(s->d[0], s->nd > 1 ? s->d[1] : 1, s->nd > 2 ? s->d[2] : 1,
                s->nd > 3 ? s->d[3] : 1);
    if (n > MAX_COUNT || n > SIZE_MAX)
        return TRI_E_ARG;
    *count = (size_t)n;
    return TRI_OK;
}

int tri_conv_init(struct tri_conv *g)
{
    const uint64_t h = (uint64_t)g->h + 2 * (uint64_t)g->pad;
    const uint64_t w = (uint64_t)g->w + 2 * (uint64_t)g->pad;
    uint64_t oh, ow;

    if (g->b == 0 || g->h == 0 || g->w == 0 || g->c == 0 || g->kh == 0 ||
        g->kw == 0 || g->o == 0 || g->stride == 0)
        return TRI_E_ARG;
    if (g->kh > h || g->kw > w || g->pad >= g->kh || g->pad >= g->kw)
        return TRI_E_ARG;
    oh = (h - g->kh) / g->stride + 1;
    ow = (w - g->kw) / g->stride + 1;
    if (oh > UINT32_MAX || ow > UINT32_MAX ||
        product(g->b, g->h, g->w, g->c) > MAX_COUNT ||
        product(g->kh, g->kw, g->c, g->o) > MAX_COUNT ||
        product(g->b, oh, ow, g->o) > MAX_COUNT)
        return TRI_E_ARG;
    g->oh = (uint32_t)oh;
    g->ow = (uint32_t)ow;
    return TRI_OK;
}

size_t tri_conv_in(const struct tri_conv *g)
{
    return (size_t)g->b * g->h * g->w * g->c;
}

size_t tri_conv_filter(const struct tri_conv *g)
{
    return (size_t)g->kh * g->kw * g->c * g->o;
}

size_t tri_conv_out(const struct tri_conv *g)
{
    return (size_t)g->b * g->oh * g->ow * g->o;
}
