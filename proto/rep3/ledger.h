#ifndef TRI_PROTO_REP3_LEDGER_H
#define TRI_PROTO_REP3_LEDGER_H

#include "proto/rep3/send.h"
#include "proto/verify/entry.h"

/** \file proto/rep3/ledger.h
 *
 * # The ledger
 *
 * An engine that verifies keeps what it needs to check each product: operands,
 * as they were when the product was formed, and what the checkers know of the
 * message. Entries stand at the far end of the session's arena. A message that
 * is not in the ledger is not sent. A batch ends
 * before anything leaves (proto/engine.h), and after a round in which the
 * ledger has grown to config.ledger bytes; so an arena of the size that a dry
 * run found always suffices. A passive engine keeps nothing.
 */

struct tri_ledger_entry {
    struct tri_ledger_entry *next;
    enum { TRI_LEDGER_ANDS, TRI_LEDGER_WORDS, TRI_LEDGER_MATRIX } kind;
    struct tri_bilin op; /**< MATRIX                                     */
    int prover, majority;
    unsigned bits;
    size_t n, left; /**< elements; those that have not arrived              */
    uint64_t *x[2], *y[2];
    uint64_t *z, *mask[2]; /**< entry.h; ANDS: mask[1] becomes e1           */
};

/** Take the number of g's F, and enter the product before an operand may be
 *  overwritten: operands are copied, g->entry is set. Bits are written to
 *  g->entry, if there is one, by the caller. Passive, only the number is taken.
 */
void tri_ledger_enter(struct tri_engine *e, struct tri_rep3_gate *g);

/** The same for a product of whatever kind. */
void tri_ledger_enter_bilin(struct tri_engine *e, struct tri_rep3_gate *g,
                            const struct tri_bilin *op);

/** What this party receives of the gate, or of the next g->n of its elements,
 *  has arrived. */
void tri_ledger_arrived(struct tri_engine *e, const struct tri_rep3_gate *g);

/** Non-zero if a batch ends here. */
int tri_ledger_full(const struct tri_engine *e);

/** The entries as arrays, from the arena. TRI_OK or TRI_E_NOMEM. */
int tri_ledger_batch(struct tri_engine *e, struct tri_verify_batch *b);

/** Begin anew. */
void tri_ledger_clear(struct tri_engine *e);

#endif
