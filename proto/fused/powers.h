#ifndef TRI_PROTO_FUSED_POWERS_H
#define TRI_PROTO_FUSED_POWERS_H

#include "proto/engine.h"

/** \file proto/fused/powers.h
 *
 * # Truncation and powers in one round
 */

enum { TRI_FUSED_TOP = 4 };

/**
 * z[k-1] [n] = (x / 2^shift)^k for k = 1 .. top, the quotient rounded up or
 * down as by truncation; 16 (top + 1) bytes an element and 1 round.
 *
 * \param z      those that are NULL are not wanted; at P2, and in a dry run,
 *               none is. One may be x
 * \param x      |x| < 2^62
 * \param shift  1..62
 * \param top    3..TRI_FUSED_TOP
 * \return TRI_OK; TRI_E_ARG; TRI_E_NOMEM; link errors. On failure the session
 *         is dead and z is wiped.
 */
int tri_fused_powers(struct tri_engine *e, tri_ring *const z[TRI_FUSED_TOP],
                     const tri_ring *x, size_t n, unsigned shift, unsigned top);

#endif
