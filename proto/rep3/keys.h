#ifndef TRI_PROTO_REP3_KEYS_H
#define TRI_PROTO_REP3_KEYS_H

#include "core/hash.h"
#include "proto/engine.h"
#include "proto/rep3/adder.h"
#include "proto/verify/coin.h"

/** \file proto/rep3/keys.h
 *
 * # Keys of engine rep3
 *
 * Key k_i is known to P_i and P_{i-1}: this party has `own` = k_i and `next` =
 * k_{i+1}. F(k, op) is stream `op` of a key. The number `op` is one counter of
 * the engine: every message takes one number of both keys, on all three
 * parties, also on those that have no use for it, so that each of them finds
 * F again by key, number and index.
 */
struct tri_rep3 {
    struct tri_prg own, next;
    struct tri_adder adder;                /* the last one used: drelu.c */
    struct tri_coins coins;                /* of an engine that verifies */
    uint64_t batch;                        /* the next one's number      */
    struct tri_ledger_entry *first, *last; /* ledger.c                   */
    struct tri_ledger_entry *referring;    /* with operands in place     */
    struct tri_hash copy[2]; /* of both components' copies: copies.c   */
    uint64_t copy_op;
};

static inline struct tri_rep3 *tri_rep3_self(const struct tri_engine *e)
{
    return e->self;
}

static inline unsigned tri_rep3_next(unsigned id)
{
    return (id + 1) % TRI_PARTIES;
}

static inline unsigned tri_rep3_prev(unsigned id)
{
    return (id + 2) % TRI_PARTIES;
}

/** What an element is: a group under +, or bits under exclusive or. */
enum tri_rep3_width {
    TRI_REP3_BITS = 0, /**< words of 64 bits                */
    TRI_REP3_16 = 2,   /**< Z_{2^16}                        */
    TRI_REP3_32 = 4,   /**< Z_{2^32}                        */
    TRI_REP3_64 = 8    /**< Z_{2^64}                        */
};

static inline size_t tri_rep3_bytes(enum tri_rep3_width w)
{
    return w == TRI_REP3_BITS ? 8 : (size_t)w;
}

/** Elements whose `bits` low bits count, 1..64. */
static inline enum tri_rep3_width tri_rep3_width(unsigned bits)
{
    return bits <= 16 ? TRI_REP3_16 : bits <= 32 ? TRI_REP3_32 : TRI_REP3_64;
}

/** Elements in a chunk of a stream, the work of a task. */
enum { TRI_REP3_CHUNK = 8192 };

/** Draw the engine's keys from the session's pairwise generators. */
void tri_rep3_keys_init(struct tri_rep3 *r, struct tri_session *s);
void tri_rep3_keys_wipe(struct tri_rep3 *r);

/** The next number of an operation. */
uint64_t tri_rep3_op(struct tri_rep3 *r);

/** z = F(k_i, op) - F(k_{i+1}, op): a share of zero, [n] elements of 64 bits or
 *  planes. op is from tri_rep3_op(), here as below. F(k_i) and F(k_{i+1}) are
 *  kept in note[0] and note[1], [n], where they are not NULL; note may be. */
void tri_rep3_zero(struct tri_engine *e, uint64_t op, void *z, size_t n,
                   enum tri_rep3_width w, void *const note[2]);

/** z += such a share, of words. */
void tri_rep3_blind(struct tri_engine *e, uint64_t op, uint64_t *z, size_t n,
                    void *const note[2]);

/** z = F(k, op), [n] elements, and `note` as well, if it is not NULL. */
void tri_rep3_draw(struct tri_engine *e, const struct tri_prg *k, uint64_t op,
                   void *z, size_t n, enum tri_rep3_width w, void *note);

#endif
