#ifndef TRI_PROTO_NN_CONV_H
#define TRI_PROTO_NN_CONV_H

#include "proto/nn/model.h"

/** \file proto/nn/conv.h
 *
 * # Convolutions
 *
 * What forward and backward do: layer.h.
 */
int tri_conv_forward(struct tri_engine *e, struct tri_layer *l);
int tri_conv_backward(struct tri_engine *e, struct tri_layer *l);

#endif
