#ifndef TRI_PROTO_LN_H
#define TRI_PROTO_LN_H

#include "proto/engine.h"

/** \file proto/ln.h
 *
 * # Natural logarithm
 */

/** z [m] = log x at scale z->fb for x [m] in 1..2^(top + 1), 1 <= top <= 20;
 *  8 <= x->fb <= 20, z->fb <= 2 x->fb, x < 2^(k-1) stored units. Off by
 *  less than 6.5e-5 and one unit of x and of z. */
int tri_ln(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x,
           unsigned top);

#endif
