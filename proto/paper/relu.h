#ifndef TRI_PROTO_PAPER_RELU_H
#define TRI_PROTO_PAPER_RELU_H

#include "proto/paper/paper.h"

/** \file proto/paper/relu.h
 *
 * # ReLU (Algorithm 7)
 */

/** z = max(a, 0); the bit's shares go to `bit` [n]. z may be a. Nine rounds. */
int tri_paper_relu(struct tri_session *s, tri_ring *z, tri_ring *bit,
                   const tri_ring *a, size_t n);

#endif
