#ifndef TRI_PROTO_VERIFY_RINGPROOF_H
#define TRI_PROTO_VERIFY_RINGPROOF_H

#include "proto/verify/ring.h"

/** \file proto/verify/ringproof.h
 *
 * One of the three proofs, as the party with one role in it sees it.
 */
struct tri_ring_proof {
    struct tri_field f;
    uint64_t two64; /* 2^64 mod p */
    struct tri_gates_weights weights;
    uint8_t coin1[TRI_COIN_SEED], point[TRI_RING_LEVELS][TRI_COIN_SEED];
    uint64_t r[TRI_RING_LEVELS][TRI_FIELD_VARS];
    /* V1's share of the values, which the prover knows; V2: its own. */
    uint64_t q[TRI_RING_LEVELS][TRI_FIELD_VALUES];
    /* Verifiers: all coordinates between the first and the last level. */
    uint64_t axis[TRI_RING_LEVELS * TRI_FIELD_VARS],
        low[(1 << TRI_RING_LOW) + TRI_ROW];
    unsigned axes;
    uint64_t row[TRI_ROW]; /* ... u or v, folded but for the last level    */
    uint64_t product;      /* V1: <A^T f, B g> of all groups               */
    uint64_t *sides;       /* f and g of each group                        */
    uint8_t *quotients;    /* shares, 20 bytes each; the prover: none      */
};

#endif
