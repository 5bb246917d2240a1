#ifndef TRI_BOARDS_QEMU_VIRT_FAULT_H
#define TRI_BOARDS_QEMU_VIRT_FAULT_H

#include <stdint.h>

/** Called by start.S on any exception: nothing here expects one. Prints the
 *  syndrome, the place and the address, and ends with status 2. */
_Noreturn void tri_board_fault(uint64_t esr, uint64_t elr, uint64_t far);

#endif
