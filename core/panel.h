#ifndef TRI_CORE_PANEL_H
#define TRI_CORE_PANEL_H

#include "core/gemm.h"

/** \file core/panel.h
 *
 * # Panels: the order in which the micro-kernel reads factors
 *
 * See arch/kernels.h for the order and core/block.h for the product.
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

#endif
