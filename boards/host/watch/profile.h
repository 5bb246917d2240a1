#ifndef TRI_BOARDS_HOST_WATCH_PROFILE_H
#define TRI_BOARDS_HOST_WATCH_PROFILE_H

#include "proto/nn/model.h"

/** \file boards/host/watch/profile.h
 *
 * # Where a training or inference spends its time and its bytes, by layer
 *
 * A trace of the model's passes. In a dry run it adds up the messages of all
 * parties, otherwise time and what this party sends. Evaluations in between,
 * which run the same layers, are left out, as is the loss that is opened.
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
    struct tri_session *s; /**< to be set: whose messages count         */
    int off;               /**< non-zero: nothing is added              */

    struct tri_cell *open; /* being measured, or NULL */
    uint64_t begun, sent, rounds;
    struct tri_cost cost;
};

/** A tri_trace_fn; self is a struct tri_profile. */
void tri_profile_trace(void *self, enum tri_pass pass, size_t layer);

#endif
