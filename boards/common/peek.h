#ifndef TRI_BOARDS_COMMON_PEEK_H
#define TRI_BOARDS_COMMON_PEEK_H

#include <stdint.h>

/** On Arm the fences of C reach other cores only; a device is further out. */
static inline void tri_fence(void)
{
#if defined __aarch64__ || defined __arm__
    __asm__ volatile("dmb osh" : : : "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/** A word of memory that a device writes to as well; what it wrote before is
 *  seen afterwards. */
static inline uint32_t tri_peek(const uint32_t *p)
{
    const uint32_t v = *(const volatile uint32_t *)p;

    tri_fence();
    return v;
}

/** All that was written before is there when the device sees this. */
static inline void tri_poke(uint32_t *p, uint32_t v)
{
    tri_fence();
    *(volatile uint32_t *)p = v;
}

#endif
