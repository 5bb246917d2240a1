#ifndef TRI_BOARDS_COMMON_ARM_FAULT_H
#define TRI_BOARDS_COMMON_ARM_FAULT_H

#include <stddef.h>
#include <stdint.h>

/** Where the processor was, and why it is not there any more: exceptions.S of
 *  the architecture says what esr holds. */
struct tri_board_frame {
    uintptr_t sp, esr, elr, far;
};

/** Called by exceptions.S, on a stack of its own, on an exception that nothing
 *  expects (stuck 0), or by the watchdog (1). Says where; what stood in other
 *  registers may be a secret. Wipes all memory of the party. An exception ends
 *  the board with status 2; the watchdog starts it anew. */
_Noreturn void tri_board_fault(const struct tri_board_frame *f, int stuck);

/** Zeros, in memory and not only in a cache. */
void tri_fault_erase(uint8_t *p, size_t n);

/** Brought by cores.c, or by onecore.c: other cores stop whatever they do; and
 *  what they leave is wiped. */
void tri_cores_stop(void);
void tri_cores_wipe(void);

/** Whatever happens from now on is slept through. */
void tri_board_deaf(void);

#endif
