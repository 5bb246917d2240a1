#ifndef TRI_PROTO_REP3_AND_H
#define TRI_PROTO_REP3_AND_H

#include "proto/rep3/adder.h"
#include "proto/rep3/send.h"

/** \file proto/rep3/and.h
 *
 * # Bits of 64 values in a word
 *
 * Values are cut into *blocks* of 64; a *plane* is one bit of every value, a
 * word for each block. A component x_j, which two parties know, is a sharing of
 * its own bits: no protocol turns words into planes.
 */

/** Blocks of n values. */
static inline size_t tri_rep3_blocks(size_t n)
{
    return n / 64 + (n % 64 != 0);
}

/** Planes lo .. lo+planes-1 of ((x + bias) >> shift) + add, one after the
 *  other; bits beyond n are those of 0. */
struct tri_rep3_slice {
    uint64_t *plane;
    const uint64_t *x;
    size_t n;
    uint64_t bias, add;
    unsigned shift, lo, planes;
};

void tri_rep3_slice(struct tri_engine *e, const struct tri_rep3_slice *s);

/** AND gates, each of `blocks` words; z follow one another. */
struct tri_rep3_ands {
    uint64_t *z[2];
    const uint64_t *in[2]; /**< components of all wires              */
    const struct tri_adder_gate *gate; /**< wires by number          */
    size_t gates, blocks;
    int majority; /**< non-zero: carries of three bits (and.c)       */
};

/** This party's shares z[0]; the messages to come are described in g. */
void tri_rep3_and(struct tri_engine *e, const struct tri_rep3_ands *a,
                  struct tri_rep3_gate *g);

#endif
