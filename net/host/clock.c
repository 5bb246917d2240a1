#include "net/host/clock.h"

#include <time.h>

uint64_t tri_clock_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t tri_clock_ms(void)
{
    return tri_clock_ns() / 1000000u;
}
