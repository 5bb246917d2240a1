#ifndef TRI_PROTO_VERIFY_ANDS_H
#define TRI_PROTO_VERIFY_ANDS_H

#include "proto/verify/andpass.h"
#include "proto/verify/coin.h"

/** \file proto/verify/ands.h
 *
 * # The check of bit products
 *
 * One object is one party's part in the three proofs of a batch: prover, V1 of
 * the next party, V2 of the one before. Round by round every party sends, then
 * receives; whoever drives it may put the messages of other checks into the
 * same rounds:
 *
 *     tri_ands_start();
 *     for (r = 0; r < a.plan.rounds; r++)
 *         tri_ands_send(&a, r), tri_ands_recv(&a, r), tri_flush(link);
 *     tri_ands_end();
 *
 * What the driver owes it is in README.md: a batch number that is never used
 * again; a start only after all that enters the batch is fixed; no opening
 * before all parties have found all proofs right.
 */

/** One prover's proof as this party sees it. */
struct tri_ands_proof {
    unsigned prover;
    uint8_t seed[TRI_COIN_SEED]; /**< of the weights                       */
    struct tri_ands_weights w;
    /** Points r, r_0, r_1, ...; for a verifier r_F at the end. */
    uint64_t point[TRI_ANDS_LEVELS + 2];
    /** The prover's, and V2's: shares for V2. V1's: its own. [plan.proof] */
    uint64_t *q;
    uint64_t *u, *v; /**< the prover's vectors, [8 * plan.room]             */
};

/** What this party sees as V1 and as V2, and what its eyes are made of. */
struct tri_ands_sight {
    struct tri_ands_eye eye[TRI_ANDS_EYES];
    struct tri_ands_lens {
        uint64_t fold[512], first[512], L[TRI_ANDS_LEVELS][TRI_GF_GRAM];
        uint64_t at[2 * TRI_ANDS_Q]; /**< Lagrange's at r, on 0..127 of G8 */
    } lens[TRI_ANDS_EYES];
};

struct tri_ands {
    struct tri_session *s;
    const struct tri_coins *coins;
    uint64_t batch;
    struct tri_ands_plan plan;
    struct tri_ands_gates gates;
    struct tri_ands_proof mine;  /**< as prover                            */
    struct tri_ands_proof first; /**< as V1, of the next party's            */
    struct tri_ands_proof other; /**< as V2, of the proof of the one before */
    uint64_t M[64];              /**< as prover: the matrix at r           */
    struct tri_ands_sight *sight;
    /** What is sent and received beside shares. */
    uint64_t opening[2], said, opened[2], echo[TRI_ANDS_LEVELS + 1];
    uint8_t seed_echo[TRI_COIN_SEED];
    /** Of challenges, the bits that are drawn: all. Checks of the soundness
     *  bound leave fewer. */
    uint64_t drawn;
    unsigned prover; /**< after TRI_E_CHEAT: whose proof failed, ...        */
    unsigned
        beside; /**< ... and the only other party that can have spoilt it */
    const char *why; /**< constant text                                    */
};

/**
 * Take memory, at the far end of the arena, where it stays until the caller
 * drops that, and remember what is to be checked. In a dry run this is all, and
 * takes the same memory.
 * \param batch    a number that no check under these coins has had
 * \param entry    [entries] products; array and what it names stay
 * \return TRI_OK; TRI_E_ARG if there are no words; TRI_E_NOMEM.
 */
int tri_ands_start(struct tri_ands *a, struct tri_session *s,
                   const struct tri_coins *coins, uint64_t batch,
                   const struct tri_verify_ands *entry, size_t entries);

/** Queue this party's messages of a round. They stay until tri_flush(). */
int tri_ands_send(struct tri_ands *a, unsigned round);

/**
 * Receive the others' messages of a round.
 * \return TRI_OK; an error of the link; or TRI_E_CHEAT, and a->prover, beside
 *         and why say what is known. Then nothing more may be sent. After the
 *         last round TRI_OK is the verdict of this party as V2.
 */
int tri_ands_recv(struct tri_ands *a, unsigned round);

/** Forget keys, coins and what was opened. */
void tri_ands_end(struct tri_ands *a);

#endif
