#ifndef TRI_PROTO_NN_POOL_H
#define TRI_PROTO_NN_POOL_H

#include "proto/nn/kind.h"

/** \file proto/nn/pool.h
 *
 * # What maximum and average pooling share: windows
 */

/** The words "SIZE [stride N]", and the shape of the output. */
int tri_pool_parse(struct tri_item *p, struct tri_layer_spec *l);
void tri_pool_text(struct tri_text *t, const struct tri_layer_spec *l);

/** What moves window position i (of size^2) of a pooling layer: from the
 *  image to plane i of [size^2 x B*oh*ow*oc]. */
struct tri_copy tri_window(const struct tri_layer *l, size_t i);

/** The same, from a plane (from plane 0 if `one`) back to din, adding up where
 *  windows overlap. */
struct tri_copy tri_window_back(const struct tri_layer *l, size_t i, int one);

/** All of them, as maxima take them. */
struct tri_windows tri_windows(const struct tri_layer *l);

/** Before all of these: din = 0 where they add up or leave pixels out. */
int tri_window_clear(struct tri_engine *e, struct tri_layer *l);

#endif
