#ifndef TRI_PROTO_REP3_SEND_H
#define TRI_PROTO_REP3_SEND_H

#include "proto/rep3/keys.h"

/** \file proto/rep3/send.h
 *
 * # The two doors for messages
 *
 * Every message of the engine is part of a product, or a copy of a value that
 * another party holds too. There is no third way to send.
 */

struct tri_ledger_entry;

/** A product, as one party sees it: z = x * y, where this party holds the
 *  components x[0], x[1] of x, and so on. */
struct tri_rep3_gate {
    /** TRI_NOBODY: every party computes a share and sends it to the one before
     *  it. Else x is a component at place `prover`, y one at the place after:
     *  that party knows both and sends alone (number.c). */
    int prover;
    /** [n] elements of xw and yw, TRI_REP3_BITS being a plane of bits. y NULL:
     *  the public 1. Only for the ledger, and NULL where it has its operands
     *  otherwise. */
    const void *x[2], *y[2];
    enum tri_rep3_width xw, yw;
    int x_stays; /**< x, of words, is as it is until tri_ledger_changes() */
    /** z[0]: to be sent, where this party sends. z[1]: to be received, where
     *  it receives. */
    void *z[2];
    size_t n;
    enum tri_rep3_width w;
    int majority; /**< carries of three bits (and.c)                     */
    uint64_t op;  /**< number of the F in z; of tri_ledger_enter()       */
    struct tri_ledger_entry *entry; /**< NULL: none is kept              */
    /** Dry runs: rounds up to the message of party i, once it is sent. */
    uint64_t depth[TRI_PARTIES];
};

/**
 * Send what this party sends of the products of one round, and receive what it
 * receives, in the same order. After the second call the link has let go of all
 * buffers. Dry runs count for all parties. An engine that verifies refuses a
 * gate that is not in its ledger, and may verify at the end of the second call.
 */
int tri_rep3_send_product(struct tri_engine *e, struct tri_rep3_gate *g,
                          size_t gates);
int tri_rep3_recv_product(struct tri_engine *e, const struct tri_rep3_gate *g,
                          size_t gates);

/** Both. */
int tri_rep3_exchange(struct tri_engine *e, struct tri_rep3_gate *g,
                      size_t gates);

/** Values that go round: party i sends `send` to party to[i] and receives
 * `recv` from the one that sends to it; TRI_NOBODY: it sends none. `bytes` of
 * each, which are words of 64 bits where `words` says so.
 */
struct tri_rep3_copy {
    int to[TRI_PARTIES];
    void *send, *recv;
    size_t bytes;
    int words;
};

/** The messages of one round of copies: sent, received, let go of. */
int tri_rep3_send_copy(struct tri_engine *e, const struct tri_rep3_copy *c,
                       size_t copies);

/** The session dies of rc in operation `where`; both components of [n] words
 *  are wiped, where there are any. */
void tri_rep3_fail(struct tri_engine *e, int rc, const char *where,
                   uint64_t *const z[2], size_t n);

#endif
