#ifndef TRI_PROTO_BEAVER_H
#define TRI_PROTO_BEAVER_H

#include "proto/engine.h"

/** \file proto/beaver.h
 *
 * # Products of additive shares with Beaver triples (SecureNN, Algorithm 1)
 *
 * Costs 2 (|X| + |Y|) + |Z| words, one online round; an operand whose mask is
 * open already costs nothing.
 */

/** The engine operation: z = op(x, y). */
int tri_beaver_bilin(struct tri_engine *e, const struct tri_bilin *op,
                     struct tri_ten *z, struct tri_ten *x, struct tri_ten *y);

/** z = x * y element by element on bare vectors [n]; z is neither x nor y. */
int tri_beaver_mul(struct tri_session *s, tri_ring *z, const tri_ring *x,
                   const tri_ring *y, size_t n);

#endif
