#ifndef TRI_BOARDS_HOST_FORMATS_NPY_H
#define TRI_BOARDS_HOST_FORMATS_NPY_H

#include "boards/host/formats/array.h"

/** \file boards/host/formats/npy.h
 *
 * # .npy files, as NumPy's save() writes them
 *
 *     0x93 "NUMPY", major, minor     1.0, 2.0 or 3.0
 *     length of the header           2 bytes in 1.0, otherwise 4
 *     header                         a Python dictionary and a line end
 *     elements                       to the end of the file
 *
 * The format is in NumPy's documentation, module numpy.lib.format. Types are
 * b1, u1 to u8, i1 to i8 and f2 to f8, in both byte orders and both orders of
 * elements. The parser works on memory, changes nothing and trusts nothing.
 */
enum { TRI_NPY_HEADER = 512 };

/** Does a file that starts with these bytes mean to be one? */
int tri_npy_is(const uint8_t *buf, size_t len);

/**
 * \param name  what the error text calls the buffer
 * \return TRI_OK; TRI_E_FORMAT; TRI_E_RANGE (an element is NaN or infinite),
 *         with a text.
 */
int tri_npy_parse(struct tri_array *a, const uint8_t *buf, size_t len,
                  const char *name, struct tri_why *why);

/** What stands before the elements of an array with this type (not BF16) and
 *  shape, version 1.0; returns its length, a multiple of 64. */
size_t tri_npy_header(uint8_t out[TRI_NPY_HEADER], enum tri_dtype type,
                      const uint64_t *d, unsigned nd);

#endif
