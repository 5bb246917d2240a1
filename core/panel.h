#ifndef TRI_CORE_PANEL_H
#define TRI_CORE_PANEL_H

#include "core/gemm.h"

/** \file core/panel.h
 *
 * # The blocked product behind core/gemm.h
 *
 * C [m x n] += A [m x k] * B [k x n], in blocks that suit the caches (K. Goto
 * and R. van de Geijn, 2008). Blocks are copied into *panels*, the order in
 * which the micro-kernel (arch/kernels.h) reads them. A convolution is the
 * same product on the matrix im2col(X), of which only panels ever exist.
 */

/**
 * One factor, seen as [rows x inner]: `inner` is the dimension that is summed
 * over, rows are those of A or the columns of B.
 *
 * Plain (g is NULL): element (r, p) is base[r*rs + p*ps].
 *
 * im2col: base is the input [b x h x w x c] of convolution g, whose `pad` is
 * taken for 0: zeros around the images are part of the input. A *position* is
 * an output pixel, numbered in the order of [b x oh x ow]; a *tap* is an
 * element of one filter, in the order of [kh x kw x c]. The element is the
 * input that the tap sees at the position. Rows are positions; with `by_tap`,
 * rows are taps and positions are summed over.
 *
 * Packed, only for B: base is what tri_block_pack() made of it.
 */
struct tri_factor {
    const tri_ring *base;
    size_t rs, ps;
    const struct tri_conv *g;
    int by_tap;
    int packed;
};

/** Where the product is added. Plain (g is NULL): C with rows of ldc. Else C
 *  is the input's gradient [b x h x w x c]: rows of the product are positions,
 *  columns are taps, and each element is added where its tap looks. */
struct tri_sink {
    tri_ring *C;
    size_t ldc;
    const struct tri_conv *g;
};

/** Words of a panel of `w` rows and `pn` inner elements, 64-byte multiples. */
size_t tri_panel_words(const struct tri_gemm_kernel *k, size_t w, size_t pn);

/** Inner size for the micro-kernel: pn, made a multiple of its ku. */
size_t tri_panel_inner(const struct tri_gemm_kernel *k, size_t pn);

/** Pack rows r0.. (rn of them) and inner elements p0.. (pn of them) into panels
 *  of w rows (mr, or nr for `columns`), the i-th at dst + i*words; what stands
 *  for rows missing in the last one never reaches a result. */
void tri_panel_pack(const struct tri_gemm_kernel *k, const struct tri_factor *f,
                    int columns, tri_ring *dst, size_t words, size_t r0,
                    size_t rn, size_t p0, size_t pn);

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
