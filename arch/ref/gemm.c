/* Reference: the definition, on tiles of 4 x 4. */
#include "arch/kernels.h"

enum { MR = 4, NR = 4 };

TRI_DECL_GEMM(tri_gemm_ref)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            uint64_t sum = 0;

            for (size_t k = 0; k < kc; k++)
                sum += A[k * MR + i] * B[k * NR + j];
            C[i * ldc + j] += sum;
        }
}

TRI_DECL_WEAVE(tri_weave_ref)
{
    for (size_t r = 0; r < v->runs; r++)
        for (size_t t = 0; t < v->len; t++)
            for (size_t i = 0; i < rows; i++)
                P[(r * v->len + t) * w + i] =
                    x[off[i] + v->start + r * v->skip + t * v->step];
}
