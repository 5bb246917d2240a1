#ifndef TRI_PROTO_PAPER_DRELU_H
#define TRI_PROTO_PAPER_DRELU_H

#include "proto/paper/paper.h"

/** \file proto/paper/drelu.h
 *
 * # DReLU (Algorithm 6)
 */

/** Shares of [a >= 0], -2^62 <= a < 2^62. Eight rounds. */
int tri_paper_drelu(struct tri_session *s, tri_ring *z, const tri_ring *a,
                    size_t n);

#endif
