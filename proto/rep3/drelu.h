#ifndef TRI_PROTO_REP3_DRELU_H
#define TRI_PROTO_REP3_DRELU_H

#include "proto/rep3/adder.h"
#include "proto/rep3/and.h"

/** \file proto/rep3/drelu.h
 *
 * # The sign as a shared bit
 */

/** A computation of signs on its way. Rounds are numbered from 1; each one is
 *  prepared, its message exchanged, and finished. */
struct tri_rep3_drelu {
    const struct tri_adder *adder;
    size_t n, blocks;
    uint64_t *wire[2];
    uint64_t *bit[2]; /**< after the last round: the plane [x >= 0]  */
};

/** The circuit for k bits, 4..64, of n numbers on the network that protocols
 *  are chosen for: the engine's last one, or made in `spare` or there. */
const struct tri_adder *tri_rep3_circuit(const struct tri_engine *e,
                                         struct tri_adder *spare, size_t n,
                                         unsigned k);

/** Memory for n numbers. TRI_OK or TRI_E_NOMEM. */
int tri_rep3_drelu_alloc(struct tri_engine *e, struct tri_rep3_drelu *d,
                         const struct tri_adder *circuit, size_t n);

/** Take the numbers: x of n words, shifted as tri_rep3_slice() does, with
 *  bias and add in component 0 only. */
void tri_rep3_drelu_take(struct tri_engine *e, struct tri_rep3_drelu *d,
                         const uint64_t *const x[2], uint64_t bias,
                         unsigned shift, uint64_t add);

void tri_rep3_drelu_prepare(struct tri_engine *e, struct tri_rep3_drelu *d,
                            unsigned round, struct tri_rep3_gate *g);
void tri_rep3_drelu_finish(struct tri_engine *e, struct tri_rep3_drelu *d,
                           unsigned round);

/** Wipe what is no message. */
void tri_rep3_drelu_wipe(const struct tri_engine *e, struct tri_rep3_drelu *d);

#endif
