#ifndef TRI_PROTO_VERIFY_MATRIX_H
#define TRI_PROTO_VERIFY_MATRIX_H

#include "core/par.h"
#include "proto/verify/coin.h"
#include "proto/verify/entry.h"
#include "proto/verify/view.h"

/** \file proto/verify/matrix.h
 *
 * # Matrix products made small
 *
 * A product Z = X * Y of m x k by k x n is right iff for prover P_i all m*n
 * entries of X*(Y + Y') + X'*Y - c1 - c2 are multiples of 2^64, where a prime
 * marks component i+1. Small products (m*n <= TRI_MATRIX_DIRECT) are checked
 * entry by entry: one *group* of m rows and n columns. Of others, random sums
 * are: 48 of the rows and 48 of the columns, each with coefficients of random
 * bits, in six groups of 8 by 8. A wrong product has a wrong entry in some
 * group but for 2^-42 (README.md).
 *
 * Rows that are places of images are summed in three stages, images first, then
 * lines, then places, with bits of its own in each stage. That is cheaper by
 * far than to write out the matrix of a convolution; the coefficient of a row
 * is then an integer.
 */
enum {
    TRI_MATRIX_DIRECT = 1024,
    TRI_MATRIX_GROUPS = TRI_SUMS / TRI_TILE,
    TRI_MATRIX_CHUNK = 512, /**< inner elements at a time               */
    TRI_MATRIX_PAD = 32     /**< the inner side is padded to a multiple */
};

/** The sizes of a product's check. Public. */
struct tri_matrix_shape {
    int direct;
    size_t groups, na, nb; /**< rows and columns of a group                  */
    size_t kp;             /**< the inner side, padded                       */
    size_t ld;             /**< words from one sum to the next               */
    size_t sums;           /**< words: of X_0, X_1, Y_0, Y_1, 48 x ld of each;
                                0 if direct                                  */
    size_t pairs;          /**< groups * na * nb                             */
    size_t scratch;        /**< words of scratch                             */
};

void tri_matrix_shape(struct tri_matrix_shape *s, const struct tri_bilin *op);

/** One product under check, as one party sees it. */
struct tri_matrix {
    struct tri_view view;
    struct tri_matrix_shape shape;
    const struct tri_verify_matrix *entry;
    uint64_t *sums[4]; /**< X_0, X_1, Y_0, Y_1: [48 x ld]; of Y transposed */
    uint64_t *c[3];    /**< [pairs]: c2 as prover, c1 as V1, c2 as V2       */
};

/** Where a matrix is worked on. */
struct tri_matrix_cx {
    const struct tri_kernels *k;
    const struct tri_par *par;
    uint64_t *scratch; /**< one for each worker of par ...                  */
    size_t each;       /**< ... of so many words, at least shape.scratch    */
    uint64_t kept;     /**< the sums that count: all 48 bits               */
};

/** Fill in m->sums and m->c; what the bits of the sums are follows from the
 *  coin, which is read on. */
void tri_matrix_project(const struct tri_matrix *m,
                        const struct tri_matrix_cx *cx, struct tri_coin *coin);

/** As prover: q[pair] = (the entry of X_0*(Y_0 + Y_1) + X_1*Y_0 - c1 - c2) /
 *  2^64 where c1 is what makes it divisible; three words, two's complement. */
void tri_matrix_quotients(const struct tri_matrix *m,
                          const struct tri_matrix_cx *cx, uint64_t (*q)[3]);

/** One side's words for one proof: the sum over the group's rows (side 0: of X,
 *  1: of Y, columns then) of w[row] * element modulo p. */
struct tri_matrix_side {
    const uint64_t *w;
    const struct tri_field *f;
    uint64_t *out;
};

/** Words at .. at + n of one side of a group's inner product, for both proofs
 * in which a component is used. at is a multiple of TRI_MATRIX_PAD, n one of
 *  TRI_ROW and at most TRI_MATRIX_CHUNK. */
void tri_matrix_sides(const struct tri_matrix *m,
                      const struct tri_matrix_cx *cx, unsigned side,
                      unsigned component, size_t group, size_t at, size_t n,
                      const struct tri_matrix_side to[2]);

#endif
