#ifndef TRI_BOARDS_COMMON_ALLWINNER_MMC_H
#define TRI_BOARDS_COMMON_ALLWINNER_MMC_H

#include "boards/common/sd/card.h"

/** \file boards/common/allwinner/mmc.h
 *
 * # An SD host controller: SD/MMC of Allwinner
 *
 * As in the H3 (Allwinner H3 Datasheet 1.2, chapter 5.3). Every word goes
 * through a register, so the device writes to no memory. The clock that it
 * divides must be 100 MHz at most. It does not see whether there is a card:
 * there is one if something answers.
 */

/** Find and wake the card; sets by_block and present.
 *  TRI_OK; TRI_E_IO without a card, or if it does not answer. */
int tri_mmc_start(struct tri_sd *s);

/** One block; ctx is a struct tri_sd (boards/common/sd/partition.h asks for
 *  such functions). TRI_OK, TRI_E_IO. */
int tri_mmc_get(void *ctx, uint32_t block, uint8_t out[TRI_SD_BLOCK]);
int tri_mmc_put(void *ctx, uint32_t block, const uint8_t in[TRI_SD_BLOCK]);

#endif
