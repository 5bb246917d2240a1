#include "arch/fill.h"

unsigned tri_fill_aesni(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_AESNI))
        return 0;
    FILL_AES(k, aesni);
    return TRI_CPU_AESNI;
}

unsigned tri_fill_aesni_avx2(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_AESNI) || !(cpu & TRI_CPU_AVX2))
        return 0;
    FILL_AES(k, avx2);
    return TRI_CPU_AESNI;
}

unsigned tri_fill_aesni_avx512(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_AESNI) || !(cpu & TRI_CPU_AVX512))
        return 0;
    FILL_AES(k, avx512);
    return TRI_CPU_AESNI;
}
