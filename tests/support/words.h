#ifndef TRI_TESTS_SUPPORT_WORDS_H
#define TRI_TESTS_SUPPORT_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include "arch/kernels.h"

/** \file tests/support/words.h
 *
 * Words to compute with, and kernel tables for every subset of the CPU's
 * vector instruction sets.
 */

/** Fill p[n] with random words, carry-heavy extremes mixed in. */
void tri_test_words(uint64_t *p, size_t n, uint64_t *seed);

/** Number of subsets of what this CPU has of AVX2, AVX-512 and NEON. */
size_t tri_test_subsets(void);

/** The kernel table for subset `i`; 0 is the empty one. */
void tri_test_kernels(struct tri_kernels *k, size_t i);

#endif
