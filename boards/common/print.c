#include "boards/common/board.h"

void tri_print(const char *text)
{
    while (*text != '\0')
        tri_board_putc(*text++);
}

static void digits(uint64_t v, unsigned base, unsigned least)
{
    char text[64];
    unsigned n = 0;

    do {
        text[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v != 0 || n < least);
    while (n > 0)
        tri_board_putc(text[--n]);
}

void tri_print_dec(uint64_t v)
{
    digits(v, 10, 1);
}

void tri_print_hex(uint64_t v)
{
    tri_print("0x");
    digits(v, 16, 1);
}

void tri_print_fixed(int64_t v, unsigned fb)
{
    const uint64_t size = v < 0 ? -(uint64_t)v : (uint64_t)v;
    const uint64_t part = size & (((uint64_t)1 << fb) - 1);

    tri_print(v < 0 ? "-" : "");
    digits(size >> fb, 10, 1);
    tri_board_putc('.');
    digits(part * 1000 >> fb, 10, 3);
}
