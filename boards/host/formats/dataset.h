#ifndef TRI_BOARDS_HOST_FORMATS_DATASET_H
#define TRI_BOARDS_HOST_FORMATS_DATASET_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"

/** \file boards/host/formats/dataset.h
 *
 * # The owner's data set, in the clear
 */
struct tri_set {
    uint32_t count, h, w, c;
    uint8_t *pixels; /**< [count x h x w x c], v is v / 256; or NULL */
    float *real;     /**< instead: the values themselves             */
    uint8_t *labels; /**< [count]; NULL: unlabelled                  */
};

/** Pixel or value i of a set. */
double tri_set_value(const struct tri_set *s, size_t i);

/** Where the channels of a .npy array of four dimensions are. */
enum tri_set_order {
    TRI_SET_GUESS, /**< [N, 1, H, W] or [N, H, W, C]           */
    TRI_SET_FIRST, /**< [N, C, H, W]: PyTorch                  */
    TRI_SET_LAST   /**< [N, H, W, C]                           */
};

/** Which half of a data set: the names of the files begin with it. */
enum tri_set_part { TRI_SET_TRAIN, TRI_SET_TEST };

/**
 * Read images and their labels (or NULL), each from an IDX file or from a .npy
 * file: images [N, H, W] or of four dimensions, u1 as pixels like those of IDX,
 * or f2, f4, f8 as real values; labels [N], u1 or i8. At most `limit` samples
 * are kept; 0: all.
 * \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT, TRI_E_RANGE, TRI_E_NOMEM with a
 *         text.
 */
int tri_set_files(struct tri_set *s, const char *images, const char *labels,
                  enum tri_set_order order, uint32_t limit,
                  struct tri_why *why);

/** The same from a directory, under the names that MNIST has. */
int tri_set_dir(struct tri_set *s, const char *dir, enum tri_set_part part,
                uint32_t limit, struct tri_why *why);

/** `count` generated digits (digits.h). */
int tri_set_digits(struct tri_set *s, enum tri_set_part part, uint32_t count,
                   uint64_t seed, struct tri_why *why);

/** Can all four files be written there, over nothing else? As
 *  tri_out_check(). */
int tri_set_check(const char *dir, struct tri_why *why);

/** Write both files of one part under MNIST's names in `dir`, which exists. */
int tri_set_write(const struct tri_set *s, const char *dir,
                  enum tri_set_part part, struct tri_why *why);

void tri_set_free(struct tri_set *s);

#endif
