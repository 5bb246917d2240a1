#ifndef TRI_BOARDS_HOST_TRIAL_DRY_H
#define TRI_BOARDS_HOST_TRIAL_DRY_H

#include "boards/host/party/run.h"

/** \file boards/host/trial/dry.h
 *
 * # What a run of all three parties costs, without running it
 */
struct tri_dry {
    struct tri_outcome out[TRI_PARTIES]; /**< cost, steps, peak */
    struct tri_profile profile;          /**< whole run, party 0 */
};

/** Dry passes of the three parties.
 *  \param samples  to train on, or to classify
 *  \param test     TRAIN: to evaluate after every epoch; may be 0
 *  \return TRI_OK; TRI_E_ARG, TRI_E_NOMEM with a text. */
int tri_dry_run(struct tri_dry *d, enum tri_task task,
                const struct tri_run_options *o, uint64_t samples,
                uint64_t test, struct tri_why *why);

/** Memory of all three, and what a process needs beside it. */
uint64_t tri_dry_memory(const struct tri_dry *d);

#endif
