#ifndef TRI_PROTO_NN_RELU_H
#define TRI_PROTO_NN_RELU_H

#include "proto/nn/model.h"

/** \file proto/nn/relu.h
 *
 * # ReLU layers
 *
 * What forward and backward do: layer.h.
 */
int tri_relu_forward(struct tri_engine *e, struct tri_layer *l);
int tri_relu_backward(struct tri_engine *e, struct tri_layer *l);

#endif
