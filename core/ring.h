#ifndef TRI_CORE_RING_H
#define TRI_CORE_RING_H

#include <stddef.h>
#include <stdint.h>

/** \file core/ring.h
 *
 * # Arithmetic in Z_{2^64}
 *
 * A `tri_ring` is one residue modulo 2^64; + - * are the unsigned C operators
 * and wrap by definition. Negative values are two's complement.
 *
 * Names used in all headers:
 *
 *   - shapes are written [rows x cols], row-major, dense unless a leading
 *     dimension `ld*` (counted in elements, not bytes) is a parameter;
 *   - "scale s" means that the stored integer is the real value times 2^s;
 *   - *public* values may steer branches and addresses, *secret* ones may not;
 *   - a *word* is 8 bytes.
 *
 * Element-wise operations on vectors are kernels: see arch/kernels.h.
 */
typedef uint64_t tri_ring;

/** Largest real magnitude that scale `fb` can hold under the bound |a| < 2^62
 *  which every protocol asks for. */
double tri_fixed_max(int fb);

/**
 * round(v * 2^fb) as a ring element, ties away from zero.
 *
 * \param out  receives the element; untouched on error
 * \param v    public or owner's real value
 * \param fb   scale, 0..61
 * \return TRI_OK; TRI_E_RANGE if v is not finite or |v| * 2^fb >= 2^62, or if
 * fb is not in its range.
 */
int tri_fixed_encode(tri_ring *out, double v, int fb);

/** The real value of a ring element at scale `fb` (two's complement). */
double tri_fixed_decode(tri_ring x, int fb);

#endif
