#ifndef TRI_CORE_GEMM_H
#define TRI_CORE_GEMM_H

#include "arch/kernels.h"
#include "core/arena.h"
#include "core/par.h"
#include "core/ring.h"
#include "core/tensor.h"

/** \file core/gemm.h
 *
 * # Matrix product over Z_{2^64}
 *
 * A product costs as many multiplications as the definition has; kernels that
 * multiply in pairs need half of them. Panels are packed into buffers from the
 * arena, which go back before the call returns. Their size depends on shapes,
 * worker count and kernel table only, and a measuring arena measures them.
 *
 * Timing depends on shapes only. Results do not depend on ISA or threads.
 */

/** Where a product is computed: kernels, threads, memory. */
struct tri_cx {
    const struct tri_kernels *k;
    const struct tri_par *par; /**< may be NULL */
    struct tri_arena *arena;
};

/**
 * C += op(A) * op(B).
 *
 * | arg | shape              | note                                |
 * |-----|--------------------|-------------------------------------|
 * | A   | [m x k]            | stored [k x m] if ta is non-zero    |
 * | B   | [k x n]            | stored [n x k] if tb is non-zero    |
 * | C   | [m x n]            | must not overlap A or B             |
 *
 * \param lda,ldb,ldc  elements between stored rows
 * \return TRI_OK (also if m, n or k is 0: nothing changes); TRI_E_ARG if a
 *         leading dimension is too small; TRI_E_NOMEM.
 */
int tri_gemm(const struct tri_cx *cx, int ta, int tb, size_t m, size_t n,
             size_t k, const tri_ring *A, size_t lda, const tri_ring *B,
             size_t ldb, tri_ring *C, size_t ldc);

#endif
