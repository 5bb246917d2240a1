#ifndef TRI_PROTO_NN_ADD_H
#define TRI_PROTO_NN_ADD_H

#include "proto/nn/kind.h"

/** \file proto/nn/add.h
 *
 * # Sums of two outputs: residual networks
 */
extern const struct tri_layer_kind tri_layer_add;

#endif
