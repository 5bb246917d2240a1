#ifndef TRI_NET_TCP_SOCKET_H
#define TRI_NET_TCP_SOCKET_H

#include <netdb.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/** \file net/tcp/socket.h
 *
 * Addresses and socket options, for net/tcp/join.c. tri_tcp_split() and
 * tri_tcp_listen(), declared in net/tcp/tcp.h, are next to them.
 */

/** getaddrinfo() for stream sockets; host "" is any. 0 or an EAI_ code. */
int tri_tcp_resolve(const char *host, const char *port, int flags,
                    struct addrinfo **list);

/** Print "192.0.2.1:80" or "[2001:db8::1]:80". */
void tri_tcp_print(char *out, size_t size, const struct sockaddr *sa,
                   socklen_t len);

/** Large buffers; before connect or listen, for the handshake fixes the
 *  window's scale. */
void tri_tcp_buffers(int fd);

/** Low latency, and a network that dies is noticed. */
void tri_tcp_options(int fd, uint32_t deadline_ms);

#endif
