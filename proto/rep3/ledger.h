#ifndef TRI_PROTO_REP3_LEDGER_H
#define TRI_PROTO_REP3_LEDGER_H

#include "proto/rep3/send.h"
#include "proto/verify/entry.h"

/** \file proto/rep3/ledger.h
 *
 * # The ledger
 *
 * An engine that verifies keeps what it needs to check each product: operands,
 * as they were when the product was formed, masks, as they are drawn, and what
 * has come of the message. Entries stand at the far end of the session's arena.
 * A message that is not in the ledger is not sent. A batch ends before anything
 * leaves (proto/engine.h), and after a round in which the ledger has grown to
 * config.ledger bytes; so an arena of the size that a dry run found always
 * suffices. A passive engine keeps nothing.
 */

struct tri_ledger_entry {
    struct tri_ledger_entry *next, *next_referring;
    enum { TRI_LEDGER_ANDS, TRI_LEDGER_WORDS, TRI_LEDGER_MATRIX } kind;
    struct tri_bilin op; /**< MATRIX                                     */
    int prover, majority;
    enum tri_rep3_width w, xw, yw; /**< of messages and masks, x, and y      */
    size_t n, left; /**< elements; those that have not arrived              */
    size_t masked;  /**< elements whose masks have been drawn               */
    void *x[2], *y[2];
    /** Components of x and y: in place for as long as they are unchanged, if
     *  they stay (words of 64 bits), or copied to the rooms above. */
    const void *at[2][2];
    void *z, *mask[2]; /**< entry.h; ANDS: mask[1] becomes e1            */
};

/** Take the number of g's F, and make room for the product: g->entry. Before an
 *  operand is overwritten the caller has its elements kept, those of bits in
 *  g->entry itself; passive, only the number is taken. */
void tri_ledger_enter(struct tri_engine *e, struct tri_rep3_gate *g);

/** The same for a product x * y of whatever kind. It keeps the operands, or
 *  where they are, of a tensor that stays. */
void tri_ledger_enter_bilin(struct tri_engine *e, struct tri_rep3_gate *g,
                            const struct tri_bilin *op, const struct tri_ten *x,
                            const struct tri_ten *y);

/** Every operation of the engine calls this before it writes to components v,
 *  [n] words, of a tensor or bits, which may be operands. */
void tri_ledger_changes(struct tri_engine *e, const uint64_t *const v[2],
                        size_t n);

/** Keep elements at .. at+n-1 of the operands of a product of words, at being
 *  a multiple of 64; or all of them. Best where they have just been used. */
void tri_ledger_keep(const struct tri_engine *e, const struct tri_rep3_gate *g,
                     size_t at, size_t n);
void tri_ledger_keep_all(struct tri_engine *e, const struct tri_rep3_gate *g);

/** Draw the masks of a gate, or of the next g->n elements of its entry, once
 *  for the message and for the ledger: z[0] becomes a share of zero (words of
 *  64 bits or planes), gets one added (words), or z becomes F(k_i) or, where
 *  `next` is 1, F(k_{i+1}). */
void tri_ledger_zero(struct tri_engine *e, const struct tri_rep3_gate *g);
void tri_ledger_blind(struct tri_engine *e, const struct tri_rep3_gate *g);
void tri_ledger_draw(struct tri_engine *e, const struct tri_rep3_gate *g,
                     int next, void *z);

/** What this party receives of the gate, or of the next g->n of its elements,
 *  has arrived. */
void tri_ledger_arrived(struct tri_engine *e, const struct tri_rep3_gate *g);

/** Non-zero if a batch is to end as soon as nothing is on its way; and if it
 *  ends here. */
int tri_ledger_due(const struct tri_engine *e);
int tri_ledger_full(const struct tri_engine *e);

/** The entries as arrays, from the arena. TRI_OK or TRI_E_NOMEM. */
int tri_ledger_batch(struct tri_engine *e, struct tri_verify_batch *b);

/** Begin anew. */
void tri_ledger_clear(struct tri_engine *e);

#endif
