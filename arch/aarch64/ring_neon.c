#include <arm_neon.h>
#include "arch/kernels.h"

#define RING(name) tri_##name##_neon
#define REF(name)  tri_##name##_ref
typedef uint64x2_t V;
#define v_load(p)   vld1q_u64(p)
#define v_all(x)    vdupq_n_u64(x)
#define v_add(a, b) vaddq_u64(a, b)
#define v_sub(a, b) vsubq_u64(a, b)
/* Left by a negative number. */
#define v_shr(x, k) vshlq_u64(x, vdupq_n_s64(-(int64_t)(k)))

/* Low 64 bits of a*b per lane; same split as arch/x86/ring_avx2.c. */
static inline V v_mul(V a, V b)
{
    const uint32x2_t al = vmovn_u64(a), ah = vshrn_n_u64(a, 32);
    const uint32x2_t bl = vmovn_u64(b), bh = vshrn_n_u64(b, 32);
    const uint64x2_t cross = vmlal_u32(vmull_u32(ah, bl), al, bh);

    return vmlal_u32(vshlq_n_u64(cross, 32), al, bl);
}

/* The odd word goes to the reference. */
#define EACH(OF, rest)                    \
    do {                                  \
        size_t i = 0;                     \
        for (; i + 2 <= n; i += 2)        \
            vst1q_u64(z + i, OF(v_load)); \
        rest;                             \
    } while (0)

#include "arch/ring_words.inc"

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
