#include "boards/host/formats/idx.h"
#include "core/err.h"

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

/* The type of a code, or TRI_DTYPES. */
static enum tri_dtype type_of(uint8_t code)
{
    static const struct {
        uint8_t code;
        enum tri_dtype type;
    } types[] = { { 8, TRI_DTYPE_U8 },   { 9, TRI_DTYPE_I8 },
                  { 11, TRI_DTYPE_I16 }, { 12, TRI_DTYPE_I32 },
                  { 13, TRI_DTYPE_F32 }, { 14, TRI_DTYPE_F64 } };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code)
            return types[i].type;
    return TRI_DTYPES;
}

int tri_idx_is(const uint8_t *buf, size_t len)
{
    return len >= 4 && buf[0] == 0 && buf[1] == 0;
}

int tri_idx_parse(struct tri_array *a, const uint8_t *buf, size_t len,
                  const char *name, struct tri_why *why)
{
    const unsigned dims = len >= 4 ? buf[3] : 0;
    const size_t head = 4 + 4 * (size_t)dims;
    size_t want;

    if (!tri_idx_is(buf, len))
        return tri_why(why, TRI_E_FORMAT,
                       "%s: is no IDX file, which starts with two zeros", name);
    *a = (struct tri_array){ .name = "", .type = type_of(buf[2]), .big = 1 };
    if (a->type == TRI_DTYPES)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: byte 2, the element type, is 0x%02x; 0x08 "
                       "(unsigned bytes), 0x09, 0x0b, 0x0c, 0x0d and 0x0e are "
                       "those that there are",
                       name, buf[2]);
    if (dims < 1 || dims > 4)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: byte 3 says %u dimensions; there are 1 to 4", name,
                       dims);
    if (len < head)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %zu bytes, an IDX header of %u dimensions "
                       "takes %zu",
                       name, len, dims, head);
    a->nd = dims;
    for (unsigned i = 0; i < dims; i++) {
        a->d[i] = be32(buf + 4 + 4 * i);
        if (a->d[i] == 0)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: byte %u, the size of dimension %u, is 0", name,
                           4 + 4 * i, i);
    }
    if (tri_array_count(a) != TRI_OK)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: its header promises more than any file holds",
                       name);
    want = head + a->n * tri_dtype_size(a->type);
    if (want != len)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %zu bytes, its header promises %zu; the file "
                       "is %s",
                       name, len, want,
                       len < want ? "cut off" : "longer than it should be");
    a->data = buf + head;
    return tri_array_finite(a, name, why);
}

static void put32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

size_t tri_idx_header(uint8_t out[16], uint32_t n, uint32_t h, uint32_t w)
{
    const unsigned dims = h == 0 ? 1 : 3;

    out[0] = out[1] = 0;
    out[2] = 8;
    out[3] = (uint8_t)dims;
    put32(out + 4, n);
    put32(out + 8, h);
    put32(out + 12, w);
    return 4 + 4 * dims;
}
