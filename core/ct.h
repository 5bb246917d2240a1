#ifndef TRI_CORE_CT_H
#define TRI_CORE_CT_H

#include <stddef.h>
#include <stdint.h>

/** \file core/ct.h
 *
 * # Decisions about secrets without a branch or an address
 *
 * A mask is all ones for yes and all zeros for no.
 */

/** The same value, of which the compiler then knows nothing: it cannot turn
 *  the arithmetic that follows back into a branch. */
static inline uint64_t tri_ct_hide(uint64_t x)
{
    __asm__("" : "+r"(x));
    return x;
}

/** Mask of a bit, 0 or 1. */
static inline uint64_t tri_ct_mask(uint64_t bit)
{
    return 0 - tri_ct_hide(bit);
}

/** 1 if x is 0, else 0. */
static inline uint64_t tri_ct_is_zero(uint64_t x)
{
    return tri_ct_hide(~(x | (0 - x)) >> 63);
}

/** a where `mask` has ones, b elsewhere. */
static inline uint64_t tri_ct_select(uint64_t mask, uint64_t a, uint64_t b)
{
    return b ^ (mask & (a ^ b));
}

/** Exchange a and b where `mask` has ones. */
static inline void tri_ct_swap(uint64_t mask, uint64_t *a, uint64_t *b)
{
    const uint64_t d = mask & (*a ^ *b);

    *a ^= d;
    *b ^= d;
}

#ifdef TRI_CT_CHECK
/** Of the constant-time check (tests/ct/main.c). */
uint64_t tri_ct_public(uint64_t bit);
#else
/** A bit that is public although secrets went into it: whether a tag fits,
 *  whether a shared point is zero. Branches may follow. */
static inline uint64_t tri_ct_public(uint64_t bit)
{
    return bit;
}
#endif

/** 1 if the `n` bytes at a and b are equal, else 0. Timing depends on n. */
static inline uint64_t tri_ct_equal(const void *a, const void *b, size_t n)
{
    const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;
    uint64_t d = 0;

    for (size_t i = 0; i < n; i++)
        d |= (uint64_t)(x[i] ^ y[i]);
    return tri_ct_is_zero(d);
}

#endif
