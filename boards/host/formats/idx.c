#include "boards/host/formats/idx.h"
#include "core/err.h"

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static int header(uint32_t d[3], unsigned dims, const uint8_t *buf, size_t len,
                  const char *name, struct tri_why *why)
{
    const size_t head = 4 + 4 * (size_t)dims;
    uint64_t want = head;

    if (len >= 2 && buf[0] == 0x1f && buf[1] == 0x8b)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: is packed by gzip; unpack it with gunzip first",
                       name);
    if (len < head)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %zu bytes, an IDX header of %u dimensions "
                       "takes %zu",
                       name, len, dims, head);
    if (buf[0] != 0 || buf[1] != 0)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: starts with bytes 0x%02x 0x%02x; an IDX file "
                       "starts with two zeros",
                       name, buf[0], buf[1]);
    if (buf[2] != 8)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: byte 2, the element type, is 0x%02x; only 0x08 "
                       "(unsigned bytes) is supported",
                       name, buf[2]);
    if (buf[3] != dims)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: byte 3 says %u dimensions; %s have %u", name,
                       buf[3], dims == 3 ? "images" : "labels", dims);
    for (unsigned i = 0; i < dims; i++) {
        d[i] = be32(buf + 4 + 4 * i);
        if (d[i] == 0 || (i > 0 && d[i] > TRI_IDX_SIDE))
            return tri_why(why, TRI_E_FORMAT,
                           "%s: byte %u, the size of dimension %u, is %u; "
                           "it must be 1 to %u",
                           name, 4 + 4 * i, i, d[i],
                           i > 0 ? (unsigned)TRI_IDX_SIDE : UINT32_MAX);
    }
    want += (uint64_t)d[0] * d[1] * d[2];
    if (want != len)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %zu bytes, its header promises %llu; the file "
                       "is %s",
                       name, len, (unsigned long long)want,
                       len < want ? "cut off" : "longer than it should be");
    return TRI_OK;
}

static int parse(struct tri_idx *x, unsigned dims, const uint8_t *buf,
                 size_t len, const char *name, struct tri_why *why)
{
    uint32_t d[3] = { 1, 1, 1 };
    const int rc = header(d, dims, buf, len, name, why);

    if (rc == TRI_OK)
        *x = (struct tri_idx){ d[0], d[1], d[2], buf + 4 + 4 * dims };
    return rc;
}

int tri_idx_images(struct tri_idx *x, const uint8_t *buf, size_t len,
                   const char *name, struct tri_why *why)
{
    return parse(x, 3, buf, len, name, why);
}

int tri_idx_labels(struct tri_idx *x, const uint8_t *buf, size_t len,
                   const char *name, struct tri_why *why)
{
    const int rc = parse(x, 1, buf, len, name, why);

    if (rc != TRI_OK)
        return rc;
    for (uint32_t i = 0; i < x->n; i++)
        if (x->data[i] >= TRI_IDX_CLASSES)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: label %u (byte %u) is %u; labels are 0 to %d",
                           name, i, i + 8, x->data[i], TRI_IDX_CLASSES - 1);
    return TRI_OK;
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
