#ifndef TRI_PROTO_NN_MAXPOOL_H
#define TRI_PROTO_NN_MAXPOOL_H

#include "proto/nn/model.h"

/** \file proto/nn/maxpool.h
 *
 * # Max-pooling
 *
 * What forward and backward do: layer.h.
 */
int tri_maxpool_forward(struct tri_engine *e, struct tri_layer *l);
int tri_maxpool_backward(struct tri_engine *e, struct tri_layer *l);

#endif
