#ifndef TRI_TESTS_SUPPORT_THREE_H
#define TRI_TESTS_SUPPORT_THREE_H

#include "proto/engine.h"

/** \file tests/support/three.h
 *
 * Three parties as three threads of the test process, over in-process links.
 */
struct tri_three {
    /* to be set (tri_three_default fills in usual values) */
    size_t arena; /**< bytes for each party                        */
    const struct tri_engine_kind *engine;
    struct tri_engine_config config;
    unsigned cpu;         /**< kernels: bits of enum tri_cpu               */
    uint64_t seed;        /**< of the pairwise keys                        */
    uint32_t deadline_ms; /**< of the links                                */
    const struct tri_par *par; /**< used by all parties; may be NULL       */
    unsigned cut_from, cut_to; /**< break this direction ...               */
    uint64_t cut_after;        /**< ... after so many bytes; UINT64_MAX: no*/

    /* results, per party */
    int dead[TRI_PARTIES];    /**< the session's fate                        */
    size_t peak[TRI_PARTIES]; /**< largest use of the arena               */
    size_t left[TRI_PARTIES]; /**< bytes that are not zero after the engine's
                                 end, of those that verification has taken */
    struct tri_link_stats stats[TRI_PARTIES];
    int blamed[TRI_PARTIES];      /**< by the link                        */
    char error[TRI_PARTIES][512]; /**< the link's text                    */
    char where[TRI_PARTIES][192]; /**< the session's                      */
    uint64_t rounds; /**< longest of the three                      */
};

/** One party's program; e->s->id tells which one. */
typedef void tri_three_fn(struct tri_engine *e, void *arg);

/** fused, f = 16, k = 32, 64 MiB, all of the CPU, deadline 60 s. */
void tri_three_default(struct tri_three *t);

/** Run fn as P0, P1 and P2 with the engine; fills in the results. */
void tri_three_run(struct tri_three *t, tri_three_fn *fn, void *arg);

/** Run fn once as a dry run of party `id`; returns cost and arena peak. */
struct tri_cost tri_three_dry(const struct tri_three *t, unsigned id,
                              tri_three_fn *fn, void *arg, size_t *peak);

/** Random shares of x [n]. */
void tri_three_share(uint64_t *x0, uint64_t *x1, const uint64_t *x, size_t n,
                     uint64_t *rng);

/** Sum of payload bytes sent by all parties. */
uint64_t tri_three_payload(const struct tri_three *t);

#endif
