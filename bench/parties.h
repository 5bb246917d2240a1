#ifndef TRI_BENCH_PARTIES_H
#define TRI_BENCH_PARTIES_H

#include "bench/bench.h"
#include "net/host/emulate.h"
#include "proto/engine.h"

/** \file bench/parties.h
 *
 * Three processes over loopback TCP, as in a real run, for measurements.
 */
struct bench_setup {
    const struct tri_engine_kind *engine;
    unsigned f, k;
    unsigned cpu;                 /**< kernels                  */
    unsigned threads;             /**< of each party            */
    int plaintext;                /**< connections are not sealed */
    int prg;                      /**< enum tri_prg_kind        */
    int active;                   /**< products are verified    */
    const struct tri_line *shape; /**< an emulated network, or NULL */
};

/** An engine with 16 fraction bits and comparisons of 32, as `b` says. */
struct bench_setup bench_usual(const struct bench *b,
                               const struct tri_engine_kind *engine);

/** What one party measured over `reps` repetitions of one operation. */
struct bench_party {
    int rc;            /**< TRI_OK or what went wrong                   */
    double seconds;    /**< median of one repetition                    */
    double spread;     /**< (max - min) / median                        */
    double cpu;        /**< processor seconds, user and system */
    double link;       /**< seconds in the link, of the median's total  */
    double wait;       /**< of these, blocked                           */
    double prg;        /**< seconds in the generator, one repetition    */
    uint64_t drawn;    /**< bytes that the generator made, likewise     */
    uint64_t sent;     /**< bytes at the socket, one repetition         */
    uint64_t received; /**< likewise                                    */
    uint64_t payload;  /**< of these, messages                          */
    uint64_t rounds;   /**< one repetition                              */
    size_t peak;       /**< arena bytes                                 */
};

/**
 * A measured operation. `prepare` allocates and fills (also called in a dry
 * run, where it must only allocate); `once` is repeated.
 */
struct bench_op {
    int (*prepare)(struct tri_engine *e, void *arg);
    int (*once)(struct tri_engine *e, void *arg);
    void *arg; /**< each process has its own copy */
    int reps;
};

/** The engines that are measured, up to NULL; the first one is profiled. */
extern const struct tri_engine_kind *bench_engines[];

/** Leave one of them. \return 0 if there is none of that name. */
int bench_only(const char *engine);

/** Fill t with shares of value(i, row) for its elements i: the holder that
 *  takes public constants has them, the others zeros. */
int bench_fill(struct tri_engine *e, struct tri_ten *t,
               tri_ring (*value)(size_t i, size_t row), size_t row);

/** Run `op` on three parties; out[i] is P_i's. Returns 0, or -1 with a text on
 *  standard error. */
int bench_parties(const struct bench_setup *setup, const struct bench_op *op,
                  struct bench_party out[TRI_PARTIES]);

#endif
