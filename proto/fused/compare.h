#ifndef TRI_PROTO_FUSED_COMPARE_H
#define TRI_PROTO_FUSED_COMPARE_H

#include "proto/fused/fused.h"

/** \file proto/fused/compare.h
 *
 * # The private comparison on which everything in `fused` rests
 */

/** What it leaves for its caller: [a < 0] = m xor m2. The caller's memory;
 *  fields that a party does not use are NULL. */
struct tri_fused_cmp {
    tri_ring *r; /**< P0, P1: the mask r = r0 + r1 of y = a + 2^62 + r, [n] */
    tri_ring *y; /**< P2: y, [n]                                          */
    uint8_t *m;  /**< P0, P1: m. P2: m2. Bytes 0 or 1, [n]                */
};

/**
 * The sign up to P2's bit: rounds 1 to 3 of four.
 *
 * \param shift  0, or the truncation that follows, up to 32: the sign is that
 *               of a >> shift
 * \return TRI_OK; TRI_E_ARG; TRI_E_NOMEM; link errors. Every message of the
 *         right length is legal.
 */
int tri_fused_compare(struct tri_engine *e, const struct tri_fused_cmp *out,
                      const tri_ring *a, size_t n, unsigned shift);

#endif
