#include <arm_neon.h>

#include "arch/kernels.h"

TRI_DECL_XOR(tri_xor_neon)
{
    size_t i = 0;

    for (; i + 16 <= n; i += 16)
        vst1q_u8(out + i, veorq_u8(vld1q_u8(a + i), vld1q_u8(b + i)));
    tri_xor_ref(out + i, a + i, b + i, n - i);
}
