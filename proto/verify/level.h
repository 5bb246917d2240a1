#ifndef TRI_PROTO_VERIFY_LEVEL_H
#define TRI_PROTO_VERIFY_LEVEL_H

#include "arch/field.h"

/** \file proto/verify/level.h
 *
 * # One level of an inner product
 *
 * A level takes 2^s rows together. u and v interpolate them as multilinear
 * polynomials of X_1..X_s, row k at the point whose j-th coordinate is bit j-1
 * of k; q = <u, v> has degree 2 in each variable, and is known by its 3^s
 * values on {0, 1, infinity}^s (kernel field_values). The sum of q over
 * {0, 1}^s is the inner product.
 */

/** 3^s. */
size_t tri_level_values(unsigned s);

/** w[k] of row k at the point r: the product of r_j or 1 - r_j. [2^s] */
void tri_level_weights(const struct tri_field *f, const uint64_t *r, unsigned s,
                       uint64_t *w);

/** q[0] := claim - the sum of the other values on {0, 1}^s, each times w[k], or
 *  1 where w is NULL (w[0] = 1); with `last` without that at 1..1 either, where
 *  what hides the rows stands. */
void tri_level_first(const struct tri_field *f, uint64_t *q, unsigned s,
                     const uint64_t *w, uint64_t claim, int last);

/** q(r). */
uint64_t tri_level_at(const struct tri_field *f, const uint64_t *q, unsigned s,
                      const uint64_t *r);

#endif
