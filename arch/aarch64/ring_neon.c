#include <arm_neon.h>
#include "arch/kernels.h"

/* Low 64 bits of a*b per lane; same split as arch/x86/ring_avx2.c. */
static inline uint64x2_t mullo(uint64x2_t a, uint64x2_t b)
{
    const uint32x2_t al = vmovn_u64(a), ah = vshrn_n_u64(a, 32);
    const uint32x2_t bl = vmovn_u64(b), bh = vshrn_n_u64(b, 32);
    const uint64x2_t cross = vmlal_u32(vmull_u32(ah, bl), al, bh);

    return vmlal_u32(vshlq_n_u64(cross, 32), al, bl);
}

/* 2 lanes a step; the odd element goes to the reference. */
TRI_DECL_RING3(tri_add_neon)
{
    size_t i = 0;

    for (; i + 2 <= n; i += 2)
        vst1q_u64(z + i, vaddq_u64(vld1q_u64(x + i), vld1q_u64(y + i)));
    tri_add_ref(z + i, x + i, y + i, n - i);
}

TRI_DECL_RING3(tri_sub_neon)
{
    size_t i = 0;

    for (; i + 2 <= n; i += 2)
        vst1q_u64(z + i, vsubq_u64(vld1q_u64(x + i), vld1q_u64(y + i)));
    tri_sub_ref(z + i, x + i, y + i, n - i);
}

TRI_DECL_RING3(tri_mul_neon)
{
    size_t i = 0;

    for (; i + 2 <= n; i += 2)
        vst1q_u64(z + i, mullo(vld1q_u64(x + i), vld1q_u64(y + i)));
    tri_mul_ref(z + i, x + i, y + i, n - i);
}

TRI_DECL_RING3(tri_muladd_neon)
{
    size_t i = 0;

    for (; i + 2 <= n; i += 2)
        vst1q_u64(z + i, vaddq_u64(vld1q_u64(z + i),
                                   mullo(vld1q_u64(x + i), vld1q_u64(y + i))));
    tri_muladd_ref(z + i, x + i, y + i, n - i);
}

TRI_DECL_RINGC(tri_addc_neon)
{
    const uint64x2_t vc = vdupq_n_u64(c);
    size_t i = 0;

    for (; i + 2 <= n; i += 2)
        vst1q_u64(z + i, vaddq_u64(vld1q_u64(x + i), vc));
    tri_addc_ref(z + i, x + i, c, n - i);
}

TRI_DECL_RINGC(tri_rsubc_neon)
{
    const uint64x2_t vc = vdupq_n_u64(c);
    size_t i = 0;

    for (; i + 2 <= n; i += 2)
        vst1q_u64(z + i, vsubq_u64(vc, vld1q_u64(x + i)));
    tri_rsubc_ref(z + i, x + i, c, n - i);
}

TRI_DECL_RINGC(tri_scale_neon)
{
    const uint64x2_t vc = vdupq_n_u64(c);
    size_t i = 0;

    for (; i + 2 <= n; i += 2)
        vst1q_u64(z + i, mullo(vld1q_u64(x + i), vc));
    tri_scale_ref(z + i, x + i, c, n - i);
}

TRI_DECL_RINGC(tri_axpy_neon)
{
    const uint64x2_t vc = vdupq_n_u64(c);
    size_t i = 0;

    for (; i + 2 <= n; i += 2)
        vst1q_u64(z + i,
                  vaddq_u64(vld1q_u64(z + i), mullo(vld1q_u64(x + i), vc)));
    tri_axpy_ref(z + i, x + i, c, n - i);
}

/* Four vectors at a time, so that z is loaded and stored once for four; sums
 * of products as in tri_dot_neon. */
TRI_DECL_AXPYS(tri_axpys_neon)
{
    for (; k >= 4; k -= 4, c += 4, x += 4 * ldx) {
        uint32x4_t vc[4], swapped[4];
        size_t i = 0;

        for (size_t p = 0; p < 4; p++) {
            vc[p] = vreinterpretq_u32_u64(vdupq_n_u64(c[p]));
            swapped[p] = vrev64q_u32(vc[p]);
        }
        for (; i + 2 <= n; i += 2) {
            uint64x2_t low = vld1q_u64(z + i), cross;
            uint32x4_t half = vdupq_n_u32(0);

            for (size_t p = 0; p < 4; p++) {
                const uint64x2_t v = vld1q_u64(x + p * ldx + i);

                low = vmlal_u32(low, vmovn_u64(v),
                                vdup_lane_u32(vget_low_u32(vc[p]), 0));
                half = vmlaq_u32(half, vreinterpretq_u32_u64(v), swapped[p]);
            }
            cross = vreinterpretq_u64_u32(half);
            cross = vaddq_u64(cross, vshrq_n_u64(cross, 32));
            vst1q_u64(z + i, vaddq_u64(low, vshlq_n_u64(cross, 32)));
        }
        tri_axpys_ref(z + i, x + i, ldx, c, 4, n - i);
    }
    for (size_t p = 0; p < k; p++)
        tri_axpy_neon(z, x + p * ldx, c[p], n);
}

/* The cross products are summed on their own, modulo 2^32 in two halves of a
 * lane, and shifted once at the end. */
TRI_DECL_RINGDOT(tri_dot_neon)
{
    uint64x2_t low[2], cross;
    uint32x4_t half[2];
    size_t i = 0;

    for (size_t j = 0; j < 2; j++) {
        low[j] = vdupq_n_u64(0);
        half[j] = vdupq_n_u32(0);
    }
    for (; i + 4 <= n; i += 4)
        for (size_t j = 0; j < 2; j++) {
            const uint64x2_t a = vld1q_u64(x + i + 2 * j);
            const uint64x2_t b = vld1q_u64(y + i + 2 * j);

            low[j] = vmlal_u32(low[j], vmovn_u64(a), vmovn_u64(b));
            half[j] = vmlaq_u32(half[j], vreinterpretq_u32_u64(a),
                                vrev64q_u32(vreinterpretq_u32_u64(b)));
        }
    cross = vreinterpretq_u64_u32(vaddq_u32(half[0], half[1]));
    cross = vaddq_u64(cross, vshrq_n_u64(cross, 32));
    return vaddvq_u64(
               vaddq_u64(vaddq_u64(low[0], low[1]), vshlq_n_u64(cross, 32))) +
           tri_dot_ref(x + i, y + i, n - i);
}

TRI_DECL_RINGS(tri_shr_neon)
{
    const int64x2_t count = vdupq_n_s64(-(int64_t)s); /* left by a negative */
    size_t i = 0;

    for (; i + 2 <= n; i += 2)
        vst1q_u64(z + i, vshlq_u64(vld1q_u64(x + i), count));
    tri_shr_ref(z + i, x + i, s, n - i);
}

TRI_DECL_RSS_MUL(tri_rss_mul_neon)
{
    size_t i = 0;

    for (; i + 2 <= n; i += 2) {
        const uint64x2_t y = vld1q_u64(y0 + i);
        const uint64x2_t own =
            mullo(vld1q_u64(x0 + i), vaddq_u64(y, vld1q_u64(y1 + i)));
        const uint64x2_t other = mullo(vld1q_u64(x1 + i), y);

        vst1q_u64(z + i, vaddq_u64(vaddq_u64(own, other), vld1q_u64(a + i)));
    }
    tri_rss_mul_ref(z + i, x0 + i, x1 + i, y0 + i, y1 + i, a + i, n - i);
}
