/* Built with AVX-512 F, BW, DQ, VL (see Makefile); reached only through the
 * kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

enum { MR = 8, NV = 3, NR = 8 * NV };

TRI_DECL_GEMM(tri_gemm_avx512)
{
    __m512i acc[MR][NV];

    for (size_t i = 0; i < MR; i++)
        for (size_t j = 0; j < NV; j++)
            acc[i][j] = _mm512_setzero_si512();
    for (size_t k = 0; k < kc; k++) {
        __m512i b[NV];

        for (size_t j = 0; j < NV; j++)
            b[j] = _mm512_load_si512(B + k * NR + 8 * j);
        for (size_t i = 0; i < MR; i++) {
            const __m512i a = _mm512_set1_epi64((long long)A[k * MR + i]);

            for (size_t j = 0; j < NV; j++)
                acc[i][j] =
                    _mm512_add_epi64(acc[i][j], _mm512_mullo_epi64(a, b[j]));
        }
    }
    for (size_t i = 0; i < MR; i++)
        for (size_t j = 0; j < NV; j++) {
            uint64_t *c = C + i * ldc + 8 * j;

            _mm512_storeu_si512(
                c, _mm512_add_epi64(_mm512_loadu_si512(c), acc[i][j]));
        }
}
