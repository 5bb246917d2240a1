#ifndef TRI_PROTO_REP3_NUMBER_H
#define TRI_PROTO_REP3_NUMBER_H

#include "proto/rep3/and.h"

/** \file proto/rep3/number.h
 *
 * # From a shared bit to a shared number
 */

/** A conversion on its way, in two rounds, each prepared, exchanged, and
 *  finished. */
struct tri_rep3_number {
    size_t n;
    enum tri_rep3_width w;
    const uint64_t *bit[2]; /**< a plane; set before round 1             */
    void *out[2];           /**< [n] elements of w; set before round 1   */
    void *drawn, *msg, *in; /**< [n]                                     */
};

enum { TRI_REP3_NUMBER_GATES = 2 };

/** Memory of a conversion, but for bit and out. */
int tri_rep3_number_alloc(struct tri_engine *e, struct tri_rep3_number *c,
                          size_t n, enum tri_rep3_width w);

/** Describe the messages of round 1 or 2 in g; returns how many there are. */
size_t tri_rep3_number_prepare(struct tri_engine *e, struct tri_rep3_number *c,
                               unsigned round, struct tri_rep3_gate *g);
void tri_rep3_number_finish(struct tri_engine *e, struct tri_rep3_number *c,
                            unsigned round);

/** Wipe what is no message. */
void tri_rep3_number_wipe(const struct tri_engine *e,
                          const struct tri_rep3_number *c);

#endif
