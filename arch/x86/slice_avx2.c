/* Built with -mavx2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#define SLICE(name) tri_slice_##name##_avx2

typedef __m256i V;
enum { VW = 4 };

#define v_load(p)         _mm256_loadu_si256((const void *)(p))
#define v_store(p, v)     _mm256_storeu_si256((void *)(p), v)
#define v_xor(x, y)       _mm256_xor_si256(x, y)
#define v_muladd(a, x, y) _mm256_xor_si256(a, _mm256_and_si256(x, y))

#include "arch/slice_words.inc"

#define INLINE static inline __attribute__((always_inline))

/* Words i and i+1 of n. */
INLINE __m128i pair(const uint64_t *x, size_t ldx, size_t n, size_t i)
{
    const uint64_t low = i < n ? x[i * ldx] : 0;
    const uint64_t high = i + 1 < n ? x[(i + 1) * ldx] : 0;

    if (ldx == 1 && i + 1 < n)
        return _mm_loadu_si128((const void *)(x + i));
    return _mm_set_epi64x((long long)high, (long long)low);
}

/* row[b] = byte b of words i .. i+31 shifted right, b < 4. The two halves of a
 * vector are 16 words each from the start, so that they never have to meet. */
INLINE void bytes(V row[4], const uint64_t *x, size_t ldx, size_t n, size_t i,
                  __m128i shift)
{
    const V turn = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15));
    V w[8], d[4], q[4];

    for (size_t j = 0; j < 8; j++) {
        const V v = _mm256_inserti128_si256(
            _mm256_castsi128_si256(pair(x, ldx, n, i + 2 * j)),
            pair(x, ldx, n, i + 16 + 2 * j), 1);

        w[j] = _mm256_shuffle_epi8(_mm256_srl_epi64(v, shift), turn);
    }
    for (size_t j = 0; j < 4; j++)
        d[j] = _mm256_unpacklo_epi16(w[2 * j], w[2 * j + 1]);
    for (size_t j = 0; j < 2; j++) {
        q[2 * j] = _mm256_unpacklo_epi32(d[2 * j], d[2 * j + 1]);
        q[2 * j + 1] = _mm256_unpackhi_epi32(d[2 * j], d[2 * j + 1]);
    }
    for (size_t j = 0; j < 2; j++) {
        row[2 * j] = _mm256_unpacklo_epi64(q[j], q[j + 2]);
        row[2 * j + 1] = _mm256_unpackhi_epi64(q[j], q[j + 2]);
    }
}

/* Bit p of every byte. */
INLINE uint64_t bits(V row, size_t p)
{
    const V top = _mm256_sll_epi16(row, _mm_cvtsi32_si128(7 - (int)p));

    return (uint32_t)_mm256_movemask_epi8(top);
}

/* 32 bits of all words at a time. */
INLINE void transpose(uint64_t *z, size_t ldz, size_t k, const uint64_t *x,
                      size_t ldx, size_t n, unsigned shift)
{
    for (size_t b = 0; b < k; b += 32) {
        const __m128i s = _mm_cvtsi32_si128((int)(shift + b));
        V low[4], high[4];

        bytes(low, x, ldx, n, 0, s);
        bytes(high, x, ldx, n, 32, s);
        for (size_t j = 0; j < 4; j++)
            for (size_t p = b + 8 * j; p < k && p < b + 8 * j + 8; p++)
                z[p * ldz] = bits(low[j], p % 8) | bits(high[j], p % 8) << 32;
    }
}

TRI_DECL_SLICE_TRANSPOSE(tri_slice_transpose_avx2)
{
    if (ldx == 1 && n == 64)
        transpose(z, ldz, k, x, 1, 64, shift);
    else
        transpose(z, ldz, k, x, ldx, n, shift);
}
