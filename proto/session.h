#ifndef TRI_PROTO_SESSION_H
#define TRI_PROTO_SESSION_H

#include "core/gemm.h"
#include "core/prg.h"
#include "core/ring.h"
#include "net/link.h"

/** \file proto/session.h
 *
 * # One party's side of a run
 *
 * Keys, counters, memory and the link: what every protocol needs. One thread
 * drives one session. The first error kills it: `dead` keeps the code, every
 * later call returns TRI_E_DEAD, and the outputs of the failed call are wiped.
 *
 * ## Dry runs
 *
 * With `dry` set (and a measuring arena) the same calls compute nothing and
 * send nothing: they add up memory in the arena and messages in `cost`, for
 * all three parties. That is how memory is sized before a run, and how the
 * traffic and rounds of a run are known beforehand. Every protocol states its
 * messages once, in a `flow` function beside its message diagram.
 */

/** Payload bytes and message depth of all three parties. */
struct tri_cost {
    uint64_t bytes[TRI_PARTIES][TRI_PARTIES]; /**< [from][to]             */
    uint64_t depth[TRI_PARTIES]; /**< as tri_link_stats.rounds counts     */
};

/** One message `from` -> `to`, sent now and received at once. */
void tri_cost_msg(struct tri_cost *c, unsigned from, unsigned to,
                  uint64_t bytes);
/** Two messages between a and b, both sent before either is received. */
void tri_cost_swap(struct tri_cost *c, unsigned a, unsigned b, uint64_t a_to_b,
                   uint64_t b_to_a);
/** Two messages from a and b to c, both sent before either is received. */
void tri_cost_join(struct tri_cost *c, unsigned a, unsigned b, unsigned to,
                   uint64_t bytes_each);
/** One of many messages that are all sent before any is received; `before` is
 *  what was there when the first of them was. */
void tri_cost_arrive(struct tri_cost *c, const struct tri_cost *before,
                     unsigned from, unsigned to, uint64_t bytes);
/** Sum over all pairs; longest depth. */
uint64_t tri_cost_bytes(const struct tri_cost *c);
uint64_t tri_cost_rounds(const struct tri_cost *c);

/** What verification has cost so far: a part of what the session has. Dry, the
 *  messages of all parties; else those that this one has sent. */
struct tri_proofs {
    uint64_t batches;
    uint64_t ns;      /**< by the session's clock                 */
    uint64_t wait_ns; /**< of these the link was blocked          */
    uint64_t bytes[TRI_PARTIES][TRI_PARTIES]; /**< payload, [from][to]  */
    uint64_t rounds[TRI_PARTIES]; /**< growth of each party's depth        */
    uint64_t longest; /**< that of the longest; else as this party's  */
    size_t memory;    /**< most bytes: ledger, and what checks need   */
};

/** Where in a network a run is, for messages. kind NULL: nowhere. */
struct tri_at {
    unsigned layer;          /**< from 1; 0: after the last one             */
    const char *kind, *pass; /**< constant texts, "relu", "backward"        */
};

struct tri_session {
    unsigned id;          /**< this party, 0..2                           */
    int dead;             /**< 0, or the first error                      */
    char where[192];      /**< what failed: the place and the operation   */
    struct tri_at at;     /**< where in a network the run is              */
    int proving;          /**< challenges are out, and not yet all verdicts in;
                               stays so if the session ends there           */
    int dry;              /**< see above                                  */
    int apart;            /**< the link goes on after a run that is spoilt */
    struct tri_cost cost; /**< filled by dry runs only                    */
    struct tri_proofs proofs;
    uint64_t (*clock)(void); /**< nanoseconds, for `proofs`; or NULL          */

    struct tri_cx cx; /**< kernels, threads, arena                    */
    struct tri_link *link;
    /** prg[j] is shared with party j (own entry unused). Both ends draw the
     *  same streams in the same order: every call on one side has its twin. */
    struct tri_prg prg[TRI_PARTIES];
};

/**
 * The session dies of `err` in operation `where`, and with it the link, so that
 * the others hear the cause and whom to blame. The link has let go of all
 * buffers afterwards: they may be wiped. The first failure wins. If the session
 * is set apart, numbers that have left their range (which all parties see at
 * one place, in what was opened) leave the link alone: it has to be flushed.
 * \param where   constant text
 * \param blamed  the party that broke the rules, or TRI_NOBODY
 * \return err
 */
int tri_session_fail(struct tri_session *s, int err, const char *where,
                     int blamed);

/** TRI_OK, or TRI_E_DEAD for a dead session. */
int tri_session_check(const struct tri_session *s);

/** Forget every key. */
void tri_session_wipe(struct tri_session *s);

#endif
