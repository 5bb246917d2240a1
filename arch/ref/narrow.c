/* Words as they lie in memory: the definitions of arch/kernels.h. */
#include "arch/kernels.h"

static uint64_t at(const void *x, unsigned bytes, size_t i)
{
    return bytes == 2   ? ((const uint16_t *)x)[i]
           : bytes == 4 ? ((const uint32_t *)x)[i]
                        : ((const uint64_t *)x)[i];
}

TRI_DECL_NARROW_WIDEN(tri_narrow_widen_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = at(x, bytes, i);
}

TRI_DECL_NARROW_BORROW(tri_narrow_borrow_ref)
{
    const uint64_t all = ~(uint64_t)0 >> (64 - 8 * bytes);

    for (size_t t = 0; t < groups; t++)
        for (size_t i = 0; i < TRI_PLACES; i++) {
            const size_t r = t * TRI_PLACES + i;
            const uint64_t a = at(x, bytes, r) * at(y, bytes, r) & all;
            const uint64_t b = at(m, bytes, r);
            /* [b > a], without a comparison that might become a branch */
            const uint64_t d = ((~a & b) | ((~a | b) & (a - b))) >> 63;

            for (size_t j = 0; j < TRI_SUMS; j++)
                z[j * TRI_PLACES + i] += d & bits[t] >> j;
        }
}

TRI_DECL_NARROW_REST(tri_narrow_rest_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = a[i] - x[i] * y[i] - m[i];
}
