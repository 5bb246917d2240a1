#ifndef TRI_PROTO_VERIFY_RINGCOIN_H
#define TRI_PROTO_VERIFY_RINGCOIN_H

#include "proto/verify/ringproof.h"

/** \file proto/verify/ringcoin.h
 *
 * # What is random in a check of ring products
 */

enum tri_ring_domain {
    COIN_SUMS = TRI_COIN_WORDS, /* c_a                                    */
    COIN_PRIME,                 /* coin 1                                 */
    COIN_POINTS,                /* a seed for each level                  */
    COIN_QUOTIENTS,             /* V1's shares of the quotients           */
    COIN_VALUES,                /* ... and of the values                  */
    COIN_BLIND_U,
    COIN_BLIND_V
};

/** Which of the three keys: k_{i-1}, k_i or k_{i+1} of prover P_i. */
enum tri_ring_key { TRI_RING_BEFORE, TRI_RING_AT, TRI_RING_AFTER };

/** The coin of a proof in which this party has `role`, which knows the key. */
void tri_ring_coin(const struct tri_ring_check *c, struct tri_coin *coin,
                   enum tri_ring_domain d, enum tri_role role,
                   enum tri_ring_key key);

/** The two of c_0, c_1, c_2 that this party knows. */
void tri_ring_draw_coin0(struct tri_ring_check *c);

/** All three are known: everything random that the three proofs have in common,
 *  and the random sums of the matrix products. */
void tri_ring_draw_sums(struct tri_ring_check *c);

/** Coin 1 is known: prime, weights, and V1's shares of the values. */
void tri_ring_draw_prime(struct tri_ring_check *c, enum tri_role role);

/** The point of level l, from its seed. */
void tri_ring_draw_point(struct tri_ring_check *c, struct tri_ring_proof *p,
                         unsigned l);

/** All of these: a verifier knows the coins of a proof. */
void tri_ring_draw_challenges(struct tri_ring_check *c, enum tri_role role);

/** What hides u (side 0) or v (side 1) at the last level. */
uint64_t tri_ring_blind(const struct tri_ring_check *c, enum tri_role role,
                        unsigned side);

/** The hash of all coins of a proof that the prover gets to know. */
void tri_ring_echo(const struct tri_ring_check *c,
                   const struct tri_ring_proof *p, uint8_t out[TRI_RING_HASH]);

#endif
