#ifndef TRI_PROTO_VERIFY_VERIFY_H
#define TRI_PROTO_VERIFY_VERIFY_H

#include "proto/verify/coin.h"
#include "proto/verify/entry.h"

/** \file proto/verify/verify.h
 *
 * # A batch of products is verified
 *
 * The check of bits (ands.h) and that of words and matrices (ring.h), in the
 * same rounds, and a last round in which everybody tells that it is content.
 *
 * What makes a batch, its counts and its number follow from the program alone.
 * When it begins, a party holds all messages of all products in it, and has
 * compared what it was given with whom holds the same: only then may a
 * challenge leave. When it returns TRI_OK, both other parties have said that
 * everything they have seen is right: only then may anything be opened.
 */

/**
 * Verify, all parties at once. What it needs stands behind the ledger, at the
 * far end of the arena, and is the caller's to drop with it: so it is not wiped
 * for every batch, but once, when the engine ends.
 *
 * What it costs is added to s->proofs.
 *
 * \param id     number of the batch: never used before with these coins, not
 *               even in an attempt that failed
 * \param b      the batch; its pointers are not looked at in a dry run
 * \param count  what stands in it
 * \return TRI_OK; TRI_E_CHEAT, TRI_E_NOMEM or a link error. After an error the
 *         session is dead, and its text says in whose proof what was wrong. A
 *         link error may hide a cheat that has seen the challenges: then
 *         s->proving stays set, in one honest party at least.
 */
int tri_verify(struct tri_session *s, const struct tri_coins *coins,
               uint64_t id, const struct tri_verify_batch *b,
               const struct tri_pending *count);

#endif
