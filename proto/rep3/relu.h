#ifndef TRI_PROTO_REP3_RELU_H
#define TRI_PROTO_REP3_RELU_H

#include "proto/rep3/rep3.h"

/** \file proto/rep3/relu.h
 *
 * # ReLU and the sign as a number
 */

/** bits = [x >= 0]: k bits' rounds and 2. */
int tri_rep3_sign(struct tri_engine *e, struct tri_bits *bits,
                  const uint64_t *const x[2], size_t n);

/** z = max(x, 0) / 2^shift, shift 0..32, with bits (or NULL): one round more.
 *  z may be x. */
int tri_rep3_relu(struct tri_engine *e, uint64_t *const z[2],
                  struct tri_bits *bits, const uint64_t *const x[2], size_t n,
                  unsigned shift);

/** z = bit * x: 1 round. z may be x. */
int tri_rep3_select(struct tri_engine *e, uint64_t *const z[2],
                    const struct tri_bits *bits, const uint64_t *const x[2],
                    size_t n);

#endif
