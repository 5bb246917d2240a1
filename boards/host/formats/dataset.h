#ifndef TRI_BOARDS_HOST_FORMATS_DATASET_H
#define TRI_BOARDS_HOST_FORMATS_DATASET_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/file.h"

/** \file boards/host/formats/dataset.h
 *
 * # The owner's data set, in the clear
 *
 * A sample is an image [h x w x c], or a row of a table [1 x 1 x columns]. It
 * belongs to a class, or numbers belong to it, the targets of a regression, or
 * nothing.
 */
struct tri_dataset {
    uint32_t count, h, w, c;
    uint32_t classes; /**< of labels; or targets of a sample; 0: neither */
    uint8_t *pixels;  /**< [count x h x w x c], v is v / 256; or NULL */
    float *real;      /**< instead: the values themselves             */
    uint16_t *labels; /**< [count], each below classes; or NULL       */
    float *target;    /**< [count x classes]; or NULL                 */
};

enum {
    TRI_DATASET_CLASSES = 1024, /**< at most                      */
    TRI_DATASET_SIDE = 1024,    /**< height, width and channels   */
    TRI_DATASET_COLUMNS = 1 << 16
};

/** Memory for count, h, w, c, classes as they stand in *s. TRI_E_NOMEM with a
 *  text; then, as after tri_dataset_free(), all is zero. */
enum tri_dataset_of_y { TRI_Y_NONE, TRI_Y_LABELS, TRI_Y_TARGETS };
int tri_dataset_alloc(struct tri_dataset *s, int real, enum tri_dataset_of_y y,
                      struct tri_why *why);

void tri_dataset_free(struct tri_dataset *s);

/** Numbers of a sample. */
size_t tri_dataset_size(const struct tri_dataset *s);

/** Pixel or value i of a set. */
double tri_dataset_value(const struct tri_dataset *s, size_t i);

/** Are all values and targets small enough for fb fraction bits? TRI_OK, or
 *  TRI_E_RANGE with a text that names the first one that is not. */
int tri_dataset_fits(const struct tri_dataset *s, unsigned fb,
                     struct tri_why *why);

/** The largest absolute value of the samples and of the targets, rounded up to
 *  a power of two: 2^(most - 64), 2^-16 at least; 0 without targets. */
void tri_dataset_most(unsigned most[2], const struct tri_dataset *s);

/** The samples index[0..n-1] of s as a set of their own. TRI_E_NOMEM. */
int tri_dataset_pick(struct tri_dataset *part, const struct tri_dataset *s,
                     const uint32_t *index, uint32_t n, struct tri_why *why);

/** Which half of a data set: the names of the files begin with it. */
enum tri_dataset_part { TRI_DATASET_TRAIN, TRI_DATASET_TEST };

/** `count` generated digits (digits.h). */
int tri_dataset_digits(struct tri_dataset *s, enum tri_dataset_part part,
                       uint32_t count, uint64_t seed, struct tri_why *why);

#endif
