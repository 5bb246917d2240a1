#ifndef TRI_PROTO_NN_CONV_H
#define TRI_PROTO_NN_CONV_H

#include "proto/nn/kind.h"

/** \file proto/nn/conv.h
 *
 * # Convolutions
 */
extern const struct tri_layer_kind tri_layer_conv;

#endif
