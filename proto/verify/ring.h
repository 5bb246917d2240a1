#ifndef TRI_PROTO_VERIFY_RING_H
#define TRI_PROTO_VERIFY_RING_H

#include "proto/verify/coin.h"
#include "proto/verify/gates.h"
#include "proto/verify/matrix.h"
#include "proto/verify/ringplan.h"

/** \file proto/verify/ring.h
 *
 * # Verification of ring products
 *
 * All products of a batch over Z_2^64, Z_2^32 and Z_2^16, element by element,
 * and all matrix products and convolutions: one proof of each party. The three
 * proofs travel together. README.md has the protocol, why it is sound and why
 * it tells nothing.
 *
 * The caller sees to it that before round 0 this party holds all that was sent
 * of the batch and of its inputs, and that no batch number is used twice. Then,
 * for round = 0 .. plan.rounds - 1, it calls tri_ring_check_send() and
 * tri_ring_check_recv(); messages of other checks may go between them. What
 * is proved stays as it is until recv of round 4. If any call fails, nothing
 * more may be sent.
 */

/** How strong a check is. Only tests set anything but the full strength, to
 *  see that a weaker check misses as often as its bound says. */
struct tri_ring_strength {
    uint64_t gates, matrices; /**< the sums that count, of 48 bits           */
    unsigned prime;           /**< bits of the prime                         */
};

/** Who may have cheated: a set of parties, bit i for P_i. A lying verifier
 *  looks like a cheating prover, so that there are mostly two. */
struct tri_ring_blame {
    unsigned prover;  /**< in whose proof                                    */
    unsigned parties; /**< one or two bits                                   */
    const char *what; /**< a constant text                                   */
};

struct tri_ring_proof;

struct tri_ring_check {
    struct tri_session *s;
    const struct tri_coins *coins;
    const struct tri_ring_plan *plan;
    struct tri_ring_strength strength;
    struct tri_ring_blame blame; /**< set where TRI_E_CHEAT is returned      */
    uint64_t batch;

    uint8_t coin0[TRI_PARTIES][TRI_COIN_SEED], seed0[TRI_COIN_SEED];
    uint8_t seed_hash[32];
    struct tri_gates gates;
    struct tri_matrix_cx mx;
    struct tri_matrix *matrix;
    struct tri_ring_proof *proof;  /**< [TRI_ROLES]                        */
    uint64_t *group_bits;          /**< [groups]: g (gates.h)               */
    struct tri_gates_tally *tally; /**< [TRI_ROLES]                         */
    uint64_t *matrix_sums, *matrix_c, *kappa, *sides, *scratch;
    struct tri_ring_walker *walker; /**< one for each thread               */
    uint64_t *narrow[2];            /**< u and v at a level                  */
    size_t at;                      /**< rows at the present level           */
    uint8_t *quotients[2];          /**< shares of V1, of V2                 */
    uint8_t *out[2], *in[2];        /**< messages: next, previous party      */
    uint8_t right;                  /**< V1's verdict                        */
};

/**
 * Take memory at the far end of the session's arena, where it stays until the
 * caller drops that, and start. In a dry run that is all there is to do, and
 * `b` may be NULL.
 *
 * \param batch  a number never used before under these coins
 * \param p      of the counts of `b`; stays as it is until the end
 * \return TRI_OK, TRI_E_NOMEM
 */
int tri_ring_check_start(struct tri_ring_check *c, struct tri_session *s,
                         const struct tri_coins *coins, uint64_t batch,
                         const struct tri_ring_plan *p,
                         const struct tri_verify_batch *b);

/** Queue this party's messages of a round, in all its roles. */
int tri_ring_check_send(struct tri_ring_check *c, unsigned round);

/**
 * Receive the messages of a round; flushed. After the last one every product
 * of the batch is right but for the bound of README.md.
 *
 * \return TRI_OK; TRI_E_CHEAT (c->blame); what the link returns
 */
int tri_ring_check_recv(struct tri_ring_check *c, unsigned round);

#endif
