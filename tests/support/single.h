#ifndef TRI_TESTS_SUPPORT_SINGLE_H
#define TRI_TESTS_SUPPORT_SINGLE_H

#include "proto/engine.h"

/** \file tests/support/single.h
 *
 * One of the engines that need no other party, with memory of its own.
 */
struct tri_single {
    struct tri_kernels k;
    struct tri_arena arena;
    struct tri_session s;
    struct tri_engine e;
    void *block;
};

enum { TRI_SINGLE_PLAIN, TRI_SINGLE_FLOAT };

/** Start engine `kind` with f fraction bits and an arena of `bytes`; 0: a dry
 *  run with a measuring arena. Returns 0 if there is no memory. */
int tri_single_open(struct tri_single *p, int kind, unsigned f, size_t bytes);
void tri_single_close(struct tri_single *p);

/** A new tensor with the values v [count of the shape]; aborts the test
 *  program if it does not fit. */
struct tri_ten tri_single_ten(struct tri_single *p, struct tri_shape shape,
                              int fb, const double *v);

/** Value i of a tensor. */
double tri_single_get(const struct tri_single *p, const struct tri_ten *t,
                      size_t i);

/** Uniform in [-1, 1). */
double tri_test_unit(uint64_t *rng);

#endif
