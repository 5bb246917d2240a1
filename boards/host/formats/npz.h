#ifndef TRI_BOARDS_HOST_FORMATS_NPZ_H
#define TRI_BOARDS_HOST_FORMATS_NPZ_H

#include "boards/host/formats/array.h"

/** \file boards/host/formats/npz.h
 *
 * # Archives of arrays, as numpy.savez() writes them
 *
 *     entry:      "PK\3\4", sizes, name, extra field, the bytes of NAME.npy
 *     directory:  "PK\1\2", sizes, name, where the entry begins; one for each
 *     end:        "PK\5\6", where the directory is
 *
 * Numbers are little-endian; sizes of 2^32 - 1 stand in an extra field as 64
 * bits (zip64). Entries must be stored: what numpy.savez_compressed() deflates
 * is refused with what to do. CRC-32 is checked. The parser works on memory,
 * changes nothing and trusts nothing.
 */

/** Does it begin like a zip archive? */
int tri_npz_is(const uint8_t *buf, size_t len);

/**
 * The array `entry` (without .npy), or the only one (NULL): `data` points into
 * buf.
 * \param name  what the error text calls the buffer
 * \return TRI_OK; TRI_E_FORMAT, TRI_E_ARG (no such entry, several), TRI_E_RANGE
 *         with a text.
 */
int tri_npz_parse(struct tri_array *a, const uint8_t *buf, size_t len,
                  const char *entry, const char *name, struct tri_why *why);

#endif
