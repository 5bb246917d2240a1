#ifndef TRI_BOARDS_HOST_FORMATS_WIRE_H
#define TRI_BOARDS_HOST_FORMATS_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include "boards/host/base/why.h"

/** \file boards/host/formats/wire.h
 *
 * # The wire format of protocol buffers
 *
 * A message is a row of fields, in any order:
 *
 *     tag                number * 8 + type, a varint
 *     type 0   varint    7 bits a byte, lowest first; bit 7: more follow
 *     type 1   fixed     8 bytes, lowest first
 *     type 2   bytes     length as a varint, then so many bytes: a text, a
 *                        message, or numbers in a row ("packed")
 *     type 5   fixed     4 bytes, lowest first
 *
 * as in "Encoding" of the documentation of protocol buffers. Groups, types 3
 * and 4, are of the past and refused. The reader works on memory, never reads
 * behind the message, and trusts nothing.
 */
enum tri_wire_type {
    TRI_WIRE_VARINT = 0,
    TRI_WIRE_FIXED64 = 1,
    TRI_WIRE_BYTES = 2,
    TRI_WIRE_FIXED32 = 5
};

/** Bytes of the file: a text, a message, a row of numbers. NULL: none. */
struct tri_span {
    const uint8_t *p;
    size_t n;
};

/** A message that is read. */
struct tri_wire {
    struct tri_span left;
    const uint8_t *file; /**< its first byte: error texts count from it */
    const char *name;    /**< what they call it                         */
};

struct tri_wire_field {
    uint32_t number;
    enum tri_wire_type type;
    uint64_t value;       /**< types 0, 1 and 5 */
    struct tri_span span; /**< type 2           */
};

/** A whole file. */
struct tri_wire tri_wire_open(const uint8_t *buf, size_t len, const char *name);

/** A message or row in a file that `w` reads another part of. */
struct tri_wire tri_wire_inside(const struct tri_wire *w, struct tri_span s);

/** The next field, while w->left.n > 0.
 *  \return TRI_OK; TRI_E_FORMAT with a text. */
int tri_wire_next(struct tri_wire *w, struct tri_wire_field *f,
                  struct tri_why *why);

/** The next varint of a row. TRI_E_FORMAT as above. */
int tri_wire_varint(struct tri_wire *w, uint64_t *out, struct tri_why *why);

/** TRI_E_FORMAT: "FILE: byte N: " of what comes next, and `what`. */
int tri_wire_fail(const struct tri_wire *w, const char *what,
                  struct tri_why *why);

/** A message that is written; n counts on where it does not fit. */
struct tri_wire_out {
    uint8_t *p; /**< NULL, size 0: only counted */
    size_t size, n;
};

void tri_wire_put(struct tri_wire_out *o, uint32_t number, uint64_t value);
void tri_wire_put_float(struct tri_wire_out *o, uint32_t number, float value);
void tri_wire_put_bytes(struct tri_wire_out *o, uint32_t number,
                        const void *data, size_t n);
void tri_wire_put_text(struct tri_wire_out *o, uint32_t number, const char *s);
/** What stands before `n` bytes, which are not put by this call. */
void tri_wire_put_head(struct tri_wire_out *o, uint32_t number, uint64_t n);
void tri_wire_append(struct tri_wire_out *o, const void *data, size_t n);

#endif
