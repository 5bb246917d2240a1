#ifndef TRI_NET_TCP_WAIT_H
#define TRI_NET_TCP_WAIT_H

#include "net/conn/in.h"
#include "net/tcp/mesh.h"

/** \file net/tcp/wait.h
 *
 * Waiting on a TCP link: for a peer's bytes, or until bytes have left, with the
 * deadlines of net/link.h.
 *
 * To be woken takes longer than most answers of a peer on the same machine: so
 * a wait for bytes looks for them again and again first, for at most
 * TRI_TCP_SPIN_US, and lets others have the core in between. A party does so
 * only if all parties on this machine but one have a core (while two wait, the
 * third has something to compute), and not while others want the cores as well.
 */
enum { TRI_TCP_SPIN_US = 50 };

/** How long waits of these connections may look, ns; fd[id] is not used. */
uint64_t tri_tcp_spin(unsigned id, const int fd[TRI_PARTIES]);

/** One wait, all 0 at first. Its ends in ns; 0: to be set when it goes on. */
struct tri_tcp_wait {
    uint64_t silent; /* without a sign of life                              */
    uint64_t slow;   /* without progress; begins the wait                   */
    uint64_t sent;   /* bytes to both peers ...                             */
    uint64_t got;    /* ... and of the message (tri_conn_solid()), when
                        `slow` began                                        */
    int some;        /* there is progress since then, if too little         */
};

/**
 * Sleep until `from` (or TRI_TCP_NOBODY) has something to read, or bytes could
 * be sent. Ends with an error if another peer fails or the wait is over. Bytes
 * sent count as progress.
 * \param len  of the message that is awaited, for the text
 */
int tri_tcp_nap(struct tri_link *l, unsigned from, size_t len,
                struct tri_tcp_wait *w);

/** Bytes have come, be it a heartbeat or a part of one: a sign of life. Whoever
 *  sends no others without a pause gains no time by it. */
int tri_tcp_arrived(struct tri_link *l, unsigned from,
                    const struct tri_conn_in *m, struct tri_tcp_wait *w);

#endif
