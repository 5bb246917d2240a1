#include "boards/common/print.h"
#include "boards/common/board.h"
#include "core/text.h"

void tri_print(const char *fmt, ...)
{
    char line[256];
    struct tri_text t = { line, sizeof line, 0 };
    va_list ap;

    va_start(ap, fmt);
    tri_text_addv(&t, fmt, ap);
    va_end(ap);
    for (const char *p = line; *p != '\0'; p++)
        tri_board_putc(*p);
}

void tri_print_fixed(int64_t v, unsigned fb)
{
    const uint64_t size = v < 0 ? -(uint64_t)v : (uint64_t)v;
    const uint64_t part = size & (((uint64_t)1 << fb) - 1);

    tri_print("%s%llu.%03llu", v < 0 ? "-" : "",
              (unsigned long long)(size >> fb),
              (unsigned long long)(part * 1000 >> fb));
}
