#ifndef TRI_BOARDS_HOST_FORMATS_ONNXNET_H
#define TRI_BOARDS_HOST_FORMATS_ONNXNET_H

#include "boards/host/formats/onnx.h"
#include "boards/host/formats/safetensors.h"
#include "proto/nn/net.h"

/** \file boards/host/formats/onnxnet.h
 *
 * # From the graph of an ONNX model to a network and its tensors
 *
 * Node by node, in the order of the file, which ONNX wants to be one of
 * computation:
 *
 * | operators                           | become                            |
 * |-------------------------------------|-----------------------------------|
 * | Conv                                | conv: square, one group           |
 * | Gemm; MatMul, and Add of a constant | fc                                |
 * | Relu, LeakyRelu, Sigmoid, Tanh      | relu, leaky, sigmoid, tanh        |
 * | MaxPool, AveragePool                | maxpool; avgpool without padding  |
 * | GlobalAveragePool                   | avgpool global                    |
 * | BatchNormalization                  | batchnorm; its epsilon goes into
 *                                         the variances                     |
 * | Add of two outputs                  | add                               |
 * | Flatten, Reshape to [N, all]        | flatten                           |
 * | Dropout                             | dropout                           |
 * | Identity, Constant, Pad of nothing, | nothing                           |
 * | Transpose of a constant matrix      |                                   |
 * | Shape, Gather, Unsqueeze, Cast,     | nothing: the [N, all] of a
 * | Concat of sizes                     | Reshape is computed with them     |
 * | Softmax, LogSoftmax at the end      | nothing: the loss has it          |
 * | Sigmoid of one number at the end    | loss sigmoid                      |
 *
 * All else is refused by the name of the node and its operator. Tensors are
 * those of weights.h in layout `pytorch`, which is that of ONNX, under the
 * names that tri_places() gives: images are [channel][row][column] here as
 * there, and the first fc after one keeps the order of its inputs.
 */
struct tri_onnx_net {
    char text[TRI_NET_TEXT];
    struct tri_array t[TRI_TENSORS_MAX];
    uint8_t *data[TRI_TENSORS_MAX]; /**< of t[i], malloc'ed */
    size_t n;
    size_t layers;
    uint64_t numbers;              /**< in all tensors                   */
    struct tri_onnx_name left_out; /**< operator at the end, or ""       */
};

/**
 * \param loss  as in descriptions of networks; NULL: sigmoid where the model
 *              ends so, else mse for one output, softmax for more
 * \return TRI_OK; TRI_E_FORMAT, TRI_E_RANGE, TRI_E_NOMEM. Free in any case.
 */
int tri_onnx_net(struct tri_onnx_net *out, const struct tri_onnx *m,
                 const char *loss, struct tri_why *why);
void tri_onnx_net_free(struct tri_onnx_net *n);

#endif
