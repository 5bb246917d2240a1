#ifndef TRI_BOARDS_COMMON_SD_CARD_H
#define TRI_BOARDS_COMMON_SD_CARD_H

#include <stddef.h>
#include <stdint.h>

/** \file boards/common/sd/card.h
 *
 * # An SD card, behind any host controller
 *
 * What is said to a card until it gives blocks (SD Physical Layer Simplified
 * Specification 2.00, 4.2): one data line, blocks of 512 bytes, one at a time.
 * A controller brings commands and data; its registers are reached by two
 * functions, so that a test can be the device. Clocks and pins are as the boot
 * loader left them.
 */
enum { TRI_SD_BLOCK = 512 };

struct tri_sd {
    void *ctx;
    uint32_t (*read)(void *ctx, unsigned reg); /**< multiples of 4 */
    void (*write)(void *ctx, unsigned reg, uint32_t v);
    uint64_t (*now)(void); /**< microseconds */
    int by_block;          /**< the card's addresses count blocks */
    int present;           /**< there is a card                   */
};

/** How a card answers a command. */
enum tri_sd_answer {
    TRI_SD_SILENT,   /**< not at all                        */
    TRI_SD_STATE,    /**< R1, R6, R7: with check and number */
    TRI_SD_BUSY,     /**< R1b: likewise, and may be busy    */
    TRI_SD_LONG,     /**< R2                                */
    TRI_SD_UNCHECKED /**< R3                                */
};

/** A command without data. \param answer  receives 32 bits of a short answer;
 *  may be NULL. TRI_OK, TRI_E_IO. */
typedef int tri_sd_command(const struct tri_sd *s, unsigned number,
                           enum tri_sd_answer kind, uint32_t argument,
                           uint32_t *answer);

/** Until the masked bits of a register are `want`; TRI_E_IO if that takes a
 *  second, or if one of the bits `bad` is there before. */
int tri_sd_until(const struct tri_sd *s, unsigned reg, uint32_t mask,
                 uint32_t want, uint32_t bad);

/** From power-on to blocks of TRI_SD_BLOCK bytes; sets by_block.
 *  \param silent  receives non-zero if nothing at all has answered
 *  TRI_OK; TRI_E_IO. */
int tri_sd_wake(struct tri_sd *s, tri_sd_command *command, int *silent);

#endif
