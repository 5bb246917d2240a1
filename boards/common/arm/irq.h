#ifndef TRI_BOARDS_COMMON_ARM_IRQ_H
#define TRI_BOARDS_COMMON_ARM_IRQ_H

#include <stdint.h>

/** \file boards/common/arm/irq.h
 *
 * # Time and interrupts of an Arm board
 *
 * The generic timer and a GICv2. The virtual timer is the tick, an IRQ; the
 * physical one the watchdog, an FIQ that nothing keeps away, or an IRQ where
 * there is none (tri_irq_urgent()). Devices interrupt nobody: they only end a
 * wait.
 */

/** Where the board's interrupt controller is. Brought by the board. */
struct tri_irq_board {
    uintptr_t distributor, cpu;
};
extern const struct tri_irq_board tri_irq_board;

/** Start the board anew. Brought by the board. */
_Noreturn void tri_board_restart(void);

/** Once, before everything else here and the tick of board.h. */
void tri_irq_start(void);

/** Sleep until one of `n` shared interrupts first.. (numbers of the GIC) is
 *  pending, or until the time comes. */
void tri_irq_wait(unsigned first, unsigned n, uint64_t until);

/** Interrupts from core to core: one ends a sleep; the other, as urgent as the
 *  watchdog, whatever a core does. */
enum { TRI_IRQ_WAKE = 0, TRI_IRQ_STOP = 1 };

/** Interrupt all other cores. */
void tri_irq_send(unsigned number);

/** That interrupt, on this core, is dealt with. */
void tri_irq_heard(unsigned number);

/** Once on each of the others: from now on they can be interrupted. */
void tri_irq_core(void);

/** Whether the watchdog and TRI_IRQ_STOP are FIQs. In the non-secure state they
 * are not, as all interrupts are of one group there: then nothing stops another
 * core, and the watchdog is an IRQ like the tick. */
int tri_irq_urgent(void);

/** From exceptions.S. Non-zero: that IRQ was the watchdog. */
int tri_irq(void);

#endif
