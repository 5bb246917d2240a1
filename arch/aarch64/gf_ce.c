/* Built with the PMULL of ARMv8 (see Makefile); reached only through the kernel
 * table. */
#include <arm_neon.h>
#include "arch/kernels.h"

#define GF(name) tri_gf_##name##_ce

typedef uint8x16_t U;

static inline __attribute__((always_inline)) U clmul(uint64_t x, uint64_t y)
{
    return vreinterpretq_u8_p128(vmull_p64((poly64_t)x, (poly64_t)y));
}

#define u_even(x, y) clmul(vgetq_lane_u64(u64(x), 0), vgetq_lane_u64(u64(y), 0))
#define u_odd(x, y)  clmul(vgetq_lane_u64(u64(x), 1), vgetq_lane_u64(u64(y), 1))

#include "arch/gf_neon.inc"
