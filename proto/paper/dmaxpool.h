#ifndef TRI_PROTO_PAPER_DMAXPOOL_H
#define TRI_PROTO_PAPER_DMAXPOOL_H

#include "proto/paper/paper.h"

/** \file proto/paper/dmaxpool.h
 *
 * # The derivative of MaxPool (Algorithms 10 and 12)
 */

/** Unit vectors [n x m] at index ind [m]. Two rounds. */
int tri_paper_dmaxpool(struct tri_session *s, tri_ring *z, const tri_ring *ind,
                       size_t n, size_t m);

#endif
