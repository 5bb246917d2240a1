#ifndef TRI_CORE_FIR_H
#define TRI_CORE_FIR_H

#include "core/conv.h"

/** \file core/fir.h
 *
 * # Convolution with fewer multiplications
 *
 * The three passes of core/conv.h for stride 1 and no padding, exactly, with 55
 * to 85 % of the multiplications of the definition: 55 % where 5 filter rows
 * meet a multiple of 8 output rows, as in LeNet. core/conv.c takes them where
 * they pay.
 */

/** Whether they pay for the shape of `g` with these kernels; g->pad counts as
 *  0 if the input stands between its zeros already. */
int tri_fir_pays(const struct tri_kernels *k, const struct tri_conv *g);

/* As tri_conv_fwd(), tri_conv_dx() and tri_conv_dw(), where tri_fir_pays(). */
int tri_fir_fwd(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *Z,
                const tri_ring *X, const tri_ring *W);
int tri_fir_dx(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dX,
               const tri_ring *dZ, const tri_ring *W);
int tri_fir_dw(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dW,
               const tri_ring *X, const tri_ring *dZ);

/** All four, for who links this file by name only. */
struct tri_fir_ops {
    int (*pays)(const struct tri_kernels *k, const struct tri_conv *g);
    int (*fwd)(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *Z,
               const tri_ring *X, const tri_ring *W);
    int (*dx)(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dX,
              const tri_ring *dZ, const tri_ring *W);
    int (*dw)(const struct tri_cx *cx, const struct tri_conv *g, tri_ring *dW,
              const tri_ring *X, const tri_ring *dZ);
};
extern const struct tri_fir_ops tri_fir_ops;

#endif
