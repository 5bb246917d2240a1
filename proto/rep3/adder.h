#ifndef TRI_PROTO_REP3_ADDER_H
#define TRI_PROTO_REP3_ADDER_H

#include <stddef.h>
#include <stdint.h>

/** \file proto/rep3/adder.h
 *
 * # A circuit for the top bit of a sum of three numbers
 *
 * Wires are numbered: 0 .. k-1 the bits of the three numbers (bit w of the sum
 * without carries, as each party's components hold it), then `leaves` wires
 * that are the exclusive or of two others, then the AND gates round by round.
 */
enum {
    TRI_ADDER_ROUNDS = 8,
    TRI_ADDER_GATES = 224, /**< at k = 64 there are fewer */
    TRI_ADDER_FOLDS = 192
};

struct tri_adder_gate {
    uint16_t x, y;
};

/** z ^= x, local, after the round that made z. */
struct tri_adder_fold {
    uint16_t z, x, round;
};

struct tri_adder {
    unsigned k, worth; /**< of what it is a function */
    unsigned leaves;
    unsigned rounds;
    unsigned wires; /**< in all                                           */
    /** Gates first[r] .. first[r + 1] - 1 belong to round r, from 1. Gate g
     *  makes wire k + leaves + g. Those of round 1 are the carries of three
     *  bits: x is the wire of the bits, y the same. */
    unsigned first[TRI_ADDER_ROUNDS + 2];
    struct tri_adder_gate gate[TRI_ADDER_GATES];
    unsigned folds;
    struct tri_adder_fold fold[TRI_ADDER_FOLDS];
    unsigned sum, carry, out; /**< the top bit is sum ^ carry ^ out         */
};

/** The circuit for numbers of k bits, 4..64, of the least rounds, or of one
 *  more if that saves more than `worth` gates. A function of both alone. */
void tri_adder_plan(struct tri_adder *a, unsigned k, unsigned worth);

#endif
