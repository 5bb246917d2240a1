#include "boards/common/arm/processor.h"
#include "boards/common/arm/fault.h"
#include "boards/common/arm/registers.h"
#include "boards/common/board.h"
#include "boards/common/print.h"

uint32_t tri_reg_read(void *ctx, unsigned reg)
{
    return *(volatile uint32_t *)((uintptr_t)ctx + reg);
}

void tri_reg_write(void *ctx, unsigned reg, uint32_t v)
{
    TRI_DO("dsb sy");
    *(volatile uint32_t *)((uintptr_t)ctx + reg) = v;
}

uint64_t tri_board_cpu(void)
{
    return TRI_READ(TRI_CPU_ID);
}

/* Arm semihosting, SYS_EXIT_EXTENDED: the block is a reason and the status.
 * QEMU or a debugger hears it. Without anybody to listen it is an exception:
 * then the board sleeps. */
_Noreturn void tri_board_exit(int status)
{
    enum { EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };
    const uintptr_t block[2] = { APPLICATION_EXIT, (uintptr_t)status };

    tri_print("end: %d\n", status);
    tri_board_deaf();
    for (;;) {
        register uintptr_t op __asm__(TRI_R0) = EXIT_EXTENDED;
        register const uintptr_t *arg __asm__(TRI_R1) = block;

        __asm__ volatile(TRI_TRAP : "+r"(op) : "r"(arg) : "memory");
    }
}
