#ifndef TRI_PROTO_FUSED_ALLPAIRS_H
#define TRI_PROTO_FUSED_ALLPAIRS_H

#include "proto/engine.h"

/** \file proto/fused/allpairs.h
 *
 * # Maximum of two to four, all pairs compared at once
 */

enum { TRI_FUSED_CANDS = 4, TRI_FUSED_PARTS = 2 };

/** Maxima of so many candidates. Pointers are NULL at P2, and in a dry run. */
struct tri_fused_part {
    unsigned cands;    /**< 2..TRI_FUSED_CANDS                       */
    size_t n;          /**< places                                   */
    const tri_ring *x; /**< [cands x n]                              */
    tri_ring *z;       /**< [n], receives the maxima                 */
    tri_ring *ind;     /**< [cands-1 x n] or NULL: receives shares of [x_i is
                            the maximum], i = 1, ..., ties to the smallest i */
};

/** Up to TRI_FUSED_PARTS of them in the same 4 rounds; of k = 32 bits, 660
 *  bytes a maximum of four, 266 of three, 78 of two. TRI_E_ARG touches nothing;
 *  after another failure what was to be written is wiped. */
int tri_fused_allpairs(struct tri_engine *e, const struct tri_fused_part *part,
                       unsigned parts);

#endif
