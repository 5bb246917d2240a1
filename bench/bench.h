#ifndef TRI_BENCH_BENCH_H
#define TRI_BENCH_BENCH_H

#include <stdint.h>
#include "arch/kernels.h"
#include "core/gemm.h"

/** \file bench/bench.h
 *
 * # Measurements
 *
 * Machines are shared and noisy, so what counts is a ratio of two things
 * measured in the same run: against the register-only peak of the same
 * instructions (bench/peak.h), against the C reference. Works to be compared
 * run in turn, A B C A B C ...; figures are medians over the turns, ratios
 * medians of the ratios turn by turn, and `spread` is (max - min) / median.
 */

/** Something to time: fn(arg) does `units` operations. */
struct bench_work {
    void (*fn)(void *arg);
    void *arg;
    double units;
};

/** One line of a table. Ratios that do not apply are 0. */
struct bench_row {
    const char *area, *name, *isa, *shape, *unit;
    double rate;    /**< units a second, median            */
    double spread;  /**< of the rate                       */
    double peak;    /**< rate / register-only rate         */
    double speedup; /**< rate / rate of the C reference; area "threads":
                         of the same kernels on one thread; area "machine":
                         operations a cycle */
    /** The works are this thread's: its own processor time is counted, so that
     *  other work on the machine does not. */
    int alone;
    /** Further members of the row's JSON object, or NULL: "name": value, ... */
    const char *more;
};

struct bench {
    const char *filter; /**< only rows whose "area/name/shape" contains it */
    unsigned cpu;       /**< ISA levels to measure (bits of enum tri_cpu)   */
    unsigned threads;
    int plaintext; /**< three parties: connections are not sealed           */
    int prg;       /**< their generator, enum tri_prg_kind                  */
    int active;    /**< verify products, where the engine can               */
    int turns;
    double turn_seconds; /**< how long one work runs in one turn            */
    struct bench_row *rows;
    size_t n, size;
    const struct tri_par *par; /**< a pool of `threads`                     */
};

/** Non-zero if a row of this name is wanted. */
int bench_wanted(const struct bench *b, const char *area, const char *name,
                 const char *shape);

/** Time `work`, beside `peak` and `ref` (either may have fn NULL), and add the
 *  row. Texts must stay (constants or bench_text()). */
void bench_measure(struct bench *b, struct bench_row row,
                   struct bench_work work, struct bench_work peak,
                   struct bench_work ref);

/** Add a row that was measured elsewhere. */
void bench_add(struct bench *b, struct bench_row row);

/** A formatted text that stays. */
const char *bench_text(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

double bench_now(void); /**< seconds, monotonic */

/** Zeroed memory, aligned to TRI_ALIGN; ends the program if there is none. */
void *bench_alloc(size_t bytes);
/** Words that look random. */
uint64_t *bench_words(size_t n);

/** Levels of this CPU in rising order, the reference first: cpu masks. */
struct bench_level {
    unsigned cpu;
    const char *name;
};
size_t bench_levels(const struct bench *b, struct bench_level out[8]);

/* The areas. */
void bench_machine(struct bench *b);
void bench_ring(struct bench *b);
void bench_gemm(struct bench *b);
void bench_conv(struct bench *b);
void bench_threads(struct bench *b);
void bench_prg(struct bench *b);
void bench_aead(struct bench *b);
void bench_zp(struct bench *b);
void bench_chain(struct bench *b);
void bench_lane(struct bench *b);
void bench_slice(struct bench *b);
void bench_verify(struct bench *b);
void bench_products(struct bench *b);
void bench_proto(struct bench *b);
void bench_net(struct bench *b);
void bench_link(struct bench *b);

/** Print the tables of the SecureNN paper, its figures and ours, over emulated
 *  networks. \return 0; 2 if no row is wanted; 1 if a run failed. */
int bench_published(struct bench *b);

/** Print where a training step of a network spends time, layer by layer.
 *  \return 0; 2 if there is no such network; 1 if the run failed. */
int bench_profile(struct bench *b, const char *net);

#endif
