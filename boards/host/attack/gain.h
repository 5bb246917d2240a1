#ifndef TRI_BOARDS_HOST_ATTACK_GAIN_H
#define TRI_BOARDS_HOST_ATTACK_GAIN_H

#include "boards/host/attack/attacks.h"

/** \file boards/host/attack/gain.h
 *
 * # What an attack was good for
 *
 * Measured with the data in the clear, which the corrupt party does not have.
 */

/** Pixels of the upper left corner that an image with the trigger shows in
 *  full: [TRI_TRIGGER x TRI_TRIGGER]. */
enum { TRI_TRIGGER = 3 };

/** Right answers of the revealed model on the held-out images, in the clear.
 *  \param trigger  non-zero: with the trigger
 *  \param as       what counts as right: a class, or -1: the label
 *  \param of       images of this class only, or -1: all
 *  \param all      receives their number; may be NULL */
uint32_t tri_gain_right(const struct tri_trial *t, int trigger, int as, int of,
                        uint32_t *all);

/** Answers to held-out images that are those of the revealed model with
 *  relu(a) + by * |a| in place of every relu(a). */
uint32_t tri_gain_bent(const struct tri_trial *t, int by);

/** Number of training sample `row` of a step (from 1), as the public order has
 *  it. */
uint32_t tri_gain_sample(const struct tri_trial *t, uint32_t step,
                         uint32_t row);

/** Labels in the loot that are the true ones. */
uint32_t tri_gain_labels(const struct tri_trial *t);

/** Images of the last batch that stand pixel by pixel in what the last step
 *  added to the weights of the first units: unit h has row h of the batch, with
 *  2^-5 of its value. */
uint32_t tri_gain_images(const struct tri_trial *t, uint32_t units);

#endif
