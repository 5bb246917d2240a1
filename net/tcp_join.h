#ifndef TRI_NET_TCP_JOIN_H
#define TRI_NET_TCP_JOIN_H

#include "net/tcp.h"

/** \file net/tcp_join.h
 *
 * Find the two other parties: listen, connect, greet. For net/tcp.c.
 *
 * \param l   id is set; `error` receives the text on failure
 * \param fd  receives a non-blocking socket for each peer
 * \return as tri_tcp_open()
 */
int tri_tcp_join(struct tri_link *l, const struct tri_tcp_config *cfg,
                 int fd[TRI_PARTIES]);

#endif
