#ifndef TRI_NET_ETHER_CONN_H
#define TRI_NET_ETHER_CONN_H

#include "net/ether/arq.h"
#include "net/ether/in.h"
#include "net/ether/link.h"
#include "net/ether/out.h"

/** \file net/ether/conn.h
 *
 * The state of a raw Ethernet link, and the turns that drive it, for link.c
 * (waiting and the operations), greet.c (joining) and end.c (failures and
 * closing).
 */
enum {
    TRI_ETHER_NOBODY = TRI_PARTIES,
    TRI_ETHER_SEGMENTS = 4096, /* frames under way to one peer */
    TRI_ETHER_INPUT = TRI_GREETING_BYTES + TRI_SECURE_CALL
};

/* How far a connection is in joining. */
enum tri_ether_step { START, GREETING, CALL, ANSWER, CONFIRM, JOINED };

struct tri_ether;

struct tri_ether_conn {
    struct tri_ether *e; /* NULL: own entry, or not of this session */
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
    unsigned id, base;  /* base: what the numbers in frames have more */
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

/* ---- link.c ------------------------------------------------------------- */

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

#endif
