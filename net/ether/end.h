#ifndef TRI_NET_ETHER_END_H
#define TRI_NET_ETHER_END_H

#include "net/ether/conn.h"

/** \file net/ether/end.h
 *
 * Failures of a raw Ethernet link, and its closing.
 */

/** Tell both others, at once, that this party ends because of `blamed` (or
 *  TRI_NOBODY), with the text of the link and what is wrong with this party's
 *  interface, and let go of all buffers. Returns rc. */
int tri_ether_give_up(struct tri_link *l, int blamed, int rc);

/** The peer has ended without saying why. */
int tri_ether_ended(struct tri_link *l, unsigned peer);

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
