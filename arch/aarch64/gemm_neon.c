#include <arm_neon.h>
#include "arch/kernels.h"

/*
 * With words in halves, a = ah:al and b = bh:bl, the low word of a*b is
 * al*bl + ((al*bh + ah*bl) << 32). Four words of B are taken apart into their
 * lower and their upper halves; of A, each half is an operand's element. So one
 * row by four columns takes four instructions: two widening products, and two
 * for the cross products, of which 32 bits remain, and which are summed apart.
 *
 * For each inner element that is 16 in a tile of 4 x 4, beside 2 loads, 2 that
 * take B apart, and 2 for the loop: 22. tests/loops.sh counts what there is.
 */
enum { MR = 4, NR = 4 };

struct row {
    uint64x2_t low[NR / 2];
    uint32x4_t cross;
};

/* z += element `at` / 2 of a times the words of halves bl, bh. The empty
 * statement keeps the compiler from first adding the cross products up. */
#define MULADD(z, a, at, bl, bh)                                           \
    do {                                                                   \
        (z).low[0] = vmlal_laneq_u32((z).low[0], vget_low_u32(bl), a, at); \
        (z).low[1] = vmlal_high_laneq_u32((z).low[1], bl, a, at);          \
        (z).cross = vmlaq_laneq_u32((z).cross, bh, a, at);                 \
        __asm__("" : "+w"((z).cross));                                     \
        (z).cross = vmlaq_laneq_u32((z).cross, bl, a, (at) + 1);           \
    } while (0)

static inline void finish(uint64_t *c, struct row z, size_t n)
{
    const uint32x4_t zero = vdupq_n_u32(0);
    uint64_t part[NR];

    vst1q_u64(part, vaddq_u64(z.low[0], vreinterpretq_u64_u32(
                                            vzip1q_u32(zero, z.cross))));
    vst1q_u64(part + 2, vaddq_u64(z.low[1], vreinterpretq_u64_u32(
                                                vzip2q_u32(zero, z.cross))));
    for (size_t j = 0; j < n; j++)
        c[j] += part[j];
}

TRI_DECL_GEMM(tri_gemm_neon)
{
    const struct row zero = { { vdupq_n_u64(0), vdupq_n_u64(0) },
                              vdupq_n_u32(0) };
    struct row z0 = zero, z1 = zero, z2 = zero, z3 = zero;

    for (; kc != 0; kc--, A += MR, B += NR) {
        const uint32x4_t a01 = vreinterpretq_u32_u64(vld1q_u64(A));
        const uint32x4_t a23 = vreinterpretq_u32_u64(vld1q_u64(A + 2));
        const uint32x4_t b01 = vreinterpretq_u32_u64(vld1q_u64(B));
        const uint32x4_t b23 = vreinterpretq_u32_u64(vld1q_u64(B + 2));
        const uint32x4_t bl = vuzp1q_u32(b01, b23);
        const uint32x4_t bh = vuzp2q_u32(b01, b23);

        MULADD(z0, a01, 0, bl, bh);
        MULADD(z1, a01, 2, bl, bh);
        MULADD(z2, a23, 0, bl, bh);
        MULADD(z3, a23, 2, bl, bh);
    }
    finish(C, z0, n);
    if (m > 1)
        finish(C + ldc, z1, n);
    if (m > 2)
        finish(C + 2 * ldc, z2, n);
    if (m > 3)
        finish(C + 3 * ldc, z3, n);
}

/* Pairs of rows are copied where they lie side by side, else transposed 2 x 2
 * words a step; what is left goes to the reference. */
TRI_DECL_WEAVE(tri_weave_neon)
{
    size_t i = 0;

    for (; i + 2 <= rows; i += 2) {
        const int adjacent = off[i + 1] == off[i] + 1;
        uint64_t *p = P + i;

        if (!adjacent && v->step != 1) {
            tri_weave_ref(p, w, x, off + i, 2, v);
            continue;
        }
        for (size_t r = 0; r < v->runs; r++) {
            const size_t start = v->start + r * v->skip;
            const uint64_t *a = x + (off[i] + start);
            const uint64_t *b = x + (off[i + 1] + start);
            size_t t = 0;

            for (; adjacent && t < v->len; t++, p += w)
                vst1q_u64(p, vld1q_u64(a + t * v->step));
            for (; t + 2 <= v->len; t += 2, p += 2 * w) {
                const uint64x2_t va = vld1q_u64(a + t), vb = vld1q_u64(b + t);

                vst1q_u64(p, vtrn1q_u64(va, vb));
                vst1q_u64(p + w, vtrn2q_u64(va, vb));
            }
            if (t < v->len) {
                p[0] = a[t];
                p[1] = b[t];
                p += w;
            }
        }
    }
    if (i < rows)
        tri_weave_ref(P + i, w, x, off + i, rows - i, v);
}
