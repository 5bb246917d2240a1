#ifndef TRI_PROTO_FUSED_FUSED_H
#define TRI_PROTO_FUSED_FUSED_H

#include "proto/engine.h"

/** \file proto/fused/fused.h
 *
 * # Engine `fused`, inside
 *
 * Additive shares of P0 and P1 with P2 as helper (proto/additive.h), in the
 * trust model of SecureNN. The helper sees a value only under a mask that P0
 * and P1 both know; one private comparison then gives the sign, and what is
 * multiplied by the sign needs no Beaver triple.
 *
 * The functions are protocols on vectors, as additive.h says; their message
 * diagrams stand in the files of their names.
 */

extern const struct tri_engine_kind tri_engine_fused;

/** What is behind a tri_bits: the bit is 1 xor m2 xor m = e xor m, e = 1 xor m2
 *  known to P2, m to P0 and P1. */
struct tri_fused_bits {
    tri_ring *e;    /**< P0, P1: share of e, [n]              */
    uint8_t *known; /**< P0, P1: m. P2: e. Bytes 0 or 1, [n]  */
};

/** Those of a tri_bits; NULLs without one, and in a dry run. */
static inline struct tri_fused_bits tri_fused_bits(const struct tri_bits *bits)
{
    const struct tri_fused_bits none = { NULL, NULL };

    return bits == NULL || bits->own == NULL
               ? none
               : *(const struct tri_fused_bits *)bits->own;
}

/** Memory for n bits, an engine operation. */
int tri_fused_bits_alloc(struct tri_engine *e, struct tri_bits *bits, size_t n);

#endif
