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

#define u_even(x, y) clmul(vget_low_u8(x), vget_low_u8(y))
#define u_odd(x, y)  clmul(vget_high_u8(x), vget_high_u8(y))

#include "arch/gf_neon.inc"
