#include <arm_neon.h>
#include "arch/kernels.h"

/*
 * Low word of a*b as in arch/x86/gemm_avx2.c: umlal of the low halves, and
 * mla of a with the halves of b swapped for both cross products, summed apart.
 */
enum { MR = 4, NR = 4 };

TRI_DECL_GEMM(tri_gemm_neon)
{
    uint64x2_t low[MR][NR / 2];
    uint32x4_t cross[MR][NR / 2];

    for (size_t i = 0; i < MR; i++)
        for (size_t j = 0; j < NR / 2; j++) {
            low[i][j] = vdupq_n_u64(0);
            cross[i][j] = vdupq_n_u32(0);
        }
    for (size_t k = 0; k < kc; k++)
        for (size_t j = 0; j < NR / 2; j++) {
            const uint64x2_t b = vld1q_u64(B + k * NR + 2 * j);
            const uint32x2_t bl = vmovn_u64(b);
            const uint32x4_t swapped = vrev64q_u32(vreinterpretq_u32_u64(b));

            for (size_t i = 0; i < MR; i++) {
                const uint32x4_t a =
                    vreinterpretq_u32_u64(vld1q_dup_u64(A + k * MR + i));

                low[i][j] =
                    vmlal_u32(low[i][j], bl, vdup_lane_u32(vget_low_u32(a), 0));
                cross[i][j] = vmlaq_u32(cross[i][j], a, swapped);
            }
        }
    for (size_t i = 0; i < MR; i++) {
        uint64_t part[NR];

        if (i >= m)
            break;

        for (size_t j = 0; j < NR / 2; j++) {
            const uint64x2_t x = vreinterpretq_u64_u32(cross[i][j]);
            const uint64x2_t fold = vaddq_u64(x, vshrq_n_u64(x, 32));

            vst1q_u64(part + 2 * j,
                      vaddq_u64(low[i][j], vshlq_n_u64(fold, 32)));
        }
        for (size_t j = 0; j < n; j++)
            C[i * ldc + j] += part[j];
    }
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
