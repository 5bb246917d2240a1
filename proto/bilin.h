#ifndef TRI_PROTO_BILIN_H
#define TRI_PROTO_BILIN_H

#include "proto/engine.h"

/** \file proto/bilin.h
 *
 * # Bilinear operations over words
 */

/** z += op(x, y) over the ring (words); x, y, z dense. The local computation
 *  of every ring engine. TRI_OK or TRI_E_NOMEM. */
int tri_bilin_ring(const struct tri_cx *cx, const struct tri_bilin *op,
                   tri_ring *z, const tri_ring *x, const tri_ring *y);

/** Element counts of x, y and z. */
void tri_bilin_sizes(const struct tri_bilin *op, size_t *x, size_t *y,
                     size_t *z);

/** Is it one of the products to which guard bits apply? Not an element-wise or
 *  an inner product, whose messages cost more than what is computed. (One with
 *  tx is a gradient by weights, and all of these have one scale.) */
int tri_bilin_guarded(const struct tri_bilin *op);

/** The scale of op(x, y) in an engine with e->guard guard bits, 0 or 1. */
int tri_bilin_scale(const struct tri_engine *e, const struct tri_bilin *op,
                    const struct tri_ten *x, const struct tri_ten *y);

/**
 * A long operation in slices along its batch: rows of x and z (MATMUL without
 * tx), images (CONV*). z of CONV_DW is the same for all slices, which add up.
 *
 * \param part        receives slice i of `slices`, 0 <= i < slices
 * \param ox, oy, oz  receive where its operands start, in elements
 */
void tri_bilin_slice(struct tri_bilin *part, const struct tri_bilin *op,
                     size_t slices, size_t i, size_t *ox, size_t *oy,
                     size_t *oz);

/** A sensible number of slices: each some milliseconds of work, and of a
 *  product so many rows that packing y again takes little of it; 1 if the
 *  operation is short or has no batch. */
size_t tri_bilin_slices(const struct tri_bilin *op);

#endif
