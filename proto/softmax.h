#ifndef TRI_PROTO_SOFTMAX_H
#define TRI_PROTO_SOFTMAX_H

#include "proto/engine.h"

/** \file proto/softmax.h
 *
 * # Softmax, and the logarithm of its denominator
 */

/** z [m x n] = softmax of the rows of x, scale z->fb; x->fb <= 21, or what
 *  the engine's exp takes; differences within a row stay below 2^(k-1) stored
 *  units; n < 2^(k-22) where an engine that compares k bits divides: always, or
 *  above TRI_ROW_MOST. */
int tri_softmax(struct tri_engine *e, struct tri_ten *z,
                const struct tri_ten *x);
/** z [m] = log of the sum over the row of exp(x), x [m x n], z->fb = x->fb
 *  <= 21, range as for softmax, n < 2^11; off by less than 5.7e-4 and two
 *  units for n = 10, more for more classes: softmax.c. */
int tri_logsumexp(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x);

/** sum [m] = sums of the rows of x [m x n], n > 0; sum->fb = x->fb. */
void tri_row_sums(struct tri_engine *e, struct tri_ten *sum,
                  const struct tri_ten *x);

#endif
