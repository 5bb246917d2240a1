/* AArch64 Advanced SIMD; reached only through the kernel table. Products of 64
 * bits are left to the reference: the processor has an instruction for them. */
#include <arm_neon.h>
#include "arch/kernels.h"

#define WORDS(name) tri_words_##name##_neon

typedef uint64x2_t V;
enum { VW = 2 };

#define v_load(p)     vld1q_u64(p)
#define v_store(p, v) vst1q_u64(p, v)
#define v_zero()      vdupq_n_u64(0)
#define v_add(x, y)   vaddq_u64(x, y)

typedef uint16x8_t P;
enum { PW = 8 };

#define p_zero()      vdupq_n_u16(0)
#define p_or(x, y)    vorrq_u16(x, y)
#define p_store(p, v) vst1q_u16(p, v)

static inline P p_bit(uint64_t bits, uint16_t x)
{
    static const uint16_t one[8] = { 1, 2, 4, 8, 16, 32, 64, 128 };

    return vandq_u16(vtstq_u16(vdupq_n_u16((uint16_t)bits), vld1q_u16(one)),
                     vdupq_n_u16(x));
}

#include "arch/words_project.inc"
