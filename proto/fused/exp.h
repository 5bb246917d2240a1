#ifndef TRI_PROTO_FUSED_EXP_H
#define TRI_PROTO_FUSED_EXP_H

#include "proto/engine.h"

/** \file proto/fused/exp.h
 *
 * # The exponential of what is not positive: six rounds
 */

/** As the operation of the engine: z = exp(max(x, -16)), x->fb <= 17. */
int tri_fused_exp(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x);

#endif
