#ifndef TRI_BOARDS_COMMON_VIRTIO_NET_H
#define TRI_BOARDS_COMMON_VIRTIO_NET_H

#include "boards/common/virtio/mmio.h"
#include "net/ether/link.h"

/** \file boards/common/virtio/net.h
 *
 * # Network cards (VIRTIO 1.1, section 5.1), as one interface
 *
 * One card on a segment, or two that are cables to the two other parties: a
 * frame leaves by the card that its receiver was heard on last, or by all.
 * Frames of up to 1500 bytes; the device gets and leaves no work of its own
 * (checksums, segments).
 */
enum {
    TRI_VNET_CARDS = 2,
    TRI_VNET_MTU = 1500,
    TRI_VNET_HEAD = 12, /**< in front of a frame */
    TRI_VNET_SLOT = 1536
};

struct tri_vnet_card {
    struct tri_virtio v;
    struct tri_virtq rx, tx;
    uint32_t features;
    uint8_t rx_buf[TRI_VIRTQ_SIZE][TRI_VNET_SLOT];
    uint8_t tx_buf[TRI_VIRTQ_SIZE][TRI_VNET_SLOT];
    int kick; /**< something was lent since the last kick */
};

struct tri_vnet {
    unsigned cards;
    uint8_t own[TRI_ETHER_MAC]; /**< of the first card */
    struct {
        uint8_t mac[TRI_ETHER_MAC];
        unsigned card;
    } heard[4];
    unsigned next; /**< of `heard`, to be written over */
    uint8_t frame[TRI_VNET_SLOT];
    struct tri_vnet_card card[TRI_VNET_CARDS];
};

/** Take a card. Starts as zeros. Non-zero if v is one, and there is room. */
int tri_vnet_add(struct tri_vnet *n, const struct tri_virtio *v);

/** As in struct tri_ether_driver; ctx is a struct tri_vnet. */
void tri_vnet_send(void *ctx, const uint8_t to[TRI_ETHER_MAC],
                   const struct tri_piece *v, unsigned n);
void tri_vnet_flush(void *ctx);
const uint8_t *tri_vnet_receive(void *ctx, size_t *n, const uint8_t **from);
const char *tri_vnet_trouble(void *ctx);

#endif
