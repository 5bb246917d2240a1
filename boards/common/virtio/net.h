#ifndef TRI_BOARDS_COMMON_VIRTIO_NET_H
#define TRI_BOARDS_COMMON_VIRTIO_NET_H

#include "boards/common/cards.h"
#include "boards/common/virtio/mmio.h"

/** \file boards/common/virtio/net.h
 *
 * # A network card (VIRTIO 1.1, section 5.1)
 *
 * Frames of up to 1500 bytes; the device gets and leaves no work of its own
 * (checksums, segments).
 */
enum {
    TRI_VNET_HEAD = 12, /**< in front of a frame */
    TRI_VNET_SLOT = 1536
};

struct tri_vnet {
    struct tri_virtio v;
    struct tri_virtq rx, tx;
    uint32_t features;
    unsigned at; /**< of tx_buf: the place that was given last */
    uint8_t rx_buf[TRI_VIRTQ_SIZE][TRI_VNET_SLOT];
    uint8_t tx_buf[TRI_VIRTQ_SIZE][TRI_VNET_SLOT];
};

/** Non-zero if v is such a device, and is set up. n is overwritten, and must
 *  stay. \param mac  receives its address \param card  receives the card */
int tri_vnet_start(struct tri_vnet *n, const struct tri_virtio *v,
                   uint8_t mac[TRI_ETHER_MAC], struct tri_nic *card);

#endif
