/* Replicated bits: the definitions of arch/kernels.h. */
#include "arch/kernels.h"

TRI_DECL_SLICE_TRANSPOSE(tri_slice_transpose_ref)
{
    for (size_t b = 0; b < k; b++) {
        uint64_t plane = 0;

        for (size_t i = 0; i < n; i++)
            plane |= (x[i * ldx] >> (shift + b) & 1) << i;
        z[b * ldz] = plane;
    }
}

TRI_DECL_SLICE_AND(tri_slice_and_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = (x0[i] & (y0[i] ^ y1[i])) ^ (x1[i] & y0[i]) ^ a[i];
}

TRI_DECL_SLICE_MAJ(tri_slice_maj_ref)
{
    for (size_t i = 0; i < n; i++)
        z[i] = (x0[i] & x1[i]) ^ a[i];
}
