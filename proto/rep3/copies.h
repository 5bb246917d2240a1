#ifndef TRI_PROTO_REP3_COPIES_H
#define TRI_PROTO_REP3_COPIES_H

#include "proto/rep3/send.h"

/** \file proto/rep3/copies.h
 *
 * # Digests of what two parties hold
 *
 * A component is held by two parties. What it was given, neither of them has
 * seen the other's copy of: shares of inputs and of models, checkpoints, public
 * numbers. They compare digests of all of it, in the order of the program:
 * before the first product after an import, and before a verification.
 */

/** [n] words were given to this party as components 0 and 1: imported != 0
 *  from outside, else public numbers. */
void tri_copies_add(struct tri_engine *e, const uint64_t *const v[2], size_t n,
                    int imported);

/** Compare all that was given since the last time, with both other parties. */
int tri_copies_compare(struct tri_engine *e);

/** A digest under F(k, op), for a stream `op` that is used for this alone. It
 *  covers op, all values and their lengths, and who is to receive it. */
void tri_digest_start(struct tri_engine *e, struct tri_hash *h,
                      const struct tri_prg *k, uint64_t op);
void tri_digest_add(struct tri_hash *h, const uint64_t *v, size_t n);
void tri_digest_end(struct tri_hash *h, unsigned receiver,
                    uint8_t out[TRI_HASH_BYTES]);

/** Are two digests the same? Public. */
int tri_digest_same(const uint8_t *a, const uint8_t *b);

#endif
