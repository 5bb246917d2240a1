#ifndef TRI_TESTS_FAULTS_JOB_H
#define TRI_TESTS_FAULTS_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "net/link.h"

/** \file tests/faults/job.h
 *
 * # The secure job whose result must never be wrong
 *
 * A dense layer with ReLU and truncation, its derivative applied to a secret
 * vector, a truncation, a maximum and a product, with engine `fused`, or with
 * `rep3` and verification, all of it opened at the end and compared with the
 * same in the clear: exactly where the protocols are exact, within the last
 * place where they round. The matrix alone is more than one record.
 */
enum {
    JOB_IN = 160,
    JOB_OUT = 256,
    JOB_ROWS = 64, /**< the most */
    JOB_TRACE = 2048
};

/** Lengths of the messages that each party sent, in order, and its rounds
 *  (net/link.h) by then: of two that follow each other in one round, the second
 *  does not wait for what the first brings about. */
struct job_trace {
    uint32_t n[TRI_PARTIES][TRI_PARTIES];
    uint64_t len[TRI_PARTIES][TRI_PARTIES][JOB_TRACE];
    uint64_t round[TRI_PARTIES][TRI_PARTIES][JOB_TRACE];
};

/** How the job went at one party. */
struct job_end {
    uint32_t done;    /**< repetitions that ended with a result            */
    uint32_t wrong;   /**< of these, wrong                                 */
    uint64_t digest;  /**< of all values opened: the same at all parties   */
    const char *what; /**< the first wrong value's operation, or NULL      */
};

/** Compute inputs, shares and what must come out; before any job. */
void job_prepare(void);

/**
 * Agree on the run, then do the job `*reps` times on an open link. The number
 * is read again after each time: who changes it changes it for all parties,
 * before any of them comes near.
 *
 * \param rows   of the layer's input, even, 2..JOB_ROWS
 * \param active  non-zero: engine rep3, which verifies; else fused
 * \param trace  receives what this party sends; may be NULL
 * \return TRI_OK or the first error; l->error says more
 */
int job_run(struct tri_link *l, unsigned rows, int active, const uint32_t *reps,
            struct job_trace *trace, struct job_end *end);

#endif
