#ifndef TRI_BOARDS_COMMON_CADENCE_GEM_H
#define TRI_BOARDS_COMMON_CADENCE_GEM_H

#include "boards/common/cards.h"

/** \file boards/common/cadence/gem.h
 *
 * # A network card: Cadence GEM
 *
 * As in the Zynq UltraScale+ MPSoC (UG1085, chapter 34; registers: UG1087,
 * module GEM): two rings of descriptors of 64 bits, one queue each way, full
 * duplex at 1 Gb/s, no work left to the device but padding's end, the checksum
 * of the frame. Registers are reached by two functions, so that a test can be
 * the device.
 *
 * What the device says is believed only after a check: a frame is one buffer,
 * of a length that fits. Where it lies is known to the driver, and told to the
 * device anew each time.
 */
enum {
    TRI_GEM_RING = 64,
    TRI_GEM_SLOT = 1536 /**< of 64 bytes each, as the device counts them */
};

/** Memory that device and driver share: not cached on a board whose devices
 *  see memory only. Aligned to 64 bytes, below 4 GiB. */
struct tri_gem_shared {
    struct {
        uint32_t at, state;
    } rx[TRI_GEM_RING], tx[TRI_GEM_RING], idle_rx, idle_tx;
    _Alignas(64) uint8_t rx_buf[TRI_GEM_RING][TRI_GEM_SLOT];
    uint8_t tx_buf[TRI_GEM_RING][TRI_GEM_SLOT];
};

struct tri_gem {
    void *ctx;
    uint32_t (*read)(void *ctx, unsigned reg);
    /** What was written to memory before is seen by the device before. */
    void (*write)(void *ctx, unsigned reg, uint32_t v);
    struct tri_gem_shared *mem;
    uint32_t bus;    /**< where the device finds mem   */
    unsigned rx, tx; /**< next of each ring            */
    unsigned phy;    /**< the transceiver's number     */
};

/** The card, if there is one, receives and sends no more, and so touches no
 *  memory. Asks for ctx, read and write of g only. Non-zero once it says so; 0
 *  if it does not in a while. */
int tri_gem_stop(const struct tri_gem *g);

/**
 * Set the card up. ctx, read, write, mem and bus of g must be set, and g stay.
 * \param mac   the address to receive by, in place of that which stands in the
 *              card, as a boot loader leaves it; NULL: that one
 * \param own   receives the address
 * \param card  receives the card
 * \return non-zero if there is a card, and an address
 */
int tri_gem_start(struct tri_gem *g, const uint8_t *mac,
                  uint8_t own[TRI_ETHER_MAC], struct tri_nic *card);

#endif
