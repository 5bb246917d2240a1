#ifndef TRI_BOARDS_HOST_TRIAL_CLEAR_H
#define TRI_BOARDS_HOST_TRIAL_CLEAR_H

#include "boards/host/formats/dataset.h"
#include "boards/host/formats/weights.h"
#include "boards/host/owner/results.h"
#include "boards/host/party/run.h"

/** \file boards/host/trial/clear.h
 *
 * # Training and classification in the clear
 *
 * One process, an engine of one party, models in files of other programs.
 */
struct tri_clear_job {
    const struct tri_run_options *o; /**< with network, engine               */
    unsigned threads;
    enum tri_layout layout;
    struct tri_ranges *ranges; /**< infer: how near numbers come to the bounds
                                    of the options' engine; or NULL          */
};

/** A model in a file, as that from which a training begins. */
struct tri_start;

/** Read it (weightfile.h), say on standard error which tensor is whose, and
 *  make what a run calls to fill a model. Close in any case. TRI_OK or a code
 *  with a text. */
int tri_start_open(struct tri_start **s, const struct tri_clear_job *j,
                   const char *model, const char *layers, struct tri_why *why);
const struct tri_clear *tri_start_clear(const struct tri_start *s);
void tri_start_close(struct tri_start *s);

/** Train on `set`, from the model in a file or, if that is NULL, from random
 *  weights, and write the model (weightfile.h). TRI_OK or a code with a text.
 */
int tri_clear_train(const struct tri_clear_job *j, const char *model,
                    const char *layers, const struct tri_dataset *set,
                    const char *model_out, struct tri_why *why);

/** Classify `set` by the model in a file. Scores are in r if they are asked
 *  for; free r in any case. TRI_OK or a code with a text. */
int tri_clear_infer(const struct tri_clear_job *j, const char *model,
                    const char *layers, const struct tri_dataset *set,
                    enum tri_scores scores, struct tri_results *r,
                    struct tri_why *why);

#endif
