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

#define u64(x)         vreinterpretq_u64_u8(x)
#define u8(x)          vreinterpretq_u8_u64(x)
#define u_load(p)      vld1q_u8((const uint8_t *)(p))
#define u_store(p, x)  vst1q_u8((uint8_t *)(p), x)
#define u_xor(x, y)    veorq_u8(x, y)
#define u_even(x, y)   clmul(vgetq_lane_u64(u64(x), 0), vgetq_lane_u64(u64(y), 0))
#define u_odd(x, y)    clmul(vgetq_lane_u64(u64(x), 1), vgetq_lane_u64(u64(y), 1))
#define u_low(x, y)    u8(vzip1q_u64(u64(x), u64(y)))
#define u_high(x, y)   u8(vzip2q_u64(u64(x), u64(y)))
#define u_shl(x, n)    u8(vshlq_n_u64(u64(x), n))
#define u_shr(x, n)    u8(vshrq_n_u64(u64(x), n))
#define u_dup(x)       u8(vdupq_n_u64(x))
#define u_zip_lo(x, y) vzip1q_u8(x, y)
#define u_zip_hi(x, y) vzip2q_u8(x, y)

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
#define v_zip_lo(x, y)   vzip1q_u8(x, y)
#define v_zip_hi(x, y)   vzip2q_u8(x, y)
#define v_words(p, q)    ((void)(q), u_load(p))
#define v_split(p, q, x) ((void)(q), u_store(p, x))

#include "arch/gf_bytes.inc"
