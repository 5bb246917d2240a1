#ifndef TRI_PROTO_REP3_REP3_H
#define TRI_PROTO_REP3_REP3_H

#include "proto/engine.h"

/** \file proto/rep3/rep3.h
 *
 * # Engine `rep3`
 *
 * Replicated sharing: x = x_0 + x_1 + x_2 mod 2^64, and P_i holds x_i and
 * x_{i+1} (indices mod 3) as components 0 and 1. At most one party is corrupt,
 * and follows the protocol. Every message is a product's share or a copy of
 * what another party holds too (send.h).
 *
 * The functions of this directory are protocols on vectors of both components;
 * their message diagrams stand in the files of their names.
 */

extern const struct tri_engine_kind tri_engine_rep3;

/** What is behind a tri_bits: the bits as words, in both components. */
struct tri_rep3_bits {
    uint64_t *b[2];
};

/** Those of a tri_bits; NULLs without one, and in a dry run. */
static inline struct tri_rep3_bits tri_rep3_bits(const struct tri_bits *bits)
{
    const struct tri_rep3_bits none = { { NULL, NULL } };

    return bits == NULL || bits->own == NULL
               ? none
               : *(const struct tri_rep3_bits *)bits->own;
}

#endif
