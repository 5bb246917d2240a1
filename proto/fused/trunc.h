#ifndef TRI_PROTO_FUSED_TRUNC_H
#define TRI_PROTO_FUSED_TRUNC_H

#include "proto/engine.h"

/** \file proto/fused/trunc.h
 *
 * # Truncation with the exact wrap
 */

/** z = a >> shift, exact up to one unit, unbiased; shift 1..62; 1 round,
 *  2 1/4 bytes (4 1/4 for shift > 16, 8 1/4 for shift > 32). */
int tri_fused_trunc(struct tri_engine *e, tri_ring *z, const tri_ring *a,
                    size_t n, unsigned shift);

#endif
