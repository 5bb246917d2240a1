#ifndef TRI_PROTO_NN_FLATTEN_H
#define TRI_PROTO_NN_FLATTEN_H

#include "proto/nn/kind.h"

/** \file proto/nn/flatten.h
 *
 * # Flattening: to one dimension
 */
extern const struct tri_layer_kind tri_layer_flatten;

#endif
