#ifndef TRI_PROTO_PAPER_DIVISION_H
#define TRI_PROTO_PAPER_DIVISION_H

#include "proto/paper/paper.h"

/** \file proto/paper/division.h
 *
 * # Division (Algorithm 8)
 */

/** Element-wise with `bits` quotient bits after the point: 0 <= x <= y < 2^62,
 *  y > 0; z = floor(2^bits x / y), bits up to 61. */
int tri_paper_division(struct tri_session *s, tri_ring *z, const tri_ring *x,
                       const tri_ring *y, size_t n, unsigned bits);

#endif
