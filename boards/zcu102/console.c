/* The first Cadence serial port, as the boot loader set its speed; and the
 * semihosting of QEMU or a debugger for the end. */
#include "boards/common/aarch64/fault.h"
#include "boards/common/board.h"
#include "boards/common/print.h"

enum { UART = 0xff000000, CONTROL = 0x00, STATE = 0x2c, FIFO = 0x30 };
enum { TX_ENABLE = 1 << 4, TX_DISABLE = 1 << 5, TX_FULL = 1 << 4 };

static volatile uint32_t *reg(unsigned offset)
{
    return (volatile uint32_t *)(uintptr_t)(UART + offset);
}

void tri_board_putc(char c)
{
    *reg(CONTROL) = (*reg(CONTROL) & ~(uint32_t)TX_DISABLE) | TX_ENABLE;
    while ((*reg(STATE) & TX_FULL) != 0)
        ;
    *reg(FIFO) = (uint8_t)c;
}

uint64_t tri_board_cpu(void)
{
    uint64_t midr;

    __asm__("mrs %0, midr_el1" : "=r"(midr));
    return midr;
}

/* Arm semihosting, SYS_EXIT: the block is a reason and the status. Without
 * anybody to listen it is an exception: then the board sleeps. */
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
