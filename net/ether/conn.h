#ifndef TRI_NET_ETHER_CONN_H
#define TRI_NET_ETHER_CONN_H

#include "net/ether/arq.h"
#include "net/ether/in.h"
#include "net/ether/link.h"
#include "net/ether/out.h"

/** \file net/ether/conn.h
 *
 * What the files of the raw Ethernet link share: ether_link (waiting and the
 * operations), ether_greet (joining), ether_end (failures and closing).
 */
enum {
    TRI_ETHER_NOBODY = TRI_PARTIES,
    TRI_ETHER_SEGMENTS = 4096, /* frames under way to one peer */
    TRI_ETHER_INPUT = TRI_GREETING_BYTES + TRI_SECURE_CALL,
    TRI_ETHER_TROUBLE = 64
};

/* How far a connection is in joining. */
enum tri_ether_step { START, GREETING, CALL, ANSWER, CONFIRM, JOINED };

struct tri_ether;

struct tri_ether_conn {
    struct tri_ether *e; /* NULL: own entry */
    unsigned peer;
    uint8_t mac[TRI_ETHER_MAC];
    int fixed; /* mac is from the configuration, or of an open session */
    struct tri_arq arq;
    struct tri_ether_out out;
    struct tri_ether_in in;
    struct tri_secure sec; /* secret */
    int gone;              /* said an orderly goodbye */

    /* joining: bytes of what is expected next */
    enum tri_ether_step step;
    uint8_t hs[TRI_ETHER_INPUT];
    size_t have, want;
};

struct tri_ether {
    struct tri_ether_driver d;
    unsigned id;
    struct tri_link *l; /* while inside; the caller may move it in between */
    struct tri_ether_conn c[TRI_PARTIES];
    int sealed, gave_up, over;
    uint64_t sent[TRI_PARTIES], received[TRI_PARTIES], wait_ns;
    int hurry;              /* a flush looks often whether it can copy */
    int inside;             /* the party is in a function of the link  */
    uint64_t turns, tended; /* so far; at the last tending             */
    uint8_t *buffers;       /* [size] of all connections               */
    size_t size;
};

static inline struct tri_ether_conn *tri_ether_peer(struct tri_ether *e,
                                                    unsigned k)
{
    return &e->c[(e->id + k) % TRI_PARTIES];
}

static inline unsigned tri_ether_other(const struct tri_link *l, unsigned k)
{
    return (l->id + k) % TRI_PARTIES;
}

static inline uint64_t tri_ether_now(const struct tri_ether *e)
{
    return e->d.now(e->d.ctx);
}

/* ---- ether_link.c ------------------------------------------------------- */

/** Enter a function of the link, and leave it with `rc`. */
void tri_ether_enter(struct tri_link *l);
int tri_ether_leave(struct tri_link *l, int rc);

/** Lay out what is queued for the peer and send what is due. */
uint64_t tri_ether_serve(struct tri_ether_conn *c, uint64_t now);

/** What is ready to go leaves. */
void tri_ether_push(struct tri_ether *e);

/** Take in what there is, send what is due. When to come again. */
uint64_t tri_ether_turn(struct tri_ether *e);

/** Sleep until a frame arrives, or at most until `until`. */
void tri_ether_nap(struct tri_link *l, uint64_t until);

/** tri_link_ops.flush */
int tri_ether_flush(struct tri_link *l);

/* ---- ether_greet.c ------------------------------------------------------ */

/** Find the others, greet, shake hands. */
int tri_ether_greet(struct tri_link *l, const struct tri_ether_config *cfg);

/* ---- ether_end.c -------------------------------------------------------- */

/** Tell both others, at once, that this party ends because of `blamed` (or
 *  TRI_NOBODY), with the text of the link, and let go of all buffers. Returns
 *  rc. */
int tri_ether_give_up(struct tri_link *l, int blamed, int rc);

/** The peer has ended without saying why. */
int tri_ether_ended(struct tri_link *l, unsigned peer);

/** "; interface eth0 has no carrier", or "". Returns text. */
const char *tri_ether_trouble(const struct tri_ether *e,
                              char text[TRI_ETHER_TROUBLE]);

/** Has a connection failed? `from`: whose message is awaited, or nobody's. */
int tri_ether_check(struct tri_link *l, unsigned from);

/** Nothing (or, if `some`, too little) has come of a wait for `len` bytes of
 *  `from`, or of a flush, for TRI_LINK_SLOW deadlines, but the peer lives. */
int tri_ether_late(struct tri_link *l, unsigned from, size_t len, int some);

/** Stay until both others have heard the end, at most for the deadline. */
void tri_ether_linger(struct tri_link *l);

/** Wipe all that is secret. The link does nothing any more. */
void tri_ether_wipe(struct tri_ether *e);

/** tri_link_ops.fail and .close */
void tri_ether_fail(struct tri_link *l, int err);
void tri_ether_close(struct tri_link *l);

#endif
