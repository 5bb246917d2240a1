#ifndef TRI_PROTO_FUSED_SELECT_H
#define TRI_PROTO_FUSED_SELECT_H

#include "proto/fused/fused.h"
#include "proto/fused/lanes.h"

/** \file proto/fused/select.h
 *
 * # Product with a bit that is kept
 */

/** z = bit * x without a Beaver triple; 1 round, 24 bytes. z may be x. */
int tri_fused_select(struct tri_engine *e, tri_ring *z,
                     const struct tri_bits *bits, const tri_ring *x, size_t n);

/** What P0 and P1 do with each piece of z as soon as it is there. It may send.
 */
struct tri_fused_each {
    int (*fn)(void *arg, size_t first, size_t len);
    void *arg;
};

/** The same of an x that is open: 8 bytes. A mask A = A0 + A1 serves any number
 *  of products. Nothing is flushed at P0 and P1.
 *  \param open  P0, P1: A - x; P2: A */
int tri_fused_select_open(struct tri_engine *e, tri_ring *z,
                          const struct tri_bits *bits, const tri_ring *x,
                          const tri_ring *open, size_t n,
                          const struct tri_fused_each *each);

/** P0, P1: msg = A_j - x_j of the elements of a task, with A_j from stream `id`
 *  of the key with P2. */
void tri_fused_mask_range(const struct tri_session *s, tri_ring *msg,
                          const tri_ring *x, uint64_t id,
                          struct tri_fused_range g);

#endif
