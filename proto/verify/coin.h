#ifndef TRI_PROTO_VERIFY_COIN_H
#define TRI_PROTO_VERIFY_COIN_H

#include "proto/session.h"

/** \file proto/verify/coin.h
 *
 * # Coins, masks and blinds of the verification
 *
 * A coin is PRF(key, domain, prover, batch, plan): keyed BLAKE2s over the place
 * gives the key of a generator that is used for this place alone. Two parties
 * that have the key draw the same, without a message, and the third knows
 * nothing of it:
 *
 *   k_{i-1}  V1 = P_{i-1} (own) and V2 = P_{i+1} (next): challenges to P_i
 *   k_i      P_i (own) and V1 (next): masks of shares, blinds of u
 *   k_{i+1}  P_i (next) and V2 (own): blinds of v
 *
 * A batch number is used once in the life of the keys, not even again for the
 * same batch: two proofs under one mask show their difference.
 */

/** What a coin is for. Never renumber: two versions have to agree. */
enum tri_coin_domain {
    TRI_COIN_AND_THETA = 1, /**< seed of the weights of bit products        */
    TRI_COIN_AND_POINTS,    /**< points at which polynomials are evaluated  */
    TRI_COIN_AND_MASK,      /**< shares of the proof that V1 has            */
    TRI_COIN_AND_BLIND_U,
    TRI_COIN_AND_BLIND_V,
    TRI_COIN_WORDS = 16,  /**< first one of ring products                   */
    TRI_COIN_DRIVER = 32, /**< first one of the driver: digests and the like*/
};

enum { TRI_COIN_KEY = 32, TRI_COIN_PLAN = 32, TRI_COIN_SEED = 16 };

/** One party's two keys of the verification. Secret. */
struct tri_coins {
    const struct tri_kernels *k;
    enum tri_prg_kind kind;
    uint8_t own[TRI_COIN_KEY], next[TRI_COIN_KEY];
};

/** The place of a coin. */
struct tri_coin_at {
    enum tri_coin_domain domain;
    unsigned prover; /**< i of P_i                                          */
    uint64_t batch;  /**< the number of the batch, never used again         */
    /** Digest of all public counts of the batch: parties with two plans share
     *  no coin. */
    const uint8_t *plan; /* [TRI_COIN_PLAN] */
};

/** An open coin, read in order. Holds pointers to itself: it must not be
 *  moved. */
struct tri_coin {
    struct tri_prg g;
    struct tri_stream s;
};

/** Draw both keys from the session's pairwise generators: one draw from each,
 *  at the same place of the program on all three parties. */
void tri_coins_init(struct tri_coins *c, struct tri_session *s);
void tri_coins_wipe(struct tri_coins *c);

/** Open the coin at a place under `key`, c->own or c->next. */
void tri_coin_open(struct tri_coin *coin, const struct tri_coins *c,
                   const uint8_t key[TRI_COIN_KEY],
                   const struct tri_coin_at *at);

/** Open the coin that a seed stands for, which was drawn from another one. */
void tri_coin_expand(struct tri_coin *coin, const struct tri_coins *c,
                     const uint8_t seed[TRI_COIN_SEED]);

/** The next n bytes, or n words, which are little-endian. */
void tri_coin_bytes(struct tri_coin *coin, void *out, size_t n);
void tri_coin_words(struct tri_coin *coin, uint64_t *out, size_t n);

/** Forget key and bytes. */
void tri_coin_wipe(struct tri_coin *coin);

#endif
