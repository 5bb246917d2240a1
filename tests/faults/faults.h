#ifndef TRI_TESTS_FAULTS_FAULTS_H
#define TRI_TESTS_FAULTS_FAULTS_H

#include "tests/faults/judge.h"

/** \file tests/faults/faults.h
 *
 * # The cases
 */
struct scene {
    uint64_t rng;
    unsigned i; /**< number of the try */
    int active; /**< the engine verifies (job.h) */
    const struct job_trace *trace;
    const struct middle_tape *tape; /**< of a run with the same keys */
};

/** What a case is about. */
enum {
    FAULT_CABLE = 1, /**< needs namespaces                                 */
    FAULT_JOIN = 2   /**< over before the job begins: one engine is enough */
};

struct fault_case {
    const char *name;
    unsigned tries; /**< of a full run with `fused`; a quarter
                         of them with an engine that verifies */
    unsigned few;   /**< the least, in a short one, likewise   */
    unsigned about;
    /** Fill in the plan (usual values are there) and what may come of it. */
    void (*plan)(struct scene *s, struct plan *p, struct expect *e);
};

extern const struct fault_case fault_cases_tcp[], fault_cases_ether[];
extern const size_t fault_cases_tcp_n, fault_cases_ether_n;

/** Rows of the job in all cases. */
enum { FAULTS_ROWS = 8 };

#endif
