#ifndef TRI_PROTO_PAPER_TRUNCATION_H
#define TRI_PROTO_PAPER_TRUNCATION_H

#include "proto/paper/paper.h"

/** \file proto/paper/truncation.h
 *
 * # Truncation (Algorithm 11)
 */

/** z = a >> shift, off by one unit, and wrong by a wrap with probability
 *  |a| / 2^64. Local. */
void tri_paper_truncation(struct tri_session *s, tri_ring *z, const tri_ring *a,
                          size_t n, unsigned shift);

#endif
