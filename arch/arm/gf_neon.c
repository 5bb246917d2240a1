/* The NEON of ARMv7-A, which multiplies polynomials of 8 bits, and a64.h (see
 * Makefile); reached only through the kernel table. */
#include <arm_neon.h>
#include "arch/kernels.h"

#define GF(name) tri_gf_##name##_neon

typedef uint8x16_t U;

static inline __attribute__((always_inline)) U bytes(uint8x8_t x, uint8x8_t y)
{
    return vreinterpretq_u8_p16(
        vmull_p8(vreinterpret_p8_u8(x), vreinterpret_p8_u8(y)));
}

/* Products of bytes that are `apart`, either way, to their place: those in the
 * upper half that reach beyond the word belong to its other end. */
static inline __attribute__((always_inline)) U spread(U p, uint64_t within)
{
    const uint8x8_t hi = vget_high_u8(p);
    const uint8x8_t in = vand_u8(hi, vcreate_u8(within));

    return vcombine_u8(veor_u8(veor_u8(vget_low_u8(p), hi), in), in);
}

/* 64 x 64 bits out of 8 x 8 (Camara, Gouvea, Lopez, Dahab: "Fast software
 * polynomial multiplication on ARM processors using the NEON engine", 2013):
 * y against x turned by 0 to 4 bytes, and x against y. */
static inline __attribute__((always_inline)) U clmul(uint8x8_t x, uint8x8_t y)
{
#define TURNED(n) \
    veorq_u8(bytes(vext_u8(x, x, n), y), bytes(x, vext_u8(y, y, n)))
    const U one = spread(TURNED(1), UINT64_C(0x0000ffffffffffff));
    const U two = spread(TURNED(2), UINT64_C(0x00000000ffffffff));
    const U three = spread(TURNED(3), UINT64_C(0x000000000000ffff));
    const U four = spread(bytes(x, vext_u8(y, y, 4)), 0);
#undef TURNED
    const U odd = veorq_u8(vextq_u8(one, one, 15), vextq_u8(three, three, 13));
    const U even = veorq_u8(vextq_u8(two, two, 14), vextq_u8(four, four, 12));

    return veorq_u8(bytes(x, y), veorq_u8(odd, even));
}

#define u64(x)         vreinterpretq_u64_u8(x)
#define u8(x)          vreinterpretq_u8_u64(x)
#define u_load(p)      vld1q_u8((const uint8_t *)(p))
#define u_store(p, x)  vst1q_u8((uint8_t *)(p), x)
#define u_xor(x, y)    veorq_u8(x, y)
#define u_even(x, y)   clmul(vget_low_u8(x), vget_low_u8(y))
#define u_odd(x, y)    clmul(vget_high_u8(x), vget_high_u8(y))
#define u_low(x, y)    vcombine_u8(vget_low_u8(x), vget_low_u8(y))
#define u_high(x, y)   vcombine_u8(vget_high_u8(x), vget_high_u8(y))
#define u_shl(x, n)    u8(vshlq_n_u64(u64(x), n))
#define u_shr(x, n)    u8(vshrq_n_u64(u64(x), n))
#define u_dup(x)       u8(vdupq_n_u64(x))
#define u_zip_lo(x, y) vzipq_u8(x, y).val[0]
#define u_zip_hi(x, y) vzipq_u8(x, y).val[1]

typedef uint8x16_t V;
enum { VB = 16 };

#define v_load(p)        u_load(p)
#define v_store(p, x)    u_store(p, x)
#define v_xor(x, y)      veorq_u8(x, y)
#define v_and(x, y)      vandq_u8(x, y)
#define v_tbl(t, i)      vqtbl1q_u8(t, i)
#define v_table(p)       u_load(p)
#define v_shr4(x)        vshrq_n_u8(x, 4)
#define v_set1(b)        vdupq_n_u8(b)
#define v_adds(x, y)     vqaddq_u8(x, y)
#define v_sub(x, y)      vsubq_u8(x, y)
#define v_min(x, y)      vminq_u8(x, y)
#define v_zip_lo(x, y)   u_zip_lo(x, y)
#define v_zip_hi(x, y)   u_zip_hi(x, y)
#define v_words(p, q)    ((void)(q), u_load(p))
#define v_split(p, q, x) ((void)(q), u_store(p, x))

#include "arch/gf_bytes.inc"
