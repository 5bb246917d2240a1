#ifndef TRI_BOARDS_HOST_WATCH_RUNREAD_H
#define TRI_BOARDS_HOST_WATCH_RUNREAD_H

#include "boards/host/watch/runlog.h"

/** \file boards/host/watch/runread.h
 *
 * # Reading logs of runs back
 *
 * A pure function over a buffer, for anything that may be in it. Strict: every
 * line is one object of the kinds that runlog.h describes, with the members
 * that a plot needs, each once and of its type, other members of one level are
 * skipped; the first line is a start, steps do not fall but after a new start
 * (a resumed run). A last line without its end is left out: the run may be
 * writing it.
 */
enum { TRI_RUN_LAYERS = TRI_MAX_LAYERS + 3 };

struct tri_run_layer {
    char name[24];
    double s[3];    /**< forward, backward, update: seconds */
    double sent[3]; /**< payload bytes                      */
};

struct tri_run_point {
    uint32_t step;
    double time; /**< of all sessions so far         */
    double loss;
    double train, test; /**< share of right answers, 0..1 */
    double rmse;        /**< of held-out numbers, where a run learns such */
    int has_loss, has_rmse, train_of, test_of; /**< non-zero: known */
    double proofs; /**< seconds of verification so far */
};

struct tri_run_read {
    char label[64]; /**< network, engine, "active" */
    uint32_t batch;
    struct tri_run_point *point; /**< malloc'ed; tri_run_read_free() */
    size_t points;
    struct tri_run_layer layer[TRI_RUN_LAYERS];
    size_t layers;  /**< of the last session */
    uint32_t first; /**< the step that it went on from; 0: from the start */
    int active;     /**< it verifies */
    int ended;      /**< the run has come to its end */
    int classes;    /**< a point counts right answers */
    int numbers;    /**< a point has a loss or an error without them */
};

/** \param name  what errors call the text
 *  \return TRI_OK; TRI_E_FORMAT with a text that names line and byte;
 *          TRI_E_NOMEM. *r is empty then. */
int tri_run_read(struct tri_run_read *r, const char *text, size_t len,
                 const char *name, struct tri_why *why);

void tri_run_read_free(struct tri_run_read *r);

#endif
