#ifndef TRI_PROTO_NN_RELU_H
#define TRI_PROTO_NN_RELU_H

#include "proto/nn/kind.h"

/** \file proto/nn/relu.h
 *
 * # ReLU layers
 */
extern const struct tri_layer_kind tri_layer_relu;

#endif
