#ifndef TRI_PROTO_VERIFY_RINGPLAN_H
#define TRI_PROTO_VERIFY_RINGPLAN_H

#include "proto/verify/coin.h"
#include "proto/verify/count.h"
#include "proto/verify/matrix.h"

/** \file proto/verify/ringplan.h
 *
 * # Sizes of a check of ring products, from public counts alone
 */
enum {
    TRI_RING_QUOTIENT = 20,
    TRI_RING_HASH = 32,
    TRI_RING_OPENED = 8 + 8 + TRI_RING_HASH,
    TRI_RING_FIRST = 2, /**< variables of the first level                  */
    TRI_RING_LAST = 4,  /**< ... and of the last one                       */
    TRI_RING_LOW = 6    /**< coordinates in the table of row weights       */
};

/** Add a segment, or a matrix product, to the counts of a batch. */
void tri_ring_count_words(struct tri_ring_count *c, size_t n, int prover);
void tri_ring_count_matrix(struct tri_ring_count *c,
                           const struct tri_bilin *op);

enum { TRI_RING_LEVELS = 12 };
#define TRI_RING_ALL (((uint64_t)1 << TRI_SUMS) - 1)

/** What follows from the counts. */
struct tri_ring_plan {
    struct tri_ring_count count;
    uint8_t digest[TRI_COIN_PLAN];
    size_t folded;                  /**< rows of the longest proof, level 1   */
    unsigned levels;                /**< all of them, first and last included */
    unsigned vars[TRI_RING_LEVELS]; /**< of each level                        */
    unsigned rounds;
};

/** \return TRI_OK, or TRI_E_ARG if there are too many products for one batch:
 *          more than 2^29 rows after the first level. */
int tri_ring_plan(struct tri_ring_plan *p, const struct tri_ring_count *c);

/** Payload of round `round` from party `id` to the next party and to the one
 *  before it. */
void tri_ring_bytes(const struct tri_ring_plan *p, unsigned id, unsigned round,
                    uint64_t *to_next, uint64_t *to_prev);

/** What a round is for; level l has values and a point. */
enum tri_ring_step {
    TRI_RING_SUMS,
    TRI_RING_QUOTIENTS,
    TRI_RING_PRIME,
    TRI_RING_VALUES,
    TRI_RING_POINT,
    TRI_RING_OPEN,
    TRI_RING_VERDICT
};
enum tri_ring_step tri_ring_step_of(const struct tri_ring_plan *p,
                                    unsigned round, unsigned *level);

/** Shares of quotients in the proof of a prover: TRI_GATES_QUOTIENTS or none
 *  for products element by element; and with those of matrix products. */
size_t tri_ring_gate_quotients(const struct tri_ring_plan *p, unsigned prover);
size_t tri_ring_quotients(const struct tri_ring_plan *p, unsigned prover);

#endif
