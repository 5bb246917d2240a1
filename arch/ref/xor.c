/* Reference: the definition, one byte at a time. Never optimise this file. */
#include "arch/kernels.h"

TRI_DECL_XOR(tri_xor_ref)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] ^ b[i];
}
