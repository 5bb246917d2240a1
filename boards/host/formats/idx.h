#ifndef TRI_BOARDS_HOST_FORMATS_IDX_H
#define TRI_BOARDS_HOST_FORMATS_IDX_H

#include "boards/host/formats/array.h"

/** \file boards/host/formats/idx.h
 *
 * # IDX files, as MNIST ships them
 *
 *     0, 0, type, dimensions     one byte each; type 8: unsigned bytes, 9:
 *                                signed ones, 11: i2, 12: i4, 13: f4, 14: f8
 *     size of each dimension     4 bytes, big-endian
 *     elements                   row-major, big-endian, to the end of the file
 *
 * The parser works on memory, changes nothing and trusts nothing.
 */

/** Does it begin like one? */
int tri_idx_is(const uint8_t *buf, size_t len);

/** The array: 1 to 4 dimensions, none empty; `data` points into buf.
 *  \param name  what the error text calls the buffer
 *  \return TRI_OK; TRI_E_FORMAT, TRI_E_RANGE with a text. */
int tri_idx_parse(struct tri_array *a, const uint8_t *buf, size_t len,
                  const char *name, struct tri_why *why);

/** The header of an IDX file of unsigned bytes with 1 (h = w = 0) or 3
 *  dimensions; returns its length. */
size_t tri_idx_header(uint8_t out[16], uint32_t n, uint32_t h, uint32_t w);

#endif
