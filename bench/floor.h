#ifndef TRI_BENCH_FLOOR_H
#define TRI_BENCH_FLOOR_H

#include "bench/bench.h"
#include "bench/parties.h"
#include "proto/nn/net.h"

/** \file bench/floor.h
 *
 * # What a network must cost at least
 *
 * Parts that cannot be left out, each at the best rate that this machine shows
 * for it in the same run:
 *
 * | part        | amount                                 | rate              |
 * |-------------|----------------------------------------|-------------------|
 * | products    | multiply-adds of each party: fused one | registers only,   |
 * |             | product, paper two (P2 one), rep3 two  | the widest kernel |
 * | TCP         | bytes sent and received                | loopback          |
 * | sealing     | the same bytes, unless in plaintext    | sealing a record  |
 * | generator   | bytes drawn                            | the L1 cache      |
 * | comparisons | of ReLU and max-pooling, fused only    | the chain's       |
 * |             |                                        | kernels, caches   |
 * | passes      | every layer reads its input, writes    | memcpy            |
 * |             | its output, and in training gradients  |                   |
 *
 * All of it is spread evenly over the cores: no party ever waits. A kernel that
 * trades multiplications for additions (Winograd's inner product) may go below
 * the first part.
 */

/** Ring multiply-adds of one inference or one training step, one product each
 *  (plain network). */
double bench_madds(const struct tri_net *net, uint32_t batch, int training);

enum bench_part {
    BENCH_PRODUCTS,
    BENCH_TCP,
    BENCH_SEALING,
    BENCH_GENERATOR,
    BENCH_COMPARISONS,
    BENCH_PASSES,
    BENCH_PARTS
};
extern const char *const bench_part_name[BENCH_PARTS];

/** The floor, and what it is made of. */
struct bench_floor {
    double seconds;                           /**< of all, on these cores     */
    double part[TRI_PARTIES][BENCH_PARTS];    /**< seconds on one core        */
    double madds, peak, copy, tcp, seal, prg; /**< a second, on one core;
                                                madds: in all               */
    unsigned cores;
};

/** Of what three parties have measured, and would have to do. */
struct bench_floor bench_floor(const struct bench *b,
                               const struct tri_engine_kind *engine,
                               const struct tri_net *net, uint32_t batch,
                               int training,
                               const struct bench_party p[TRI_PARTIES]);

/** Seconds that party `id` needs for the kernels of one comparison of 32 bits
 *  (bench_chain.c). */
double bench_comparison(const struct bench *b, int id);

/** The most units a second that `work` does in some short turns. */
double bench_best(const struct bench_work *work);

#endif
