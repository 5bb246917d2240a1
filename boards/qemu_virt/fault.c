#include "boards/qemu_virt/fault.h"
#include "boards/common/board.h"

_Noreturn void tri_board_fault(uint64_t esr, uint64_t elr, uint64_t far)
{
    tri_print("\nexception: esr ");
    tri_print_hex(esr);
    tri_print(", pc ");
    tri_print_hex(elr);
    tri_print(", address ");
    tri_print_hex(far);
    tri_print("\n");
    tri_board_exit(2);
}
