/* AArch64 Advanced SIMD; reached only through the kernel table. */
#include <arm_neon.h>
#include "arch/kernels.h"

#define CHAIN(name) tri_chain_##name##_neon

typedef uint8x16_t V;
#define VB 16

#define v_load(p)         vld1q_u8(p)
#define v_store(p, v)     vst1q_u8(p, v)
#define v_all(byte)       vdupq_n_u8((uint8_t)(byte))
#define v_and(x, y)       vandq_u8(x, y)
#define v_or(x, y)        vorrq_u8(x, y)
#define v_xor(x, y)       veorq_u8(x, y)
#define v_xor3(x, y, z)   v_xor(x, v_xor(y, z))
#define v_muladd(a, x, y) v_xor(a, v_and(x, y))
#define v_sel(m, a, b)    vbslq_u8(m, a, b)

#include "arch/chain_planes.inc"
