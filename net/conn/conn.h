#ifndef TRI_NET_CONN_CONN_H
#define TRI_NET_CONN_CONN_H

#include <stddef.h>
#include <stdint.h>

#include "net/bye.h"
#include "net/record.h"
#include "net/secure.h"

/** \file net/conn/conn.h
 *
 * # One connection over a stream socket
 *
 * Messages in both directions as records (net/record.h), sealed or not. It
 * knows one peer and no third party, does not wait, and does not decide what a
 * failure means: who holds connections does (net/tcp/tcp.c). Sending is
 * net/conn/out.h, receiving net/conn/in.h, the end net/conn/end.h.
 */
enum {
    TRI_CONN_QUEUE = 1024,  /**< messages                                   */
    TRI_CONN_AHEAD = 65536, /**< bytes read ahead of the receiver           */
    TRI_CONN_BYE = TRI_SECURE_HEADER + TRI_BYE_MAX + TRI_AEAD_TAG,
    /** A sealed record of any length, then a sealed goodbye. */
    TRI_CONN_STAGE =
        TRI_SECURE_HEADER + TRI_RECORD_MAX + TRI_AEAD_TAG + TRI_CONN_BYE
};

enum { TRI_CONN_TX, TRI_CONN_RX };

/* A queued message; its first record has number seq. A heartbeat has length 0
 * and one record. */
struct tri_conn_message {
    const uint8_t *buf;
    size_t len;
    uint64_t seq;
    uint32_t depth;
};

/** Read-only for others but where said. */
struct tri_conn {
    int fd; /**< -1: none */
    int sealed;
    struct tri_secure sec; /* if sealed; secret */

    /* sending */
    struct tri_conn_message q[TRI_CONN_QUEUE];
    size_t head;
    size_t count;    /**< messages in the queue                          */
    uint64_t left;   /* plaintext: bytes of q[head]'s records that left  */
    uint64_t laid;   /* sealed: records of q[head] in the stage          */
    uint64_t tx_seq; /* number of the next record to queue               */
    size_t held;     /**< bytes queued since the last push               */
    int tx_broken;   /**< errno: the socket takes nothing any more       */
    uint8_t *stage;  /* sealed: bytes to send are [s_lo..s_hi)           */
    uint8_t *block;  /* memory that holds the stage                      */
    size_t s_lo, s_hi;
    int said;         /**< sealed: the stage ends with a goodbye          */
    uint64_t sent;    /**< bytes, without heartbeats                      */
    uint64_t last_tx; /**< when bytes last left, ns                       */
    size_t beat;      /* bytes of a heartbeat that have not left          */
    int only_beat;    /* nothing else is queued                           */

    /* receiving */
    uint8_t rx[TRI_CONN_AHEAD]; /* unread bytes are rx[lo..hi)            */
    size_t lo, hi;
    uint64_t rx_seq; /* number of the next record expected                */
    size_t unread;   /* bytes that waited when last looked at             */

    /** This machine has no memory for the socket: errno or 0, and since when,
     *  ns. [TRI_CONN_TX], [TRI_CONN_RX]. The caller may set `error` to 0. */
    struct {
        int error;
        uint64_t since;
    } starved[2];
};

/**
 * Start on a non-blocking socket.
 * \param sec  sealed: is copied; NULL: plaintext
 * \return TRI_OK; TRI_E_NOMEM (the socket is still the caller's)
 */
int tri_conn_open(struct tri_conn *c, int fd, const struct tri_secure *sec);

/** Close the socket and wipe. */
void tri_conn_close(struct tri_conn *c);

/** Bytes of a record before and behind its payload. */
static inline size_t tri_conn_front(const struct tri_conn *c)
{
    return c->sealed ? TRI_SECURE_HEADER : TRI_RECORD_HEADER;
}

static inline size_t tri_conn_back(const struct tri_conn *c)
{
    return c->sealed ? TRI_AEAD_TAG : 0;
}

/** Is there something to send? */
static inline int tri_conn_pending(const struct tri_conn *c)
{
    return c->count > 0 || c->s_lo < c->s_hi;
}

/** errno says that this machine has no memory at the moment. */
int tri_conn_passes(int e);

/** errno is an error of this machine, neither of the peer nor of the
 *  network. */
int tri_conn_is_local(int e);

/** There was no memory for a call in direction `way`. */
void tri_conn_starve(struct tri_conn *c, int way, int e);

#endif
