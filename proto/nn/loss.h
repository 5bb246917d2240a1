#ifndef TRI_PROTO_NN_LOSS_H
#define TRI_PROTO_NN_LOSS_H

#include "proto/nn/model.h"

/** \file proto/nn/loss.h
 *
 * # Where the backward pass begins
 */

/** Gradient of the loss at the logits, into `dout` of the last layer (dout). */
int tri_loss_gradient(struct tri_model *m, struct tri_ten *dout);

#endif
