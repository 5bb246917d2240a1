#ifndef TRI_PROTO_VERIFY_RINGWALK_H
#define TRI_PROTO_VERIFY_RINGWALK_H

#include "proto/verify/ringproof.h"

/** \file proto/verify/ringwalk.h
 *
 * # What prover and verifiers go through alike
 */

/** Both sides of every group of every matrix product, some words at a time. It
 *  starts with w = sides of the proof, and zeros. */
struct tri_ring_walk {
    size_t matrix, group, at, n;
    const uint64_t *w; /* f of the group, then g                           */
    size_t row;        /* of the group's first row, in rows of 8 words     */
};

/** On to the next words; 0 at the end. */
int tri_ring_walk_on(const struct tri_ring_check *c, struct tri_ring_walk *k);

/** One side's words of a step, and the number of their first row: u has X
 * first, v has Y first. */
size_t tri_ring_side(const struct tri_ring_check *c,
                     const struct tri_ring_walk *k, const struct tri_field *f,
                     unsigned of, unsigned component, unsigned xy,
                     uint64_t *out);

#endif
