#ifndef TRI_BOARDS_HOST_WATCH_WATCH_H
#define TRI_BOARDS_HOST_WATCH_WATCH_H

#include "boards/host/base/why.h"
#include "boards/host/watch/profile.h"

/** \file boards/host/watch/watch.h
 *
 * # What a run tells its log (runlog.h), if that is linked
 */
struct tri_run;
struct tri_outcome;

/** What verification has cost; batches 0: nothing was verified. */
struct tri_log_proofs {
    double s;
    uint64_t batches, sent, rounds;
};

struct tri_log_point {
    uint32_t step, epoch;
    double time;
    uint64_t sent, rounds;
    struct tri_log_proofs proofs; /**< so far */
    double rate, loss;
    uint32_t train_right, train_of; /**< of 0: no loss, no count */
    uint32_t test_right, test_of;   /**< of 0: no evaluation     */
    int numbers;      /**< a regression: there are no right answers, but */
    double test_rmse; /**< this                                          */
};

struct tri_watch_ops {
    /** As tri_runlog_check(). */
    int (*check)(const char *path, int append, struct tri_why *why);
    /** Before the first step: r->log is opened, the plan is in `out`. A
     *  *profile that is NULL is set. *self is NULL on failure. */
    int (*open)(void **self, const struct tri_run *r, struct tri_session *s,
                const struct tri_outcome *out, struct tri_profile **profile,
                struct tri_why *why);
    /** After step `step` of `total`: of `p`, loss and counts are set. */
    int (*step)(void *self, struct tri_log_point *p, uint32_t step,
                uint32_t total);
    int (*end)(void *self, const struct tri_outcome *out);
    void (*close)(void *self);
};
extern const struct tri_watch_ops tri_watch_ops;

#endif
