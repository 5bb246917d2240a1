#ifndef TRI_PROTO_NN_TRAIN_H
#define TRI_PROTO_NN_TRAIN_H

#include "proto/nn/model.h"
#include "proto/nn/schedule.h"

/** \file proto/nn/train.h
 *
 * # Training and evaluation
 *
 * Order, batches and schedules are public. Only counts of right answers are
 * opened, and in some steps the loss.
 */

/** Where samples come from: shares in files, or clear values in a test. */
struct tri_data {
    uint32_t count;   /**< samples                                     */
    uint32_t h, w, c; /**< of one                                      */
    uint32_t classes;
    int numbers; /**< y are numbers, of the scale of x, for a regression    */
    /** Public bounds: samples and, where y are numbers, those stay within
     *  +-2^(most - 64); 0: not known. */
    unsigned most[2];
    void *self;
    /**
     * Fill rows 0..n-1 of x [B x h x w x c] (scale x->fb) and y
     * [B x classes] (scale y->fb: one-hot 0) with this party's shares of
     * samples index[0..n-1]; rows n..B-1 become 0. A party without shares does
     * nothing. y may be NULL. In a dry run only what an engine counts is done:
     * index is not read.
     * \return TRI_OK or a negative code.
     */
    int (*fetch)(void *self, struct tri_engine *e, const uint32_t *index,
                 uint32_t n, struct tri_ten *x, struct tri_ten *y);
};

struct tri_train {
    uint32_t epochs;
    struct tri_sgd sgd;           /**< its rate is the highest one        */
    const struct tri_adam *adam;  /**< or NULL: tri_model's               */
    struct tri_schedule schedule; /**< 0: a constant rate                 */
    uint64_t seed;  /**< public: initial weights and order           */
    uint32_t steps; /**< stop after so many steps; 0: no limit       */
    uint32_t first; /**< steps that are done already: the weights and
                         what else tri_model_state() lists are those
                         after step `first`; 0: from the start       */
    uint32_t stop;  /**< leave after this step, whose rate is that of the
                         whole training; 0: at its end               */
    /** Open the mean loss and the right answers of the batch
     *  (tri_model_loss()) in every so many steps and in the last one of
     *  every epoch and of the training; 0: never, nothing of it is revealed. */
    uint32_t loss_every;
    const double *weight; /**< of classes, or NULL: tri_model's         */
    int endless;          /**< do not mind losses that grow: a rehearsal      */
    /** Called with them, before `progress`; also with an impossible loss, which
     *  ends the training with TRI_E_SPOILT. */
    void (*loss)(void *self, uint32_t step, double loss, uint32_t right);
    /** Called after every step; a negative result stops the run with it.
     *  step counts from 1 over all epochs, total is the last one. May be
     *  NULL. Also called in a dry run: an evaluation in between is measured
     *  like the rest. */
    int (*progress)(void *self, uint32_t epoch, uint32_t step, uint32_t total);
    void *self;
};

/** A public random order of 0..n-1 (Fisher-Yates by ChaCha20 under the seed
 *  and epoch). */
void tri_shuffle(uint32_t *index, uint32_t n, uint64_t seed, uint32_t epoch,
                 const struct tri_kernels *k);

/** Train a model that was built for training and initialised. The last batch
 *  of an epoch that is not full is dropped. Memory for the order comes from
 *  the arena. With t->first, order, rates and steps go on as if the run had
 *  never been interrupted.
 *  An opened loss that grew three times in a row, to eight times that of
 *  guessing (mse: of the first one that was opened), ends it with TRI_E_SPOILT.
 *  \return TRI_OK; TRI_E_ARG (shapes, no full batch, no step, `first` beyond
 *          the last one, a warm-up that is not shorter than the training, an
 *          end rate that is not above 0 and up to the rate); an engine's
 *          error. */
int tri_train_run(struct tri_model *m, const struct tri_data *data,
                  const struct tri_train *t);

/** Count of right answers on samples first..first+n-1, opened once at the
 *  end. In a dry run *right is 0.
 *  \return TRI_OK; TRI_E_ARG; TRI_E_SPOILT if the count is not 0..n; an
 * engine's error. */
int tri_evaluate(struct tri_model *m, const struct tri_data *data,
                 uint32_t first, uint32_t n, uint32_t *right);

/** The same where labels are numbers: the root of the mean squared error of all
 *  outputs of these samples, whose sum must stay below 2^(61 - 2f), is opened
 *  once at the end. */
int tri_evaluate_error(struct tri_model *m, const struct tri_data *data,
                       uint32_t first, uint32_t n, double *rmse);

#endif
