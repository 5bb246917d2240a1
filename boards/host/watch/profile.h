#ifndef TRI_BOARDS_HOST_WATCH_PROFILE_H
#define TRI_BOARDS_HOST_WATCH_PROFILE_H

#include "proto/nn/model.h"

/** \file boards/host/watch/profile.h
 *
 * # Where a training or inference spends its time and its bytes, by layer
 *
 * A trace of the model's passes. In a dry run it adds up the messages of all
 * parties, otherwise time and what this party sends. Verification has a cell of
 * its own, whichever layer a batch ends in. Evaluations in between, which run
 * the same layers, are left out, as is the loss that is opened.
 */
struct tri_cell {
    uint64_t ns;
    uint64_t bytes;  /**< payload: dry: of all parties; else sent here    */
    uint64_t line;   /**< dry: payload of the busiest pair and direction  */
    uint64_t rounds; /**< growth of the longest chain of messages         */
};

struct tri_profile {
    /** [pass][layer]; layer net->layers: the loss (BACKWARD), what becomes of
     *  the scores (FORWARD, inference); UPDATE has one cell for all layers,
     *  layer 0. */
    struct tri_cell cell[3][TRI_MAX_LAYERS + 1];
    struct tri_cell proofs; /**< verification                            */
    struct tri_session *s;  /**< to be set: whose messages count         */
    int off;                /**< non-zero: nothing is added              */

    struct tri_cell *open; /* being measured, or NULL */
    uint64_t begun, sent, rounds;
    struct tri_cost cost;
    struct tri_proofs before; /* as the open cell was opened */
    struct tri_proofs seen;   /* that are in `proofs`, or left out */
};

/** Leave out what follows (off non-zero), or go on. */
void tri_profile_off(struct tri_profile *p, int off);

/** Bring `proofs` up to now: at the end, too. */
void tri_profile_settle(struct tri_profile *p);

/** A tri_trace_fn; self is a struct tri_profile. */
void tri_profile_trace(void *self, enum tri_pass pass, size_t layer);

#endif
