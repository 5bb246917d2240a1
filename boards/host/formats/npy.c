#include "boards/host/formats/npy.h"
#include <string.h>
#include "core/err.h"
#include "core/le.h"
#include "core/text.h"

static const uint8_t magic[6] = { 0x93, 'N', 'U', 'M', 'P', 'Y' };

/* Without the byte order; NumPy has no BF16. */
static const char *const descr[TRI_DTYPES] = {
    [TRI_DTYPE_U8] = "u1",  [TRI_DTYPE_I8] = "i1",  [TRI_DTYPE_U16] = "u2",
    [TRI_DTYPE_I16] = "i2", [TRI_DTYPE_U32] = "u4", [TRI_DTYPE_I32] = "i4",
    [TRI_DTYPE_U64] = "u8", [TRI_DTYPE_I64] = "i8", [TRI_DTYPE_F16] = "f2",
    [TRI_DTYPE_F32] = "f4", [TRI_DTYPE_F64] = "f8",
};

/* '|' is the order of what has none. */
static char order(enum tri_dtype type, int big)
{
    return tri_dtype_size(type) == 1 ? '|' : big ? '>' : '<';
}

int tri_npy_is(const uint8_t *buf, size_t len)
{
    return len >= sizeof magic && memcmp(buf, magic, sizeof magic) == 0;
}

/* The header: what is left of it, and whom to tell. */
struct dict {
    const uint8_t *p;
    size_t n, at, base;
    const char *name;
    struct tri_why *why;
};

static int fail(const struct dict *d, const char *what)
{
    return tri_why(d->why, TRI_E_FORMAT, "%s: byte %zu: %s", d->name,
                   d->base + d->at, what);
}

static int peek(struct dict *d)
{
    while (d->at < d->n && d->p[d->at] == ' ')
        d->at++;
    return d->at < d->n ? d->p[d->at] : -1;
}

static int take(struct dict *d, char c)
{
    if (peek(d) != (uint8_t)c)
        return 0;
    d->at++;
    return 1;
}

/* A quoted word of printable characters; no escapes. */
static int word(struct dict *d, char out[32])
{
    const int quote = peek(d);
    size_t n = 0;

    if (quote != '\'' && quote != '"')
        return fail(d, "a quoted word is needed");
    for (d->at++; d->at < d->n && d->p[d->at] != quote; d->at++) {
        if (d->p[d->at] < ' ' || d->p[d->at] > '~' || d->p[d->at] == '\\' ||
            n == 31)
            return fail(d, "the word is too long, or not plain ASCII");
        out[n++] = (char)d->p[d->at];
    }
    out[n] = '\0';
    return take(d, (char)quote) ? TRI_OK : fail(d, "a quote is missing");
}

static int read_descr(struct dict *d, struct tri_array *a)
{
    char text[32];
    int rc;

    if (peek(d) == '[')
        return fail(d, "arrays of records are not supported");
    rc = word(d, text);
    if (rc != TRI_OK)
        return rc;
    a->big = text[0] == '>';
    for (int t = 0; t < TRI_DTYPES; t++)
        if (descr[t] != NULL && text[0] == order((enum tri_dtype)t, a->big) &&
            strcmp(text + 1, descr[t]) == 0) {
            a->type = (enum tri_dtype)t;
            return TRI_OK;
        }
    if (strcmp(text, "|b1") == 0) { /* False and True are bytes 0 and 1 */
        a->type = TRI_DTYPE_U8;
        return TRI_OK;
    }
    return tri_why(d->why, TRI_E_FORMAT,
                   "%s: has elements of type '%s'; whole and real numbers of "
                   "up to 8 bytes are supported: convert it in Python with "
                   "astype('i8') for labels, astype('f4') for other numbers",
                   d->name, text);
}

static int read_order(struct dict *d)
{
    static const char *const name[2] = { "False", "True" };

    for (int i = 0; i < 2; i++) {
        const size_t len = strlen(name[i]);
        (void)peek(d);
        if (d->n - d->at < len || memcmp(d->p + d->at, name[i], len) != 0)
            continue;
        d->at += len;
        return i;
    }
    return fail(d, "'fortran_order' must be True or False");
}

static int read_size(struct dict *d, uint64_t *out)
{
    uint64_t v = 0;
    const size_t first = d->at;

    while (d->at < d->n && d->p[d->at] >= '0' && d->p[d->at] <= '9') {
        const unsigned digit = d->p[d->at] - '0';
        if (v > (UINT64_MAX - digit) / 10)
            return fail(d, "the size is above 2^64");
        v = 10 * v + digit;
        d->at++;
    }
    if (d->at == first || (d->p[first] == '0' && d->at > first + 1))
        return fail(d, "a size must be a whole number");
    *out = v;
    return TRI_OK;
}

