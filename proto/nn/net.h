#ifndef TRI_PROTO_NN_NET_H
#define TRI_PROTO_NN_NET_H

#include "core/tensor.h"

/** \file proto/nn/net.h
 *
 * # Network descriptions
 *
 * A network is a short text, one item a line; `#` starts a comment:
 *
 *     input 28 28 1            # height width channels; of a table: columns
 *     conv 20 5                # filters, size [stride N] [pad N] [nobias];
 *                              # pad same: as large as its input
 *     maxpool 2                # size [stride N] [pad N]; stride = size by
 *                              # default, pad at most half of it
 *     relu
 *     avgpool 2                # as maxpool; avgpool global: one mean of each
 *                              # channel of a square image
 *     leaky 0.01               # ReLU that multiplies negative numbers by that
 *     sigmoid                  # also tanh
 *     batchnorm                # each channel to mean 0 and deviation 1, by the
 *                              # batch; else by running means
 *     dropout 0.5              # training: drops this part at random
 *     flatten                  # to one dimension; `fc` flattens by itself
 *     fc 500                   # outputs [nobias]
 *     loss softmax             # softmax (default), asm, mse, sigmoid
 *
 * A network is a graph: `as NAME` at the end of an item, `input` included,
 * names its output, `from NAME` has a layer read that one instead of the one
 * above, and `add NAME` adds it to the one above. All outputs but the last are
 * read.
 *
 *     relu as a
 *     conv 20 3 pad same
 *     add a
 *
 * `freeze` at the end of an item with weights keeps them, and its biases, as
 * they are in a training; the running means of a frozen batchnorm move on.
 *
 * `input` comes first, once. The network must end in a one-dimensional output,
 * the classes; with `mse` it may be the numbers of a regression, and with
 * `sigmoid` it is one number, the logit of the second of two classes.
 * Everything in it is public.
 */
enum tri_loss_kind {
    TRI_LOSS_SOFTMAX,
    TRI_LOSS_ASM,
    TRI_LOSS_MSE,
    TRI_LOSS_SIGMOID,
    TRI_LOSSES
};

enum { TRI_MAX_LAYERS = 1000, TRI_NET_TEXT = 32768, TRI_NET_ERROR = 160 };

struct tri_layer_kind; /* kind.h */

/** One layer with the sizes of its input and output (per image). */
struct tri_layer_spec {
    const struct tri_layer_kind *kind;
    uint32_t out, size, stride, pad; /**< as written; unused ones are 0 */
    uint32_t ih, iw, ic;             /**< input  height, width, channels */
    uint32_t oh, ow, oc;             /**< output height, width, channels */
    unsigned line;                   /**< where it stands in the text    */
    uint32_t nobias;                 /**< fc, conv: outputs have no bias */
    uint32_t ins;                    /**< how many tensors it reads      */
    uint32_t in[2];  /**< them: 0 the input, n the output of the n-th layer */
    uint32_t flat;   /**< the output is flat                                */
    uint32_t ratio;  /**< leaky, dropout: ten-thousandths                   */
    uint32_t frozen; /**< a training leaves its weights as they are        */
};

struct tri_net {
    uint32_t h, w, c; /**< input */
    uint32_t classes; /**< outputs; sigmoid: 2, of one output */
    enum tri_loss_kind loss;
    size_t layers;
    struct tri_layer_spec layer[TRI_MAX_LAYERS];
};

/**
 * Parse and check a description.
 *
 * \param text,len  the text; need not end in 0; at most TRI_NET_TEXT bytes
 * \param err       receives "line N: ..." on failure; never left unset
 * \return TRI_OK; TRI_E_FORMAT (then *net is undefined).
 */
int tri_net_parse(struct tri_net *net, const char *text, size_t len,
                  char err[TRI_NET_ERROR]);

/** The text of a built-in network, "A" to "D" (the paper's), or NULL. */
const char *tri_net_builtin(const char *name);

/** "softmax", ...: as in descriptions. */
const char *tri_loss_name(enum tri_loss_kind kind);

/** Is the loss a cross entropy? */
int tri_net_entropy(const struct tri_net *net);

/** Canonical one-line-a-layer text, for comparing and hashing: what a model is,
 *  and so without `freeze`, which a training alone heeds.
 *  \return its length; 0 if `size` is too small. */
size_t tri_net_print(const struct tri_net *net, char *out, size_t size);

/** The tensor behind n, as in `in`: where a layer moves nothing, what it reads.
 */
uint32_t tri_net_source(const struct tri_net *net, uint32_t n);

/** Weights and biases of one layer: filter or matrix elements, outputs. */
void tri_layer_params(const struct tri_layer_spec *l, size_t *weights,
                      size_t *biases);

/** What else a model keeps of the layer: batchnorm has mean and variance of
 * each channel. */
size_t tri_layer_kept(const struct tri_layer_spec *l);

/** All numbers of a model. */
uint64_t tri_net_words(const struct tri_net *net);

#endif
