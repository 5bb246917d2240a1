#ifndef TRI_BOARDS_HOST_SET_H
#define TRI_BOARDS_HOST_SET_H

#include <stdint.h>
#include "boards/host/why.h"

/** \file boards/host/set.h
 *
 * # The owner's data set, in the clear
 */
struct tri_set {
    uint32_t count, h, w;
    uint8_t *pixels; /**< [count x h x w]             */
    uint8_t *labels; /**< [count]; NULL: unlabelled   */
};

/** Which half of a data set: the names of the files begin with it. */
enum tri_set_part { TRI_SET_TRAIN, TRI_SET_TEST };

/**
 * Read IDX files. `labels` may be NULL. At most `limit` samples are kept; 0:
 * all.
 * \return TRI_OK; TRI_E_ARG, TRI_E_FORMAT, TRI_E_NOMEM with a text.
 */
int tri_set_files(struct tri_set *s, const char *images, const char *labels,
                  uint32_t limit, struct tri_why *why);

/** The same from a directory, under the names that MNIST has. */
int tri_set_dir(struct tri_set *s, const char *dir, enum tri_set_part part,
                uint32_t limit, struct tri_why *why);

/** `count` generated digits (digits.h). */
int tri_set_digits(struct tri_set *s, enum tri_set_part part, uint32_t count,
                   uint64_t seed, struct tri_why *why);

/** Write both files of one part under MNIST's names in `dir`, which exists. */
int tri_set_write(const struct tri_set *s, const char *dir,
                  enum tri_set_part part, struct tri_why *why);

void tri_set_free(struct tri_set *s);

#endif
