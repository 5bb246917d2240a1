#ifndef TRI_BOARDS_HOST_FORMATS_MNIST_H
#define TRI_BOARDS_HOST_FORMATS_MNIST_H

#include "boards/host/formats/dataset.h"

/** \file boards/host/formats/mnist.h
 *
 * # Data sets in MNIST's files
 */

/** A data set from a directory, under the names that MNIST has. The classes are
 *  those of both parts, where both are there. */
int tri_dataset_dir(struct tri_dataset *s, const char *dir,
                    enum tri_dataset_part part, uint32_t classes,
                    uint32_t limit, struct tri_why *why);

/** Can all four files be written there, over nothing else? As
 *  tri_out_check(). */
int tri_dataset_check(const char *dir, struct tri_why *why);

/** Write both files of one part under MNIST's names in `dir`, which exists. */
int tri_dataset_write(struct tri_out o[2], const struct tri_dataset *s,
                      const char *dir, enum tri_dataset_part part,
                      struct tri_why *why);

#endif
