#ifndef TRI_PROTO_NN_AVGPOOL_H
#define TRI_PROTO_NN_AVGPOOL_H

#include "proto/nn/model.h"

/** \file proto/nn/avgpool.h
 *
 * # Average pooling
 *
 * What forward and backward do: layer.h.
 */
int tri_avgpool_forward(struct tri_engine *e, struct tri_layer *l);
int tri_avgpool_backward(struct tri_engine *e, struct tri_layer *l);

#endif
