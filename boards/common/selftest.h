#ifndef TRI_BOARDS_COMMON_SELFTEST_H
#define TRI_BOARDS_COMMON_SELFTEST_H

#include "arch/kernels.h"

/** \file boards/common/selftest.h
 *
 * # Does this processor compute what the reference in plain C does?
 */

/** Hears of every kernel when it has been compared; `same` is 0 if it differs
 *  from the reference. */
typedef void tri_selftest_fn(void *self, const char *name, int same);

/** Compare every kernel of `k` with the reference on random and extreme
 *  inputs. Needs no OS; not reentrant, as its memory is static.
 *  \param tell  called once a kernel; NULL: nobody
 *  \return the number of kernels that differ. */
int tri_selftest(const struct tri_kernels *k, uint64_t seed,
                 tri_selftest_fn *tell, void *self);

#endif
