#ifndef TRI_PROTO_NN_FC_H
#define TRI_PROTO_NN_FC_H

#include "proto/nn/model.h"

/** \file proto/nn/fc.h
 *
 * # Fully connected layers
 *
 * What forward and backward do: layer.h.
 */
int tri_fc_forward(struct tri_engine *e, struct tri_layer *l);
int tri_fc_backward(struct tri_engine *e, struct tri_layer *l);

#endif
