#ifndef TRI_TESTS_ATTACKS_SIGNS_H
#define TRI_TESTS_ATTACKS_SIGNS_H

#include "boards/host/attack/attacks.h"

/** \file tests/attacks/signs.h
 *
 * # A helper that deals bits which are none
 *
 * Engine paper: P2 deals shares modulo 127 of the bits of a masked value, and
 * nobody sees whether they are bits.
 */

/** On the classification of held-out images by network A, by P2. */
extern const struct tri_attack tri_attack_signs;

/** Its .act for a P2 that counts likewise, but deals as it should: then it must
 *  gain nothing. */
void tri_act_listening(struct tri_corrupt *c, const struct tri_event *v);

#endif
