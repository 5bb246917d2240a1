#include "core/mem.h"

void tri_wipe(void *p, size_t n)
{
    if (n == 0)
        return;
    memset(p, 0, n);
    /* The compiler must assume that this reads the zeros. */
    __asm__ volatile("" : : "r"(p) : "memory");
}
