#include <arm_neon.h>
#include "arch/kernels.h"

#define LANE(name) tri_lane_##name##_neon
#define REF(name)  tri_lane_##name##_ref

typedef uint64x2_t V;
enum { VW = 2 };

#define v_load(p)     vld1q_u64((const void *)(p))
#define v_store(p, v) vst1q_u64((void *)(p), v)
#define v_all(x)      vdupq_n_u64(x)
#define v_and(a, b)   vandq_u64(a, b)
#define v_add(a, b)   vaddq_u64(a, b)
#define v_sub(a, b)   vsubq_u64(a, b)
#define v_shl(x, k)   vshlq_u64(x, vdupq_n_s64((int64_t)(k)))
/* Left by a negative number. */
#define v_shr(x, k) vshlq_u64(x, vdupq_n_s64(-(int64_t)(k)))

/* Low 64 bits of a*b per lane; same split as arch/x86/lane_avx2.c. */
static inline V v_mul(V a, V b)
{
    const uint32x2_t al = vmovn_u64(a), ah = vshrn_n_u64(a, 32);
    const uint32x2_t bl = vmovn_u64(b), bh = vshrn_n_u64(b, 32);
    const uint64x2_t cross = vmlal_u32(vmull_u32(ah, bl), al, bh);

    return vmlal_u32(vshlq_n_u64(cross, 32), al, bl);
}

static inline V v_part(const void *p, size_t i, unsigned width)
{
    if (width == 2)
        return (V){ ((const uint16_t *)p)[i], ((const uint16_t *)p)[i + 1] };
    if (width == 4)
        return vmovl_u32(vld1_u32((const uint32_t *)p + i));
    return v_load((const uint64_t *)p + i);
}

/* Truth values are words of ones or zeros. */
typedef uint64x2_t M;
#define m_top(v)       vcltzq_s64(vreinterpretq_s64_u64(v))
#define m_and(m, v)    vandq_u64(m, v)
#define m_sel(m, a, b) vbslq_u64(m, a, b)
#define m_inc(m, v)    vsubq_u64(v, m)
#define m_neg(m, v)    vsubq_u64(veorq_u64(v, m), m)

static inline uint64_t m_bits(M m)
{
    return (vgetq_lane_u64(m, 0) & 1) | (vgetq_lane_u64(m, 1) & 2);
}

static inline M m_of(uint64_t x)
{
    return vtstq_u64(v_all(x), (V){ 1, 2 });
}

enum { N2 = 8, N4 = 4, N8 = 2 };
#define s2_load(p)     vld1q_u16((const void *)(p))
#define s4_load(p)     vld1q_u32((const void *)(p))
#define s8_load(p)     v_load(p)
#define s2_store(p, v) vst1q_u16((void *)(p), v)
#define s4_store(p, v) vst1q_u32((void *)(p), v)
#define s8_store(p, v) v_store(p, v)

/* Words of ones where x has a bit. */
static inline uint16x8_t s2_all(uint64_t x)
{
    const uint16x8_t which = { 1, 2, 4, 8, 16, 32, 64, 128 };

    return vtstq_u16(vdupq_n_u16((uint16_t)x), which);
}

static inline uint32x4_t s4_all(uint64_t x)
{
    const uint32x4_t which = { 1, 2, 4, 8 };

    return vtstq_u32(vdupq_n_u32((uint32_t)x), which);
}

#define S2           uint16x8_t
#define S4           uint32x4_t
#define S8           V
#define s2_add(a, b) vaddq_u16(a, b)
#define s4_add(a, b) vaddq_u32(a, b)
#define s8_add(a, b) vaddq_u64(a, b)
#define s2_sub(a, b) vsubq_u16(a, b)
#define s4_sub(a, b) vsubq_u32(a, b)
#define s8_sub(a, b) vsubq_u64(a, b)
#define s2_and(x, r) vandq_u16(s2_all(x), r)
#define s4_and(x, r) vandq_u32(s4_all(x), r)
#define s8_and(x, r) vandq_u64(m_of(x), r)
#define s2_bit(x, r) vsubq_u16(vshrq_n_u16(s2_all(x), 15), r)
#define s4_bit(x, r) vsubq_u32(vshrq_n_u32(s4_all(x), 31), r)
#define s8_bit(x, r) vsubq_u64(vshrq_n_u64(m_of(x), 63), r)

#include "arch/lane_words.inc"

/* The lowest bits of eight bytes, one after the other, as one byte each. */
static inline uint8x16_t weights(void)
{
    return vreinterpretq_u8_u64(v_all(0x8040201008040201));
}

TRI_DECL_LANE_PACK(tri_lane_pack_neon)
{
    uint64_t x = 0;
    size_t i = 0;

    for (; i + 16 <= n; i += 16) {
        const uint8x16_t set =
            vandq_u8(vtstq_u8(vld1q_u8(in + i), vdupq_n_u8(1)), weights());
        const uint64_t low = vaddv_u8(vget_low_u8(set));
        const uint64_t high = vaddv_u8(vget_high_u8(set));

        x |= (low | high << 8) << i;
    }
    if (i < n)
        x |= tri_lane_pack_ref(in + i, n - i) << i;
    return x;
}

TRI_DECL_LANE_SPREAD(tri_lane_spread_neon)
{
    const uint8x16_t all = vdupq_n_u8(byte);
    size_t i = 0;

    for (; i + 16 <= n; i += 16) {
        const uint8x16_t bytes = vcombine_u8(vdup_n_u8((uint8_t)(x >> i)),
                                             vdup_n_u8((uint8_t)(x >> i >> 8)));

        vst1q_u8(out + i, vandq_u8(vtstq_u8(bytes, weights()), all));
    }
    if (i < n)
        tri_lane_spread_ref(out + i, x >> i, byte, n - i);
}
