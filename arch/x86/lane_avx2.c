/* Built with -mavx2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#define LANE(name) tri_lane_##name##_avx2
#define REF(name)  tri_lane_##name##_ref

typedef __m256i V;
enum { VW = 4 };

#define v_load(p)     _mm256_loadu_si256((const void *)(p))
#define v_store(p, v) _mm256_storeu_si256((void *)(p), v)
#define v_all(x)      _mm256_set1_epi64x((long long)(x))
#define v_and(a, b)   _mm256_and_si256(a, b)
#define v_add(a, b)   _mm256_add_epi64(a, b)
#define v_sub(a, b)   _mm256_sub_epi64(a, b)
#define v_shl(x, k)   _mm256_sll_epi64(x, _mm_cvtsi32_si128((int)(k)))
#define v_shr(x, k)   _mm256_srl_epi64(x, _mm_cvtsi32_si128((int)(k)))

/* Low 64 bits of a*b from 32-bit products: with a = ah:al and b = bh:bl,
 * al*bl + ((ah*bl + al*bh) << 32). */
static inline V v_mul(V a, V b)
{
    const V cross =
        _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(a, 32), b),
                         _mm256_mul_epu32(a, _mm256_srli_epi64(b, 32)));

    return _mm256_add_epi64(_mm256_mul_epu32(a, b),
                            _mm256_slli_epi64(cross, 32));
}

static inline V v_part(const void *p, size_t i, unsigned width)
{
    if (width == 2)
        return _mm256_cvtepu16_epi64(
            _mm_loadl_epi64((const void *)((const uint16_t *)p + i)));
    if (width == 4)
        return _mm256_cvtepu32_epi64(
            _mm_loadu_si128((const void *)((const uint32_t *)p + i)));
    return v_load((const uint64_t *)p + i);
}

/* Truth values are words of ones or zeros. */
typedef __m256i M;
#define m_top(v)       _mm256_cmpgt_epi64(_mm256_setzero_si256(), v)
#define m_bits(m)      (uint64_t) _mm256_movemask_pd(_mm256_castsi256_pd(m))
#define m_and(m, v)    _mm256_and_si256(m, v)
#define m_sel(m, a, b) _mm256_blendv_epi8(b, a, m)
#define m_inc(m, v)    _mm256_sub_epi64(v, m)
#define m_neg(m, v)    _mm256_sub_epi64(_mm256_xor_si256(v, m), m)

/* Where x has the bit that is set in `which`. */
#define HAS(size, x, which) \
    _mm256_cmpeq_epi##size(_mm256_and_si256(x, which), which)

static inline M m_of(uint64_t x)
{
    return HAS(64, v_all(x), _mm256_setr_epi64x(1, 2, 4, 8));
}

#define S2 V
#define S4 V
#define S8 V
enum { N2 = 16, N4 = 8, N8 = 4 };
#define s2_load(p)     v_load(p)
#define s4_load(p)     v_load(p)
#define s8_load(p)     v_load(p)
#define s2_store(p, v) v_store(p, v)
#define s4_store(p, v) v_store(p, v)
#define s8_store(p, v) v_store(p, v)

/* Words of ones where x has a bit. */
static inline V s2_all(uint64_t x)
{
    const V which = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512,
                                      1024, 2048, 4096, 8192, 16384, -32768);

    return HAS(16, _mm256_set1_epi16((short)x), which);
}

static inline V s4_all(uint64_t x)
{
    return HAS(32, _mm256_set1_epi32((int)x),
               _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128));
}

#define s2_add(a, b) _mm256_add_epi16(a, b)
#define s4_add(a, b) _mm256_add_epi32(a, b)
#define s8_add(a, b) _mm256_add_epi64(a, b)
#define s2_sub(a, b) _mm256_sub_epi16(a, b)
#define s4_sub(a, b) _mm256_sub_epi32(a, b)
#define s8_sub(a, b) _mm256_sub_epi64(a, b)
#define s2_and(x, r) v_and(s2_all(x), r)
#define s4_and(x, r) v_and(s4_all(x), r)
#define s8_and(x, r) v_and(m_of(x), r)
#define s2_bit(x, r) s2_sub(_mm256_srli_epi16(s2_all(x), 15), r)
#define s4_bit(x, r) s4_sub(_mm256_srli_epi32(s4_all(x), 31), r)
#define s8_bit(x, r) s8_sub(_mm256_srli_epi64(m_of(x), 63), r)

#include "arch/lane_words.inc"

TRI_DECL_LANE_PACK(tri_lane_pack_avx2)
{
    uint64_t x = 0;
    size_t i = 0;

    for (; i + 32 <= n; i += 32)
        x |= (uint64_t)(uint32_t)_mm256_movemask_epi8(
                 _mm256_slli_epi16(v_load(in + i), 7))
             << i;
    if (i < n)
        x |= tri_lane_pack_ref(in + i, n - i) << i;
    return x;
}

/* Byte j of the lower four bytes of x to the places of its bits. */
TRI_DECL_LANE_SPREAD(tri_lane_spread_avx2)
{
    const V from = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202,
                                      0x0303030303030303);
    const V which = v_all(0x8040201008040201),
            all = _mm256_set1_epi8((char)byte);
    size_t i = 0;

    for (; i + 32 <= n; i += 32) {
        const V bytes =
            _mm256_shuffle_epi8(_mm256_set1_epi32((int)(x >> i)), from);

        v_store(out + i, _mm256_and_si256(HAS(8, bytes, which), all));
    }
    if (i < n)
        tri_lane_spread_ref(out + i, x >> i, byte, n - i);
}
