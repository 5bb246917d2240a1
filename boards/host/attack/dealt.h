#ifndef TRI_BOARDS_HOST_ATTACK_DEALT_H
#define TRI_BOARDS_HOST_ATTACK_DEALT_H

#include "boards/host/attack/corrupt.h"

/** \file boards/host/attack/dealt.h
 *
 * # What the helper deals for a ReLU
 *
 * Engine fused: P2 knows e, which is the sign under a bit that it lacks, and
 * deals shares of e and of e times the masked value (proto/fused/relu.c). It
 * cannot choose a result by the value, but bend all of them alike.
 */

/** P2 is about to send P1 a part of that: e becomes e + d(2e - 1), and so does
 *  what e is multiplied with. Then relu(a) becomes relu(a) + d|a|; with d = -1,
 *  min(a, 0). Other messages stay as they are. */
void tri_dealt_bend(const struct tri_event *v, int64_t d);

#endif
