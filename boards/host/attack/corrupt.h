#ifndef TRI_BOARDS_HOST_ATTACK_CORRUPT_H
#define TRI_BOARDS_HOST_ATTACK_CORRUPT_H

#include "proto/engine.h"

/** \file boards/host/attack/corrupt.h
 *
 * # A corrupt party
 *
 * An engine and its link with somebody between them and the party: the program
 * of the party stays as it is, and an attack (attacks.h) looks at, and
 * rewrites, what the party holds and what it says. For demonstrations and tests
 * of what one corrupt party can do; no party links it.
 */

/** What is going on when an attack is called. */
enum tri_moment {
    TRI_READS, /**< an operation is about to read x and y             */
    TRI_WROTE, /**< an operation has written z                         */
    TRI_SAYS,  /**< a message is about to leave                        */
    TRI_OPENS, /**< the shares of an opening are here, its own has not left */
    TRI_GIVES  /**< fresh shares of z are about to leave                */
};

/** Operations of an engine that are told of. */
enum tri_verb {
    TRI_VERB_NONE,
    TRI_VERB_SCALE,
    TRI_VERB_BILIN,
    TRI_VERB_TRUNC,
    TRI_VERB_RELU,
    TRI_VERB_SIGN,
    TRI_VERB_SELECT,
    TRI_VERB_MAXN,
    TRI_VERB_MAXN_GRAD,
    TRI_VERB_DIV,
    TRI_VERB_REFRESH,
    TRI_VERB_OPEN,
    TRI_VERB_EXPORT,
    TRI_VERB_VERIFY, /**< its messages only: it reads no tensor        */
    TRI_VERBS
};

struct tri_event {
    enum tri_moment moment;
    enum tri_verb verb; /**< the innermost operation              */
    struct tri_engine *e;
    struct tri_at at;          /**< where in the network                 */
    struct tri_ten *x, *y, *z; /**< NULL where there is none             */
    const struct tri_bilin *bilin;
    /* SAYS: message number `nth` of the operation to party `to`, before which
     * it has sent that party `said` bytes */
    unsigned to, nth;
    uint8_t *msg;
    size_t len, said;
    /* OPENS: the words, and what each party is going to see instead */
    size_t n;
    const tri_ring *truth;
    tri_ring *lie[TRI_PARTIES];
    /* GIVES: its own components of elements at .. at+n-1 of z */
    size_t first;
    tri_ring *const *part;
};

/** What a corrupt party has learnt: labels or pixels. It may stand in memory
 *  that processes share. */
struct tri_loot {
    uint32_t n;
    struct {
        uint32_t step, row; /**< of the training, from 1; 0: held-out samples */
        uint32_t place;     /**< pixel                                        */
        uint32_t value;
    } item[8192];
};

/** "product", ... */
const char *tri_verb_name(enum tri_verb verb);

struct tri_attack;

struct tri_corrupt {
    /* to be set */
    const struct tri_attack *attack;
    uint32_t batch, steps, tested; /**< public facts of the run            */
    double rate;
    struct tri_loot *loot;
    /* for the attack, zero at first */
    unsigned once; /**< bits for what is done once                          */
    uint32_t step; /**< steps of the training that are complete             */
    uint32_t seen; /**< openings so far                                     */
    uint64_t rng;
    /** SAYS: what becomes of the message; as it should be, unless set. */
    enum { TRI_FATE_GOES, TRI_FATE_STAYS, TRI_FATE_TWICE, TRI_FATE_SHORT } fate;
    /* inside */
    struct tri_engine_ops ops;
    const struct tri_engine_ops *real;
    struct tri_link_ops link_ops;
    const struct tri_link_ops *real_link;
    struct tri_engine *e;
    struct tri_event now; /**< the operation at work                        */
    unsigned nth[TRI_PARTIES];
    size_t said[TRI_PARTIES];
    int updating;
    struct tri_copy_of *copies; /**< of rewritten messages, until they left  */
    const tri_ring *mine;       /**< opening: held back                     */
    unsigned waits;             /**< ... from these parties                  */
};

/**
 * Corrupt the party whose engine has been started: from here to its end the
 * attack is told of what it does. One of a thread.
 */
void tri_corrupt_take(struct tri_corrupt *c, struct tri_engine *e);

/**
 * The same for a party that starts its engine itself: an engine kind like
 * `honest` in all but who is told.
 * \param kind,ops  receive it
 */
void tri_corrupt_kind(struct tri_corrupt *c, struct tri_engine_kind *kind,
                      struct tri_engine_ops *ops,
                      const struct tri_engine_kind *honest);

#endif
