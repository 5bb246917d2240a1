#ifndef TRI_PROTO_VERIFY_RINGPROVE_H
#define TRI_PROTO_VERIFY_RINGPROVE_H

#include "proto/verify/ringproof.h"

/** \file proto/verify/ringprove.h
 *
 * # The prover of ring products
 */

/** V2's shares of the quotients, 20 bytes each. */
void tri_ring_prove_quotients(struct tri_ring_check *c, uint8_t *out);

/** V2's shares of the values of level l, in 8 bytes each but the first. */
void tri_ring_prove_level(struct tri_ring_check *c, unsigned l, uint8_t *out);

/** u and v at the point of a level l > 0. */
void tri_ring_fold(struct tri_ring_check *c, unsigned l);

#endif
