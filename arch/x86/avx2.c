#include "arch/fill.h"

unsigned tri_fill_avx2(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_AVX2))
        return 0;
    FILL_RING(k, avx2);
    FILL_GEMM(k, avx2, tri_pairs_avx2, 8, 20, 96, 128, 500);
    FILL_CHACHA20(k, avx2);
    FILL_XOR(k, avx2);
    FILL_POLY1305(k, avx2);
    FILL_ZP(k, avx2);
    FILL_CHAIN(k, avx2);
    FILL_LANE(k, avx2);
    return TRI_CPU_AVX2;
}

unsigned tri_fill_slice_avx2(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_AVX2))
        return 0;
    FILL_SLICE(k, avx2);
    FILL_FIELD(k, avx2);
    FILL_WORDS(k, avx2);
    FILL_NARROW(k, avx2);
    if (cpu & TRI_CPU_AESNI) /* PCLMULQDQ */
        FILL_GF(k, avx2);
    return TRI_CPU_AVX2;
}
