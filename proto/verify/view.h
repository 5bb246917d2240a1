#ifndef TRI_PROTO_VERIFY_VIEW_H
#define TRI_PROTO_VERIFY_VIEW_H

#include "proto/engine.h"

/** \file proto/verify/view.h
 *
 * # A bilinear operation as a matrix product
 *
 * Z [m x n] = X [m x k] * Y [k x n], Z row-major as it lies in memory. X and Y
 * are only looked at: an element of a tensor may stand in many places of the
 * matrix, and where a convolution has padding there is a 0.
 *
 * | operation | rows of Z     | columns | inner index                       |
 * |-----------|---------------|---------|-----------------------------------|
 * | MATMUL    | m             | n       | k                                 |
 * | CONV      | (b, oy, ox)   | o       | (ky, kx, c)                       |
 * | CONV_DX   | (b, iy, ix)   | c       | (ky, kx, o)                       |
 * | CONV_DW   | (ky, kx, c)   | o       | (b, oy, ox)                       |
 */
struct tri_view {
    const struct tri_bilin *op; /**< not MUL                            */
    size_t m, n, k;
};

void tri_view_init(struct tri_view *v, const struct tri_bilin *op);

/** X as its rows are read. Of CONV_DW, what inner elements k0 .. k0+n-1 look at
 *  is copied to planes, one for each filter column and channel, in which the
 *  elements of an image stand side by side in the order of Z's places, for
 *  every filter line: since an element is read once for each filter place. Else
 *  X itself, and no room is needed. */
struct tri_view_planes {
    const uint64_t *x;
    size_t image,    /**< the first one                                     */
        skip,        /**< words of it that are left out                     */
        each, apart; /**< words of an image; from plane to plane            */
};

/** 1 if lines of a side (0: rows of X, 1: columns of Y) are columns of a matrix
 *  in memory. */
int tri_view_turned(const struct tri_view *v, unsigned side);

/** Words of room for n inner elements. */
size_t tri_view_planes_room(const struct tri_view *v, size_t n);

struct tri_view_planes tri_view_planes(const struct tri_view *v,
                                       const struct tri_kernels *k,
                                       const uint64_t *x, size_t k0, size_t n,
                                       uint64_t *room);

/** CONV_DW: where X[row][k0 ..] stands, and how many to the end of the image.
 *  Rows of the same filter line are p->apart words apart. */
const uint64_t *tri_view_plane(const struct tri_view *v,
                               const struct tri_view_planes *p, size_t row,
                               size_t k0, size_t *run);

/** out[r*ld + i] = X[row + r][k0 + i], r < rows, i < n; ld is even. Of the
 *  planes of these inner elements. Addresses depend on the view alone. */
void tri_view_rows(const struct tri_view *v, const struct tri_kernels *k,
                   const struct tri_view_planes *p, size_t row, size_t rows,
                   size_t k0, size_t n, uint64_t *out, size_t ld);

/** out[r*ld + i] = Y[k0 + i][col + r], r < cols, i < n. */
void tri_view_cols(const struct tri_view *v, const struct tri_kernels *k,
                   const uint64_t *y, size_t col, size_t cols, size_t k0,
                   size_t n, uint64_t *out, size_t ld);

/**
 * Rows that are places of images: X is made of images of `h` x `w` places of
 * `c` words, Z of images of `zh` x `zw` places. Where X has (y, x) and Z has
 * (zy, zx), filter place (ky, kx) joins them iff
 *   y = zy*stride + ky - pad  (CONV),  zy = y*stride + ky - pad  (CONV_DX),
 * and likewise along x.
 */
struct tri_view_images {
    size_t b, h, w, c, zh, zw;
};

/** \return 1, or 0 if rows are no such places */
int tri_view_images(const struct tri_view *v, struct tri_view_images *im);

/** 1 if place z of Z meets place x of X at filter place `at`, on one axis. */
int tri_view_meets(const struct tri_view *v, size_t z, size_t x, size_t at);

/** The place x of X that place z of Z meets at filter place kx, along a line;
 *  behind the end if there is none. At kx .. kx+n-1 it meets x .. x+n-1. */
size_t tri_view_run(const struct tri_view *v, size_t z, size_t kx, size_t *n);

#endif
