#ifndef TRI_PROTO_NN_MODEL_H
#define TRI_PROTO_NN_MODEL_H

#include "proto/engine.h"
#include "proto/nn/net.h"

/** \file proto/nn/model.h
 *
 * # A network with its weights, activations and gradients
 *
 * All memory comes from the session's arena when the model is built. Letters:
 * B batch, the sizes of a layer as in net.h. Weights have scale f, activations
 * and their gradients the engine's fine scale (tri_fine()) for as long as
 * further products follow, then f. A product is as wide as the engine makes it
 * until the truncation that follows it, which is fused into the ReLU where that
 * is the next layer. Where max-pooling is next, the product is truncated first:
 * comparisons see k bits (32), which at the scale of a product would leave
 * nothing before the point. In an engine whose truncation costs (late_trunc)
 * the maximum leaves the last bits out of its comparisons instead, and fewer
 * values are truncated after it, or in the ReLU behind it. There the gradient
 * that goes to the first layer with weights stays wide, too, if these weights
 * are fewer: what is truncated is the product of three scales that follows.
 *
 * Gradients of activations are sums over the batch, not means, so that they
 * keep all their fraction bits; 1/B is part of the step of SGD.
 *
 * A model holds pointers into itself: it must not be copied or moved.
 *
 * What a layer does, depends on its kind (kind.h).
 */
/** Where a training is. */
struct tri_step {
    uint32_t number; /**< from 1 on, public; 0: no step of a training, but an
                          evaluation                                    */
    uint64_t seed;   /**< of public coins                               */
};

/** Adam instead of SGD (adam.h), whose momentum is beta1. All public. */
struct tri_adam {
    double beta2;   /**< 0.5..0.9999                                    */
    double epsilon; /**< 2^-20..1                                       */
};

/** A layer at work. */
struct tri_layer {
    const struct tri_layer_spec *spec;
    const struct tri_step *step; /**< of the model                       */
    size_t number;               /**< its place in the network, from 1        */
    struct tri_ten *in;          /**< what it reads: an `out`, or the input   */
    struct tri_ten *din;         /**< its gradient, or NULL: not needed       */
    struct tri_ten *with, *dwith; /**< the same for a second one        */
    struct tri_ten
        apart[2];             /**< gradients of tensors that other layers
                                   read, too, to be added to the rest; or n = 0 */
    int learns;               /**< weights here or above: dout is needed   */
    struct tri_ten buffer[2]; /**< those of the model that activations and
                              gradients share, two by two             */
    int fb;                   /**< scale of `out`, fine or f, but ...      */
    int late;                 /**< ... non-zero: what follows truncates to
                                   it: a ReLU, or a maximum or its ReLU    */
    int late_din;             /**< non-zero: din stays as wide as a product  */
    struct tri_ten w, b;      /**< weights [in x out] or [k x k x ic x out],
                                   biases [out] (fc, conv), scale f        */
    struct tri_ten kept;      /**< batchnorm: running means, variances [2 x c],
                                   scale f                                 */
    struct tri_ten gain, shift; /**< batchnorm, evaluation: [c] each    */
    int folded;                 /**< ... the gain is in the layer's source   */
    struct tri_ten norm, inverse; /**< batchnorm, training: its input at mean
                                0 and deviation 1; 1 / deviation [c]    */
    struct tri_ten dw, db;        /**< gradients (training), as products are;
                                     n = 0: frozen                             */
    struct tri_ten out;         /**< activations [B x oh x ow x oc]          */
    struct tri_ten dout;        /**< gradient of `out` (training)            */
    struct tri_layer *pool;     /**< the maximum that adds the biases to
                                     its fewer values; NULL: none, they are
                                     in `out`                                */
    const struct tri_ten *bias; /**< maxpool: what it adds, or NULL          */
    struct tri_bits bits;       /**< relu: [x >= 0]                          */
    struct tri_maxn max;        /**< maxpool                                 */
    struct tri_windows windows; /**< maxpool: what it looks through    */
};

/** Called before each layer of a pass (layer = net->layers: the loss), and
 *  once after its last one with TRI_MAX_LAYERS: for measuring only. */
enum tri_pass { TRI_PASS_FORWARD, TRI_PASS_BACKWARD, TRI_PASS_UPDATE };
typedef void tri_trace_fn(void *self, enum tri_pass pass, size_t layer);

struct tri_model {
    tri_trace_fn *trace; /**< NULL, or set after building */
    void *trace_self;
    struct tri_step step;        /**< of a training: set before forward */
    const double *weight;        /**< [classes], 2^-10 to 2^10, public, or NULL:
                                      what the gradient of a sample of each class is
                                      multiplied by; set before backward */
    const struct tri_adam *adam; /**< or NULL: SGD; set before update   */
    const struct tri_net *net;
    struct tri_engine *e;
    uint32_t batch;
    int training;
    int streams; /**< weights of products come layer by layer: */
    int (*fetch)(void *self, struct tri_model *m, size_t layer); /**< fills
                      `w` before the layer's forward; set after building */
    void *fetch_self;
    int prepared; /**< for evaluations, with the weights as they are      */
    struct tri_ten in;       /**< [B x h x w x c], scale f: fill, forward */
    struct tri_ten label;    /**< [B x classes]: one-hot at scale 0, or at
                                  scale f numbers that mse aims at        */
    struct tri_ten pair;     /**< sigmoid: [B x 2], 0 and the output      */
    struct tri_ten prob;     /**< loss: softmax or ASM, scale f           */
    struct tri_ten grad;     /**< all dw and db, the layers have slices   */
    struct tri_ten apart[2]; /**< what layers have slices of      */
    struct tri_ten shared;   /**< streams: weights of the product at work */
    struct tri_ten vel;      /**< velocities; Adam: m, then v; or n = 0   */
    struct tri_readers {
        uint32_t last, count; /**< net->layers: nobody, or it is the end */
        int product; /**< one of them is a product: a mask serves both passes */
    } read[TRI_MAX_LAYERS + 1]; /**< who reads each tensor, as in `in`; not
                                     of views */
    struct tri_layer layer[TRI_MAX_LAYERS];
};

