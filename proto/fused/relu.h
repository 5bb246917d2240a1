#ifndef TRI_PROTO_FUSED_RELU_H
#define TRI_PROTO_FUSED_RELU_H

#include "proto/fused/fused.h"

/** \file proto/fused/relu.h
 *
 * # ReLU and its derivative: 4 rounds
 */

/** z = max(a, 0) >> shift, exact up to one unit. `bits` receives [a >= 0]
 *  unless NULL, the bit of the shifted value. */
int tri_fused_relu(struct tri_engine *e, tri_ring *z, struct tri_bits *bits,
                   const tri_ring *a, size_t n, unsigned shift);

/** DReLU: the bits alone. */
int tri_fused_drelu(struct tri_engine *e, struct tri_bits *bits,
                    const tri_ring *a, size_t n);

#endif
