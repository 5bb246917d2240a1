#ifndef TRI_TESTS_ATTACKS_TAMPER_H
#define TRI_TESTS_ATTACKS_TAMPER_H

#include "tests/support/three.h"

/** \file tests/attacks/tamper.h
 *
 * # One wrong word
 *
 * Small networks, one step of training. In each run one party does one thing
 * wrong:
 *
 *   message  one word of a message, by +-2^k or a random number, or one bit
 *   pair     two words of a message, by errors that cancel
 *   copy     its own copy of a component, before an operation reads it
 *   deal     a component that the owner gave it, who gave the other holder
 *            another one
 *   poison   the data themselves, which the owner gave both holders alike: this
 *            alone has to go through, and to change the result
 *   manner   a message that stays out, comes twice, or is too short
 *   secret   as message, for two different inputs: the outcome must be the
 *            same, or it would tell which of them it was
 *
 * Each message and each reading of a tensor has its turn, in all parties.
 */
struct tri_tamper {
    const struct tri_engine_kind *engine;
    int active;
    unsigned every;  /**< each `every`-th of them has its turn; 1: each */
    unsigned random; /**< messages altered at random, in a larger run  */
    unsigned honest; /**< runs in which nobody cheats                  */
    uint64_t seed;   /**< of what is altered, and by how much          */
};

/** Print a line for every kind of operation.
 *  \return how many alterations nobody noticed, or were noticed too late: an
 *          honest party saw a wrong result, or the parties went on */
unsigned tri_tamper_run(const struct tri_tamper *a);

#endif
