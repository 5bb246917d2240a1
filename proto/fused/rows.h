#ifndef TRI_PROTO_FUSED_ROWS_H
#define TRI_PROTO_FUSED_ROWS_H

#include "proto/engine.h"

/** \file proto/fused/rows.h
 *
 * # Products of numbers that are truncated in the same round
 */

/** One number y and `cols` numbers x for each of m rows. A vector of them has
 *  y [m] first, then x [m x cols]. */
struct tri_fused_rows {
    size_t m, cols;
    unsigned shift; /**< 1..32                                         */
};

/** With Y = y >> shift and X = x >> shift, exact up to one unit and unbiased,
 *  of a = [y | x], below 2^62: z = [Y * Y | X * Y, Y that of its row], and t =
 *  [Y | X] unless t is NULL. z may be a. One round; 40 bytes a y, 44 an x. On
 *  failure z and t are wiped and the session is dead; TRI_E_ARG, of a shift or
 *  a size, touches nothing. */
int tri_fused_rows(struct tri_engine *e, const struct tri_fused_rows *r,
                   tri_ring *z, tri_ring *t, const tri_ring *a);

#endif
