/* Built with -mavx2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>

#include "arch/kernels.h"

static inline __m256i load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

TRI_DECL_XOR(tri_xor_avx2)
{
    size_t i = 0;

    for (; i + 64 <= n; i += 64) {
        const __m256i x = _mm256_xor_si256(load(a + i), load(b + i));
        const __m256i y = _mm256_xor_si256(load(a + i + 32), load(b + i + 32));

        _mm256_storeu_si256((__m256i *)(out + i), x);
        _mm256_storeu_si256((__m256i *)(out + i + 32), y);
    }
    tri_xor_ref(out + i, a + i, b + i, n - i);
}
