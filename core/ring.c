#include "core/err.h"
#include "core/mem.h"
#include "core/ring.h"

/* 2^e for |e| <= 1022, from the IEEE 754 layout: core has no libm. */
static double pow2(int e)
{
    const uint64_t bits = (uint64_t)(1023 + e) << 52;
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

double tri_fixed_max(int fb)
{
    /* The largest double below 2^62 is 2^62 - 2^9. */
    return (pow2(62) - pow2(9)) * pow2(-fb);
}

int tri_fixed_encode(tri_ring *out, double v, int fb)
{
    uint64_t mag;
    double s;

    if (fb < 0 || fb > 61)
        return TRI_E_RANGE;
    s = (v < 0 ? -v : v) * pow2(fb); /* exact: a power of two */
    if (!(s < pow2(62)))             /* so written, it refuses NaN as well */
        return TRI_E_RANGE;
    mag = (uint64_t)s;
    /* From 2^52 on a double is an integer and the remainder is 0. */
    mag += s - (double)mag >= 0.5;
    *out = v < 0 ? 0 - mag : mag;
    return TRI_OK;
}

double tri_fixed_decode(tri_ring x, int fb)
{
    return (double)(int64_t)x * pow2(-fb);
}
