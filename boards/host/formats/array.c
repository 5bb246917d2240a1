#include "boards/host/formats/array.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/mem.h"
#include "core/text.h"

size_t tri_dtype_size(enum tri_dtype type)
{
    static const uint8_t size[TRI_DTYPES] = {
        [TRI_DTYPE_U8] = 1,  [TRI_DTYPE_I8] = 1,   [TRI_DTYPE_U16] = 2,
        [TRI_DTYPE_I16] = 2, [TRI_DTYPE_U32] = 4,  [TRI_DTYPE_I32] = 4,
        [TRI_DTYPE_U64] = 8, [TRI_DTYPE_I64] = 8,  [TRI_DTYPE_F16] = 2,
        [TRI_DTYPE_F32] = 4, [TRI_DTYPE_BF16] = 2, [TRI_DTYPE_F64] = 8,
    };

    return size[type];
}

int tri_dtype_whole(enum tri_dtype type)
{
    return type < TRI_DTYPE_F16;
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

/* Where element i, counted by rows, stands in an array that lies by columns. */
static size_t by_columns(const struct tri_array *a, size_t i)
{
    size_t at = 0, step = a->n;

    for (unsigned k = a->nd; k-- > 0;) {
        const size_t d = (size_t)a->d[k];
        step /= d;
        at += i % d * step;
        i /= d;
    }
    return at;
}

static uint64_t load(const uint8_t *p, size_t bytes, int big)
{
    uint64_t v = 0;

    for (size_t i = 0; i < bytes; i++)
        v |= (uint64_t)p[big ? bytes - 1 - i : i] << 8 * i;
    return v;
}

static double from_single(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

double tri_array_get(const struct tri_array *a, size_t i)
{
    const size_t bytes = tri_dtype_size(a->type);
    const size_t at = a->fortran ? by_columns(a, i) : i;
    const uint64_t v = load(a->data + at * bytes, bytes, a->big);
    double d;

    switch (a->type) {
    case TRI_DTYPE_U8:
    case TRI_DTYPE_U16:
    case TRI_DTYPE_U32:
    case TRI_DTYPE_U64:
        return (double)v;
    case TRI_DTYPE_I8:
        return (int8_t)v;
    case TRI_DTYPE_I16:
        return (int16_t)v;
    case TRI_DTYPE_I32:
        return (int32_t)v;
    case TRI_DTYPE_I64:
        return (double)(int64_t)v;
    case TRI_DTYPE_F16:
        return from_half((uint16_t)v);
    case TRI_DTYPE_BF16: /* the upper half of a float */
        return from_single((uint32_t)v << 16);
    case TRI_DTYPE_F32:
        return from_single((uint32_t)v);
    default:
        memcpy(&d, &v, sizeof d);
        return d;
    }
}

void tri_array_put(uint8_t *data, enum tri_dtype type, size_t i, double v)
{
    const size_t bytes = tri_dtype_size(type);
    const float f = (float)v;
    uint32_t single;
    uint64_t bits;

    memcpy(&single, &f, sizeof f);
    if (type == TRI_DTYPE_F32)
        bits = single;
    else if (type == TRI_DTYPE_F64)
        memcpy(&bits, &v, sizeof v);
    else
        bits = (uint64_t)(int64_t)v;
    for (size_t b = 0; b < bytes; b++)
        data[i * bytes + b] = (uint8_t)(bits >> 8 * b);
}

int tri_array_finite(const struct tri_array *a, const char *file,
                     struct tri_why *why)
{
    if (tri_dtype_whole(a->type))
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
    struct tri_text t = { out, TRI_SHAPE_TEXT, 0 };

    tri_text_add(&t, "[");
    for (unsigned i = 0; i < nd; i++)
        tri_text_add(&t, "%s%llu", i > 0 ? ", " : "", (unsigned long long)d[i]);
    tri_text_add(&t, "]");
    return out;
}
