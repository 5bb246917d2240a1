#ifndef TRI_BOARDS_COMMON_ALLWINNER_EMAC_H
#define TRI_BOARDS_COMMON_ALLWINNER_EMAC_H

#include "boards/common/cards.h"

/** \file boards/common/allwinner/emac.h
 *
 * # A network card: EMAC of Allwinner
 *
 * As in the H3 (Allwinner H3 Datasheet 1.2, chapter 8.10): two chains of
 * descriptors, full duplex at 100 Mb/s, no work left to the device but the
 * checksum of the frame. Registers are reached by two functions, so that a test
 * can be the device.
 *
 * What the device says is believed only after a check: a frame is one buffer,
 * of a length that fits. Where it lies, and what comes next in a chain, is
 * known to the driver, and told to the device anew each time.
 */
enum { TRI_EMAC_RING = 64, TRI_EMAC_SLOT = 2048 };

struct tri_emac_desc {
    uint32_t state, size, at, next;
};

/** Memory that device and driver share: not cached on a board whose devices
 *  see memory only. Aligned to 64 bytes, below 4 GiB. */
struct tri_emac_shared {
    struct tri_emac_desc rx[TRI_EMAC_RING], tx[TRI_EMAC_RING];
    _Alignas(64) uint8_t rx_buf[TRI_EMAC_RING][TRI_EMAC_SLOT];
    uint8_t tx_buf[TRI_EMAC_RING][TRI_EMAC_SLOT];
};

struct tri_emac {
    void *ctx;
    uint32_t (*read)(void *ctx, unsigned reg);
    /** What was written to memory before is seen by the device before. */
    void (*write)(void *ctx, unsigned reg, uint32_t v);
    struct tri_emac_shared *mem;
    uint32_t bus;    /**< where the device finds mem   */
    unsigned phy;    /**< the transceiver's number     */
    unsigned rx, tx; /**< next of each chain           */
    int full;        /**< no buffer was left when the device was told last */
};

/** The card receives and sends no more, and so touches no memory; its address
 *  stays. Asks for ctx, read and write of g only. Non-zero once it says so; 0
 *  if it does not in a while. */
int tri_emac_stop(const struct tri_emac *g);

/**
 * Set the card up, by the address that stands in it, as a boot loader leaves
 * it. ctx, read, write, mem, bus and phy of g must be set, and g stay.
 * \param own   receives the address
 * \param card  receives the card
 * \return non-zero if there is an address, and the device can be reset
 */
int tri_emac_start(struct tri_emac *g, uint8_t own[TRI_ETHER_MAC],
                   struct tri_nic *card);

#endif
