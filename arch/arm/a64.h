#ifndef TRI_ARCH_ARM_A64_H
#define TRI_ARCH_ARM_A64_H

/** \file arch/arm/a64.h
 *
 * # What the NEON of ARMv8 has and that of ARMv7 has not
 *
 * The kernels of arch/aarch64 compile for ARMv7-A with these in front of them.
 * Same names, same results (Arm, "NEON Intrinsics Reference").
 */
#ifdef __arm__

#include <arm_neon.h>

static inline uint32x4_t vtrn1q_u32(uint32x4_t a, uint32x4_t b)
{
    return vtrnq_u32(a, b).val[0];
}

static inline uint32x4_t vtrn2q_u32(uint32x4_t a, uint32x4_t b)
{
    return vtrnq_u32(a, b).val[1];
}

static inline uint64x2_t vzip1q_u64(uint64x2_t a, uint64x2_t b)
{
    return vcombine_u64(vget_low_u64(a), vget_low_u64(b));
}

static inline uint64x2_t vzip2q_u64(uint64x2_t a, uint64x2_t b)
{
    return vcombine_u64(vget_high_u64(a), vget_high_u64(b));
}

#define vtrn1q_u64 vzip1q_u64
#define vtrn2q_u64 vzip2q_u64

static inline uint32x4_t vzip1q_u32(uint32x4_t a, uint32x4_t b)
{
    return vzipq_u32(a, b).val[0];
}

static inline uint32x4_t vzip2q_u32(uint32x4_t a, uint32x4_t b)
{
    return vzipq_u32(a, b).val[1];
}

static inline uint8x16_t vzip1q_u8(uint8x16_t a, uint8x16_t b)
{
    return vzipq_u8(a, b).val[0];
}

static inline uint8x16_t vzip2q_u8(uint8x16_t a, uint8x16_t b)
{
    return vzipq_u8(a, b).val[1];
}

static inline uint32x4_t vuzp1q_u32(uint32x4_t a, uint32x4_t b)
{
    return vuzpq_u32(a, b).val[0];
}

static inline uint32x4_t vuzp2q_u32(uint32x4_t a, uint32x4_t b)
{
    return vuzpq_u32(a, b).val[1];
}

static inline uint8x16_t vuzp1q_u8(uint8x16_t a, uint8x16_t b)
{
    return vuzpq_u8(a, b).val[0];
}

static inline uint8x16_t vpaddq_u8(uint8x16_t a, uint8x16_t b)
{
    return vcombine_u8(vpadd_u8(vget_low_u8(a), vget_high_u8(a)),
                       vpadd_u8(vget_low_u8(b), vget_high_u8(b)));
}

static inline uint64_t vaddvq_u64(uint64x2_t a)
{
    return vgetq_lane_u64(a, 0) + vgetq_lane_u64(a, 1);
}

/* All ones where a < 0. */
static inline uint64x2_t vcltzq_s64(int64x2_t a)
{
    return vreinterpretq_u64_s64(vshrq_n_s64(a, 63));
}

/* All ones where a & b is not 0, in either half. */
static inline uint64x2_t vtstq_u64(uint64x2_t a, uint64x2_t b)
{
    const uint32x4_t t =
        vtstq_u32(vreinterpretq_u32_u64(a), vreinterpretq_u32_u64(b));

    return vreinterpretq_u64_u32(vorrq_u32(t, vrev64q_u32(t)));
}

static inline uint8_t vaddv_u8(uint8x8_t a)
{
    a = vpadd_u8(a, a);
    a = vpadd_u8(a, a);
    return vget_lane_u8(vpadd_u8(a, a), 0);
}

static inline uint16x8_t vmull_high_u8(uint8x16_t a, uint8x16_t b)
{
    return vmull_u8(vget_high_u8(a), vget_high_u8(b));
}

/* A lane of a vector of four is one of a half. */
#define HALF_OF(b, lane) ((lane) < 2 ? vget_low_u32(b) : vget_high_u32(b))
#define vmlaq_laneq_u32(z, a, b, lane) \
    vmlaq_lane_u32(z, a, HALF_OF(b, lane), (lane)&1)
#define vmlal_laneq_u32(z, a, b, lane) \
    vmlal_lane_u32(z, a, HALF_OF(b, lane), (lane)&1)
#define vmlal_high_laneq_u32(z, a, b, lane) \
    vmlal_lane_u32(z, vget_high_u32(a), HALF_OF(b, lane), (lane)&1)

static inline uint8x16_t vqtbl1q_u8(uint8x16_t t, uint8x16_t i)
{
    const uint8x8x2_t two = { { vget_low_u8(t), vget_high_u8(t) } };

    return vcombine_u8(vtbl2_u8(two, vget_low_u8(i)),
                       vtbl2_u8(two, vget_high_u8(i)));
}

/* Bytes 0..31 of the table, then 32..63 where the first find nothing. */
static inline uint8x8_t tri_a64_tbl64(uint8x16x4_t t, uint8x8_t i)
{
    const uint8x8x4_t lo = { { vget_low_u8(t.val[0]), vget_high_u8(t.val[0]),
                               vget_low_u8(t.val[1]),
                               vget_high_u8(t.val[1]) } };
    const uint8x8x4_t hi = { { vget_low_u8(t.val[2]), vget_high_u8(t.val[2]),
                               vget_low_u8(t.val[3]),
                               vget_high_u8(t.val[3]) } };

    return vtbx4_u8(vtbl4_u8(lo, i), hi, vsub_u8(i, vdup_n_u8(32)));
}

static inline uint8x16_t vqtbl4q_u8(uint8x16x4_t t, uint8x16_t i)
{
    return vcombine_u8(tri_a64_tbl64(t, vget_low_u8(i)),
                       tri_a64_tbl64(t, vget_high_u8(i)));
}

#endif
#endif
