/* Built with AVX-512 F, BW, DQ, VL (see Makefile); reached only through the
 * kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

/*
 * vpmullq is three operations on the two ports that take 512 bits, so a
 * multiply-add of 8 lanes costs 4 of them; in pairs (arch/kernels.h) two cost
 * 6. 8 x 3 vectors of sums, 6 vectors of B and the two factors fill the 32
 * registers; A is broadcast by the additions themselves.
 */
enum { MR = 8, NV = 3, NR = 8 * NV };

/* One to three vectors of columns; `nv` is a constant in each copy. */
static inline void tile(size_t kc, const uint64_t *A, const uint64_t *B,
                        uint64_t *C, size_t ldc, size_t m, size_t n,
                        const size_t nv)
{
    const __mmask8 last = (__mmask8)(0xff >> (8 * nv - n));
    __m512i z[MR][NV];

    /* The product takes long enough for C to arrive meanwhile. */
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j += 8)
            __builtin_prefetch(C + i * ldc + j, 1);
    for (size_t i = 0; i < MR; i++)
        for (size_t j = 0; j < nv; j++)
            z[i][j] = _mm512_setzero_si512();
    for (; kc != 0; kc -= 2, A += 2 * MR, B += 2 * NR) {
        __m512i b0[NV], b1[NV];

        for (size_t j = 0; j < nv; j++) {
            b0[j] = _mm512_load_si512(B + 8 * j);
            b1[j] = _mm512_load_si512(B + NR + 8 * j);
        }
        for (size_t i = 0; i < MR; i++) {
            const __m512i a0 = _mm512_set1_epi64((long long)A[i]);
            const __m512i a1 = _mm512_set1_epi64((long long)A[MR + i]);

            for (size_t j = 0; j < nv; j++)
                z[i][j] = _mm512_add_epi64(
                    z[i][j], _mm512_mullo_epi64(_mm512_add_epi64(a0, b1[j]),
                                                _mm512_add_epi64(a1, b0[j])));
        }
    }
    /* A and B now stand at the rows of pair sums. */
    for (size_t i = 0; i < MR; i++) {
        const __m512i a = _mm512_set1_epi64((long long)A[i]);
        uint64_t *c = C + i * ldc;

        if (i >= m)
            break;
        for (size_t j = 0; j < nv; j++) {
            const __mmask8 mask = j + 1 < nv ? 0xff : last;
            const __m512i ab = _mm512_sub_epi64(
                z[i][j], _mm512_add_epi64(a, _mm512_load_si512(B + 8 * j)));

            _mm512_mask_storeu_epi64(
                c + 8 * j, mask,
                _mm512_add_epi64(ab,
                                 _mm512_maskz_loadu_epi64(mask, c + 8 * j)));
        }
    }
}

TRI_DECL_GEMM(tri_gemm_avx512)
{
    if (n > 16)
        tile(kc, A, B, C, ldc, m, n, 3);
    else if (n > 8)
        tile(kc, A, B, C, ldc, m, n, 2);
    else
        tile(kc, A, B, C, ldc, m, n, 1);
}

TRI_DECL_PAIRS(tri_pairs_avx512)
{
    for (size_t i = 0; i < w; i += 8) {
        __m512i z = _mm512_setzero_si512();

        for (size_t k = 0; k < kc; k += 2)
            z = _mm512_add_epi64(
                z, _mm512_mullo_epi64(_mm512_load_si512(P + k * w + i),
                                      _mm512_load_si512(P + (k + 1) * w + i)));
        _mm512_store_si512(P + kc * w + i, z);
    }
}
