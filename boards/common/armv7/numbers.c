#include "boards/common/armv7/numbers.h"

#ifdef __arm__

static const double two_32 = 4294967296.0;

/* The upper half is exact in a double, so only the sum is rounded. */
TRI_ARM_BASE double __aeabi_l2d(int64_t v)
{
    return (double)(int32_t)(v >> 32) * two_32 + (double)(uint32_t)v;
}

TRI_ARM_BASE double __aeabi_ul2d(uint64_t v)
{
    return (double)(uint32_t)(v >> 32) * two_32 + (double)(uint32_t)v;
}

TRI_ARM_BASE uint64_t __aeabi_d2ulz(double v)
{
    const uint32_t high = (uint32_t)(v * (1 / two_32));

    return (uint64_t)high << 32 | (uint32_t)(v - (double)high * two_32);
}

TRI_ARM_BASE int64_t __aeabi_d2lz(double v)
{
    const uint64_t size = __aeabi_d2ulz(v < 0 ? -v : v);

    return (int64_t)(v < 0 ? -size : size);
}

int __ctzdi2(uint64_t v)
{
    const uint32_t low = (uint32_t)v;

    return low != 0 ? __builtin_ctz(low)
                    : 32 + __builtin_ctz((uint32_t)(v >> 32));
}

#endif
