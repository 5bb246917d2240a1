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
