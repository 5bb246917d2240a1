#ifndef TRI_BOARDS_HOST_FORMATS_IDX_H
#define TRI_BOARDS_HOST_FORMATS_IDX_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"

/** \file boards/host/formats/idx.h
 *
 * # IDX files, as MNIST ships them
 *
 *     0, 0, type, dimensions     one byte each; type 8: unsigned bytes
 *     size of each dimension     4 bytes, big-endian
 *     elements                   row-major, to the end of the file
 *
 * Images are [n x h x w], labels [n]. The parser works on memory, changes
 * nothing and trusts nothing.
 */
enum { TRI_IDX_CLASSES = 10, TRI_IDX_SIDE = 1024 };

struct tri_idx {
    uint32_t n, h, w;    /**< labels: h = w = 1      */
    const uint8_t *data; /**< [n x h x w] inside buf */
};

/** Images; each side 1..TRI_IDX_SIDE, at least one image.
 *  \param name  what the error text calls the buffer
 *  \return TRI_OK; TRI_E_FORMAT with a text. */
int tri_idx_images(struct tri_idx *x, const uint8_t *buf, size_t len,
                   const char *name, struct tri_why *why);

/** Labels, each below TRI_IDX_CLASSES, at least one. */
int tri_idx_labels(struct tri_idx *x, const uint8_t *buf, size_t len,
                   const char *name, struct tri_why *why);

/** The header of an IDX file of unsigned bytes with 1 (h = w = 0) or 3
 *  dimensions; returns its length. */
size_t tri_idx_header(uint8_t out[16], uint32_t n, uint32_t h, uint32_t w);

#endif
