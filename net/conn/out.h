#ifndef TRI_NET_CONN_OUT_H
#define TRI_NET_CONN_OUT_H

#include "net/conn/conn.h"

/** \file net/conn/out.h
 *
 * # Sending on a connection
 *
 * From the caller's buffers to the socket; sealed, by way of a buffer of one
 * record.
 */

/** Queue a message, which stays where it is until it has left. The queue must
 *  have room: count < TRI_CONN_QUEUE. */
void tri_conn_queue(struct tri_conn *c, const void *buf, size_t len,
                    uint32_t depth);

/** Queue a heartbeat; nothing may be pending. */
void tri_conn_beat(struct tri_conn *c);

/** Write what the socket takes. A broken socket is only noted, in tx_broken:
 *  what the peer had sent before may tell why. */
void tri_conn_push(struct tri_conn *c);

/** Say goodbye, if the stream is at the border of a record, for a reason or,
 *  with NULL, in order. 0, or -1 if the socket is full at the moment. */
int tri_conn_goodbye(struct tri_conn *c, const struct tri_bye *b);

#endif
