#ifndef TRI_PROTO_NN_DROPOUT_H
#define TRI_PROTO_NN_DROPOUT_H

#include "proto/nn/kind.h"

/** \file proto/nn/dropout.h
 *
 * # Dropout
 *
 * In steps of a training, a public part of the elements becomes 0 and the
 * others grow, so that the mean stays; else nothing happens. Which ones is
 * drawn from the public seed, the number of the step and of the layer: all
 * parties know it, it tells nothing about values, and a resumed training draws
 * the same.
 */
extern const struct tri_layer_kind tri_layer_dropout;

#endif
