/* The first Cadence serial port, as the boot loader set its speed. */
#include "boards/common/board.h"

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
