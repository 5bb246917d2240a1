#ifndef TRI_BOARDS_HOST_FORMATS_SAFETENSORS_H
#define TRI_BOARDS_HOST_FORMATS_SAFETENSORS_H

#include "boards/host/formats/array.h"

/** \file boards/host/formats/safetensors.h
 *
 * # .safetensors files
 *
 *     length of the header    8 bytes, little-endian
 *     header                  JSON: {"name": {"dtype": "F32", "shape": [2, 3],
 *                             "data_offsets": [0, 24]}, ...}, blanks
 *     elements                to the end of the file
 *
 * The format is in the documentation of Hugging Face's safetensors. Offsets
 * count from the end of the header, and the tensors fill the rest of the file
 * without hole or overlap. "__metadata__" may map texts to texts; it is
 * checked and otherwise ignored. Types are F16, BF16, F32, F64 and, of
 * counters, whole numbers of 8 to 64 bits. The parser works on memory, changes
 * nothing and trusts nothing.
 */
enum {
    TRI_TENSORS_MAX = 5000 /**< a batchnorm's five in each of 1,000 layers */
};

/**
 * \param t    receives the tensors in the order of their data
 * \param n    receives their number
 * \param name what the error text calls the buffer
 * \return TRI_OK; TRI_E_FORMAT; TRI_E_RANGE (an element is NaN or infinite);
 *         TRI_E_NOMEM, with a text.
 */
int tri_safetensors_parse(struct tri_array t[TRI_TENSORS_MAX], size_t *n,
                          const uint8_t *buf, size_t len, const char *name,
                          struct tri_why *why);

/**
 * What stands before the elements of the tensors t[0..n-1], one after the
 * other: name (ASCII without '"' and '\'), type and shape count.
 *
 * \param key,value  one entry of the metadata, in the same letters; or NULL
 * \return its length, a multiple of 8; 0 if it does not fit into `size`.
 */
size_t tri_safetensors_header(uint8_t *out, size_t size,
                              const struct tri_array *t, size_t n,
                              const char *key, const char *value);

#endif
