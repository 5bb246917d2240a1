/* AArch64 Advanced SIMD; reached only through the kernel table. */
#include <arm_neon.h>
#include "arch/kernels.h"

#define SLICE(name) tri_slice_##name##_neon

typedef uint64x2_t V;
enum { VW = 2 };

#define v_load(p)         vld1q_u64(p)
#define v_store(p, v)     vst1q_u64(p, v)
#define v_xor(x, y)       veorq_u64(x, y)
#define v_muladd(a, x, y) veorq_u64(a, vandq_u64(x, y))

#include "arch/slice_words.inc"

#define INLINE static inline __attribute__((always_inline))

/* Words i and i+1 of n. */
INLINE V pair(const uint64_t *x, size_t ldx, size_t n, size_t i)
{
    const uint64_t low = i < n ? x[i * ldx] : 0;
    const uint64_t high = i + 1 < n ? x[(i + 1) * ldx] : 0;

    if (ldx == 1 && i + 1 < n)
        return v_load(x + i);
    return vcombine_u64(vcreate_u64(low), vcreate_u64(high));
}

/* Bytes b and b+1 of each of the eight words in v. */
INLINE uint8x16_t columns(uint8x16x4_t v, unsigned b)
{
    static const uint8_t first[16] = { 0, 8, 16, 24, 32, 40, 48, 56,
                                       1, 9, 17, 25, 33, 41, 49, 57 };

    return vqtbl4q_u8(v, vaddq_u8(vld1q_u8(first), vdupq_n_u8((uint8_t)b)));
}

/* Bit c of byte r of a word becomes bit r of byte c: first pairs of bits, then
 * of twos, then of fours change places. */
INLINE V squares(V x)
{
#define SWAP(n, mask)                                                          \
    do {                                                                       \
        const V t = vandq_u64(v_xor(x, vshrq_n_u64(x, n)), vdupq_n_u64(mask)); \
                                                                               \
        x = v_xor(x, v_xor(t, vshlq_n_u64(t, n)));                             \
    } while (0)
    SWAP(7, 0x00aa00aa00aa00aa);
    SWAP(14, 0x0000cccc0000cccc);
    SWAP(28, 0x00000000f0f0f0f0);
#undef SWAP
    return x;
}

/* 16 bits of all words at a time. */
INLINE void transpose(uint64_t *z, size_t ldz, size_t k, const uint64_t *x,
                      size_t ldx, size_t n, unsigned shift)
{
    for (size_t b = 0; b < k; b += 16) {
        const int64x2_t down = vdupq_n_s64(-(int64_t)(shift + b));
        uint8x16x4_t half[2]; /* planes b .. b+7; b+8 .. b+15 */
        V q[8];

        for (size_t g = 0; g < 8; g++) {
            uint8x16x4_t v;

            for (size_t j = 0; j < 4; j++)
                v.val[j] = vreinterpretq_u8_u64(
                    vshlq_u64(pair(x, ldx, n, 8 * g + 2 * j), down));
            q[g] = squares(vreinterpretq_u64_u8(columns(v, 0)));
        }
        for (size_t j = 0; j < 4; j++) {
            half[0].val[j] =
                vreinterpretq_u8_u64(vtrn1q_u64(q[2 * j], q[2 * j + 1]));
            half[1].val[j] =
                vreinterpretq_u8_u64(vtrn2q_u64(q[2 * j], q[2 * j + 1]));
        }
        for (size_t p = b; p < k && p < b + 16; p += 2) {
            const V two = vreinterpretq_u64_u8(
                columns(half[p % 16 / 8], (unsigned)(p % 8)));

            z[p * ldz] = vgetq_lane_u64(two, 0);
            if (p + 1 < k)
                z[(p + 1) * ldz] = vgetq_lane_u64(two, 1);
        }
    }
}

TRI_DECL_SLICE_TRANSPOSE(tri_slice_transpose_neon)
{
    if (ldx == 1 && n == 64)
        transpose(z, ldz, k, x, 1, 64, shift);
    else
        transpose(z, ldz, k, x, ldx, n, shift);
}
