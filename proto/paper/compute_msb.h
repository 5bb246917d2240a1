#ifndef TRI_PROTO_PAPER_COMPUTE_MSB_H
#define TRI_PROTO_PAPER_COMPUTE_MSB_H

#include "proto/paper/paper.h"

/** \file proto/paper/compute_msb.h
 *
 * # ComputeMSB (Algorithm 5)
 */

/** From shares {a} over 2^64 - 1, shares of the top bit over 2^64. Four rounds.
 */
int tri_paper_compute_msb(struct tri_session *s, tri_ring *z, const tri_ring *a,
                          size_t n);

#endif
