/* Built with AVX-512 F, BW, DQ and VL (see Makefile); reached only through the
 * kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#define LANE(name) tri_lane_##name##_avx512
#define REF(name)  tri_lane_##name##_ref

typedef __m512i V;
enum { VW = 8 };

#define v_load(p)     _mm512_loadu_si512(p)
#define v_store(p, v) _mm512_storeu_si512(p, v)
#define v_all(x)      _mm512_set1_epi64((long long)(x))
#define v_and(a, b)   _mm512_and_si512(a, b)
#define v_add(a, b)   _mm512_add_epi64(a, b)
#define v_sub(a, b)   _mm512_sub_epi64(a, b)
#define v_mul(a, b)   _mm512_mullo_epi64(a, b)
#define v_shl(x, k)   _mm512_sll_epi64(x, _mm_cvtsi32_si128((int)(k)))
#define v_shr(x, k)   _mm512_srl_epi64(x, _mm_cvtsi32_si128((int)(k)))

static inline V v_part(const void *p, size_t i, unsigned width)
{
    if (width == 2)
        return _mm512_cvtepu16_epi64(
            _mm_loadu_si128((const void *)((const uint16_t *)p + i)));
    if (width == 4)
        return _mm512_cvtepu32_epi64(
            _mm256_loadu_si256((const void *)((const uint32_t *)p + i)));
    return v_load((const uint64_t *)p + i);
}

typedef __mmask8 M;
#define m_of(x)        ((__mmask8)(x))
#define m_bits(m)      ((uint64_t)(m))
#define m_top(v)       _mm512_movepi64_mask(v)
#define m_and(m, v)    _mm512_maskz_mov_epi64(m, v)
#define m_sel(m, a, b) _mm512_mask_blend_epi64(m, b, a)
#define m_inc(m, v)    _mm512_mask_add_epi64(v, m, v, v_all(1))
#define m_neg(m, v)    _mm512_mask_sub_epi64(v, m, _mm512_setzero_si512(), v)

#define S2 V
#define S4 V
#define S8 V
enum { N2 = 32, N4 = 16, N8 = 8 };
#define s2_load(p)     _mm512_loadu_si512(p)
#define s4_load(p)     _mm512_loadu_si512(p)
#define s8_load(p)     _mm512_loadu_si512(p)
#define s2_store(p, v) _mm512_storeu_si512(p, v)
#define s4_store(p, v) _mm512_storeu_si512(p, v)
#define s8_store(p, v) _mm512_storeu_si512(p, v)
#define s2_bit(x, r) \
    _mm512_sub_epi16(_mm512_maskz_set1_epi16((__mmask32)(x), 1), r)
#define s4_bit(x, r) \
    _mm512_sub_epi32(_mm512_maskz_set1_epi32((__mmask16)(x), 1), r)
#define s8_bit(x, r) \
    _mm512_sub_epi64(_mm512_maskz_set1_epi64((__mmask8)(x), 1), r)

#define s2_add(a, b) _mm512_add_epi16(a, b)
#define s4_add(a, b) _mm512_add_epi32(a, b)
#define s8_add(a, b) _mm512_add_epi64(a, b)
#define s2_sub(a, b) _mm512_sub_epi16(a, b)
#define s4_sub(a, b) _mm512_sub_epi32(a, b)
#define s8_sub(a, b) _mm512_sub_epi64(a, b)
#define s2_and(x, r) _mm512_maskz_mov_epi16((__mmask32)(x), r)
#define s4_and(x, r) _mm512_maskz_mov_epi32((__mmask16)(x), r)
#define s8_and(x, r) _mm512_maskz_mov_epi64((__mmask8)(x), r)

#include "arch/lane_words.inc"

/* Masked accesses are for the last block only: what one has stored must reach
 * the cache before it can be loaded. */
TRI_DECL_LANE_PACK(tri_lane_pack_avx512)
{
    const V one = _mm512_set1_epi8(1);
    const __mmask64 m = ((uint64_t)1 << n % TRI_LANES) - 1;

    if (n == TRI_LANES)
        return _mm512_test_epi8_mask(_mm512_loadu_si512(in), one);
    return _mm512_test_epi8_mask(_mm512_maskz_loadu_epi8(m, in), one);
}

TRI_DECL_LANE_SPREAD(tri_lane_spread_avx512)
{
    const V v = _mm512_maskz_set1_epi8(x, (char)byte);
    const __mmask64 m = ((uint64_t)1 << n % TRI_LANES) - 1;

    if (n == TRI_LANES)
        _mm512_storeu_si512(out, v);
    else
        _mm512_mask_storeu_epi8(out, m, v);
}
