/* AArch64 Advanced SIMD; reached only through the kernel table. */
#include <arm_neon.h>
#include "arch/kernels.h"

/* Vector i holds word i of four blocks, one in each 32-bit lane. */
#define ROT(x, n) vsriq_n_u32(vshlq_n_u32(x, n), x, 32 - (n))
#define ROT16(x)  vreinterpretq_u32_u16(vrev32q_u16(vreinterpretq_u16_u32(x)))
#define ROT8(x)   vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(x), rot8))

#define QUARTER(a, b, c, d)  \
    do {                     \
        a = vaddq_u32(a, b); \
        d = veorq_u32(d, a); \
        d = ROT16(d);        \
        c = vaddq_u32(c, d); \
        b = veorq_u32(b, c); \
        b = ROT(b, 12);      \
        a = vaddq_u32(a, b); \
        d = veorq_u32(d, a); \
        d = ROT8(d);         \
        c = vaddq_u32(c, d); \
        b = veorq_u32(b, c); \
        b = ROT(b, 7);       \
    } while (0)

/* 4 words of 4 blocks -> 4 blocks of 4 words. */
static inline void transpose(uint32x4_t v[4])
{
    const uint64x2_t a = vreinterpretq_u64_u32(vtrn1q_u32(v[0], v[1]));
    const uint64x2_t b = vreinterpretq_u64_u32(vtrn2q_u32(v[0], v[1]));
    const uint64x2_t c = vreinterpretq_u64_u32(vtrn1q_u32(v[2], v[3]));
    const uint64x2_t d = vreinterpretq_u64_u32(vtrn2q_u32(v[2], v[3]));

    v[0] = vreinterpretq_u32_u64(vtrn1q_u64(a, c));
    v[1] = vreinterpretq_u32_u64(vtrn1q_u64(b, d));
    v[2] = vreinterpretq_u32_u64(vtrn2q_u64(a, c));
    v[3] = vreinterpretq_u32_u64(vtrn2q_u64(b, d));
}

/* Four blocks a turn. A last, partial turn computes four and stores those
 * that were asked for. */
TRI_DECL_CHACHA20(tri_chacha20_neon)
{
    static const uint8_t rot8_bytes[16] = { 3,  0, 1, 2,  7,  4,  5,  6,
                                            11, 8, 9, 10, 15, 12, 13, 14 };
    static const uint32_t step[4] = { 0, 1, 2, 3 };
    const uint8x16_t rot8 = vld1q_u8(rot8_bytes);
    const uint32_t start[16] = {
        0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, key[0], key[1],
        key[2],     key[3],     key[4],     key[5],     key[6], key[7],
        0,          nonce[0],   nonce[1],   nonce[2],
    };

    for (size_t left = nblocks; left > 0;) {
        const size_t now = left < 4 ? left : 4;
        const uint32x4_t count =
            vaddq_u32(vdupq_n_u32(counter), vld1q_u32(step));
        uint32x4_t v[16];

        for (unsigned i = 0; i < 16; i++)
            v[i] = vdupq_n_u32(start[i]);
        v[12] = count;

        for (unsigned round = 0; round < 20; round += 2) {
            QUARTER(v[0], v[4], v[8], v[12]);
            QUARTER(v[1], v[5], v[9], v[13]);
            QUARTER(v[2], v[6], v[10], v[14]);
            QUARTER(v[3], v[7], v[11], v[15]);
            QUARTER(v[0], v[5], v[10], v[15]);
            QUARTER(v[1], v[6], v[11], v[12]);
            QUARTER(v[2], v[7], v[8], v[13]);
            QUARTER(v[3], v[4], v[9], v[14]);
        }

        v[12] = vaddq_u32(v[12], count);
        for (unsigned i = 0; i < 16; i++)
            if (i != 12)
                v[i] = vaddq_u32(v[i], vdupq_n_u32(start[i]));

        for (unsigned i = 0; i < 16; i += 4)
            transpose(v + i);
        for (unsigned b = 0; b < 4; b++)
            if (b < now)
                for (unsigned i = 0; i < 4; i++)
                    vst1q_u8(out + 64 * b + 16 * i,
                             vreinterpretq_u8_u32(v[4 * i + b]));

        counter += 4;
        out += 64 * now;
        left -= now;
    }
}
