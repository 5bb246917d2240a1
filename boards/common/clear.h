#ifndef TRI_BOARDS_COMMON_CLEAR_H
#define TRI_BOARDS_COMMON_CLEAR_H

#include "arch/kernels.h"
#include "boards/common/selftest.h"

/** \file boards/common/clear.h
 *
 * # An image by itself
 */

/** Network A on one image, in the clear, by the kernels k and by the reference;
 *  `tell` hears what was right. Prints the logits. */
void tri_board_clear(const struct tri_kernels *k, const struct tri_kernels *ref,
                     tri_selftest_fn *tell, void *self);

/** What an image without a setup does: that, or NULL: nothing. Brought by the
 *  image. */
typedef void tri_board_alone_fn(const struct tri_kernels *k,
                                const struct tri_kernels *ref,
                                tri_selftest_fn *tell, void *self);
extern tri_board_alone_fn *const tri_board_alone;

#endif
