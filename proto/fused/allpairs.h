#ifndef TRI_PROTO_FUSED_ALLPAIRS_H
#define TRI_PROTO_FUSED_ALLPAIRS_H

#include "proto/engine.h"

/** \file proto/fused/allpairs.h
 *
 * # Maximum of four, all pairs compared at once
 */

/** z [n] = max of x [4 x n]; 4 rounds, 660 bytes (k = 32). ind [3 x n], unless
 *  NULL: shares of [x_i is the maximum], i = 1, 2, 3, ties to the smallest i.
 */
int tri_fused_max4(struct tri_engine *e, tri_ring *z, tri_ring *ind,
                   const tri_ring *x, size_t n);

#endif
