#ifndef TRI_PROTO_NN_BATCHNORM_H
#define TRI_PROTO_NN_BATCHNORM_H

#include "proto/nn/kind.h"

/** \file proto/nn/batchnorm.h
 *
 * # Batch normalisation
 *
 * Ioffe and Szegedy, 2015, as PyTorch has it: of each channel, over the batch
 * and all places, mean m and variance v; out = w (x - m) / sqrt(v + 1e-5) + b.
 * Running means of m and v take 0.1 of each step's (of v times n / (n - 1));
 * they are shared as weights are, and evaluations use them. Without training
 * w / sqrt(v + 1e-5) goes into the weights of a product that nothing else
 * reads, once, and all that is left of the layer is a sum.
 *
 * Variances stay below 2^(k - 21), with their sum over n numbers below
 * 2^(61 - 2 fine); those of 2^-10 and less have few bits: they are computed
 * with 20 fraction bits, and kept with f.
 */
extern const struct tri_layer_kind tri_layer_batchnorm;

#endif
