#ifndef TRI_CORE_GEMM_H
#define TRI_CORE_GEMM_H

#include "arch/kernels.h"
#include "core/arena.h"
#include "core/par.h"
#include "core/ring.h"
#include "core/tensor.h"

/** \file core/gemm.h
 *
 * # Matrix product and convolution over Z_{2^64}
 *
 * All add to their result, and all cost at most as many multiplications as the
 * definition has: kernels that multiply in pairs half of them, convolutions
 * whose shape allows it 55 to 85 % of that (core/fir.h). Panels are packed
 * straight from the tensors: a convolution never builds its expanded input. One
 * with padding copies images between their zeros first, one image or 1 MB at a
 * time. Packing buffers come from the arena and go back before the call
 * returns; their size depends on shapes, worker count and kernel table only,
 * and a measuring arena measures them.
 *
 * Timing depends on shapes only. Results do not depend on ISA or threads.
 */
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

/** Z += conv(X, W): [b x oh x ow x o] += [b x h x w x c] * [kh x kw x c x o].
 *  Cross-correlation, as neural networks define it. TRI_OK or TRI_E_NOMEM. */
int tri_conv_fwd(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *Z,
                 const tri_ring *X, const tri_ring *W);

/** dX += the gradient by the input, from dZ [b x oh x ow x o] and W. */
int tri_conv_dx(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dX,
                const tri_ring *dZ, const tri_ring *W);

/** dW += the gradient by the filter, from X and dZ. */
int tri_conv_dw(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dW,
                const tri_ring *X, const tri_ring *dZ);

#endif
