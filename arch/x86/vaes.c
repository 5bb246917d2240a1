#include "arch/fill.h"

unsigned tri_fill_vaes256(struct tri_kernels *k, unsigned cpu)
{
    const unsigned need = TRI_CPU_AESNI | TRI_CPU_AVX2 | TRI_CPU_VAES;

    if ((cpu & need) != need)
        return 0;
    FILL_AES(k, vaes256);
    return TRI_CPU_AESNI | TRI_CPU_VAES;
}

unsigned tri_fill_vaes(struct tri_kernels *k, unsigned cpu)
{
    const unsigned need = TRI_CPU_AESNI | TRI_CPU_AVX512 | TRI_CPU_VAES;

    if ((cpu & need) != need)
        return 0;
    FILL_AES(k, vaes);
    return TRI_CPU_AESNI | TRI_CPU_VAES;
}
