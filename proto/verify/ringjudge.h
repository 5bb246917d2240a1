#ifndef TRI_PROTO_VERIFY_RINGJUDGE_H
#define TRI_PROTO_VERIFY_RINGJUDGE_H

#include "proto/verify/ringproof.h"

/** \file proto/verify/ringjudge.h
 *
 * # The verifiers of ring products
 */

/** Weights of n rows of level 1, from number `at` on, in the one row that is
 *  left in the end (a tri_gates_axis; `c` is the check). */
void tri_ring_axis(void *c, enum tri_role role, size_t at, size_t n,
                   uint64_t *w);

/** u or v at the last point. */
uint64_t tri_ring_opening(const struct tri_ring_check *c, enum tri_role role);

/** This verifier's share of the claim after the last level. */
uint64_t tri_ring_last_claim(const struct tri_ring_check *c,
                             enum tri_role role);

#endif
