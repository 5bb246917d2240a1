#ifndef TRI_BOARDS_COMMON_BOARD_H
#define TRI_BOARDS_COMMON_BOARD_H

#include <stdint.h>

/** \file boards/common/board.h
 *
 * # What a bare-metal board brings
 *
 * A board is the folder boards/<name>:
 *
 *   board.ld   MEMORY, then `INCLUDE linker/sections.ld`
 *   board.mk   the cross compiler, and how to run the image
 *   start.S    entry: floating point and vectors on, caches on, unaligned
 *              accesses allowed, stack set, bss cleared; tri_board_main()
 *   and the functions below.
 */

/** One character to the console. */
void tri_board_putc(char c);

/** The processor's identification, for the report. */
uint64_t tri_board_cpu(void);

/** Stop, and report `status` (0: success) to whoever started the board. */
_Noreturn void tri_board_exit(int status);

/* ---- brought by boards/common ------------------------------------------- */

/** What the image does (main.c); 0 if everything passed. */
int tri_board_main(void);

#endif
