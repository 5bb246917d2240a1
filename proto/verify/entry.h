#ifndef TRI_PROTO_VERIFY_ENTRY_H
#define TRI_PROTO_VERIFY_ENTRY_H

#include "proto/engine.h"

/** \file proto/verify/entry.h
 *
 * # Products that wait for verification
 *
 * Replicated sharing: P_p holds components p and p+1, here [0] and [1], and
 * keys k_p ("own") and k_{p+1} ("next"). Of every product z = x * y each party
 * is asked for its share by two others, so it has three roles, all of them on
 * the same operands:
 *
 *   prover P_p               knows x[0], y[0] and x[1], y[1]
 *   V1 of prover P_{p+1}     knows x[1], y[1], what that prover sent to it, e1
 *   V2 of prover P_{p-1}     knows x[0], y[0], e2
 *
 * Prover P_i multiplied right iff  x_i*y_{i+1} + y_i*x_{i+1} = e1 + e2, with e1
 * that of V1 = P_{i-1} and e2 that of V2 = P_{i+1}. What the words mean follows
 * from the program alone: same products, same order, same sizes on all parties,
 * also on one that has no role in some of them.
 *
 * The arrays belong to the caller, are secret, and stay as they are until the
 * check is over.
 */

/** Products of bits, 64 to a word. All bits of a word are gates. An operand's
 *  component may be NULL: zeros. */
struct tri_verify_ands {
    const uint64_t *x[2], *y[2]; /**< components of the operands, [words]   */
    /** As V1: z_{p+1} ^ (x_{p+1} & y_{p+1}) ^ F(k_{p+1}); z_{p+1} is what
     *  P_{p+1} sent. [words] */
    const uint64_t *e1;
    const uint64_t *e2; /**< as V2: F(k_p), [words]                        */
    size_t words;
};

/** Products of ring elements, element by element. NULL where this party has no
 *  role. */
struct tri_verify_words {
    const void *x[2], *y[2]; /**< components of the operands, [n]           */
    /** Bit 0: x is 64 bits to a word, which are the numbers 0 and 1; bit 1: y.
     *  Of products of a single prover. */
    unsigned planes;
    const void *z;       /**< z_{p+1}, what P_{p+1} sent, [n]           */
    const void *mask[2]; /**< F(k_p), F(k_{p+1}), [n]                   */
    unsigned bytes;      /**< of an element of all others: 2, 4 or 8    */
    size_t n;
    unsigned bits; /**< w of the ring: 64, 32 or 16; all words are below 2^w */
    /** TRI_NOBODY: all three prove, e1 = z - x[1]*y[1] - mask[1] and e2 =
     *  mask[0]. Else j: a product of a component x at place j with a component
     *  y at the place after; P_j alone proves, and has x[0], y[1] and mask[1];
     *  P_{j-1} has x[1] and e1 = z = z_j; P_{j+1} has y[0] and e2 = mask[0]. */
    int prover;
};

/** One matrix product or convolution Z = X * Y over Z_2^64; sizes are those of
 *  tri_bilin_sizes(). */
struct tri_verify_matrix {
    struct tri_bilin op;
    const uint64_t *x[2], *y[2]; /**< components of the operands            */
    const uint64_t *z, *mask[2]; /**< as those of words, of the shape of Z  */
};

/** What was computed since the last time, in the program's order. */
struct tri_verify_batch {
    const struct tri_verify_ands *ands;
    const struct tri_verify_words *words;
    const struct tri_verify_matrix *matrix;
    size_t ands_n, words_n, matrices; /**< entries of each                 */
};

#endif
