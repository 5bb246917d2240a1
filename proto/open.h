#ifndef TRI_PROTO_OPEN_H
#define TRI_PROTO_OPEN_H

#include "proto/session.h"

/** \file proto/open.h
 *
 * # Opening an additive sharing between P0 and P1
 */

/**
 * Reveal x to the parties of the set `audience` (bit i: party i), re-randomised
 * first: one round, 8 n bytes for each party that learns it from each holder of
 * a share it does not have.
 * \param out  [n] words, written where this party is in the audience
 * \param x    P0, P1: the share, [n]. P2: NULL
 */
int tri_open_words(struct tri_session *s, tri_ring *out, const tri_ring *x,
                   size_t n, unsigned audience);

#endif
