#ifndef TRI_PROTO_FUSED_PRODUCT_H
#define TRI_PROTO_FUSED_PRODUCT_H

#include "proto/engine.h"

/** \file proto/fused/product.h
 *
 * # Matrix products and convolutions, three local products each
 *
 * Costs 2 (|X| + |Y|) + |Z| words and one online round as in beaver.h; an
 * operand whose mask is open already costs nothing. Each party multiplies once.
 */

/**
 * The engine operation: z = op(x, y), and all of it modulo 2^64, so that
 * |stored| < 2^62 is asked of z alone. z->fb is x->fb + y->fb, plus 1, less 1
 * for every operand with more than f fraction bits: its last one is the guard
 * bit, which is rounded away, without bias. Element-wise and inner products are
 * those of beaver.h, exact, at scale x->fb + y->fb.
 */
int tri_fused_bilin(struct tri_engine *e, const struct tri_bilin *op,
                    struct tri_ten *z, struct tri_ten *x, struct tri_ten *y);

/** t->cache holds what a product keeps of t, opened: of t / 2, rounded as its
 *  shares are, if t has more than f fraction bits. P0, P1: t - A + 2 A_j; P2:
 *  A0 - A1. */
void tri_fused_opened(const struct tri_engine *e, struct tri_ten *t);

#endif
