#ifndef TRI_NET_HOST_CLOCK_H
#define TRI_NET_HOST_CLOCK_H

#include <stdint.h>

/** Nanoseconds of the operating system's clock that only moves forward. */
uint64_t tri_clock_ns(void);

/** The same in milliseconds. */
uint64_t tri_clock_ms(void);

#endif
