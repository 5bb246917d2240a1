#ifndef TRI_PROTO_NN_SCHEDULE_H
#define TRI_PROTO_NN_SCHEDULE_H

#include <stdint.h>

/** \file proto/nn/schedule.h
 *
 * # The learning rate of each step
 *
 * Public, and a function of the step's number over all epochs: a training that
 * was interrupted goes on with the rate it would have had. A rate that changes
 * costs no round: rate / B is a public factor c * 2^-cb, and the truncation
 * that follows it is there for any of them (a second one only where rate / B is
 * below about 2^(f - 46); 2^-30 for f = 16). What it sends depends a little on
 * how many bits it drops, f + cb.
 */
enum tri_schedule_kind {
    TRI_RATE_CONSTANT,
    TRI_RATE_LINEAR, /**< on a straight line to the end rate              */
    TRI_RATE_COSINE, /**< on half a wave to the end rate                  */
    TRI_RATE_STEP    /**< one rate for each epoch, by equal factors, the
                          end rate in the last one                        */
};

/** With rate, the highest: step 0 .. warmup-1 have rate * (step+1) / (warmup+1)
 *  and then the schedule begins with `rate`. Its last step has `end`. */
struct tri_schedule {
    enum tri_schedule_kind kind;
    uint32_t warmup; /**< steps                                       */
    double end;      /**< > 0, <= rate; not used by CONSTANT          */
};

/**
 * \param step       0 .. total-1, over all epochs
 * \param total      steps of the whole training
 * \param per_epoch  steps of an epoch, > 0
 * \return the rate, the same on every machine; never below 2^-28, so that it
 *         can be divided by a batch of up to 4096.
 */
double tri_schedule_rate(const struct tri_schedule *s, double rate,
                         uint32_t step, uint32_t total, uint32_t per_epoch);

#endif
