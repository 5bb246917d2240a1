#include "arch/fill.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the NEON kernels are for little-endian processors"
#endif

unsigned tri_fill_neon(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_NEON))
        return 0;
    FILL_RING(k, neon);
    FILL_GEMM(k, neon, NULL, 4, 4, 64, 256, 512);
    FILL_CHACHA20(k, neon);
    FILL_XOR(k, neon);
    FILL_POLY1305(k, neon);
    FILL_ZP(k, neon);
    FILL_CHAIN(k, neon);
    FILL_LANE(k, neon);
    return TRI_CPU_NEON;
}

unsigned tri_fill_slice_neon(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_NEON))
        return 0;
    FILL_SLICE(k, neon);
    FILL_FIELD(k, neon);
    k->words_project = tri_words_project_neon;
    k->words_name = "neon";
#ifdef __aarch64__
    if (cpu & TRI_CPU_ARMCE)
        FILL_GF(k, ce);
#else /* products of 8 bits take the place of PMULL */
    FILL_GF(k, neon);
#endif
    return TRI_CPU_NEON;
}
