#include "boards/common/aarch64/processor.h"
#include "boards/common/aarch64/fault.h"
#include "boards/common/board.h"
#include "boards/common/print.h"

uint32_t tri_reg_read(void *ctx, unsigned reg)
{
    return *(volatile uint32_t *)((uintptr_t)ctx + reg);
}

void tri_reg_write(void *ctx, unsigned reg, uint32_t v)
{
    __asm__ volatile("dsb sy" : : : "memory");
    *(volatile uint32_t *)((uintptr_t)ctx + reg) = v;
}

uint64_t tri_board_cpu(void)
{
    uint64_t midr;

    __asm__("mrs %0, midr_el1" : "=r"(midr));
    return midr;
}

/* Arm semihosting, SYS_EXIT: the block is a reason and the status. QEMU or a
 * debugger hears it. Without anybody to listen it is an exception: then the
 * board sleeps. */
_Noreturn void tri_board_exit(int status)
{
    enum { SYS_EXIT = 0x18, APPLICATION_EXIT = 0x20026 };
    const uint64_t block[2] = { APPLICATION_EXIT, (uint64_t)status };

    tri_print("end: %d\n", status);
    tri_board_deaf();
    for (;;) {
        register uint64_t op __asm__("x0") = SYS_EXIT;
        register const uint64_t *arg __asm__("x1") = block;

        __asm__ volatile("hlt #0xf000" : "+r"(op) : "r"(arg) : "memory");
    }
}
