#ifndef TRI_PROTO_REP3_PRODUCT_H
#define TRI_PROTO_REP3_PRODUCT_H

#include "proto/rep3/send.h"

/** \file proto/rep3/product.h
 *
 * # Products of words
 */

/** The engine operation: 1 round, 8 |z| bytes from every party. */
int tri_rep3_bilin(struct tri_engine *e, const struct tri_bilin *op,
                   struct tri_ten *z, struct tri_ten *x, struct tri_ten *y);

/** z[i] = x[i] * y[i] on components of [n] words; z may be x or y, but not an x
 *  that stays (send.h). Fails as the link does; what the caller does then is
 *  the caller's. */
int tri_rep3_mul(struct tri_engine *e, uint64_t *const z[2],
                 const uint64_t *const x[2], const uint64_t *const y[2],
                 size_t n, int x_stays);

/** This party's shares z[0] of the same; the message to come is described in g.
 *  Returns 1. */
size_t tri_rep3_mul_prepare(struct tri_engine *e, uint64_t *const z[2],
                            const uint64_t *const x[2],
                            const uint64_t *const y[2], size_t n, int x_stays,
                            struct tri_rep3_gate *g);

/** x times the public 1: a fresh sharing of the same values. */
int tri_rep3_renew(struct tri_engine *e, uint64_t *const x[2], size_t n);

#endif
