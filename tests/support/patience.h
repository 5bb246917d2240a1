#ifndef TRI_TESTS_SUPPORT_PATIENCE_H
#define TRI_TESTS_SUPPORT_PATIENCE_H

#include "tests/support/check.h"

/** \file tests/support/patience.h
 *
 * # Deadlines that a busy machine may miss
 *
 * Where a short deadline is what a check is about, parties that live have to
 * be given a processor within it. Whether they were is seen by a thread that
 * sleeps and works a little in turn: it takes longer if they were not.
 */

/** A check by deadlines of `ms`; what it waits for beside them grows alike. */
typedef void tri_patience_fn(struct tri_check *c, uint32_t ms, void *arg);

/** Run fn. A failure stands, unless a turn of that thread was late by a tenth
 *  of `ms`, or all of them took twice their time: then once more by twice as
 *  much, up to 16 times `ms`. */
void tri_patience(struct tri_check *c, uint32_t ms, tri_patience_fn *fn,
                  void *arg);

#endif
