/* Words of fused and rep3: the definitions of arch/kernels.h, one lane at a
 * time. Where no variant exists the compiler's own vectors must do, so every
 * loop is one that it can cut. */
#include "arch/kernels.h"

/* All ones where bit i of x is set, else 0. */
static uint64_t all(uint64_t x, size_t i)
{
    return 0 - (x >> i & 1);
}

/* x, or -x where `minus` is all ones. */
static uint64_t negate(uint64_t x, uint64_t minus)
{
    return (x ^ minus) - minus;
}

/* Element i of a vector of words of `width` bytes; 0 if that is 0. */
static uint64_t part(const void *v, unsigned width, size_t i)
{
    return width == 2   ? ((const uint16_t *)v)[i]
           : width == 4 ? ((const uint32_t *)v)[i]
           : width == 8 ? ((const uint64_t *)v)[i]
                        : 0;
}

TRI_DECL_LANE_MASK(tri_lane_mask_ref)
{
    for (size_t i = 0; i < n; i++) {
        sum[i] = own[i] + other[i];
        out[i] = a[i] + c + own[i];
    }
}

TRI_DECL_LANE_BITS(tri_lane_bits_ref)
{
    uint64_t x = 0;

    for (size_t i = 0; i < n; i++)
        x |= ((a[i] + c) >> at & 1) << i;
    return x;
}

TRI_DECL_LANE_PACK(tri_lane_pack_ref)
{
    uint64_t x = 0;

    for (size_t i = 0; i < n; i++)
        x |= (uint64_t)(in[i] & 1) << i;
    return x;
}

TRI_DECL_LANE_SPREAD(tri_lane_spread_ref)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(all(x, i) & byte);
}

TRI_DECL_LANE_SHARE(tri_lane_share_ref)
{
    if (width == 2)
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)z)[i] =
                (uint16_t)((x >> i & 1) - ((const uint16_t *)r)[i]);
    else if (width == 4)
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)z)[i] =
                (uint32_t)((x >> i & 1) - ((const uint32_t *)r)[i]);
    else
        for (size_t i = 0; i < n; i++)
            ((uint64_t *)z)[i] = (x >> i & 1) - ((const uint64_t *)r)[i];
}

TRI_DECL_LANE_PICK(tri_lane_pick_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = (y[i] >> shift & all(x, i)) - r[i];
}

#define EACH(T)                    \
    for (size_t i = 0; i < n; i++) \
    ((T *)z)[i] = (T)((((const T *)y)[i] & all(x, i)) - ((const T *)r)[i])

TRI_DECL_LANE_KEEP(tri_lane_keep_ref)
{
    if (width == 2)
        EACH(uint16_t);
    else if (width == 4)
        EACH(uint32_t);
    else
        EACH(uint64_t);
}
#undef EACH

#define EACH(T)                                                     \
    for (size_t i = 0; i < n; i++) {                                \
        const T b = s == NULL ? 0 : ((const T *)s)[i];              \
        const T twice = (T)(2 * (uint64_t)(((const T *)r)[i] + b)); \
                                                                    \
        ((T *)z)[i] = (T)((x >> i & 1) - twice);                    \
    }

TRI_DECL_LANE_FLIP(tri_lane_flip_ref)
{
    if (width == 2)
        EACH(uint16_t)
    else if (width == 4)
        EACH(uint32_t)
    else
        EACH(uint64_t)
}
#undef EACH

TRI_DECL_LANE_CHOOSE(tri_lane_choose_ref)
{
    const unsigned up = (64 - v->shift) % 64;

    for (size_t i = 0; i < n; i++) {
        const uint64_t R = (v->r[i] >> v->shift) + v->c;
        const uint64_t high = all(v->r[i], 63);
        const uint64_t T =
            v->t[i] - (R & v->own) + (high & part(v->tn, v->width, i) << up);
        const uint64_t E =
            v->e[i] - R * v->k[i] + (high & part(v->en, v->width, i) << up);

        z[i] = negate(E, all(m, i)) + (T & all(m, i));
    }
}

TRI_DECL_LANE_TRUNC(tri_lane_trunc_ref)
{
    const unsigned s = v->shift;

    for (size_t i = 0; i < n; i++) {
        const uint64_t b = a[i] + v->c;
        const uint64_t w = negate(part(v->w, v->width, i), all(v->e, i));
        const uint64_t W =
            (v->h >> i & 1) - negate((v->g >> i & 1) + w, all(v->f, i));

        z[i] = (b >> s) - (v->c >> s) + (((b & v->below) + v->below) >> s) -
               (W << (64 - s));
    }
}
