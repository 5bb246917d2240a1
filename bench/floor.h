#ifndef TRI_BENCH_FLOOR_H
#define TRI_BENCH_FLOOR_H

#include "bench/bench.h"
#include "proto/nn/net.h"

/** \file bench/floor.h
 *
 * # What a network must cost at least
 *
 * Multiply-adds of all five products of a Beaver triple (two at P0, two at
 * P1, one at P2) at the register-only rate of the widest kernel, and one copy
 * of every byte sent, spread evenly over the cores. Rates are measured in the
 * same run. A kernel that trades multiplications for additions (Winograd's
 * inner product) may go below this floor.
 */

/** Ring multiply-adds of one inference or one training step, one product each
 *  (plain network). */
double bench_madds(const struct tri_net *net, uint32_t batch, int training);

/** The floor in seconds, and the rates that it was computed with. */
struct bench_floor {
    double seconds;
    double madds; /**< of all parties                                */
    double peak;  /**< multiply-adds a second on one core, registers */
    double copy;  /**< bytes a second, memcpy on one core            */
    unsigned cores;
};

struct bench_floor bench_floor(const struct bench *b, double madds,
                               double bytes);

#endif
