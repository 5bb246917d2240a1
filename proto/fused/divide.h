#ifndef TRI_PROTO_FUSED_DIVIDE_H
#define TRI_PROTO_FUSED_DIVIDE_H

#include "proto/engine.h"

/** \file proto/fused/divide.h
 *
 * # Division by Goldschmidt's iteration
 */

/** The engine operation: rows of x [m x n] by y [m], 1 <= y < 2^(k-2) as
 *  stored integers, 0 <= x <= y; off by less than two units of z->fb = 16, at
 *  most 16. 9 rounds, 10 for k > 32. */
int tri_fused_div(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x, const struct tri_ten *y);

#endif
