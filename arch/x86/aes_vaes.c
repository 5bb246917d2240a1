/* Built with AVX-512, VAES and VPCLMULQDQ (see Makefile); reached only through
 * the kernel table. The tests build it again, on a model of the instructions
 * that they include first, for CPUs without them. */
#if !defined(TRI_VAES_MODEL) || defined(__AVX512F__)
#include <immintrin.h>
#endif
#include "arch/kernels.h"

/* Operations on a register of four blocks. The model brings three of its own
 * and leaves what is over to the reference. */
#ifndef TRI_VAES_MODEL
#define AES_ROUND(x, k) _mm512_aesenc_epi128(x, k)
#define AES_LAST(x, k)  _mm512_aesenclast_epi128(x, k)
#define CLMUL(a, b, i)  _mm512_clmulepi64_epi128(a, b, i)
#define REST(name)      tri_##name##_avx512
#endif

#define VAES(name)      tri_##name##_vaes
#define REG             __m512i
#define LANES           4
#define ZERO            _mm512_setzero_si512()
#define GET(p)          _mm512_loadu_si512(p)
#define PUT(p, x)       _mm512_storeu_si512(p, x)
#define XOR(a, b)       _mm512_xor_si512(a, b)
#define XOR3(a, b, c)   _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define AND(a, b)       _mm512_and_si512(a, b)
#define OR(a, b)        _mm512_or_si512(a, b)
#define ADD32(a, b)     _mm512_add_epi32(a, b)
#define SHUFFLE8(a, b)  _mm512_shuffle_epi8(a, b)
#define SHUFFLE32(a, i) _mm512_shuffle_epi32(a, i)
#define SRAI32(a, i)    _mm512_srai_epi32(a, i)
#define SLLI64(a, i)    _mm512_slli_epi64(a, i)
#define SRLI64(a, i)    _mm512_srli_epi64(a, i)
#define BSLLI(a, i)     _mm512_bslli_epi128(a, i)
#define BSRLI(a, i)     _mm512_bsrli_epi128(a, i)
#define LANE_NUMBERS \
    _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3)

/* 16 bytes in the first lane, zeros in the others. */
static inline __m512i first_lane(const void *p)
{
    return _mm512_maskz_loadu_epi64(3, p);
}

static inline void put_lane(void *p, __m512i x)
{
    _mm512_mask_storeu_epi64(p, 3, x);
}

/* The same 16 bytes in every lane. */
static inline __m512i everywhere(const void *p)
{
    const __m512i x = first_lane(p);

    return _mm512_shuffle_i32x4(x, x, 0);
}

/* The same four words of 32 bits in every lane. */
static inline __m512i words(int a, int b, int c, int d)
{
    return _mm512_setr_epi32(a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d);
}

/* The sum of the lanes, in all of them. */
static inline __m512i sum(__m512i x)
{
    x = _mm512_xor_si512(x, _mm512_shuffle_i32x4(x, x, 0x4e));
    return _mm512_xor_si512(x, _mm512_shuffle_i32x4(x, x, 0xb1));
}

#include "arch/x86/aes_vaes.inc"

static inline void powers(struct ghash *g, const uint8_t *h)
{
    const __m512i low = reverse(_mm512_loadu_si512(h)); /* H .. H^4 */
    const __m512i high = reverse(_mm512_loadu_si512(h + 64));
    const __m512i h4488 = _mm512_shuffle_i32x4(low, high, 0xff);
    const __m512i h8 = multiplier(_mm512_shuffle_i32x4(high, high, 0xff));
    const __m512i h12 = product(h4488, h8); /* 12, 12, 16, 16 */
    const __m512i h16 = multiplier(_mm512_shuffle_i32x4(h12, h12, 0xff));
    const __m512i to16 = _mm512_shuffle_i32x4(h4488, h12, 0x88);
    const __m512i lo = multiplier(to16), hi = multiplier(product(to16, h16));

#define LANE(x, j) _mm512_shuffle_i32x4(x, x, 0x55 * (j))
    g->m[0] = LANE(lo, 0);
    g->m[1] = LANE(lo, 1);
    g->m[2] = LANE(lo, 2);
    g->m[3] = LANE(lo, 3);
    g->m[4] = LANE(hi, 0);
    g->m[5] = LANE(hi, 1);
    g->m[6] = LANE(hi, 2);
    g->m[7] = LANE(hi, 3);
#undef LANE
    g->end = multiplier(_mm512_shuffle_i32x4(low, low, 0x1b));
}
