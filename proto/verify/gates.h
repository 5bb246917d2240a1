#ifndef TRI_PROTO_VERIFY_GATES_H
#define TRI_PROTO_VERIFY_GATES_H

#include "proto/verify/entry.h"

/** \file proto/verify/gates.h
 *
 * # Products element by element, in rows of eight
 *
 * A segment is padded with products of zeros to an even number of rows. Rings
 * of fewer bits are shifted up into 64: then a product is right iff 2^64
 * divides it, whatever its ring. All functions walk the segments in the same
 * order, a block at a time, which stays in the nearest cache.
 */
enum tri_role {
    TRI_PROVER, /**< of P_p's own proof: components 0 and 1                 */
    TRI_V1,     /**< of that of P_{p+1}: component 1                        */
    TRI_V2,     /**< of that of P_{p-1}: component 0                        */
    TRI_ROLES
};

enum {
    TRI_GATES_BLOCK = 64, /**< rows at a time                               */
    TRI_GATES_SCRATCH = 20 * TRI_GATES_BLOCK * TRI_ROW, /**< words          */
    TRI_GATES_SUMS = TRI_SUMS * TRI_ROW
};

/** Whose proof party `id` takes part in with this role. */
static inline unsigned tri_role_prover(unsigned id, enum tri_role role)
{
    return (id + (unsigned)role) % TRI_PARTIES;
}

/** Rows of a segment of n products. */
size_t tri_gates_rows(size_t n);

/** The segments, as party `id` sees them, and the 48 bits of each row. */
struct tri_gates {
    const struct tri_kernels *k;
    const struct tri_verify_words *segment;
    size_t segments;
    const uint64_t *bits;
    uint64_t *scratch; /**< [TRI_GATES_SCRATCH]                             */
    unsigned id;
};

/** Random sums of rows: sums += the lower and the upper part, at 2^32, of the
 *  quotients (prover), of e1 (V1) or of e2 (V2). [48 x 2 x 8]. */
void tri_gates_sum(const struct tri_gates *g, enum tri_role role,
                   uint64_t *sums);

/** What level 0 needs of one proof. */
struct tri_gates_proof {
    const struct tri_field *f;
    const uint64_t (*weights)[16][TRI_ROW]; /**< kernel field_weights        */
    const uint64_t *fold;                   /**< weights of its four rows    */
};

/** The prover's values of level 0: q[9] += (kernel field_values). */
void tri_gates_values(const struct tri_gates *g,
                      const struct tri_gates_proof *p, uint64_t *q);

/** Takes folded rows as they come: `rows` of them, number `at` and on. */
typedef void tri_gates_take(void *arg, uint64_t *row, size_t at, size_t rows);

/** u (side 0: prover and V1) or v (side 1: prover and V2) folded by level 0.
 * \return the number of folded rows */
size_t tri_gates_fold(const struct tri_gates *g, enum tri_role role,
                      unsigned side, const struct tri_gates_proof *p,
                      tri_gates_take *take, void *arg);

#endif
