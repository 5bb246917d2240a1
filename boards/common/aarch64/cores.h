#ifndef TRI_BOARDS_COMMON_AARCH64_CORES_H
#define TRI_BOARDS_COMMON_AARCH64_CORES_H

#include <stdint.h>

/** \file boards/common/aarch64/cores.h
 *
 * # The cores of an AArch64 board
 *
 * The firmware starts them (PSCI, ARM DEN 0022). Each has a stack of its own
 * with nothing mapped below it, and sleeps until there are tasks; core 0 alone
 * has the party, its timer and its devices. cores.c also brings
 * tri_board_cores() of boards/common/board.h, what fault.h asks for, and
 * tri_board_restart() of irq.h.
 */
enum {
    TRI_CORES = 4,
    TRI_CORES_STACKS = 1 << 21 /**< bytes, and where they may begin */
};

/** Brought by the board. */
struct tri_cores_board {
    /** Where the stacks are: RAM that tri_board_table leaves out, and the
     *  board's script as well. */
    uintptr_t stacks;
    /** The firmware is called by SMC from EL1 too. From EL2 it always is. */
    int smc;
};
extern const struct tri_cores_board tri_cores_board;

/** Set by start.S: the board was entered at EL2. */
extern uint32_t tri_entered_at_el2;

/** From start.S, on core `index` with its own stack. */
_Noreturn void tri_core_main(unsigned index);

#endif
