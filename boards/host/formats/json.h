#ifndef TRI_BOARDS_HOST_FORMATS_JSON_H
#define TRI_BOARDS_HOST_FORMATS_JSON_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"

/** \file boards/host/formats/json.h
 *
 * # JSON (RFC 8259), as far as headers of tensor files need it
 *
 * A reader of tokens over memory: the caller asks for what has to come next.
 * Strings, whole numbers and punctuation; no fractions, no true, false, null.
 * It never reads behind the text, never allocates, and names the byte where
 * it stops.
 */
struct tri_json {
    const uint8_t *text;
    size_t len;
    size_t at;        /**< next byte                               */
    size_t base;      /**< added to `at` in error texts            */
    const char *name; /**< what error texts call the source        */
};

/** Skip blanks; non-zero and one further if the next byte is `c`. */
int tri_json_take(struct tri_json *j, char c);

/** The next byte has to be `c`. TRI_E_FORMAT with a text. */
int tri_json_expect(struct tri_json *j, char c, struct tri_why *why);

/**
 * A string, its escapes decoded, with a 0 at the end.
 * \param out,size  receives it; NULL: checked and skipped
 * \return TRI_OK; TRI_E_FORMAT if it is no string of valid UTF-8, has a bad
 *         escape or a 0 in it, does not fit, or has a control character, even
 *         an escaped one if the string is kept.
 */
int tri_json_string(struct tri_json *j, char *out, size_t size,
                    struct tri_why *why);

/** A whole number 0 .. 2^64 - 1, digits only, no leading zero. TRI_E_FORMAT. */
int tri_json_uint(struct tri_json *j, uint64_t *out, struct tri_why *why);

/** Any number of JSON of at most 63 characters, as a double. TRI_E_FORMAT, also
 *  if it is too large for one. */
int tri_json_real(struct tri_json *j, double *out, struct tri_why *why);

/** Nothing but blanks may be left. TRI_E_FORMAT. */
int tri_json_end(struct tri_json *j, struct tri_why *why);

#endif
