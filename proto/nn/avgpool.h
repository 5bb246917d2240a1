#ifndef TRI_PROTO_NN_AVGPOOL_H
#define TRI_PROTO_NN_AVGPOOL_H

#include "proto/nn/kind.h"

/** \file proto/nn/avgpool.h
 *
 * # Average pooling
 */
extern const struct tri_layer_kind tri_layer_avgpool;

#endif
