/* Built with AVX-512 F, BW, DQ and VL (see Makefile); reached only through the
 * kernel table. */
#ifndef TRI_SLICE_MODEL /* tests/arch/slice_in_c.c */
#include <immintrin.h>
#endif
#include "arch/kernels.h"

#define SLICE(name) tri_slice_##name##_avx512

typedef __m512i V;
enum { VW = 8 };

#define v_load(p)         _mm512_loadu_si512(p)
#define v_store(p, v)     _mm512_storeu_si512(p, v)
#define v_xor(x, y)       _mm512_xor_si512(x, y)
#define v_muladd(a, x, y) _mm512_ternarylogic_epi64(a, x, y, 0x78)

#include "arch/slice_words.inc"

#define INLINE static inline __attribute__((always_inline))

/* Words i .. i+7 of n. */
INLINE V eight(const uint64_t *x, size_t ldx, size_t n, size_t i)
{
    long long v[8];

    if (ldx == 1 && i + 8 <= n)
        return v_load(x + i);
    for (size_t j = 0; j < 8; j++)
        v[j] = i + j < n ? (long long)x[(i + j) * ldx] : 0;
    return _mm512_setr_epi64(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]);
}

/* row[b] = byte b of all words shifted right, b < 4. Two words at a time until
 * the end: lane l of a vector collects words 2l and 2l+1 of every eight. */
INLINE void bytes(V row[4], const uint64_t *x, size_t ldx, size_t n,
                  unsigned shift)
{
    static const uint8_t pairs[64] = {
        0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15,
        0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15,
        0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15,
        0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15,
    };
    static const uint16_t order[32] = {
        0, 8,  16, 24, 1, 9,  17, 25, 2, 10, 18, 26, 3, 11, 19, 27,
        4, 12, 20, 28, 5, 13, 21, 29, 6, 14, 22, 30, 7, 15, 23, 31,
    };
    const V s = _mm512_set1_epi64((long long)shift);
    V w[8], d[4], q[4];

    for (size_t j = 0; j < 8; j++)
        w[j] = _mm512_shuffle_epi8(
            _mm512_srlv_epi64(eight(x, ldx, n, 8 * j), s), v_load(pairs));
    for (size_t j = 0; j < 4; j++)
        d[j] = _mm512_unpacklo_epi16(w[2 * j], w[2 * j + 1]);
    for (size_t j = 0; j < 2; j++) {
        q[2 * j] = _mm512_unpacklo_epi32(d[2 * j], d[2 * j + 1]);
        q[2 * j + 1] = _mm512_unpackhi_epi32(d[2 * j], d[2 * j + 1]);
    }
    for (size_t j = 0; j < 2; j++) {
        row[2 * j] = _mm512_unpacklo_epi64(q[j], q[j + 2]);
        row[2 * j + 1] = _mm512_unpackhi_epi64(q[j], q[j + 2]);
    }
    for (size_t b = 0; b < 4; b++)
        row[b] = _mm512_permutexvar_epi16(v_load(order), row[b]);
}

/* 32 bits of all words at a time. */
INLINE void transpose(uint64_t *z, size_t ldz, size_t k, const uint64_t *x,
                      size_t ldx, size_t n, unsigned shift)
{
    for (size_t b = 0; b < k; b += 32) {
        V row[4];

        bytes(row, x, ldx, n, shift + (unsigned)b);
        for (size_t j = 0; j < 4; j++)
            for (size_t p = b + 8 * j; p < k && p < b + 8 * j + 8; p++)
                z[p * ldz] = _mm512_test_epi8_mask(
                    row[j], _mm512_set1_epi8((char)(1 << p % 8)));
    }
}

TRI_DECL_SLICE_TRANSPOSE(tri_slice_transpose_avx512)
{
    if (ldx == 1 && n == 64)
        transpose(z, ldz, k, x, 1, 64, shift);
    else
        transpose(z, ldz, k, x, ldx, n, shift);
}
