#ifndef TRI_PROTO_ARGMAX_H
#define TRI_PROTO_ARGMAX_H

#include "proto/engine.h"

/** \file proto/argmax.h
 *
 * # Unit vectors at the maxima of rows
 */

/** hot [m x n] (scale 0) = 1 at the first maximum of each row of x. */
int tri_argmax(struct tri_engine *e, struct tri_ten *hot,
               const struct tri_ten *x);

#endif
