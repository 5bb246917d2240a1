#ifndef TRI_PROTO_VERIFY_COUNT_H
#define TRI_PROTO_VERIFY_COUNT_H

#include <stdint.h>
#include "net/link.h"

/** \file proto/verify/count.h
 *
 * Public counts of the ring products of a batch, added up one by one, in any
 * order (ring.h). All that a proof takes and sends follows from them.
 */
struct tri_ring_count {
    uint64_t segments, groups;  /**< groups of products (gates.h)            */
    uint64_t rows[TRI_PARTIES]; /**< folded rows of each prover             */
    uint64_t matrices, matrix_rows, sums, pairs, sides;
    uint64_t most_pairs, scratch; /**< of one matrix product                */
};

#endif
