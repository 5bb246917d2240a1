#ifndef TRI_BOARDS_HOST_PARTY_RUN_H
#define TRI_BOARDS_HOST_PARTY_RUN_H

#include "boards/host/base/report.h"
#include "boards/host/party/checkpoint.h"
#include "boards/host/party/options.h"
#include "boards/host/party/rundata.h"
#include "boards/host/watch/profile.h"
#include "proto/nn/train.h"

/** \file boards/host/party/run.h
 *
 * # One party's training, evaluation or classification
 *
 * A dry pass measures memory and traffic, then one block of that size is
 * taken and the same code runs in earnest: memory that the dry pass did not
 * see is an error, not a surprise.
 */
enum tri_task { TRI_TASK_TRAIN, TRI_TASK_EVALUATE, TRI_TASK_INFER };

/** One word for each task. */
const char *tri_task_name(enum tri_task task);

/** What a classification gives to the owner of the images. */
enum tri_scores {
    TRI_SCORES_NONE,         /**< the class only, one-hot                   */
    TRI_SCORES_LOGITS,       /**< the last layer's output                   */
    TRI_SCORES_PROBABILITIES /**< its softmax; ASM if that is the loss      */
};

/** The result of a network with one output and loss mse is that number: *scores
 *  becomes LOGITS. TRI_E_ARG if it was PROBABILITIES. */
int tri_run_scores(enum tri_scores *scores, const struct tri_net *n,
                   struct tri_why *why);

/** Runs in the clear (one party): weights and results stay in memory. Each
 *  may be NULL, and none is called in a dry run. */
struct tri_clear {
    void *self;
    /** Fill a built model, instead of `model`; TRAIN: in place of random
     *  weights. */
    int (*load)(void *self, struct tri_model *m);
    /** TRAIN: keep the trained one. */
    int (*save)(void *self, struct tri_model *m);
    /** INFER: score [n x classes] of samples first .. first+n-1. */
    int (*result)(void *self, const double *score, uint32_t first, uint32_t n);
};

/** Bytes that a process takes beside the memory of its run. */
enum { TRI_RUN_BESIDE = 6000000 };

/** When `between` is called. */
enum tri_when {
    TRI_STEP_COUNTED, /**< after some steps of the dry pass, and before each
                           batch of an evaluation: no step is done           */
    TRI_STEP_DONE,    /**< after every step                                  */
    TRI_STEP_LAST     /**< after the last one of a turn, not of the training */
};

struct tri_run {
    enum tri_task task;
    const struct tri_run_options *o;
    const struct tri_engine_kind *engine;
    const struct tri_data *train;  /**< training; otherwise NULL             */
    const struct tri_data *test;   /**< TRAIN: may be NULL                   */
    const struct tri_share *model; /**< EVALUATE, INFER: NULL without shares */
    /** TRAIN: model, INFER: results; open, to be sealed; or NULL. */
    struct tri_share_out *out;
    struct tri_checkpoint *checkpoint; /**< TRAIN: agreed on, or NULL        */
    enum tri_scores scores;        /**< INFER                                */
    const struct tri_clear *clear; /**< NULL with three parties              */
    struct tri_progress progress;
    int goes_on;   /**< TRAIN: from `model`, all parties alike             */
    int plan;      /**< announce memory and traffic          */
    uint32_t stop; /**< TRAIN: leave after this step; 0: the end */
    /** TRAIN: passes over a batch in one turn, so that the dry pass is short;
     * 0: all. A turn ends with a checkpoint, at which `between` has to end the
     *  run. */
    uint32_t turn;
    /** TRAIN: called when no message is under way, by all parties alike, or
     *  NULL; what it returns but TRI_OK ends the run. Signals are its caller's.
     */
    int (*between)(void *self, uint32_t step, uint32_t total,
                   enum tri_when when);
    void *between_self;
    /** Called once memory is taken, or could not be (`mine`), before the first
     *  message, and by a training before it counts steps; or NULL. What it
     *  returns but TRI_OK ends the run. */
    int (*ready)(void *self, int mine, struct tri_why *why);
    void *ready_self;
    tri_trace_fn *trace;       /**< with `ranges`: who is told of layers   */
    struct tri_ranges *ranges; /**< engine `ranges`: filled; else NULL       */
    const char *log;           /**< file for what happens, or NULL       */
    struct tri_profile *profile; /**< receives a training by layers, or NULL*/
    int dry; /**< measure only: cost, peak, profile by bytes and rounds */
    /** dry, --memory: take the batch of this one, which fits all three parties;
     *  NULL: look for it. */
    const struct tri_outcome *as;
};

/** What came of it. Plain data: the demo sends it through a pipe. */
struct tri_outcome {
    uint32_t right, tested;      /**< last evaluation                       */
    double rmse;                 /**< of a regression, instead of `right`   */
    double train_s, test_s;      /**< seconds, all epochs; all evaluations  */
    uint32_t steps;              /**< of this session                       */
    size_t peak;                 /**< arena bytes used                      */
    uint32_t batch;              /**< EVALUATE, INFER: samples at once      */
    int streams;                 /**< ... with weights from the file        */
    struct tri_cost cost;        /**< from the dry pass                     */
    struct tri_proofs planned;   /**< verification: from the dry pass       */
    struct tri_proofs proofs;    /**< ... and as it was                     */
    double test_proofs_s;        /**< seconds of it in evaluations          */
    struct tri_link_stats stats; /**< of this party's link, protocol only   */
    int sealed;            /**< the link was sealed  (tri_party_run() only) */
    enum tri_prg_kind prg; /**< the generator                  (likewise)   */
    int proving; /**< it ended in the middle of a verification (likewise)   */
};

/**
 * Run. `s` is this party's prepared session: id, cx.k, cx.par,
 * link and keys are set; the arena is made here.
 * \return TRI_OK or a code with a text; the session is wiped in any case.
 */
int tri_run(struct tri_run *r, struct tri_session *s, struct tri_outcome *out,
            struct tri_why *why);

enum { TRI_RUN_NAME = TRI_PAIR_ID / 2 };

/** What the names of a training's models begin with, however often it was
 *  resumed: a hash of the `text` in its checkpoints, of options and data. */
void tri_run_name(uint8_t out[TRI_RUN_NAME], const char *text);

/** The last step of a training with so many samples. */
uint64_t tri_run_steps(const struct tri_run_options *o, uint64_t samples);

/** Do network, data and options fit together? TRI_E_ARG with a text. */
int tri_run_check(const struct tri_run *r, struct tri_why *why);

/** Would what is opened say much about single samples? The mean loss of one is
 *  that of one of the images that have such a loss. TRI_E_ARG with a text. */
int tri_run_check_small(const struct tri_run *r, struct tri_why *why);

/** Bytes of party `id`'s file of the model that these options train. */
uint64_t tri_run_model_bytes(const struct tri_run_options *o, unsigned id);

#endif
