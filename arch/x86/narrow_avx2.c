/* Words as they lie in memory, and sums of single bits, four words at a time.
 * Built with AVX2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#define NARROW(name) tri_narrow_##name##_avx2

typedef __m256i V;
enum { VW = 4 };

#define all(x)     _mm256_set1_epi64x((long long)(x))
#define add(x, y)  _mm256_add_epi64(x, y)
#define both(x, y) _mm256_and_si256(x, y)

static inline V load(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

static inline void store(void *p, V v)
{
    _mm256_storeu_si256((__m256i *)p, v);
}

/* x * y modulo 2^64. */
static inline __m256i product(__m256i x, __m256i y)
{
    const __m256i mid =
        _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(x, 32), y),
                         _mm256_mul_epu32(x, _mm256_srli_epi64(y, 32)));

    return _mm256_add_epi64(_mm256_mul_epu32(x, y), _mm256_slli_epi64(mid, 32));
}

TRI_DECL_NARROW_WIDEN(NARROW(widen))
{
    const uint16_t *h = x;
    const uint32_t *w = x;
    size_t i = 0;

    if (bytes == 2)
        for (; i + VW <= n; i += VW)
            store(z + i, _mm256_cvtepu16_epi64(
                             _mm_loadl_epi64((const __m128i *)(h + i))));
    else if (bytes == 4)
        for (; i + VW <= n; i += VW)
            store(z + i, _mm256_cvtepu32_epi64(
                             _mm_loadu_si128((const __m128i *)(w + i))));
    tri_narrow_widen_ref(z + i, (const uint8_t *)x + i * bytes, bytes, n - i);
}

/* All ones where m > x * y, of vector i. */
static inline __m256i over(const uint8_t *x, const uint8_t *y, const uint8_t *m,
                           unsigned bytes, unsigned i)
{
    const __m256i a = load(x + 32 * i), b = load(y + 32 * i);
    const __m256i c = load(m + 32 * i);

    if (bytes == 2) {
        const __m256i sign = _mm256_set1_epi16((short)0x8000);

        return _mm256_cmpgt_epi16(
            _mm256_xor_si256(c, sign),
            _mm256_xor_si256(_mm256_mullo_epi16(a, b), sign));
    }
    if (bytes == 4) {
        const __m256i sign = _mm256_set1_epi32((int)0x80000000);

        return _mm256_cmpgt_epi32(
            _mm256_xor_si256(c, sign),
            _mm256_xor_si256(_mm256_mullo_epi32(a, b), sign));
    } else {
        const __m256i sign = _mm256_slli_epi64(_mm256_set1_epi64x(1), 63);

        return _mm256_cmpgt_epi64(_mm256_xor_si256(c, sign),
                                  _mm256_xor_si256(product(a, b), sign));
    }
}

/* Bit i of the result: m > x * y, of the words of a group. */
static inline uint32_t above(const uint8_t *x, const uint8_t *y,
                             const uint8_t *m, unsigned bytes)
{
    uint32_t bits = 0;

    if (bytes == 2) {
        /* What the packing takes from both, half by half, in order again. */
        const __m256i packed = _mm256_packs_epi16(over(x, y, m, bytes, 0),
                                                  over(x, y, m, bytes, 1));

        return (uint32_t)_mm256_movemask_epi8(
            _mm256_permute4x64_epi64(packed, 0xd8));
    }
    for (unsigned i = 0; i < bytes; i++) {
        const __m256i v = over(x, y, m, bytes, i);

        if (bytes == 4)
            bits |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(v))
                    << 8 * i;
        else
            bits |= (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(v))
                    << 4 * i;
    }
    return bits;
}

/* Bit b of 64 bytes. */
static inline uint64_t plane(const uint8_t *bytes, unsigned b)
{
    const __m128i by = _mm_cvtsi32_si128((int)(7 - b));
    const __m256i lo = _mm256_sll_epi16(load(bytes), by);
    const __m256i hi = _mm256_sll_epi16(load(bytes + 32), by);

    return (uint32_t)_mm256_movemask_epi8(lo) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(hi) << 32;
}

/* The ones of each word. */
static inline __m256i count(__m256i v)
{
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i ones = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i a = _mm256_shuffle_epi8(ones, _mm256_and_si256(v, low));
    const __m256i b = _mm256_shuffle_epi8(
        ones, _mm256_and_si256(_mm256_srli_epi16(v, 4), low));

    return _mm256_sad_epu8(_mm256_add_epi8(a, b), _mm256_setzero_si256());
}

#include "arch/x86/narrow_borrow.inc"

TRI_DECL_NARROW_REST(NARROW(rest))
{
    size_t i = 0;

    for (; i + VW <= n; i += VW)
        store(z + i,
              _mm256_sub_epi64(_mm256_sub_epi64(load(a + i), load(m + i)),
                               product(load(x + i), load(y + i))));
    tri_narrow_rest_ref(z + i, a + i, x + i, y + i, m + i, n - i);
}
