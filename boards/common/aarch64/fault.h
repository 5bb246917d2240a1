#ifndef TRI_BOARDS_COMMON_AARCH64_FAULT_H
#define TRI_BOARDS_COMMON_AARCH64_FAULT_H

#include <stdint.h>

/** Registers when the processor was interrupted. */
struct tri_board_frame {
    uint64_t x[31], sp, esr, elr, far;
};

/** Called by exceptions.S on an exception that nothing expects (stuck 0), or by
 *  the watchdog (1). Prints the registers. An exception ends the board with
 *  status 2; the watchdog starts it anew. */
_Noreturn void tri_board_fault(const struct tri_board_frame *f, int stuck);

#endif
