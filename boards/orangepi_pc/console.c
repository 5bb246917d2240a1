/* The first serial port, a 16550, as the boot loader set its speed. */
#include "boards/common/board.h"

enum { UART = 0x01c28000, DATA = 0x00, STATE = 0x14, TX_EMPTY = 1 << 5 };

static volatile uint32_t *reg(unsigned offset)
{
    return (volatile uint32_t *)(uintptr_t)(UART + offset);
}

void tri_board_putc(char c)
{
    while ((*reg(STATE) & TX_EMPTY) == 0)
        ;
    *reg(DATA) = (uint8_t)c;
}
