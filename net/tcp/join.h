#ifndef TRI_NET_TCP_JOIN_H
#define TRI_NET_TCP_JOIN_H

#include "net/secure.h"
#include "net/tcp/tcp.h"

/** \file net/tcp/join.h
 *
 * Find the two other parties: listen, connect, greet, shake hands. For
 * tri_tcp_open().
 *
 * \param l   id is set; `error` receives the text on failure
 * \param fd   receives a non-blocking socket for each peer
 * \param sec  receives the state of each sealed connection, if cfg->keys is
 *             set; secret
 * \return as tri_tcp_open()
 */
int tri_tcp_join(struct tri_link *l, const struct tri_tcp_config *cfg,
                 int fd[TRI_PARTIES], struct tri_secure sec[TRI_PARTIES]);

#endif
