#ifndef TRI_BOARDS_HOST_FORMATS_WEIGHTS_H
#define TRI_BOARDS_HOST_FORMATS_WEIGHTS_H

#include <stdio.h>
#include "boards/host/formats/array.h"
#include "boards/host/formats/safetensors.h"
#include "proto/nn/net.h"

/** \file boards/host/formats/weights.h
 *
 * # Weights as other programs keep them
 *
 * A layer's parameters are two tensors, NAME.weight and NAME.bias; a batchnorm
 * has NAME.running_mean and NAME.running_var besides, all of [o]. A counter,
 * NAME.num_batches_tracked, is passed over. Letters: k filter size, i and o
 * input and output channels or numbers.
 *
 * | layout  | conv         | fc      | an image before the first fc          |
 * |---------|--------------|---------|---------------------------------------|
 * | pytorch | [o, i, k, k] | [o, i]  | flattened as [channel][row][column]   |
 * | trinn   | [k, k, i, o] | [i, o]  | flattened as [row][column][channel]   |
 *
 * `pytorch` is what torch.nn keeps in a state_dict, `trinn` what this program
 * computes with; Keras and Flax have the latter, too.
 */
enum tri_layout { TRI_LAYOUT_PYTORCH, TRI_LAYOUT_TRINN };

/** One layer with parameters. */
struct tri_place {
    const struct tri_layer_spec *spec;
    size_t layer;   /**< its number in the network, from 1          */
    size_t first;   /**< its weights' first word in a model's share */
    size_t weights; /**< weights, then biases, then what is kept    */
    size_t biases, kept;
    unsigned nd; /**< shape of the weights in the layout         */
    uint64_t d[4];
    uint32_t h, w, c; /**< the image that it reads or that was flat */
    enum tri_layout layout;
    char name[16]; /**< in a torch.nn.Sequential of these layers   */
};

/** The layers with parameters, in order; returns their number. */
size_t tri_places(struct tri_place place[TRI_MAX_LAYERS],
                  const struct tri_net *net, enum tri_layout layout);

/** Words of all of them. */
size_t tri_places_words(const struct tri_place *place, size_t n);

/** Where the i-th weight of this program stands in the tensor of the layout. */
size_t tri_place_source(const struct tri_place *p, size_t i);

/** The same of its biases and of what it keeps: a batchnorm after an image was
 *  flattened has the elements in another order. */
size_t tri_place_vector(const struct tri_place *p, size_t i);

/** The tensors of a layer. */
struct tri_params {
    const struct tri_array *weight, *bias;
    const struct tri_array *mean, *variance; /**< batchnorm */
};

/**
 * Find the layers' tensors among t[0..n-1]. Names decide what belongs
 * together; a layer takes the first pair of its shape that is left, in the
 * order of the names (numbers in names by value). Of several that fit, names
 * may differ in numbers only. With `layers`, "a,b,c", the names are given in
 * the order of the network.
 *
 * \param of    receives one pair for each place
 * \param file  what error texts call the source
 * \return TRI_OK; TRI_E_NOMEM; TRI_E_FORMAT with a text: a tensor is missing,
 *         none of the network's, or of another shape.
 */
int tri_weights_match(struct tri_params *of, const struct tri_place *place,
                      size_t places, const struct tri_array *t, size_t n,
                      const char *layers, const char *file,
                      struct tri_why *why);

/** Print which tensor a layer took, for the owner to see. */
void tri_weights_say(FILE *f, const struct tri_place *p, const char *name);

/** Largest real magnitude of a weight or a pixel at scale fb: what a
 *  comparison of 32 bits tells from zero, 2^(31 - fb). */
double tri_weights_limit(unsigned fb);

/** All parameters as words at scale fb, in the order of a model's share.
 *  \return TRI_OK; TRI_E_RANGE with a text. */
int tri_weights_encode(uint64_t *word, const struct tri_place *place,
                       size_t places, const struct tri_params *of, unsigned fb,
                       const char *file, struct tri_why *why);

/** F32, or F64 if a word at scale fb needs it: what follows is exact. */
enum tri_dtype tri_weights_type(const uint64_t *word, size_t n, unsigned fb);

/** The weights of a layer as the tensor of its layout, in `type` (F32, F64).
 *  word: all words of the model. */
void tri_weights_decode(uint8_t *out, enum tri_dtype type,
                        const struct tri_place *p, const uint64_t *word,
                        unsigned fb);

#endif
