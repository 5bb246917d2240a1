#ifndef TRI_PROTO_NN_SIGMOID_H
#define TRI_PROTO_NN_SIGMOID_H

#include "proto/nn/kind.h"

/** \file proto/nn/sigmoid.h
 *
 * # Sigmoid and hyperbolic tangent as layers
 *
 * Outputs are off by less than 2^-12 (sigmoid) and 2^-11 (tanh), and a few
 * units, for all numbers that comparisons see (tanh: half of them).
 */
extern const struct tri_layer_kind tri_layer_sigmoid, tri_layer_tanh;

#endif
