#ifndef TRI_CORE_MASK_H
#define TRI_CORE_MASK_H

#include "core/prg.h"

/** \file core/mask.h
 *
 * # Masks that are never stored
 */

/** out[i] = x[i] + w[i] (sign > 0) or x[i] - w[i] (sign < 0), w being what
 *  tri_prg_words() would draw; out may be x. Never stores w. */
void tri_prg_mask(struct tri_prg *g, const struct tri_par *par, uint64_t *out,
                  const uint64_t *x, size_t n, int sign);

#endif
