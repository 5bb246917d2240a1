#include "boards/host/formats/wire.h"
#include <string.h>
#include "core/err.h"
#include "core/le.h"

/* ---- reading ---------------------------------------------------------------
 */

struct tri_wire tri_wire_open(const uint8_t *buf, size_t len, const char *name)
{
    return (struct tri_wire){ { buf, len }, buf, name };
}

struct tri_wire tri_wire_inside(const struct tri_wire *w, struct tri_span s)
{
    return (struct tri_wire){ s, w->file, w->name };
}

int tri_wire_fail(const struct tri_wire *w, const char *what,
                  struct tri_why *why)
{
    return tri_why(why, TRI_E_FORMAT, "%s: byte %zu: %s", w->name,
                   (size_t)(w->left.p - w->file), what);
}

static void skip(struct tri_wire *w, size_t n)
{
    w->left.p += n;
    w->left.n -= n;
}

int tri_wire_varint(struct tri_wire *w, uint64_t *out, struct tri_why *why)
{
    uint64_t v = 0;

    for (size_t i = 0; i < w->left.n && i < 10; i++) {
        const uint64_t bits = w->left.p[i] & 127;

        if (i == 9 && bits > 1)
            break;
        v |= bits << 7 * i;
        if (w->left.p[i] < 128) {
            *out = v;
            skip(w, i + 1);
            return TRI_OK;
        }
    }
    return tri_wire_fail(w,
                         w->left.n < 10 ? "the number is cut off"
                                        : "the number has more than 64 bits",
                         why);
}

static int fixed(struct tri_wire *w, uint64_t *out, size_t n,
                 struct tri_why *why)
{
    if (w->left.n < n)
        return tri_wire_fail(w, "the number is cut off", why);
    *out = n == 8 ? tri_le_load64(w->left.p) : tri_le_load32(w->left.p);
    skip(w, n);
    return TRI_OK;
}

static int bytes(struct tri_wire *w, struct tri_span *out, struct tri_why *why)
{
    uint64_t n;
    const int rc = tri_wire_varint(w, &n, why);

    if (rc != TRI_OK)
        return rc;
    if (n > w->left.n)
        return tri_wire_fail(w,
                             "a part is longer than what holds it; the file "
                             "is cut off or damaged",
                             why);
    *out = (struct tri_span){ w->left.p, (size_t)n };
    skip(w, (size_t)n);
    return TRI_OK;
}

int tri_wire_next(struct tri_wire *w, struct tri_wire_field *f,
                  struct tri_why *why)
{
    const struct tri_wire start = *w;
    uint64_t tag;
    int rc = tri_wire_varint(w, &tag, why);

    if (rc != TRI_OK)
        return rc;
    *f = (struct tri_wire_field){ .number = (uint32_t)(tag >> 3),
                                  .type = (enum tri_wire_type)(tag & 7) };
    if (tag >> 3 == 0 || tag > UINT32_MAX)
        return tri_wire_fail(&start, "no field of a message", why);
    switch (f->type) {
    case TRI_WIRE_VARINT:
        return tri_wire_varint(w, &f->value, why);
    case TRI_WIRE_FIXED64:
        return fixed(w, &f->value, 8, why);
    case TRI_WIRE_FIXED32:
        return fixed(w, &f->value, 4, why);
    case TRI_WIRE_BYTES:
        return bytes(w, &f->span, why);
    default:
        return tri_wire_fail(&start, "no field of a message", why);
    }
}

/* ---- writing ---------------------------------------------------------------
 */

void tri_wire_append(struct tri_wire_out *o, const void *data, size_t n)
{
    if (n > 0 && o->n <= o->size && n <= o->size - o->n)
        memcpy(o->p + o->n, data, n);
    o->n += n;
}

static void varint(struct tri_wire_out *o, uint64_t v)
{
    uint8_t b[10];
    size_t n = 0;

    for (; v > 127; v >>= 7)
        b[n++] = (uint8_t)(v | 128);
    b[n++] = (uint8_t)v;
    tri_wire_append(o, b, n);
}

void tri_wire_put(struct tri_wire_out *o, uint32_t number, uint64_t value)
{
    varint(o, (uint64_t)number << 3 | TRI_WIRE_VARINT);
    varint(o, value);
}

void tri_wire_put_float(struct tri_wire_out *o, uint32_t number, float value)
{
    uint32_t bits;
    uint8_t b[4];

    memcpy(&bits, &value, 4);
    tri_le_store32(b, bits);
    varint(o, (uint64_t)number << 3 | TRI_WIRE_FIXED32);
    tri_wire_append(o, b, 4);
}

void tri_wire_put_head(struct tri_wire_out *o, uint32_t number, uint64_t n)
{
    varint(o, (uint64_t)number << 3 | TRI_WIRE_BYTES);
    varint(o, n);
}

void tri_wire_put_bytes(struct tri_wire_out *o, uint32_t number,
                        const void *data, size_t n)
{
    tri_wire_put_head(o, number, n);
    tri_wire_append(o, data, n);
}

void tri_wire_put_text(struct tri_wire_out *o, uint32_t number, const char *s)
{
    tri_wire_put_bytes(o, number, s, strlen(s));
}
