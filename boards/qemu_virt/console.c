/* PL011 serial port. */
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
