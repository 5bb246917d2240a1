#ifndef TRI_PROTO_VERIFY_RINGWALK_H
#define TRI_PROTO_VERIFY_RINGWALK_H

#include "proto/verify/ringproof.h"

/** \file proto/verify/ringwalk.h
 *
 * # What prover and verifiers go through alike
 *
 * A component of an operand is used twice, by its holder as prover and as one
 * of the verifiers: so it is read once for both.
 */

/** Room of one thread, and what it adds up: of V1, of V2. */
struct tri_ring_walker {
    uint64_t chunk[2][TRI_MATRIX_CHUNK];
    uint64_t row[TRI_ROLES][TRI_ROW], product;
};

/** Level 1: matrix products join the products element by element, behind
 *  first[role] folded rows, in all three roles: the prover's u and v, and what
 *  is left of a verifier's one row, which tri_gates_row has begun. */
void tri_ring_matrices(struct tri_ring_check *c, const size_t first[TRI_ROLES]);

#endif