/** How SGD changes the weights. All public. With g the mean gradient, in conv
 *  and fc plus decay * w for the weights, not the biases:
 *  v = momentum * v + g, w = w - rate * v. */
struct tri_sgd {
    double rate;     /**< learning rate; rate / B is 2^-40 .. 2^10       */
    double momentum; /**< 0..0.99, used with f bits; 0: none             */
    double decay;    /**< 0..1, decay * B used with as many bits as products
                          have more than f, and not rounded to 0         */
};

enum { TRI_MODEL_STREAM = -1 };

/**
 * Take all memory of a model.
 * \param training  0: forward only; TRI_MODEL_STREAM: forward only, with
 *                  memory for the weights of one product at a time
 * \param moments   what a training keeps for each weight: 1 its velocity,
 *                  2 both moments of Adam, 0 nothing
 * \return TRI_OK; TRI_E_ARG; TRI_E_NOMEM.
 */
int tri_model_build(struct tri_model *m, struct tri_engine *e,
                    const struct tri_net *net, uint32_t batch, int training,
                    int moments);

/** Public random initial weights (He: normal by fan-in, biases 0), the same
 *  in every engine for the same seed up to rounding. */
int tri_model_init(struct tri_model *m, uint64_t seed);

enum { TRI_MODEL_STATE = 3 * TRI_MAX_LAYERS + 1 };

/**
 * List the tensors that a step of training leaves to the next one: weights,
 * biases and what else is kept, layer by layer, then the velocities, if there
 * are any. With the number of the step, they are all that a later session needs
 * to go on; their number, order and sizes follow from the arguments of
 * tri_model_build(). Whoever fills them by hand calls tri_ten_changed().
 *
 * \param list  receives pointers into the model
 * \return how many there are, none of them empty
 */
size_t tri_model_state(struct tri_model *m,
                       struct tri_ten *list[TRI_MODEL_STATE]);

/** The same of one layer, in the order of a model's file: up to three. */
size_t tri_layer_state(struct tri_layer *l, struct tri_ten *list[3]);

/** Forward from m->in: a step of a training if m->step says so, else an
 *  evaluation. A model without training is prepared by the first one, which
 *  makes normalisations part of the weights: new ones need a new model. The
 * logits [B x classes] are the last layer's `out`, scale f. With loss sigmoid
 * they are (0, output): the softmax of these is (1 - s, s) with s = 1 / (1 +
 * exp(-output)), and its cross entropy the one of logistic regression, so that
 * nothing else has to know of it. */
int tri_model_forward(struct tri_model *m);
struct tri_ten *tri_model_logits(struct tri_model *m);

/** Loss gradient at the logits (after forward, labels filled) and all
 *  gradients, summed over the batch. The losses of one sample: softmax: cross
 *  entropy; asm: the gradient is ASM(logits) - label; mse: half the sum of the
 *  squared errors, whose gradient is logits - label. */
int tri_model_backward(struct tri_model *m);

/** One step of SGD or Adam with the gradients of the last backward, which it
 *  uses up. SGD: one round, or a few if rate / B is no power of two or there is
 *  momentum; Adam: adam.h.
 *  Sums over the batch must stay below 2^(46 - f - fine) in real value (2^14
 *  for f = 16, in `fused` 2^13).
 *  \return TRI_OK; TRI_E_ARG (out of range, not built for training, or with
 * other moments than it takes); an engine's error. */
int tri_model_update(struct tri_model *m, const struct tri_sgd *sgd);

/**
 * Mean loss of the batch and its right answers, after forward, labels filled
 * in every row (a row of padding would add a loss of its own). Both are
 * OPENED TO ALL PARTIES: one real number and one count, in one message; with
 * labels that are numbers the first alone, and *right is 0.
 *
 * softmax: cross entropy, off by less than 5.8e-4 for ten classes (see
 * tri_logsumexp()); asm: half the squared distance between ASM(logits) and
 * label; mse: half the squared error. In a dry run both are 0.
 *
 * Squared errors must add up to less than 2^(61 - 2f).
 *
 * \return TRI_OK; TRI_E_SPOILT if the numbers show that values have left their
 *         range: a negative loss, or one above tri_model_loss_most(), or more
 *         right answers than samples; *loss is what was opened. An engine's
 *         error.
 */
int tri_model_loss(struct tri_model *m, double *loss, uint32_t *right);

/** The largest mean loss that the range of comparisons and the number of
 * classes allow. */
double tri_model_loss_most(const struct tri_model *m);

/** Can right numbers have such a mean loss? Below 0 by what rounding takes. */
int tri_model_loss_possible(const struct tri_model *m, double loss);

/** Sum of the squared errors of the first `rows` samples of the batch, scale
 *  2f, n = 1; after forward. For losses other than cross entropy. */
int tri_model_squares(struct tri_model *m, uint32_t rows, struct tri_ten *sum);

/** Sum over the batch of [argmax of the logits = label], scale 0, n = 1;
 *  after forward. Rows whose label is all zero (padding) count 0. */
int tri_model_correct(struct tri_model *m, struct tri_ten *count);

#endif
