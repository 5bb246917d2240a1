#include "boards/qemu_virt/fault.h"
#include "boards/common/board.h"
#include "boards/common/print.h"

_Noreturn void tri_board_fault(uint64_t esr, uint64_t elr, uint64_t far)
{
    tri_print("\nexception: esr 0x%llx, pc 0x%llx, address 0x%llx\n",
              (unsigned long long)esr, (unsigned long long)elr,
              (unsigned long long)far);
    tri_board_exit(2);
}
