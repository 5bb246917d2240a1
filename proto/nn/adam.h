#ifndef TRI_PROTO_NN_ADAM_H
#define TRI_PROTO_NN_ADAM_H

#include "proto/nn/model.h"

/** \file proto/nn/adam.h
 *
 * # Adam
 *
 * Kingma and Ba, 2015, with epsilon under the root. Of each weight, with g its
 * mean gradient in step t:
 *
 *     m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,
 *     w = w - rate m / (1 - beta1^t) / sqrt(v / (1 - beta2^t) + epsilon^2).
 *
 * Gradients are taken in units of epsilon, h = g / epsilon, so that no scale
 * has to be guessed: m and v of h have 16 fraction bits, h has 8, and v is
 * rooted with 4. Then a step is off by less than 1.4 % of itself, and, where
 * g is about epsilon or less, 1.5 % + 0.2 * 2^-16 / (1 - beta2) of the rate:
 * 1.8 % with the usual beta2, 4.4 % with 0.9999, of which v keeps few bits.
 * What that asks for: |g| < 2^((k - 5) / 2) epsilon, k bits of a comparison
 * (32; more are not used), and so the squares stay below 2^27 and the ratio of
 * the roots of v and m below 2^7. A rehearsal shows when gradients do not.
 *
 * Betas are used with 16 bits. All that depends on t is public.
 */

enum { TRI_ADAM_BITS = 16 }; /**< fraction bits of m and v */

/** Is this an Adam? beta2 0.5..0.9999, epsilon 2^-20..1, and beta1 so far below
 *  sqrt(beta2) that m / sqrt(v) stays below 2^7. */
int tri_adam_valid(double beta1, const struct tri_adam *a);

/** m->grad, sums over the batch, becomes what is to be subtracted from the
 *  weights, at scale f; both parts of m->vel, m and v, become those of step
 *  m->step.number. In pieces of 2^15 weights, one after the other. \return
 * TRI_OK; TRI_E_ARG (an engine without exact truncation, no number of a step,
 * out of range); an engine's error. */
int tri_adam_step(struct tri_model *m, const struct tri_sgd *sgd);

#endif
