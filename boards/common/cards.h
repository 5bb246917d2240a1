#ifndef TRI_BOARDS_COMMON_CARDS_H
#define TRI_BOARDS_COMMON_CARDS_H

#include "net/ether/link.h"

/** \file boards/common/cards.h
 *
 * # Network cards, as one interface
 *
 * One card on a segment, or two that are cables to the two other parties: a
 * frame leaves by the card that its receiver was heard on last, or by all.
 * A card's driver knows rings and registers; here is what a frame is, and
 * whose.
 */
enum {
    TRI_CARDS = 2,
    TRI_NIC_MTU = 1500,
    TRI_NIC_FRAME = TRI_ETHER_HEAD + TRI_NIC_MTU, /**< longest frame   */
    TRI_NIC_LEAST = 60                            /**< shortest that leaves */
};

/** A card. Whatever the device or the wire brings, its functions write to the
 *  driver's own memory and to `frame` only. */
struct tri_nic {
    void *ctx;
    /** Room for one frame [TRI_NIC_FRAME], or NULL: all are under way. */
    uint8_t *(*place)(void *ctx);
    /** What stands there now, n bytes, leaves at the next kick. */
    void (*post)(void *ctx, size_t n);
    void (*kick)(void *ctx);
    /** Copy the next frame, and give its place back to the device, which may go
     *  on writing there. \return its length; 0: there is none now; 1: something
     *  that is no frame */
    size_t (*take)(void *ctx, uint8_t frame[TRI_NIC_FRAME]);
    /** Nothing is to be asked for: the device lowers its interrupt. */
    void (*quiet)(void *ctx);
    /** As in struct tri_ether_driver. */
    const char *(*trouble)(void *ctx);
};

struct tri_cards {
    unsigned n;
    struct tri_nic card[TRI_CARDS];
    int kick[TRI_CARDS]; /**< something was posted since the last kick */
    uint8_t own[TRI_ETHER_MAC];
    struct {
        uint8_t mac[TRI_ETHER_MAC];
        unsigned card;
    } heard[4];
    unsigned next; /**< of `heard`, to be written over */
    uint8_t frame[TRI_NIC_FRAME];
};

/** A card's address, of two registers: its first four bytes, and the others.
 *  Non-zero if there is one. */
int tri_nic_address(uint8_t own[TRI_ETHER_MAC], uint32_t low, uint32_t high);

/** Take a card; c starts as zeros. Non-zero if there was room. */
int tri_cards_add(struct tri_cards *c, const struct tri_nic *card);

/** The driver of these cards: ctx, mtu, send, flush, receive and trouble of d.
 *  c->own must be set, and c stay. */
void tri_cards_driver(struct tri_cards *c, struct tri_ether_driver *d);

#endif
