#ifndef TRI_CORE_BLOCK_H
#define TRI_CORE_BLOCK_H

#include "core/panel.h"

/** \file core/block.h
 *
 * # The blocked product behind core/gemm.h and core/conv.h
 *
 * C [m x n] += A [m x k] * B [k x n], in blocks that suit the caches (K. Goto
 * and R. van de Geijn, 2008).
 */

/** Where the product is added. Plain (g is NULL): C with rows of ldc. Else C
 *  is the input's gradient [b x h x w x c]: rows of the product are positions,
 *  columns are taps, and each element is added where its tap looks. */
struct tri_sink {
    tri_ring *C;
    size_t ldc;
    const struct tri_conv *g;
};

/** Words of all of a factor B, [n columns x inner], as panels, and packing it,
 *  for one that is used many times. n is at most nc of the kernel. */
size_t tri_block_packed(const struct tri_kernels *k, size_t n, size_t inner);
void tri_block_pack(const struct tri_kernels *k, const struct tri_factor *b,
                    tri_ring *dst, size_t n, size_t inner);

/** The product. TRI_OK or TRI_E_NOMEM. */
int tri_block_product(const struct tri_cx *cx, const struct tri_factor *a,
                      const struct tri_factor *b, const struct tri_sink *c,
                      size_t m, size_t n, size_t k);

#endif
