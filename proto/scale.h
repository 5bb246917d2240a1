#ifndef TRI_PROTO_SCALE_H
#define TRI_PROTO_SCALE_H

#include "proto/engine.h"

/** \file proto/scale.h
 *
 * # Numbers at other scales
 *
 * Of any engine.
 */

/** Truncate in place to scale fb, however far. */
int tri_rescale(struct tri_engine *e, struct tri_ten *t, int fb);

/** z = x at scale fb, which is not below that of x. */
void tri_lift(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x,
              int fb);

/** z = c * x for a public real c, at scale fb, which is not below that of x. */
void tri_times(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x,
               double c, int fb);

/** z = x * y element by element, at scale fb; z is another tensor. */
int tri_multiply(struct tri_engine *e, struct tri_ten *z, struct tri_ten *x,
                 struct tri_ten *y, int fb);

#endif
