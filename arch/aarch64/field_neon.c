/* AArch64 Advanced SIMD; reached only through the kernel table. */
#include <arm_neon.h>
#include "arch/field.h"
#include "arch/kernels.h"

#define FIELD(name) tri_field_##name##_neon

typedef uint64x2_t V;
enum { VW = 2 };

#define v_load(p)     vld1q_u64(p)
#define v_store(p, v) vst1q_u64(p, v)
#define v_all(x)      vdupq_n_u64(x)
#define v_add(x, y)   vaddq_u64(x, y)
#define v_sub(x, y)   vsubq_u64(x, y)
#define v_and(x, y)   vandq_u64(x, y)
#define v_shr(x, n)   vshrq_n_u64(x, n)
#define v_mul32(x, y) vmull_u32(vmovn_u64(x), vmovn_u64(y))

static inline V v_below(V r, V p)
{
    const V t = v_sub(r, p);

    return vbslq_u64(vcltzq_s64(vreinterpretq_s64_u64(t)), r, t);
}

static inline V v_above(V d, V p)
{
    return vbslq_u64(vcltzq_s64(vreinterpretq_s64_u64(d)), v_add(d, p), d);
}

#include "arch/field_words.inc"
