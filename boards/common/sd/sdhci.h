#ifndef TRI_BOARDS_COMMON_SD_SDHCI_H
#define TRI_BOARDS_COMMON_SD_SDHCI_H

#include "boards/common/sd/card.h"

/** \file boards/common/sd/sdhci.h
 *
 * # An SD host controller of the SD Association
 *
 * SD Host Controller Simplified Specification 3.00. Every word goes through a
 * register, so the device writes to no memory.
 */

/** Find and wake the card; sets by_block and present.
 *  TRI_OK; TRI_E_IO without a card, or if it does not answer. */
int tri_sdhci_start(struct tri_sd *s);

/** One block; ctx is a struct tri_sd (boards/common/sd/partition.h asks for
 *  such functions). TRI_OK, TRI_E_IO. */
int tri_sdhci_get(void *ctx, uint32_t block, uint8_t out[TRI_SD_BLOCK]);
int tri_sdhci_put(void *ctx, uint32_t block, const uint8_t in[TRI_SD_BLOCK]);

#endif
