#ifndef TRI_NET_CONN_IN_H
#define TRI_NET_CONN_IN_H

#include "net/conn/conn.h"
#include "net/conn/end.h"
#include "net/expect.h"
#include "net/link.h"

/** \file net/conn/in.h
 *
 * # Receiving on a connection
 *
 * From the socket to the caller's buffer, where records are decrypted; what
 * follows the message is read ahead.
 */
enum { TRI_CONN_RECORDS = 8 /**< records of one recvmsg */ };

/** What has come of looking. */
enum tri_conn_got {
    TRI_CONN_SOME, /**< bytes, perhaps all                                  */
    TRI_CONN_IDLE, /**< nothing at the moment                               */
    TRI_CONN_BAD,  /**< `rc`: the peer broke the protocol, or somebody else
                        the connection; the text is in l->error             */
    TRI_CONN_OVER, /**< the peer has ended: `words`, `bye`                  */
    TRI_CONN_LOST, /**< the network does not answer any more                */
    TRI_CONN_LOCAL /**< `error`: errno of this machine                      */
};

/** A message on its way in. Record r uses hdr[r % ...] and tag[r % ...]. */
struct tri_conn_in {
    struct tri_expect x;
    uint8_t *buf;
    size_t front, back, stride;
    uint64_t wire;   /**< bytes of its records              */
    uint64_t pos;    /**< of them, received                 */
    uint64_t heads;  /* headers that are checked            */
    uint64_t bodies; /* records that are complete, opened   */
    uint8_t hdr[TRI_CONN_RECORDS][TRI_SECURE_HEADER];
    uint8_t tag[TRI_CONN_RECORDS][TRI_AEAD_TAG];

    int hasty; /**< a goodbye of which not all is there is none: no waiting */
    int rc, error;
    enum tri_last_words words;
    struct tri_bye bye;
};

/** Await a message of len > 0 bytes. */
void tri_conn_want(const struct tri_conn *c, struct tri_conn_in *m, void *buf,
                   size_t len);

/** All of it is there: its depth is m->x.depth. */
static inline int tri_conn_has(const struct tri_conn_in *m)
{
    return m->pos == m->wire;
}

/** Take from the bytes read ahead; there are some (c->lo < c->hi). As
 *  tri_conn_read(). */
enum tri_conn_got tri_conn_take(struct tri_conn *c, struct tri_conn_in *m,
                                struct tri_link *l, unsigned from);

/** Read from the socket; nothing is read ahead.
 *  \param l, from  receive the text of an error, and name the peer in it */
enum tri_conn_got tri_conn_read(struct tri_conn *c, struct tri_conn_in *m,
                                struct tri_link *l, unsigned from);

/** Bytes that have arrived, without those of a header that is not complete: it
 *  may be that of a heartbeat. */
uint64_t tri_conn_solid(const struct tri_conn_in *m);

#endif
