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
/** Sum over all pairs; longest depth. */
uint64_t tri_cost_bytes(const struct tri_cost *c);
uint64_t tri_cost_rounds(const struct tri_cost *c);

struct tri_ranges;

enum tri_mode { TRI_MODE_FUSED = 0, TRI_MODE_PAPER = 1 };

/** Maximum of more than two, mode fused: a tournament; groups of four in which
 *  all pairs are compared at once (fewer rounds, more bytes); or what the
 *  network suggests. */
enum tri_max_method { TRI_MAX_AUTO = 0, TRI_MAX_TREE = 1, TRI_MAX_PAIRS = 2 };

struct tri_session {
    unsigned id;          /**< this party, 0..2                           */
    int dead;             /**< 0, or the first error                      */
    const char *where;    /**< the operation that failed, for the message */
    int dry;              /**< see above                                  */
    struct tri_cost cost; /**< filled by dry runs only                    */

    struct tri_cx cx; /**< kernels, threads, arena                    */
    struct tri_link *link;
    /** prg[j] is shared with party j (own entry unused). Both ends draw the
     *  same streams in the same order: every call on one side has its twin. */
    struct tri_prg prg[TRI_PARTIES];

    int mode;   /**< enum tri_mode                                        */
    unsigned f; /**< fraction bits, 8..16                                 */
    unsigned k; /**< comparison width in bits, 4..64 (mode fused)         */
    /* What the protocols are chosen for: alike on all parties. */
    int max;         /**< enum tri_max_method                             */
    uint64_t rtt_ns; /**< round trip; 0: 0.1 ms                           */
    uint64_t rate;   /**< bytes a second and direction; 0: 10^9           */

    struct tri_ranges *ranges; /**< engine `ranges` only (plain/ranges.h) */
};

/** Fail the session with `err` in operation `where` (constant text). Returns
 *  `err`; the first failure wins. */
int tri_session_fail(struct tri_session *s, int err, const char *where);

/** TRI_OK, or TRI_E_DEAD for a dead session. */
int tri_session_check(const struct tri_session *s);

/** Forget every key. */
void tri_session_wipe(struct tri_session *s);

#endif
