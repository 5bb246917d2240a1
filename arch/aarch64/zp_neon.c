/* AArch64 Advanced SIMD; reached only through the kernel table. */
#include <arm_neon.h>
#include "arch/kernels.h"

#define ZP(name) tri_zp_##name##_neon

typedef uint8x16_t V;
#define VB 16

static inline V v_load(const uint8_t *p)
{
    return vld1q_u8(p);
}

static inline void v_store(uint8_t *p, V x)
{
    vst1q_u8(p, x);
}

static inline V v_all(unsigned byte)
{
    return vdupq_n_u8((uint8_t)byte);
}

#define v_and(a, b)    vandq_u8(a, b)
#define v_or(a, b)     vorrq_u8(a, b)
#define v_xor(a, b)    veorq_u8(a, b)
#define v_add(a, b)    vaddq_u8(a, b)
#define v_sub(a, b)    vsubq_u8(a, b)
#define v_min(a, b)    vminq_u8(a, b)
#define v_max(a, b)    vmaxq_u8(a, b)
#define v_eq(a, b)     vceqq_u8(a, b)
#define v_sel(m, a, b) vbslq_u8(m, a, b)

/* One instruction shifts either way; a negative count is to the right. */
#define v_shl(x, k) vshlq_u8(x, vdupq_n_s8(k))
#define v_shr(x, k) vshlq_u8(x, vdupq_n_s8(-(int)(k)))

/* Lower and upper halves apart, each folded to bytes again. */
static inline V v_mul(V a, V b)
{
    const uint16x8_t x = vmull_u8(vget_low_u8(a), vget_low_u8(b));
    const uint16x8_t y = vmull_high_u8(a, b);
    const V all = vuzp1q_u8(vreinterpretq_u8_u16(x), vreinterpretq_u8_u16(y));
    const V low = vandq_u8(all, vdupq_n_u8(TRI_ZP));
    const V high = vcombine_u8(vshrn_n_u16(x, 7), vshrn_n_u16(y, 7));

    return vaddq_u8(low, high);
}

typedef uint8x16_t M;
#define m_eq(a, b)     vceqq_u8(a, b)
#define m_or(a, b)     vorrq_u8(a, b)
#define m_sel(m, a, b) v_sel(m, a, b)

/* One bit per byte, then sums of neighbours: three times, as 8 bits make a
 * byte. */
static inline uint64_t m_bits(const M m[4])
{
    static const uint8_t weights[16] = { 1, 2, 4, 8, 16, 32, 64, 128,
                                         1, 2, 4, 8, 16, 32, 64, 128 };
    const V bit = vld1q_u8(weights);
    const V x = vpaddq_u8(vandq_u8(m[0], bit), vandq_u8(m[1], bit));
    const V y = vpaddq_u8(vandq_u8(m[2], bit), vandq_u8(m[3], bit));
    const V z = vpaddq_u8(x, y);

    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(z, z)), 0);
}

static inline V v_rows(const uint8_t *p)
{
    return vld1q_u8(p);
}

static inline V v_quads(V x)
{
    static const uint8_t order[16] = { 0, 4, 8,  12, 1, 5, 9,  13,
                                       2, 6, 10, 14, 3, 7, 11, 15 };

    return vqtbl1q_u8(x, vld1q_u8(order));
}

static inline V v_even32(V a, V b)
{
    return vreinterpretq_u8_u32(
        vuzp1q_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}

static inline V v_odd32(V a, V b)
{
    return vreinterpretq_u8_u32(
        vuzp2q_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}

static inline V v_lo32(V a, V b)
{
    return vreinterpretq_u8_u32(
        vzip1q_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}

static inline V v_hi32(V a, V b)
{
    return vreinterpretq_u8_u32(
        vzip2q_u32(vreinterpretq_u32_u8(a), vreinterpretq_u32_u8(b)));
}

static inline V v_lo64(V a, V b)
{
    return vreinterpretq_u8_u64(
        vzip1q_u64(vreinterpretq_u64_u8(a), vreinterpretq_u64_u8(b)));
}

static inline V v_hi64(V a, V b)
{
    return vreinterpretq_u8_u64(
        vzip2q_u64(vreinterpretq_u64_u8(a), vreinterpretq_u64_u8(b)));
}

#include "arch/zp_planes.inc"
