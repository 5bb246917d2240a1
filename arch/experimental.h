#ifndef TRI_ARCH_EXPERIMENTAL_H
#define TRI_ARCH_EXPERIMENTAL_H

#include "arch/kernels.h"

/** \file arch/experimental.h
 *
 * Kernels that have run on a model of their instructions only, never on a CPU
 * that has them. `make EXPERIMENTAL=1` links arch/amx; every other build links
 * arch/ref/experimental.c, which has none.
 */

/** Further bits of enum tri_cpu that this CPU and OS can run, given that they
 *  can run `cpu`. Asks the OS for the use of tiles. */
unsigned tri_experimental_detect(unsigned cpu);

/** Override the slots of `k` that `cpu` allows. */
void tri_experimental_fill(struct tri_kernels *k, unsigned cpu);

#endif
