#ifndef TRI_BOARDS_HOST_FORMATS_ONNXGRAPH_H
#define TRI_BOARDS_HOST_FORMATS_ONNXGRAPH_H

#include "boards/host/formats/weights.h"
#include "boards/host/formats/wire.h"

/** \file boards/host/formats/onnxgraph.h
 *
 * # A network as the graph of an ONNX model
 *
 * A model of version 13 of the operators, which computes the logits [batch,
 * outputs] of a network from its input, [batch, channels, height, width], or
 * [batch, columns] where no layer takes an image. Constants have the names
 * that the tensors have in .safetensors files. The messages are in onnx.h's
 * format.
 *
 *     tri_onnx_head()     what the model begins with, for a graph of so many
 *                         bytes:
 *     tri_onnx_nodes()    all of the graph but its tensors
 *     tri_onnx_constant() what stands before the elements of a tensor, float,
 *                         little-endian
 */
void tri_onnx_head(struct tri_wire_out *o, uint64_t graph);

/** place[0..places-1]: the layers of `net` with parameters. */
void tri_onnx_nodes(struct tri_wire_out *o, const struct tri_net *net,
                    const struct tri_place *place, size_t places);

void tri_onnx_constant(struct tri_wire_out *o, const struct tri_array *a);

#endif
