#ifndef TRI_ARCH_WIDE_H
#define TRI_ARCH_WIDE_H

#include <stdint.h>

/** \file arch/wide.h
 *
 * # Sums of 64 x 64 -> 128 bit products
 *
 * With the compiler's 128-bit type where there is one. No branch depends on
 * a value.
 */
struct tri_wide {
    uint64_t lo, hi;
};

/** a * b from four products of 32-bit halves: any compiler, any machine. */
static inline struct tri_wide tri_wide_mul_halves(uint64_t a, uint64_t b)
{
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32;
    const uint64_t b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t low = a0 * b0;
    const uint64_t mid = a1 * b0 + (low >> 32); /* <= (2^32-1) 2^32 */
    const uint64_t mid2 = a0 * b1 + (uint32_t)mid;
    struct tri_wide z;

    z.lo = mid2 << 32 | (uint32_t)low;
    z.hi = a1 * b1 + (mid >> 32) + (mid2 >> 32);
    return z;
}

/** a * b. */
static inline struct tri_wide tri_wide_mul(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ const unsigned __int128 p = (unsigned __int128)a * b;

    return (struct tri_wide){ (uint64_t)p, (uint64_t)(p >> 64) };
#else
    return tri_wide_mul_halves(a, b);
#endif
}

/** s + x mod 2^128. */
static inline struct tri_wide tri_wide_add(struct tri_wide s, struct tri_wide x)
{
    s.lo += x.lo;
    s.hi += x.hi + (s.lo < x.lo);
    return s;
}

/** s + a * b mod 2^128. */
static inline struct tri_wide tri_wide_muladd(struct tri_wide s, uint64_t a,
                                              uint64_t b)
{
    return tri_wide_add(s, tri_wide_mul(a, b));
}

/** z += v * 2^bits, three words, lowest first; bits < 192. */
static inline void tri_wide_add_at(uint64_t z[3], uint64_t v, unsigned bits)
{
    const unsigned at = bits / 64, by = bits % 64;
    const uint64_t part[2] = { v << by, by == 0 ? 0 : v >> (64 - by) };
    uint64_t carry = 0;

    for (unsigned i = at; i < 3; i++) {
        const uint64_t t = i - at < 2 ? part[i - at] : 0;
        const uint64_t s = z[i] + t;
        const uint64_t over = s < t;

        z[i] = s + carry;
        carry = over | (z[i] < carry);
    }
}

#endif
