#ifndef TRI_NET_TCP_SOCKET_H
#define TRI_NET_TCP_SOCKET_H

#include <stdint.h>

/** \file net/tcp/socket.h
 *
 * Socket options, for net/tcp/join.c. tri_tcp_split() and tri_tcp_listen(),
 * declared in net/tcp/tcp.h, are next to them.
 */

/** Large buffers; before connect or listen, for the handshake fixes the
 *  window's scale. */
void tri_tcp_buffers(int fd);

/** Is the peer of a connected socket on this machine? Who calls an address of
 *  its own machine does so from that address. */
int tri_tcp_near(int fd);

/** Low latency, and a network that dies is noticed. */
void tri_tcp_options(int fd, uint32_t deadline_ms);

#endif
