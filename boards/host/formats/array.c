#include <stdio.h>
#include "boards/host/formats/array.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/mem.h"

size_t tri_dtype_size(enum tri_dtype type)
{
    static const uint8_t size[TRI_DTYPES] = { 1, 8, 2, 2, 4, 8 };

    return size[type];
}

int tri_array_count(struct tri_array *a)
{
    const uint64_t most = ((uint64_t)1 << 40) / tri_dtype_size(a->type);
    uint64_t n = 1;

    /* An empty array is small, however long its other sides are said to be. */
    for (unsigned i = 0; i < a->nd; i++)
        if (a->d[i] == 0)
            n = 0;
    for (unsigned i = 0; i < a->nd; i++) {
        if (n != 0 && a->d[i] > most / n)
            return TRI_E_RANGE;
        n *= a->d[i];
    }
    a->n = (size_t)n;
    return TRI_OK;
}

/* IEEE 754 half precision, 5 bits of exponent and 10 of fraction, as a float:
 * the exponent moves from bias 15 to 127. */
static double from_half(uint16_t h)
{
    const uint32_t e = h >> 10 & 31, m = h & 1023;
    uint32_t bits = (uint32_t)h >> 15 << 31;
    float f;

    if (e == 0)
        return (bits != 0 ? -1.0 : 1.0) * m * tri_pow2(-24);
    bits |= (e == 31 ? 255 : e + 112) << 23 | m << 13;
    memcpy(&f, &bits, sizeof f);
    return f;
}

double tri_array_get(const struct tri_array *a, size_t i)
{
    const uint8_t *const p = a->data + i * tri_dtype_size(a->type);
    uint16_t half;
    uint32_t bits;
    int64_t whole;
    float f;
    double d;

    switch (a->type) {
    case TRI_DTYPE_U8:
        return *p;
    case TRI_DTYPE_I64:
        memcpy(&whole, p, sizeof whole);
        return (double)whole;
    case TRI_DTYPE_F16:
        memcpy(&half, p, sizeof half);
        return from_half(half);
    case TRI_DTYPE_BF16: /* the upper half of a float */
        memcpy(&half, p, sizeof half);
        bits = (uint32_t)half << 16;
        memcpy(&f, &bits, sizeof f);
        return f;
    case TRI_DTYPE_F32:
        memcpy(&f, p, sizeof f);
        return f;
    default:
        memcpy(&d, p, sizeof d);
        return d;
    }
}

void tri_array_put(uint8_t *data, enum tri_dtype type, size_t i, double v)
{
    uint8_t *const p = data + i * tri_dtype_size(type);
    const float f = (float)v;
    const int64_t whole = type == TRI_DTYPE_I64 ? (int64_t)v : 0;

    if (type == TRI_DTYPE_U8)
        *p = (uint8_t)v;
    else if (type == TRI_DTYPE_I64)
        memcpy(p, &whole, sizeof whole);
    else if (type == TRI_DTYPE_F32)
        memcpy(p, &f, sizeof f);
    else
        memcpy(p, &v, sizeof v);
}

int tri_array_finite(const struct tri_array *a, const char *file,
                     struct tri_why *why)
{
    if (a->type == TRI_DTYPE_U8 || a->type == TRI_DTYPE_I64)
        return TRI_OK;
    for (size_t i = 0; i < a->n; i++) {
        const double v = tri_array_get(a, i);
        if (!(v - v == 0))
            return tri_why(why, TRI_E_RANGE,
                           "%s: %s%selement %zu is %s; only finite numbers can "
                           "be shared",
                           file, a->name, a->name[0] != '\0' ? ": " : "", i,
                           v != v ? "not a number" : "infinite");
    }
    return TRI_OK;
}

const char *tri_shape_text(char out[TRI_SHAPE_TEXT], const uint64_t *d,
                           unsigned nd)
{
    size_t at = 1;

    out[0] = '[';
    for (unsigned i = 0; i < nd && at < TRI_SHAPE_TEXT - 24; i++)
        at += (size_t)snprintf(out + at, TRI_SHAPE_TEXT - at, "%s%llu",
                               i > 0 ? ", " : "", (unsigned long long)d[i]);
    out[at] = ']';
    out[at + 1] = '\0';
    return out;
}
