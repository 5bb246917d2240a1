#ifndef TRI_PROTO_VERIFY_ANDPLAN_H
#define TRI_PROTO_VERIFY_ANDPLAN_H

#include <stddef.h>
#include <stdint.h>

/** \file proto/verify/andplan.h
 *
 * # The sizes of a proof of bit products
 *
 * They follow from the number of words alone, so that all parties have the same
 * and a dry run knows them. How the proof goes is in ands.c.
 */
enum {
    TRI_ANDS_LEVELS = 12, /**< most levels: 2^61 words have fewer          */
    TRI_ANDS_NODES = 128, /**< most elements that the last step works on   */
    TRI_ANDS_Q = 64       /**< values that the first polynomial is sent by */
};

struct tri_ands_plan {
    size_t words;    /**< of 64 gates, of all entries                      */
    size_t groups;   /**< of 64 words, the last one filled up with zeros   */
    unsigned levels; /**< at least one                                     */
    /** At level l, k[l] blocks of m[l+1] entries of 8 elements are folded into
     *  one block; m[l] entries before, m[l+1] after. k[0] is 8, m[0] the gates'
     *  16 a group. */
    unsigned k[TRI_ANDS_LEVELS];
    size_t m[TRI_ANDS_LEVELS + 1];
    unsigned last; /**< nodes of the last step                           */
    unsigned rounds;
    size_t proof;   /**< elements of G64 of which the prover sends shares */
    size_t room;    /**< entries that a prover's vector has to have       */
    uint8_t id[32]; /**< digest of the plan, for its coins                */
};

/** TRI_OK, or TRI_E_ARG for no words or too many for this machine. */
int tri_ands_plan(struct tri_ands_plan *p, size_t words);

/** Where the values of level l stand among the elements of the proof, l =
 *  `levels` being the last step. */
size_t tri_ands_proof_at(const struct tri_ands_plan *p, unsigned l);

/** Bytes that every party sends in a round: [0] to the next party, [1] to the
 *  one before. */
void tri_ands_flow(const struct tri_ands_plan *p, unsigned round,
                   size_t bytes[2]);

#endif
