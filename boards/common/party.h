#ifndef TRI_BOARDS_COMMON_PARTY_H
#define TRI_BOARDS_COMMON_PARTY_H

#include <stddef.h>
#include <stdint.h>

#include "arch/kernels.h"
#include "proto/engine.h"

/** \file boards/common/party.h
 *
 * # A board as one of the three parties
 *
 * It joins the two others over raw Ethernet, classifies with them the images of
 * which all hold shares, prints its share of the classes, wipes all memory of
 * the run and waits for them again. After a failure likewise: what happened,
 * and whose fault it is, stands on the console, and nothing is kept.
 *
 * Its share is printed as a file (boards/host/share/sharefile.h), in lines of
 * "share: " and up to 64 hexadecimal digits, between "result: BYTES" and
 * "result ends".
 */

/** The engines that are linked, NULL at the end; brought by the image. */
extern const struct tri_engine_kind *const tri_board_engines[];

/**
 * Be the party that the setup at p [n] makes of this board.
 * \param room   [bytes] memory for the link and the run, 64-byte aligned
 * \return TRI_BOARD_WELL after as many runs as the setup says; else, at once,
 * the status to end with: enum tri_board_status. The reason is printed. The
 * setup and the model are still in memory then (tri_board_main()).
 */
int tri_board_party(const struct tri_kernels *k, const uint8_t *p, size_t n,
                    uint8_t *room, size_t bytes);

#endif
