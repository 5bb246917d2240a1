/* PL011 serial port, and QEMU's semihosting for the end. */
#include "boards/common/board.h"

enum { UART = 0x09000000, DR = 0x00, FR = 0x18, FR_TXFF = 1 << 5 };

static volatile uint32_t *reg(unsigned offset)
{
    return (volatile uint32_t *)(uintptr_t)(UART + offset);
}

void tri_board_putc(char c)
{
    while ((*reg(FR) & FR_TXFF) != 0)
        ;
    *reg(DR) = (uint8_t)c;
}

uint64_t tri_board_cpu(void)
{
    uint64_t midr;

    __asm__("mrs %0, midr_el1" : "=r"(midr));
    return midr;
}

/* Arm semihosting, SYS_EXIT: the block is a reason and the status. */
_Noreturn void tri_board_exit(int status)
{
    enum { SYS_EXIT = 0x18, APPLICATION_EXIT = 0x20026 };
    const uint64_t block[2] = { APPLICATION_EXIT, (uint64_t)status };
    register uint64_t op __asm__("x0") = SYS_EXIT;
    register const uint64_t *arg __asm__("x1") = block;

    for (;;)
        __asm__ volatile("hlt #0xf000" : "+r"(op) : "r"(arg) : "memory");
}
