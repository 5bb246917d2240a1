#include "arch/fill.h"

unsigned tri_fill_avx512(struct tri_kernels *k, unsigned cpu)
{
    if (!(cpu & TRI_CPU_AVX512))
        return 0;
    FILL_RING(k, avx512);
    FILL_GEMM(k, avx512, tri_pairs_avx512, 8, 24, 144, 256, 960);
    FILL_CHACHA20(k, avx512);
    FILL_XOR(k, avx512);
    FILL_POLY1305(k, avx512);
    k->chachapoly = tri_chachapoly_avx512;
    FILL_ZP(k, avx512);
    FILL_CHAIN(k, avx512);
    FILL_LANE(k, avx512);
    return TRI_CPU_AVX512;
}

unsigned tri_fill_slice_avx512(struct tri_kernels *k, unsigned cpu)
{
    const unsigned gfni = TRI_CPU_GFNI | TRI_CPU_VAES; /* VPCLMULQDQ */
    unsigned used = TRI_CPU_AVX512;

    if (!(cpu & TRI_CPU_AVX512))
        return 0;
    FILL_SLICE(k, avx512);
    FILL_FIELD(k, avx512);
    FILL_WORDS(k, avx512);
    FILL_NARROW(k, avx512);
    if ((cpu & gfni) == gfni) {
        FILL_GF(k, gfni);
        used |= TRI_CPU_GFNI;
    }
    if (cpu & TRI_CPU_IFMA) {
        FILL_FIELD(k, ifma);
        k->words_carry = tri_words_carry_ifma;
        k->words_dots = tri_words_dots_ifma;
        k->words_outer = tri_words_outer_ifma;
        used |= TRI_CPU_IFMA;
    }
    return used;
}
