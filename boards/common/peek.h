#ifndef TRI_BOARDS_COMMON_PEEK_H
#define TRI_BOARDS_COMMON_PEEK_H

#include <stdint.h>

/** A word of memory that a device writes to as well; what it wrote before is
 *  seen afterwards. */
static inline uint32_t tri_peek(const uint32_t *p)
{
    const uint32_t v = *(const volatile uint32_t *)p;

    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return v;
}

/** All that was written before is there when the device sees this. */
static inline void tri_poke(uint32_t *p, uint32_t v)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *(volatile uint32_t *)p = v;
}

#endif
