#ifndef TRI_PROTO_RSQRT_H
#define TRI_PROTO_RSQRT_H

#include "proto/engine.h"

/** \file proto/rsqrt.h
 *
 * # Inverse square root
 */

/** z [m] = 1 / sqrt(x) at scale z->fb for x [m] of 1 to 2^31 - 1 stored units
 *  (with narrower comparisons of k bits, 2^(k-1) - 1); x->fb 0..30, z->fb
 *  0..40, z of less than 2^40 stored units at scale 20. Off by less than 9e-5
 * of it, and two units of scale 20 and one of z. z is not x. \return TRI_OK;
 * TRI_E_ARG; an engine's error. */
int tri_rsqrt(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x);

/** The same with a third of the comparisons, off by less than 1.36 % of it. */
int tri_rsqrt_coarse(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x);

#endif