/* (), (3,), (3, 4) or (3, 4,): a Python tuple. */
static int read_shape(struct dict *d, struct tri_array *a)
{
    int comma = 1;

    if (!take(d, '('))
        return fail(d, "'shape' must be a tuple");
    a->nd = 0;
    while (peek(d) != ')') {
        int rc;
        if (!comma)
            return fail(d, "a comma or ) is missing");
        if (a->nd == TRI_ARRAY_DIMS)
            return fail(d, "more than 8 dimensions");
        rc = read_size(d, &a->d[a->nd]);
        if (rc != TRI_OK)
            return rc;
        a->nd++;
        comma = take(d, ',');
    }
    if (a->nd == 1 && !comma)
        return fail(d, "a tuple of one needs a comma");
    d->at++;
    return TRI_OK;
}

/* The three keys, each once, in any order. */
static int read_dict(struct dict *d, struct tri_array *a, int *fortran)
{
    static const char *const key[3] = { "descr", "fortran_order", "shape" };
    unsigned seen = 0;
    int comma = 1;

    if (!take(d, '{'))
        return fail(d, "the header must be a dictionary");
    while (peek(d) != '}') {
        char text[32];
        unsigned i = 0;
        int rc = comma ? word(d, text) : fail(d, "a comma or } is missing");

        if (rc != TRI_OK)
            return rc;
        while (i < 3 && strcmp(text, key[i]) != 0)
            i++;
        if (i == 3)
            return fail(d, "a key that no .npy header has");
        if (seen & 1u << i)
            return fail(d, "the key stands there twice");
        seen |= 1u << i;
        if (!take(d, ':'))
            return fail(d, "a colon is missing");
        if (i == 1)
            rc = *fortran = read_order(d);
        else
            rc = i == 0 ? read_descr(d, a) : read_shape(d, a);
        if (rc < 0)
            return rc;
        comma = take(d, ',');
    }
    d->at++;
    if (seen != 7)
        return fail(d, "one of 'descr', 'fortran_order' and 'shape' is "
                       "missing");
    if (peek(d) != '\n' || d->at + 1 != d->n)
        return fail(d, "the header must end in blanks and a line end");
    return TRI_OK;
}

/* Magic, version and length; *d is then the header. */
static int start(struct dict *d, const uint8_t *buf, size_t len,
                 const char *name, struct tri_why *why)
{
    size_t digits, n = 0;

    if (!tri_npy_is(buf, len))
        return tri_why(why, TRI_E_FORMAT,
                       "%s: is no .npy file (it does not start with "
                       "\\x93NUMPY)",
                       name);
    if (len < 8)
        return tri_why(why, TRI_E_FORMAT, "%s: is cut off after %zu bytes",
                       name, len);
    if (buf[6] < 1 || buf[6] > 3 || buf[7] != 0)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: byte 6 says version %u.%u; 1.0, 2.0 and 3.0 are "
                       "supported",
                       name, buf[6], buf[7]);
    digits = buf[6] == 1 ? 2 : 4;
    if (len >= 8 + digits)
        n = digits == 2 ? tri_le_load16(buf + 8) : tri_le_load32(buf + 8);
    if (len < 8 + digits || n > len - 8 - digits)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %zu bytes, its header alone takes %zu; the "
                       "file is cut off",
                       name, len, 8 + digits + n);
    *d = (struct dict){ buf + 8 + digits, n, 0, 8 + digits, name, why };
    return TRI_OK;
}

int tri_npy_parse(struct tri_array *a, const uint8_t *buf, size_t len,
                  const char *name, struct tri_why *why)
{
    char shape[TRI_SHAPE_TEXT];
    struct dict d = { .n = 0 };
    size_t head;
    int rc = start(&d, buf, len, name, why);

    *a = (struct tri_array){ .name = "" };
    if (rc == TRI_OK)
        rc = read_dict(&d, a, &a->fortran);
    if (rc != TRI_OK)
        return rc;
    tri_shape_text(shape, a->d, a->nd);
    if (tri_array_count(a) != TRI_OK)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: the shape %s is larger than any file", name, shape);
    head = d.base + d.n;
    if (a->n * tri_dtype_size(a->type) != len - head)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %zu bytes of elements, the shape %s of '%s' "
                       "takes %zu; the file is %s",
                       name, len - head, shape, descr[a->type],
                       a->n * tri_dtype_size(a->type),
                       len - head < a->n * tri_dtype_size(a->type)
                           ? "cut off"
                           : "longer than it should be");
    a->data = buf + head;
    return tri_array_finite(a, name, why);
}

size_t tri_npy_header(uint8_t out[TRI_NPY_HEADER], enum tri_dtype type,
                      const uint64_t *d, unsigned nd)
{
    struct tri_text t = { (char *)out + 10, TRI_NPY_HEADER - 10, 0 };
    size_t total;

    tri_text_add(&t, "{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                 order(type, 0), descr[type]);
    for (unsigned i = 0; i < nd; i++)
        tri_text_add(&t, "%s%llu", i > 0 ? ", " : "", (unsigned long long)d[i]);
    tri_text_add(&t, "%s), }", nd == 1 ? "," : "");
    total = (10 + t.n + 1 + 63) / 64 * 64;
    memset(t.out + t.n, ' ', total - 10 - t.n);
    out[total - 1] = '\n';
    memcpy(out, magic, sizeof magic);
    out[6] = 1;
    out[7] = 0;
    tri_le_store16(out + 8, (uint32_t)(total - 10));
    return total;
}
