#ifndef TRI_BOARDS_COMMON_SD_SLOT_H
#define TRI_BOARDS_COMMON_SD_SLOT_H

#include "boards/common/sd/partition.h"

/** \file boards/common/sd/slot.h
 *
 * # A board whose setup and seed are on a card
 *
 * slot.c brings tri_board_setup() and tri_board_random() of
 * boards/common/board.h, from the partition of the one card of the board.
 */

/** Start the card; called once. Brought by the board.
 *  \param s  receives ctx, get and put
 *  \return TRI_OK; TRI_E_FORMAT if there is none; TRI_E_IO */
int tri_board_card(struct tri_partition *s);

#endif
