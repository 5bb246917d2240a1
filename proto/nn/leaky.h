#ifndef TRI_PROTO_NN_LEAKY_H
#define TRI_PROTO_NN_LEAKY_H

#include "proto/nn/kind.h"

/** \file proto/nn/leaky.h
 *
 * # Leaky ReLU
 */
extern const struct tri_layer_kind tri_layer_leaky;

#endif
