#ifndef TRI_BENCH_JOB_NET_H
#define TRI_BENCH_JOB_NET_H

#include "proto/nn/model.h"

/** \file bench/job_net.h
 *
 * An inference or a training step of a network, for bench_parties().
 */
struct bench_net_job {
    struct tri_net net;
    uint32_t batch;
    int training;
    int cold; /**< the weights' masks are dealt and opened anew every time */
    struct tri_model m;
};

/* struct bench_op's functions; arg is a struct bench_net_job. */
int bench_net_prepare(struct tri_engine *e, void *arg);
int bench_net_once(struct tri_engine *e, void *arg);

#endif
