#ifndef TRI_BOARDS_HOST_FORMATS_DATASET_H
#define TRI_BOARDS_HOST_FORMATS_DATASET_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/file.h"

/** \file boards/host/formats/dataset.h
 *
 * # The owner's data set, in the clear
 */
struct tri_dataset {
    uint32_t count, h, w, c;
    uint8_t *pixels; /**< [count x h x w x c], v is v / 256; or NULL */
    float *real;     /**< instead: the values themselves             */
    uint8_t *labels; /**< [count]; NULL: unlabelled                  */
};

/** Pixel or value i of a set. */
double tri_dataset_value(const struct tri_dataset *s, size_t i);

/** Are all values small enough for fb fraction bits? TRI_OK, or TRI_E_RANGE
 * with a text that names the first one that is not. */
int tri_dataset_fits(const struct tri_dataset *s, unsigned fb,
                     struct tri_why *why);

/** Where the channels of a .npy array of four dimensions are. */
enum tri_dataset_order {
    TRI_DATASET_GUESS, /**< [N, 1, H, W] or [N, H, W, C]           */
    TRI_DATASET_FIRST, /**< [N, C, H, W]: PyTorch                  */
    TRI_DATASET_LAST   /**< [N, H, W, C]                           */
};

/** Which half of a data set: the names of the files begin with it. */
enum tri_dataset_part { TRI_DATASET_TRAIN, TRI_DATASET_TEST };

/**
 * Read images and their labels (or NULL), each from an IDX file or from a .npy
 * file: images [N, H, W] or of four dimensions, whole numbers from 0 to 255 as
 * pixels like those of IDX, or real numbers as they are; labels [N], whole
 * numbers. At most `limit` samples
 * are kept; 0: all.
 * \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT, TRI_E_RANGE, TRI_E_NOMEM with a
 *         text.
 */
int tri_dataset_files(struct tri_dataset *s, const char *images,
                      const char *labels, enum tri_dataset_order order,
                      uint32_t limit, struct tri_why *why);

/** The same from a directory, under the names that MNIST has. */
int tri_dataset_dir(struct tri_dataset *s, const char *dir,
                    enum tri_dataset_part part, uint32_t limit,
                    struct tri_why *why);

/** The same from `dir`, or without one (NULL) generated digits: `limit` of
 *  them, or `usual` if that is 0. */
int tri_dataset_load(struct tri_dataset *s, const char *dir,
                     enum tri_dataset_part part, uint32_t limit, uint32_t usual,
                     uint64_t seed, struct tri_why *why);

/** `count` generated digits (digits.h). */
int tri_dataset_digits(struct tri_dataset *s, enum tri_dataset_part part,
                       uint32_t count, uint64_t seed, struct tri_why *why);

/** Can all four files be written there, over nothing else? As
 *  tri_out_check(). */
int tri_dataset_check(const char *dir, struct tri_why *why);

/** Write both files of one part under MNIST's names in `dir`, which exists. */
int tri_dataset_write(struct tri_out o[2], const struct tri_dataset *s,
                      const char *dir, enum tri_dataset_part part,
                      struct tri_why *why);

void tri_dataset_free(struct tri_dataset *s);

#endif
