#ifndef TRI_PROTO_PAPER_MAXPOOL_H
#define TRI_PROTO_PAPER_MAXPOOL_H

#include "proto/paper/paper.h"

/** \file proto/paper/maxpool.h
 *
 * # MaxPool (Algorithm 9)
 */

/** Maximum over x [n x m], n > 0, and its index, the smallest at a tie.
 *  Differences stay below 2^62: |x| < 2^61 is enough. 9 (n - 1) rounds. */
int tri_paper_maxpool(struct tri_session *s, tri_ring *z, tri_ring *ind,
                      const tri_ring *x, size_t n, size_t m);

#endif
