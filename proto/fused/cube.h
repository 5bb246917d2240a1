#ifndef TRI_PROTO_FUSED_CUBE_H
#define TRI_PROTO_FUSED_CUBE_H

#include "proto/engine.h"

/** \file proto/fused/cube.h
 *
 * # Truncation and the third power in one round
 */

/**
 * z [n] = (x / 2^shift)^3, the quotient rounded up or down as by truncation;
 * 64 bytes an element and 1 round.
 *
 * \param x      |x| < 2^62; may be z
 * \param shift  1..62
 * \return TRI_OK; TRI_E_ARG; TRI_E_NOMEM; link errors
 */
int tri_fused_cube(struct tri_engine *e, tri_ring *z, const tri_ring *x,
                   size_t n, unsigned shift);

#endif
