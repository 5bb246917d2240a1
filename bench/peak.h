#ifndef TRI_BENCH_PEAK_H
#define TRI_BENCH_PEAK_H

#include "bench/bench.h"

/** \file bench/peak.h
 *
 * # Register-only peaks
 *
 * Loops that execute a kernel's arithmetic instructions in the kernel's
 * proportion on registers, without loads, stores or dependencies that the
 * kernel would not have: what the execution ports can do at best. A kernel's
 * rate divided by its peak's, in one run, says how much of the machine it
 * uses, whatever the clock does.
 *
 * Each returns a work whose units are those of the kernel (multiply-adds,
 * bytes); fn is NULL for a level without one.
 */
struct bench_work bench_peak_gemm(const char *isa);
struct bench_work bench_peak_chacha20(const char *isa);
struct bench_work bench_peak_aes(const char *isa);
/** Both halves of an AEAD for the same bytes. */
struct bench_work bench_peak_chachapoly(const char *isa);
struct bench_work bench_peak_gcm(const char *isa);

#endif
