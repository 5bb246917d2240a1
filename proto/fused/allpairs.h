#ifndef TRI_PROTO_FUSED_ALLPAIRS_H
#define TRI_PROTO_FUSED_ALLPAIRS_H

#include "proto/engine.h"

/** \file proto/fused/allpairs.h
 *
 * # Maximum of a few, all pairs compared at once
 */

/** Most candidates: their words of a block come from a stream at once. */
enum { TRI_FUSED_CANDS = 12 };

/**
 * z [n] = max of x [cands x n]; 4 rounds, 24 bytes a candidate and 30 a pair
 * (k = 32).
 *
 * \param ind    [cands-1 x n], unless NULL: shares of [x_i is the maximum],
 *               i = 1, 2, ..., ties to the smallest i
 * \param shift  last bits that are not compared, 0..32: where there are any, z
 *               is less than the maximum by less than 2^(shift+1)
 * \return TRI_OK; TRI_E_ARG; TRI_E_NOMEM; link errors
 */
int tri_fused_allpairs(struct tri_engine *e, tri_ring *z, tri_ring *ind,
                       const tri_ring *x, unsigned cands, size_t n,
                       unsigned shift);

#endif
