#ifndef TRI_BOARDS_HOST_SELFTEST_H
#define TRI_BOARDS_HOST_SELFTEST_H

#include <stdio.h>
#include "arch/kernels.h"

/** Compare every kernel of `k` with the reference on random and extreme
 *  inputs; one line a kernel goes to `out` (NULL: none).
 *  \return the number of kernels that differ. */
int tri_selftest(FILE *out, const struct tri_kernels *k, uint64_t seed);

#endif
