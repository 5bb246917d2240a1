#ifndef TRI_BOARDS_COMMON_SD_SDHCI_H
#define TRI_BOARDS_COMMON_SD_SDHCI_H

#include <stdint.h>

/** \file boards/common/sd/sdhci.h
 *
 * # An SD card
 *
 * Blocks of a card behind an SD host controller (SD Host Controller Simplified
 * Specification 3.00; SD Physical Layer 2.00): one data line, one block at a
 * time, every word through a register, so the device writes to no memory.
 * Registers are reached by two functions, so that a test can be the device.
 * Clocks and pins are as the boot loader left them.
 */
enum { TRI_SD_BLOCK = 512 };

struct tri_sdhci {
    void *ctx;
    uint32_t (*read)(void *ctx, unsigned reg); /**< multiples of 4 */
    void (*write)(void *ctx, unsigned reg, uint32_t v);
    uint64_t (*now)(void); /**< microseconds */
    int by_block;          /**< the card's addresses count blocks */
    int present;           /**< there is a card                   */
};

/** Find and wake the card; sets by_block and present.
 *  TRI_OK; TRI_E_IO without a card, or if it does not answer. */
int tri_sdhci_start(struct tri_sdhci *s);

/** One block; ctx is a struct tri_sdhci (boards/common/sd/partition.h asks for
 *  such functions). TRI_OK, TRI_E_IO. */
int tri_sdhci_get(void *ctx, uint32_t block, uint8_t out[TRI_SD_BLOCK]);
int tri_sdhci_put(void *ctx, uint32_t block, const uint8_t in[TRI_SD_BLOCK]);

#endif
