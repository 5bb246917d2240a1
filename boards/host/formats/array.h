#ifndef TRI_BOARDS_HOST_FORMATS_ARRAY_H
#define TRI_BOARDS_HOST_FORMATS_ARRAY_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"

/** \file boards/host/formats/array.h
 *
 * # Arrays in files of others (npy.h, safetensors.h)
 *
 * `data` points into the file's bytes and has no alignment. Elements are
 * counted by rows, whatever order they lie in. The values are their owner's, in
 * the clear.
 */
enum tri_dtype {
    TRI_DTYPE_U8, /**< whole numbers first */
    TRI_DTYPE_I8,
    TRI_DTYPE_U16,
    TRI_DTYPE_I16,
    TRI_DTYPE_U32,
    TRI_DTYPE_I32,
    TRI_DTYPE_U64,
    TRI_DTYPE_I64,
    TRI_DTYPE_F16,
    TRI_DTYPE_BF16,
    TRI_DTYPE_F32,
    TRI_DTYPE_F64,
    TRI_DTYPES
};

enum { TRI_ARRAY_DIMS = 8, TRI_ARRAY_NAME = 128, TRI_SHAPE_TEXT = 200 };

struct tri_array {
    char name[TRI_ARRAY_NAME]; /**< safetensors; "" elsewhere      */
    enum tri_dtype type;
    unsigned nd; /**< dimensions; 0: one value        */
    uint64_t d[TRI_ARRAY_DIMS];
    size_t n;    /**< elements, 0 if a size is 0      */
    int big;     /**< highest byte first              */
    int fortran; /**< by columns: first index fastest */
    const uint8_t *data;
};

/** Bytes of an element. */
size_t tri_dtype_size(enum tri_dtype type);

/** Non-zero for the types of whole numbers. */
int tri_dtype_whole(enum tri_dtype type);

/** Set n from nd, d and type. TRI_E_RANGE above 2^40 bytes. */
int tri_array_count(struct tri_array *a);

/** Element i < n as a real number. */
double tri_array_get(const struct tri_array *a, size_t i);

/** Store v as element i of `data`, little-endian and rounded to the type (not
 *  F16, BF16). */
void tri_array_put(uint8_t *data, enum tri_dtype type, size_t i, double v);

/** TRI_OK if no element is NaN or infinite; TRI_E_RANGE with a text that calls
 *  the file `file`. */
int tri_array_finite(const struct tri_array *a, const char *file,
                     struct tri_why *why);

/** "[20, 1, 5, 5]"; returns `out`. */
const char *tri_shape_text(char out[TRI_SHAPE_TEXT], const uint64_t *d,
                           unsigned nd);

#endif
