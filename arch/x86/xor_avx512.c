/* Built with AVX-512 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>

#include "arch/kernels.h"

TRI_DECL_XOR(tri_xor_avx512)
{
    size_t i = 0;

    for (; i + 64 <= n; i += 64)
        _mm512_storeu_si512(out + i,
                            _mm512_xor_si512(_mm512_loadu_si512(a + i),
                                             _mm512_loadu_si512(b + i)));
    if (i < n) {
        const __mmask64 m = ~0ull >> (64 - (n - i));

        _mm512_mask_storeu_epi8(
            out + i, m,
            _mm512_xor_si512(_mm512_maskz_loadu_epi8(m, a + i),
                             _mm512_maskz_loadu_epi8(m, b + i)));
    }
}
