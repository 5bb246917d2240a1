#include "core/err.h"
#include "core/gemm.h"

int tri_gemm(const struct tri_cx *cx, int ta, int tb, size_t m, size_t n,
             size_t k, const tri_ring *A, size_t lda, const tri_ring *B,
             size_t ldb, tri_ring *C, size_t ldc)
{
    if (lda < (ta ? m : k) || ldb < (tb ? k : n) || ldc < n)
        return TRI_E_ARG;
    if (tri_arena_measuring(cx->arena))
        return TRI_OK;
    for (size_t i = 0; i < m; i++)
        for (size_t p = 0; p < k; p++) {
            const tri_ring a = ta ? A[p * lda + i] : A[i * lda + p];

            if (!tb)
                cx->k->axpy(C + i * ldc, B + p * ldb, a, n);
            else
                for (size_t j = 0; j < n; j++)
                    C[i * ldc + j] += a * B[j * ldb + p];
        }
    return TRI_OK;
}
