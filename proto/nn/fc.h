#ifndef TRI_PROTO_NN_FC_H
#define TRI_PROTO_NN_FC_H

#include "proto/nn/kind.h"

/** \file proto/nn/fc.h
 *
 * # Fully connected layers
 */
extern const struct tri_layer_kind tri_layer_fc;

#endif
