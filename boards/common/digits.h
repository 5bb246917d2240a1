#ifndef TRI_BOARDS_COMMON_DIGITS_H
#define TRI_BOARDS_COMMON_DIGITS_H

#include <stddef.h>
#include <stdint.h>

/** \file boards/common/digits.h
 *
 * # Generated digits
 *
 * Images in the manner of MNIST for machines without it: every class has
 * several written forms (lines and quadratic curves), drawn with random
 * jitter, size, slant, turn, shift, pen and noise. Integer arithmetic only:
 * the same seed gives the same bytes on every machine.
 */
enum { TRI_DIGITS_SIDE = 28 };

/** First index of the held-out images; those below are for training. */
#define TRI_DIGITS_TEST ((uint32_t)1 << 31)

/**
 * Images first..first+n-1 of the endless series under `seed`. Image i depends
 * on seed and i only. Every ten images (10j..10j+9) show all ten digits once.
 *
 * \param pixels  [n x 28 x 28], 0 background to 255 ink
 * \param labels  [n], 0..9
 */
void tri_digits(uint8_t *pixels, uint8_t *labels, uint32_t first, uint32_t n,
                uint64_t seed);

#endif
