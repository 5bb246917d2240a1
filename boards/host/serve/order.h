#ifndef TRI_BOARDS_HOST_SERVE_ORDER_H
#define TRI_BOARDS_HOST_SERVE_ORDER_H

#include "boards/host/serve/queue.h"
#include "net/link.h"

/** \file boards/host/serve/order.h
 *
 * # Which requests come next: P0 proposes, all three decide
 *
 * All numbers little-endian; `n` requests, 0 if there are none:
 *
 *   P0 -> P1, P2     order (8), n (4), names (32 each, 32 places)   1036 bytes
 *   each -> both     bits of what it has (4), digest of the proposal (32)
 *   each -> both     digest of all three of these                   32 bytes
 *
 * A request is computed if all three have it, from its client's own connection
 * and after each has seen for itself that this client may ask it. A name is a
 * hash of client and request (message.h), so nobody can forge one, or let two
 * parties compute with different requests. So P0 alone can neither start,
 * change nor repeat a request: it can choose the order, and withhold. Who tells
 * the two others different things is caught by the digests: the link ends.
 *
 * 3 rounds. Without requests P0 proposes nothing once in a while, which keeps
 * the others from giving it up.
 */
struct tri_order {
    uint64_t number;    /**< proposals so far, alike on all three */
    size_t n, proposed; /**< those that follow, and as many as P0 had named */
    uint8_t id[TRI_QUEUE_BATCH][TRI_JOB_ID];
};

/** The party that proposes. */
enum {
    TRI_ORDER_FIRST = 0,
    TRI_ORDER_BYTES = 12 + TRI_QUEUE_BATCH * TRI_JOB_ID
};

/** A proposal as it crosses; `o->number` is not counted up. */
void tri_order_print(uint8_t out[TRI_ORDER_BYTES], const struct tri_order *o);

/** Read the proposal that has to follow o->number others: no more than there is
 *  room for, no name twice, zeros in what is not used.
 *  \return TRI_OK; TRI_E_PROTO, with a constant text in *what */
int tri_order_parse(struct tri_order *o, const uint8_t in[TRI_ORDER_BYTES],
                    const char **what);

/**
 * One proposal and its vote.
 * \param o      P0: id[0..n-1] is proposed; at the others they are received.
 *               Afterwards those that all three have, in the same order
 * \param have   which of them this party has: bits
 * \return TRI_OK; TRI_E_PROTO and the link is dead; link errors
 */
int tri_order_agree(struct tri_order *o, struct tri_link *l,
                    uint32_t (*have)(void *self, const uint8_t id[][TRI_JOB_ID],
                                     size_t n),
                    void *self);

#endif
