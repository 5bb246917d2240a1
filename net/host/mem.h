#ifndef TRI_NET_HOST_MEM_H
#define TRI_NET_HOST_MEM_H

#include "net/link.h"

/** \file net/host/mem.h
 *
 * # Three parties in one process
 *
 * Links for three threads of one process, one thread per link. They behave
 * and count like TCP connections (net/tcp/tcp.h, net/record.h), headers
 * included. In particular a message is read from the sender's buffer as late as
 * the contract allows, and tri_flush() sets aside at most TRI_MEM_BUFFER bytes
 * per direction: two parties that both send more than that and both flush
 * before they receive run into the deadline, as they would over TCP.
 */
enum {
    TRI_MEM_QUEUE = 1024,        /**< messages per direction           */
    TRI_MEM_BUFFER = 4 * 1048576 /**< bytes kept after a flush, likewise */
};

/**
 * Make the links of P0, P1 and P2. Each ends with tri_close(); the last one
 * frees what they share.
 *
 * \param l            overwritten
 * \param deadline_ms  > 0
 * \return TRI_OK; TRI_E_ARG; TRI_E_NOMEM. On error there is nothing to close.
 */
int tri_mem_create(struct tri_link l[TRI_PARTIES], uint32_t deadline_ms);

/** For tests: the connection from l->id to `to` breaks when more than `bytes`
 *  bytes, headers included, have gone over it. Call before the first send. */
void tri_mem_cut(struct tri_link *l, unsigned to, uint64_t bytes);

#endif
