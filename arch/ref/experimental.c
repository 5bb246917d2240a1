#include "arch/experimental.h"

/* Nothing here is experimental. */

unsigned tri_experimental_detect(unsigned cpu)
{
    (void)cpu;
    return 0;
}

void tri_experimental_fill(struct tri_kernels *k, unsigned cpu)
{
    (void)k;
    (void)cpu;
}
