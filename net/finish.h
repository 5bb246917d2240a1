#ifndef TRI_NET_FINISH_H
#define TRI_NET_FINISH_H

#include "net/link.h"

/** \file net/finish.h
 *
 * # The last common word
 *
 * No message can make two parties certain of the end at the same time: the last
 * one may be lost. So the end takes two rounds, and what is lost in the second
 * is no failure:
 *
 *     P_i -> P_j   1 byte, 1: P_i has all it wanted   for all i != j; one round
 *     P_i -> P_j   1 byte, 2: P_i knows that of all   for all i != j; one round
 *
 * Whoever misses a word of the first round fails and says so, and everybody who
 * hears it fails too. Whoever has the first round knows that all three have
 * all; from then on only such an objection is a failure.
 *
 * What remains: if a party misses a word of the first round and its objection
 * is lost on the way to another party, and the third party does not repeat it
 * within a second, then it fails alone. That takes two faults, or one that cuts
 * it off from both at this moment.
 */

/**
 * All three, when nothing is left to do but to report. l->dead tells whether
 * the end is certain: if it is not TRI_OK, l->error says who did not confirm
 * it.
 * \return TRI_OK: all three have what they wanted. Else somebody has not.
 */
int tri_finish(struct tri_link *l);

#endif
