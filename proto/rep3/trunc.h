#ifndef TRI_PROTO_REP3_TRUNC_H
#define TRI_PROTO_REP3_TRUNC_H

#include "proto/rep3/number.h"

/** \file proto/rep3/trunc.h
 *
 * # Exact truncation
 */

enum { TRI_REP3_TRUNC_ROUNDS = 4, TRI_REP3_TRUNC_GATES = 4 };

/** A truncation on its way; rounds as in drelu.h. */
struct tri_rep3_trunc {
    size_t n, blocks;
    unsigned shift;
    const uint64_t *x[2];
    uint64_t *z[2]; /**< written in the last round; may be x      */
    uint64_t *plane[2];
    struct tri_rep3_number count[2];
};

/** What is added to component 0 before the shift, and after it. */
static inline uint64_t tri_rep3_trunc_bias(unsigned shift)
{
    return ((uint64_t)1 << 62) + ((uint64_t)1 << (shift - 1));
}
static inline uint64_t tri_rep3_trunc_add(unsigned shift)
{
    return 1 - ((uint64_t)1 << (62 - shift));
}

/** Memory of a truncation by 1..62 bits. TRI_OK or TRI_E_NOMEM. */
int tri_rep3_trunc_alloc(struct tri_engine *e, struct tri_rep3_trunc *t,
                         uint64_t *const z[2], const uint64_t *const x[2],
                         size_t n, unsigned shift);

/** Describe the messages of a round in g; returns how many there are. */
size_t tri_rep3_trunc_prepare(struct tri_engine *e, struct tri_rep3_trunc *t,
                              unsigned round, struct tri_rep3_gate *g);
void tri_rep3_trunc_finish(struct tri_engine *e, struct tri_rep3_trunc *t,
                           unsigned round);

/** Wipe what is no message. */
void tri_rep3_trunc_wipe(const struct tri_engine *e,
                         const struct tri_rep3_trunc *t);

/** z = x / 2^shift, shift 1..62, off by at most 1.5: 4 rounds. */
int tri_rep3_trunc(struct tri_engine *e, uint64_t *const z[2],
                   const uint64_t *const x[2], size_t n, unsigned shift);

#endif
