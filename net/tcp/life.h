#ifndef TRI_NET_TCP_LIFE_H
#define TRI_NET_TCP_LIFE_H

#include "net/tcp/mesh.h"

/** \file net/tcp/life.h
 *
 * Signs of life of a TCP link, also while the party computes.
 */

/** Start; the connections are there. \param threaded  0: without a thread
 *  \return TRI_OK; TRI_E_NOMEM: there is no thread */
int tri_tcp_start(struct tri_tcp *t, unsigned id, uint32_t deadline_ms,
                  int threaded);

/** Stop, if it was started. */
void tri_tcp_stop(struct tri_tcp *t);

/** Write to both peers what their sockets take. */
void tri_tcp_push(struct tri_tcp *t);

/** A sign of life to each peer that has heard nothing for a while. */
void tri_tcp_beat(struct tri_tcp *t);

/** When tri_tcp_beat() has something to do next, ns. */
uint64_t tri_tcp_next_beat(const struct tri_tcp *t);

#endif
