#ifndef TRI_PROTO_VERIFY_GATES_H
#define TRI_PROTO_VERIFY_GATES_H

#include "core/par.h"
#include "proto/verify/entry.h"

/** \file proto/verify/gates.h
 *
 * # Products element by element, in groups of four rows of eight
 *
 * A segment is padded with products of zeros to whole *groups*. Product (k, j,
 * l), in group k, row j and lane l, has the weight
 *
 *   2^(64-w) * g_k * h_j * e_l,   h_0 = e_0 = 1,
 *
 * w being the bits of its ring: then it is right iff 2^64 divides weight * T,
 * whatever its ring. g, h and e are polynomials with coefficients 0 and 1, of
 * degree below TRI_SUMS, while sums are over the integers, and their values at
 * a random X when all is modulo p. So the weight of a row is one number, that
 * of a lane is the same in all rows, and h is left to who adds up the values of
 * level 0.
 *
 * A product of two sharings is two *strands* of inner products, x*y' and y*x',
 * one of two components is x*y' alone. Level 0 makes one row of a group of a
 * strand. Folded rows are in this order: block by block of TRI_GATES_BLOCK
 * groups, of each the first strand and then the second one.
 */
enum tri_role {
    TRI_PROVER, /**< of P_p's own proof: components 0 and 1                 */
    TRI_V1,     /**< of that of P_{p+1}: component 1                        */
    TRI_V2,     /**< of that of P_{p-1}: component 0                        */
    TRI_ROLES
};

enum {
    TRI_GATES_ROWS = 4,           /**< of a group              */
    TRI_GATES_GROUP = TRI_PLACES, /**< products of it: rows times lanes      */
    TRI_GATES_BLOCK = 64,         /**< groups at a time        */
    TRI_GATES_SCRATCH = 16 * TRI_GATES_BLOCK * TRI_GATES_GROUP, /**< words  */
    TRI_GATES_RINGS = 3, /**< 64, 32 and 16 bits      */
    TRI_GATES_PARTS = 3,
    TRI_GATES_CARRIED = TRI_SUMS * TRI_CARRIED,
    TRI_GATES_SUMS = TRI_SUMS * TRI_GATES_GROUP,
    /** Coefficients of the product of three such polynomials.              */
    TRI_GATES_QUOTIENTS = 3 * (TRI_SUMS - 1) + 1
};

/** Whose proof party `id` takes part in with this role. */
static inline unsigned tri_role_prover(unsigned id, enum tri_role role)
{
    return (id + (unsigned)role) % TRI_PARTIES;
}

/** Groups of a segment of n products. */
size_t tri_gates_groups(size_t n);

/** What a verifier adds up over all groups: modulo p, place by place. */
struct tri_gates_tally {
    uint64_t side[TRI_GATES_RINGS][TRI_GATES_GROUP]; /**< u (V1) or v (V2)   */
    uint64_t rest[TRI_GATES_RINGS][TRI_GATES_GROUP]; /**< e1 or e2           */
};

/** The begin of a segment: how many blocks, groups, and folded rows of each
 *  proof stand before it. */
struct tri_gates_place {
    size_t segment, block, bits, folded[TRI_ROLES];
};

/** Room of one thread, and what it adds up. */
struct tri_gates_room {
    struct tri_gates_place place; /**< where its last task began            */
    uint64_t scratch[TRI_GATES_SCRATCH];
    uint64_t sums[TRI_GATES_PARTS * TRI_GATES_SUMS];
    uint64_t carried[TRI_GATES_CARRIED]; /**< of a task (kernel words_carry) */
    uint64_t values[TRI_GATES_RINGS][9];
    struct tri_gates_tally tally[TRI_ROLES]; /**< but for the prover's       */
};

/** The segments, as party `id` sees them, and what is random in their sums. */
struct tri_gates {
    const struct tri_kernels *k;
    const struct tri_par *par;
    const struct tri_verify_words *segment;
    size_t segments;
    const uint64_t *bits; /**< g of each group: bit q is coefficient q      */
    uint64_t row[TRI_GATES_ROWS], lane[TRI_ROW]; /**< h and e               */
    struct tri_gates_room *room; /**< one for each worker of par             */
    unsigned id;
};

/** As prover: q[m] = coefficient m of the weighted sum of all quotients T /
 *  2^w, in two's complement. */
void tri_gates_quotients(const struct tri_gates *g, uint64_t (*q)[3]);

/** Weights of one proof, modulo p. */
struct tri_gates_weights {
    uint64_t power[TRI_GATES_QUOTIENTS]; /**< X^(m+1) of coefficient m      */
    uint64_t row[TRI_GATES_ROWS], lane[TRI_ROW]; /**< h, e                  */
    uint64_t ring[TRI_GATES_RINGS]; /**< 2^(64-w)                           */
    uint64_t fold[TRI_GATES_ROWS];  /**< of level 0                         */
    /** X g_k: of a mask, four bits at a time (kernel field_weights). */
    uint64_t group[TRI_FIELD_TABLES][16];
};

/** All but `fold`, at X. */
void tri_gates_weigh(struct tri_gates_weights *w, const struct tri_gates *g,
                     const struct tri_field *f, uint64_t X);

/** The prover's values of level 0: q[9] += (kernel field_first). */
void tri_gates_values(const struct tri_gates *g,
                      const struct tri_gates_weights *w,
                      const struct tri_field *f, uint64_t *q);

/** Weights w[0..n) of n folded rows from number `at` on in the one that is
 *  left. */
typedef void tri_gates_axis(void *arg, enum tri_role role, size_t at, size_t n,
                            uint64_t *w);

struct tri_gates_end {
    const struct tri_gates_weights *w[TRI_ROLES];
    const struct tri_field *f[TRI_ROLES];
    uint64_t *u, *v;               /**< the prover's folded rows            */
    struct tri_gates_tally *tally; /**< out: [TRI_ROLES], V1's and V2's      */
    tri_gates_axis *axis;
    void *arg;
    size_t rows[TRI_ROLES]; /**< out: folded rows of each proof             */
};

/** Level 0 is over, in all three roles: the prover's rows are folded, and the
 *  verifiers' go into one, all in one pass over the operands. */
void tri_gates_end(const struct tri_gates *g, struct tri_gates_end *end);

/** A verifier's row of u (V1) or v (V2), [8] elements, and its share of the sum
 *  of all weighted T, without quotients. */
void tri_gates_row(const struct tri_gates_tally *t, enum tri_role role,
                   const struct tri_gates_weights *w, const struct tri_field *f,
                   uint64_t *row);
uint64_t tri_gates_share(const struct tri_gates_tally *t,
                         const struct tri_gates_weights *w,
                         const struct tri_field *f);

#endif
