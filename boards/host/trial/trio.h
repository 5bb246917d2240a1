#ifndef TRI_BOARDS_HOST_TRIAL_TRIO_H
#define TRI_BOARDS_HOST_TRIAL_TRIO_H

#include "boards/host/trial/demo.h"

/** \file boards/host/trial/trio.h
 *
 * # Three parties as three processes of this machine
 *
 * Over sealed TCP connections of the loopback interface, with keys that are
 * made for the run. No party has more than its own files.
 */

/** What they did, for the table. */
struct tri_trio {
    int parties; /**< 3, 1 in the clear, 0: float alone */
    struct tri_outcome party[TRI_PARTIES];
};

/** Open files, from tri_split_unnamed() and tri_split_model_unnamed(). */
struct tri_trio_shares {
    int file[TRI_FILES][TRI_PARTIES]; /**< -1: none */
};

/**
 * Fork the three parties, each with its shares, and wait for them.
 * \return the first cause if one fails.
 */
int tri_trio_run(struct tri_trio *t, const struct tri_demo *d,
                 const struct tri_trio_shares *shares, struct tri_why *why);

#endif
