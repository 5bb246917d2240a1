#ifndef TRI_BOARDS_HOST_TRIAL_RATES_H
#define TRI_BOARDS_HOST_TRIAL_RATES_H

#include "boards/host/party/run.h"

/** \file boards/host/trial/rates.h
 *
 * # How fast this machine computes: a trial of a run
 *
 * Three parties as threads of this process, over sealed TCP connections of the
 * loopback interface, train for some steps on numbers that mean nothing and
 * evaluate one batch. Nothing in the protocols depends on values, so the time
 * is that of a real step. With a batch whose step takes long, a smaller one is
 * tried and scaled up: all that is long grows with the batch.
 */
struct tri_rates {
    struct tri_profile step; /**< ns of one step by layers              */
    double step_s;           /**< one step                              */
    double forward_s;        /**< one batch of an evaluation            */
    double proofs_s;         /**< ... of it verification                */
};

/** About two seconds or less, but for one step at least.
 *  \return TRI_OK; a code with a text. */
int tri_rates_measure(struct tri_rates *r, const struct tri_run_options *o,
                      unsigned threads, struct tri_why *why);

#endif
