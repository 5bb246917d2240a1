/* Built with -mavx2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#define ZP(name) tri_zp_##name##_avx2

typedef __m256i V;
#define VB 32

static inline V v_load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

static inline void v_store(uint8_t *p, V x)
{
    _mm256_storeu_si256((__m256i *)p, x);
}

static inline V v_all(unsigned byte)
{
    return _mm256_set1_epi8((char)byte);
}

#define v_and(a, b) _mm256_and_si256(a, b)
#define v_or(a, b)  _mm256_or_si256(a, b)
#define v_xor(a, b) _mm256_xor_si256(a, b)
#define v_add(a, b) _mm256_add_epi8(a, b)
#define v_sub(a, b) _mm256_sub_epi8(a, b)
#define v_min(a, b) _mm256_min_epu8(a, b)
#define v_max(a, b) _mm256_max_epu8(a, b)
#define v_eq(a, b)  _mm256_cmpeq_epi8(a, b)
#define v_shl(x, k) _mm256_slli_epi16(x, k)
#define v_shr(x, k) _mm256_srli_epi16(x, k)

#define v_sel(m, a, b) _mm256_blendv_epi8(b, a, m)

/* Even and odd bytes apart: maddubs adds two products, one of them zero. Each
 * folded value fits a byte again. */
static inline V v_mul(V a, V b)
{
    const V even = _mm256_set1_epi16(0x00ff);
    const V low = _mm256_set1_epi16(TRI_ZP);
    const V x = _mm256_maddubs_epi16(a, _mm256_and_si256(b, even));
    const V y = _mm256_maddubs_epi16(a, _mm256_andnot_si256(even, b));
    const V xh = _mm256_srli_epi16(x, 7);
    const V yh = _mm256_srli_epi16(y, 7);
    const V xs = _mm256_add_epi16(_mm256_and_si256(x, low), xh);
    const V ys = _mm256_add_epi16(_mm256_and_si256(y, low), yh);

    return _mm256_or_si256(xs, _mm256_slli_epi16(ys, 8));
}

typedef __m256i M;
#define m_eq(a, b)     _mm256_cmpeq_epi8(a, b)
#define m_or(a, b)     _mm256_or_si256(a, b)
#define m_sel(m, a, b) v_sel(m, a, b)

static inline uint64_t m_bits(const M m[2])
{
    return (uint32_t)_mm256_movemask_epi8(m[0]) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(m[1]) << 32;
}

static inline V v_rows(const uint8_t *p)
{
    const __m128i *x = (const __m128i *)p;

    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(x)),
                                   _mm_loadu_si128(x + 8), 1);
}

static inline V v_quads(V x)
{
    return _mm256_shuffle_epi8(x, _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2,
                                                   6, 10, 14, 3, 7, 11, 15, 0,
                                                   4, 8, 12, 1, 5, 9, 13, 2, 6,
                                                   10, 14, 3, 7, 11, 15));
}

#define SHUFFLE32(a, b, i) \
    _mm256_castps_si256(   \
        _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), i))
#define v_even32(a, b) SHUFFLE32(a, b, 0x88)
#define v_odd32(a, b)  SHUFFLE32(a, b, 0xdd)
#define v_lo32(a, b)   _mm256_unpacklo_epi32(a, b)
#define v_hi32(a, b)   _mm256_unpackhi_epi32(a, b)
#define v_lo64(a, b)   _mm256_unpacklo_epi64(a, b)
#define v_hi64(a, b)   _mm256_unpackhi_epi64(a, b)

#include "arch/zp_planes.inc"
