#ifndef TRI_PROTO_FUSED_NORMALISE_H
#define TRI_PROTO_FUSED_NORMALISE_H

#include "proto/fused/rows.h"

/** \file proto/fused/normalise.h
 *
 * # Rows divided by their sums
 */

/** z [m x cols] = x / S by rows, at scale fb <= 16, of w = [S | x] (rows.h) at
 *  scale 20 + shift, 1 <= S <= most <= TRI_ROW_MOST, 0 <= x <= S. w is used up.
 *  On failure the session is dead and z is for the caller to wipe. 4 rounds for
 *  most = 2. */
int tri_fused_quotients(struct tri_engine *e, tri_ring *z, tri_ring *w,
                        const struct tri_fused_rows *rows, size_t most,
                        unsigned fb);

/** The engine operation (proto/engine.h): 5 rounds for rows of ten, 4 for
 *  rows of two, 7 for those of TRI_ROW_MOST; off by less than two units of
 *  z->fb = 16. */
int tri_fused_normalise(struct tri_engine *e, struct tri_ten *z,
                        const struct tri_ten *x);

#endif
