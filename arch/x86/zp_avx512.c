/* Built with AVX-512 F, BW, DQ and VL (see Makefile); reached only through the
 * kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#define ZP(name) tri_zp_##name##_avx512

typedef __m512i V;
#define VB 64

static inline V v_load(const uint8_t *p)
{
    return _mm512_loadu_si512(p);
}

static inline void v_store(uint8_t *p, V x)
{
    _mm512_storeu_si512(p, x);
}

static inline V v_all(unsigned byte)
{
    return _mm512_set1_epi8((char)byte);
}

#define v_and(a, b) _mm512_and_si512(a, b)
#define v_or(a, b)  _mm512_or_si512(a, b)
#define v_xor(a, b) _mm512_xor_si512(a, b)
#define v_add(a, b) _mm512_add_epi8(a, b)
#define v_sub(a, b) _mm512_sub_epi8(a, b)
#define v_min(a, b) _mm512_min_epu8(a, b)
#define v_max(a, b) _mm512_max_epu8(a, b)
#define v_eq(a, b)  _mm512_movm_epi8(_mm512_cmpeq_epi8_mask(a, b))
#define v_shl(x, k) _mm512_slli_epi16(x, k)
#define v_shr(x, k) _mm512_srli_epi16(x, k)

/* 0xca is the truth table of "m ? a : b". */
#define v_sel(m, a, b) _mm512_ternarylogic_epi64(m, a, b, 0xca)

/* Even and odd bytes apart: maddubs adds two products, one of them zero. Each
 * folded value fits a byte again. */
static inline V v_mul(V a, V b)
{
    const V even = _mm512_set1_epi16(0x00ff);
    const V low = _mm512_set1_epi16(TRI_ZP);
    const V x = _mm512_maddubs_epi16(a, _mm512_and_si512(b, even));
    const V y = _mm512_maddubs_epi16(a, _mm512_andnot_si512(even, b));
    const V xh = _mm512_srli_epi16(x, 7);
    const V yh = _mm512_srli_epi16(y, 7);
    const V xs = _mm512_add_epi16(_mm512_and_si512(x, low), xh);
    const V ys = _mm512_add_epi16(_mm512_and_si512(y, low), yh);

    return _mm512_or_si512(xs, _mm512_slli_epi16(ys, 8));
}

typedef __mmask64 M;
#define m_eq(a, b)     _mm512_cmpeq_epi8_mask(a, b)
#define m_or(a, b)     ((a) | (b))
#define m_sel(m, a, b) _mm512_mask_blend_epi8(m, b, a)

static inline uint64_t m_bits(const M m[1])
{
    return m[0];
}

static inline V v_rows(const uint8_t *p)
{
    const __m128i *x = (const __m128i *)p;
    V v = _mm512_castsi128_si512(_mm_loadu_si128(x));

    v = _mm512_inserti32x4(v, _mm_loadu_si128(x + 8), 1);
    v = _mm512_inserti32x4(v, _mm_loadu_si128(x + 16), 2);
    return _mm512_inserti32x4(v, _mm_loadu_si128(x + 24), 3);
}

static inline V v_quads(V x)
{
    return _mm512_shuffle_epi8(
        x, _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6,
                                                10, 14, 3, 7, 11, 15)));
}

#define SHUFFLE32(a, b, i) \
    _mm512_castps_si512(   \
        _mm512_shuffle_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), i))
#define v_even32(a, b) SHUFFLE32(a, b, 0x88)
#define v_odd32(a, b)  SHUFFLE32(a, b, 0xdd)
#define v_lo32(a, b)   _mm512_unpacklo_epi32(a, b)
#define v_hi32(a, b)   _mm512_unpackhi_epi32(a, b)
#define v_lo64(a, b)   _mm512_unpacklo_epi64(a, b)
#define v_hi64(a, b)   _mm512_unpackhi_epi64(a, b)

#include "arch/zp_planes.inc"
