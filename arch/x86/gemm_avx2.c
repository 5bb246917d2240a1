/* Built with -mavx2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

enum { MR = 4, NR = 8 };

TRI_DECL_GEMM(tri_gemm_avx2)
{
    for (size_t j = 0; j < NR; j += 4) {
        __m256i low[MR], cross[MR];

        for (size_t i = 0; i < MR; i++)
            low[i] = cross[i] = _mm256_setzero_si256();
        for (size_t k = 0; k < kc; k++) {
            const __m256i b =
                _mm256_load_si256((const __m256i *)(B + k * NR + j));
            const __m256i swapped = _mm256_shuffle_epi32(b, 0xb1);

            for (size_t i = 0; i < MR; i++) {
                const __m256i a = _mm256_set1_epi64x((long long)A[k * MR + i]);

                low[i] = _mm256_add_epi64(low[i], _mm256_mul_epu32(a, b));
                cross[i] =
                    _mm256_add_epi32(cross[i], _mm256_mullo_epi32(a, swapped));
            }
        }
        for (size_t i = 0; i < MR; i++) {
            __m256i *c = (__m256i *)(C + i * ldc + j);
            const __m256i fold =
                _mm256_add_epi64(cross[i], _mm256_srli_epi64(cross[i], 32));

            _mm256_storeu_si256(
                c, _mm256_add_epi64(
                       _mm256_loadu_si256(c),
                       _mm256_add_epi64(low[i], _mm256_slli_epi64(fold, 32))));
        }
    }
}
