#ifndef TRI_PROTO_NN_KIND_H
#define TRI_PROTO_NN_KIND_H

#include "core/text.h"
#include "proto/nn/item.h"
#include "proto/nn/model.h"

/** \file proto/nn/kind.h
 *
 * # Kinds of layers
 *
 * All that is particular to a kind stands in one file, which ends with one of
 * these, and in a line of the table in kind.c. Functions that are NULL have
 * nothing to do.
 */
struct tri_layer_kind {
    const char *name;
    const char *form; /**< how its item is written             */
    int image;        /**< takes an image: not what is flat    */
    int flat;         /**< what it gives is flat               */
    int view;         /**< moves nothing: its output is its input in
                           another shape                       */
    int wide;         /**< takes what is as wide as products, and truncates
                           it itself                            */
    int folds;        /**< without training, it is made part of the product
                           that it reads alone: prepare. Its output is as
                           wide as products are                 */
    int selects;      /**< it gives some of the numbers that it takes, and
                           passes on gradients of these as they are */
    int product;      /**< its output is a product of its input and its
                           weights, as wide as products are    */
    int output;       /**< backward reads its output, which none but
                           these do; only products' read their input */

    /** Read the words of an item into *l, and find the shape of the output:
     *  item.h. */
    int (*parse)(struct tri_item *p, struct tri_layer_spec *l);
    /** The item without its name, as tri_net_print() writes it. */
    void (*text)(struct tri_text *t, const struct tri_layer_spec *l);
    /** Shape of the weights; the last size is that of the biases. */
    struct tri_shape (*weights)(const struct tri_layer_spec *l);
    /** Numbers of scale f that it keeps beside weights and biases, which no
     *  gradient changes. */
    size_t (*kept)(const struct tri_layer_spec *l);
    /** First weights and what it keeps; NULL: as tri_model_init() says. */
    int (*init)(struct tri_engine *e, struct tri_layer *l);
    /** What all layers of the kind need before an evaluation, once, with the
     *  weights that there are. */
    int (*prepare)(struct tri_model *m);
    /** Comparisons for an element of the output. */
    uint32_t (*compares)(const struct tri_layer_spec *l);
    /** Memory for what a step of training needs beyond the layer's tensors:
     *  for layers with weights, and those that pass gradients on. */
    int (*remember)(struct tri_engine *e, struct tri_layer *l);
    /** layer.h; not of views. */
    int (*forward)(struct tri_engine *e, struct tri_layer *l);
    int (*backward)(struct tri_engine *e, struct tri_layer *l);
};

/** All kinds, in the order in which texts name them, NULL at the end. A program
 *  that defines this itself links the kinds that it names. */
extern const struct tri_layer_kind *const tri_layer_kinds[];

#endif
