#ifndef TRI_PROTO_NN_POOL_H
#define TRI_PROTO_NN_POOL_H

#include "proto/nn/kind.h"

/** \file proto/nn/pool.h
 *
 * # What maximum and average pooling share: windows
 */

/** The words "SIZE [stride N]" and, with `pad`, "[pad N]", which goes there;
 *  and the shape of the output. */
int tri_pool_parse(struct tri_item *p, struct tri_layer_spec *l, uint32_t *pad);
void tri_pool_text(struct tri_text *t, const struct tri_layer_spec *l);

/** Nine rectangles of windows, by rows and columns: position i lies before, in
 *  or behind the image. Without padding it lies in it. */
enum { TRI_WINDOW_INSIDE = 4, TRI_WINDOW_PARTS = 9 };

/** What moves window position i (of size^2) of a pooling layer: from the
 *  image to plane i of [size^2 x B*oh*ow*oc], of one of the parts. Outside the
 *  image the nearest pixel stands for what is not there: it is in the same
 *  window, so that maxima do not change.
 *  \return 0 if the part has no windows. */
int tri_window(struct tri_copy *m, const struct tri_layer *l, size_t i,
               size_t part);

/** The same, from a plane (from plane 0 if `one`) back to din, adding up where
 *  windows overlap. */
int tri_window_back(struct tri_copy *r, const struct tri_layer *l, size_t i,
                    size_t part, int one);

/** All of them, as maxima take them. */
struct tri_windows tri_windows(const struct tri_layer *l);

/** Before all of these: din = 0 where they add up or leave pixels out. */
int tri_window_clear(struct tri_engine *e, struct tri_layer *l);

#endif
