#ifndef TRI_ARCH_FIELD_H
#define TRI_ARCH_FIELD_H

#include "arch/kernels.h"
#include "arch/wide.h"

/** \file arch/field.h
 *
 * # Arithmetic modulo a prime, one number at a time
 *
 * What the kernels of the field family do in bulk. A quotient is estimated with
 * a reciprocal (Moeller, Granlund: Improved division by invariant integers,
 * 2011): no division, and no branch.
 */

/** All ones if a > b, else 0. The compiler is not to know that it is one of the
 *  two: it would branch on it. */
static inline uint64_t tri_field_above(uint64_t a, uint64_t b)
{
    uint64_t bit = a > b;

    __asm__("" : "+r"(bit));
    return 0 - bit;
}

/** t mod p for t < p * 2^64. */
static inline uint64_t tri_field_mod(const struct tri_field *f,
                                     struct tri_wide t)
{
    const uint64_t hi = t.hi << f->shift | t.lo >> (64 - f->shift);
    const uint64_t lo = t.lo << f->shift;
    struct tri_wide q = { lo, hi };
    uint64_t r;

    q = tri_wide_muladd(q, f->recip, hi);
    r = lo - (q.hi + 1) * f->scaled;
    r += f->scaled & tri_field_above(r, q.lo);
    r -= f->scaled & ~tri_field_above(f->scaled, r);
    return r >> f->shift;
}

/** a * x mod p for a < p and any word x. */
static inline uint64_t tri_field_mul(const struct tri_field *f, uint64_t a,
                                     uint64_t x)
{
    return tri_field_mod(f, tri_wide_mul(a, x));
}

/** a + b and a - b mod p for a, b < p. */
static inline uint64_t tri_field_add(const struct tri_field *f, uint64_t a,
                                     uint64_t b)
{
    a += b;
    return a - (f->p & ~tri_field_above(f->p, a));
}

static inline uint64_t tri_field_sub(const struct tri_field *f, uint64_t a,
                                     uint64_t b)
{
    return a - b + (f->p & tri_field_above(b, a));
}

#endif
