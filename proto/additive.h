#ifndef TRI_PROTO_ADDITIVE_H
#define TRI_PROTO_ADDITIVE_H

#include "proto/engine.h"

/** \file proto/additive.h
 *
 * # Additive sharing between two parties, with a helper
 *
 * What engines `fused` and `paper` have in common. P0 and P1, the *holders*,
 * hold shares x = x0 + x1 mod 2^64; P2, the *helper*, holds none and deals
 * correlated randomness. At most one party is corrupt, and follows the
 * protocol.
 *
 * Keys: P0 and P1 share s->prg[1] and s->prg[0] (k01); P0 and P2 k02; P1 and
 * P2 k12. "Dealt by P2" means: P0's share is drawn from k02, P1's is sent.
 *
 * Every protocol of both engines is a function on vectors: an argument is this
 * party's share, [n] words, NULL on P2; results likewise; n may be 0. Each one
 * checks the session, takes its scratch from the arena, accounts its messages
 * in a dry run, and on failure kills the session and wipes its outputs.
 *
 * Every share that leaves a party is masked by a fresh draw.
 */

/** This party's end of a pairwise key: tri_additive_key(s, other party). */
static inline struct tri_prg *tri_additive_key(struct tri_session *s,
                                               unsigned with)
{
    return &s->prg[with];
}

/** Add a fresh zero share of P0 and P1 (k01): local. */
void tri_additive_refresh(struct tri_session *s, tri_ring *x, size_t n);

/* The doors and the copy, as engine operations (proto/engine.h). */
int tri_additive_import(struct tri_engine *e, struct tri_ten *t, size_t at,
                        size_t n, const tri_ring *const part[2]);
int tri_additive_export(struct tri_engine *e, const struct tri_ten *t,
                        size_t at, size_t n, tri_ring *const part[2]);
int tri_additive_open(struct tri_engine *e, double *out,
                      const struct tri_ten *x, unsigned audience);
int tri_additive_fresh(struct tri_engine *e, struct tri_ten *x);
void tri_additive_name(struct tri_engine *e, uint8_t *out, size_t n);

/** Copy this party's share of x, where it has one, to z; they may overlap. */
void tri_additive_copy(struct tri_engine *e, struct tri_ten *z,
                       const struct tri_ten *x);

#endif
