#ifndef TRI_PROTO_REP3_DIVIDE_H
#define TRI_PROTO_REP3_DIVIDE_H

#include "proto/engine.h"

/** \file proto/rep3/divide.h
 *
 * # Division by Goldschmidt's iteration
 */

/** The engine operation: rows of x [m x n] by y [m], 1 <= y < 2^(k-2) as
 *  stored integers, 0 <= x <= y; off by less than 1.6 + 2^(z->fb - 17) units of
 *  z->fb, which is 0..16. */
int tri_rep3_div(struct tri_engine *e, struct tri_ten *z,
                 const struct tri_ten *x, const struct tri_ten *y);

#endif
