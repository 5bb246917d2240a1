#ifndef TRI_PROTO_FUSED_SELECT_H
#define TRI_PROTO_FUSED_SELECT_H

#include "proto/fused/fused.h"

/** \file proto/fused/select.h
 *
 * # Product with a bit that is kept
 */

/** z = bit * x without a Beaver triple; 2 rounds, 24 bytes. z may be x. */
int tri_fused_select(struct tri_engine *e, tri_ring *z,
                     const struct tri_bits *bits, const tri_ring *x, size_t n);

#endif
