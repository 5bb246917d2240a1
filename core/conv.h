#ifndef TRI_CORE_CONV_H
#define TRI_CORE_CONV_H

#include "core/gemm.h"

/** \file core/conv.h
 *
 * # Convolution over Z_{2^64} and its gradients
 *
 * All add to their result. A convolution is the product of core/gemm.h on the
 * matrix im2col(X), of which only panels ever exist: they are packed straight
 * from the tensor. One whose shape allows it takes 55 to 85 % of the
 * multiplications (core/fir.h). One with padding copies images between their
 * zeros first, one image or 1 MB at a time.
 */

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
