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

TRI_DECL_RINGS(tri_shr_neon)
{
    const int64x2_t count = vdupq_n_s64(-(int64_t)s); /* left by a negative */
    size_t i = 0;

    for (; i + 2 <= n; i += 2)
        vst1q_u64(z + i, vshlq_u64(vld1q_u64(x + i), count));
    tri_shr_ref(z + i, x + i, s, n - i);
}
