#ifndef TRI_PROTO_NN_MAXPOOL_H
#define TRI_PROTO_NN_MAXPOOL_H

#include "proto/nn/kind.h"

/** \file proto/nn/maxpool.h
 *
 * # Max-pooling
 */
extern const struct tri_layer_kind tri_layer_maxpool;

#endif
