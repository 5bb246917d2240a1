#ifndef TRI_PROTO_POWER_H
#define TRI_PROTO_POWER_H

#include "proto/engine.h"

/** \file proto/power.h
 *
 * # Comparisons with powers of two
 */

/** b [top x m] = [x >= 2^(step j)], j = 1..top, row by row, as numbers of scale
 *  0, for x [m]; `one` [m] is scratch. One comparison of top * m. */
int tri_power_bits(struct tri_engine *e, struct tri_ten *b,
                   const struct tri_ten *x, struct tri_ten *one, unsigned top,
                   unsigned step);

#endif
