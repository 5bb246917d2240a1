#ifndef TRI_NET_TCP_END_H
#define TRI_NET_TCP_END_H

#include "net/conn/end.h"
#include "net/tcp/mesh.h"

/** \file net/tcp/end.h
 *
 * Failures of a TCP link: what a peer's end means to three parties, and how the
 * others hear of it. All but tri_tcp_part() return an error that is noted in
 * the link, or TRI_OK.
 */

/** Tell both others, at once, that this party ends because of `blamed` (or
 *  TRI_NOBODY), with the text of the link. \return rc */
int tri_tcp_give_up(struct tri_link *l, int blamed, int rc);

/** This machine fails the connection, by errno `e`: no fault of the peer. */
int tri_tcp_failed_here(struct tri_link *l, unsigned peer, int e);

/** The peer has ended. \param b  with TRI_LAST_REASON: what it says */
int tri_tcp_ended(struct tri_link *l, unsigned peer, enum tri_last_words words,
                  const struct tri_bye *b);

/** A peer of which nothing is being received has ended: in what way? Its last
 *  messages may still be of use, so only a failure ends the wait. */
int tri_tcp_examine(struct tri_link *l, unsigned peer);

/** The same for every peer but `from` whose socket is broken. */
int tri_tcp_check(struct tri_link *l, unsigned from);

/** An orderly goodbye, which waits for the peers as a flush does. */
void tri_tcp_part(struct tri_link *l);

#endif
