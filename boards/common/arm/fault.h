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
 *  expects (why 0), by the watchdog (1), or once all is done (2 + the status to
 *  end with). Of the first two it says where; what stood in other registers may
 *  be a secret. Wipes all memory of the party. An exception ends the board with
 *  status 2; the watchdog starts it anew. */
_Noreturn void tri_board_fault(const struct tri_board_frame *f, unsigned why);

/** What stands at p [n] reaches memory, and is not only in a cache. */
void tri_board_clean(const uint8_t *p, size_t n);

/** Zeros, in memory and not only in a cache. */
void tri_fault_erase(uint8_t *p, size_t n);

/** Brought by exceptions.S: zeros from p to the stack in use, and in registers
 *  that a call need not keep. */
void tri_stack_wipe(uint8_t *p);

/** Brought by cores.c, or by onecore.c: other cores stop whatever they do; what
 *  they leave is wiped; and so is, while they wait for tasks, what their stacks
 *  do not need. */
void tri_cores_stop(void);
void tri_cores_wipe(void);
void tri_cores_forget(void);

/** Whatever happens from now on is slept through. */
void tri_board_deaf(void);

#endif
