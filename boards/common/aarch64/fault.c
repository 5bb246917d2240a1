#include "boards/common/aarch64/fault.h"
#include "boards/common/aarch64/irq.h"
#include "boards/common/board.h"
#include "boards/common/print.h"

_Noreturn void tri_board_fault(const struct tri_board_frame *f, int stuck)
{
    tri_print("\n%s: esr 0x%llx, pc 0x%llx, address 0x%llx, sp 0x%llx\n",
              stuck ? "watchdog: this party has come to a stop" : "exception",
              (unsigned long long)f->esr, (unsigned long long)f->elr,
              (unsigned long long)f->far, (unsigned long long)f->sp);
    for (unsigned i = 0; i < 31; i++)
        tri_print("x%u 0x%llx%s", i, (unsigned long long)f->x[i],
                  i % 4 == 3 || i == 30 ? "\n" : ", ");
    if (stuck)
        tri_board_restart();
    tri_board_exit(2);
}
