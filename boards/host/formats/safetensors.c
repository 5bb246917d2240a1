#include "boards/host/formats/safetensors.h"
#include <stdlib.h>
#include <string.h>
#include "boards/host/formats/json.h"
#include "core/err.h"
#include "core/le.h"
#include "core/text.h"

/* The reference implementation has the same limit. */
enum { MAX_HEADER = 100000000 };

static const char *const dtype[TRI_DTYPES] = {
    [TRI_DTYPE_U8] = "U8",     [TRI_DTYPE_I8] = "I8",   [TRI_DTYPE_U16] = "U16",
    [TRI_DTYPE_I16] = "I16",   [TRI_DTYPE_U32] = "U32", [TRI_DTYPE_I32] = "I32",
    [TRI_DTYPE_U64] = "U64",   [TRI_DTYPE_I64] = "I64", [TRI_DTYPE_F16] = "F16",
    [TRI_DTYPE_BF16] = "BF16", [TRI_DTYPE_F32] = "F32", [TRI_DTYPE_F64] = "F64",
};

/* A tensor whose data has not been looked at. */
struct entry {
    struct tri_array a;
    uint64_t begin, end;
};

static int read_type(struct tri_json *j, struct tri_array *a,
                     struct tri_why *why)
{
    char text[32];
    const int rc = tri_json_string(j, text, sizeof text, why);

    if (rc != TRI_OK)
        return rc;
    for (int t = 0; t < TRI_DTYPES; t++)
        if (strcmp(text, dtype[t]) == 0) {
            a->type = (enum tri_dtype)t;
            return TRI_OK;
        }
    return tri_why(why, TRI_E_FORMAT,
                   "%s: %s: has elements of type %s; F16, BF16, F32, F64 and "
                   "whole numbers of 8 to 64 bits are supported",
                   j->name, a->name, text);
}

/* "[a, b, ...]" with at most `most` numbers. */
static int read_list(struct tri_json *j, uint64_t *out, unsigned most,
                     unsigned *n, struct tri_why *why)
{
    int rc = tri_json_expect(j, '[', why);

    *n = 0;
    if (rc != TRI_OK || tri_json_take(j, ']'))
        return rc;
    do {
        if (*n == most)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: byte %zu: a list of more than %u numbers",
                           j->name, j->base + j->at, most);
        rc = tri_json_uint(j, &out[(*n)++], why);
        if (rc != TRI_OK)
            return rc;
    } while (tri_json_take(j, ','));
    return tri_json_expect(j, ']', why);
}

static int read_offsets(struct tri_json *j, struct entry *e,
                        struct tri_why *why)
{
    uint64_t at[2] = { 0, 0 };
    unsigned n;
    const int rc = read_list(j, at, 2, &n, why);

    if (rc != TRI_OK)
        return rc;
    if (n != 2 || at[0] > at[1])
        return tri_why(why, TRI_E_FORMAT,
                       "%s: %s: data_offsets must be a begin and an end behind "
                       "it",
                       j->name, e->a.name);
    e->begin = at[0];
    e->end = at[1];
    return TRI_OK;
}

/* {"dtype": ..., "shape": [...], "data_offsets": [a, b]}, in any order. */
static int read_entry(struct tri_json *j, struct entry *e, struct tri_why *why)
{
    static const char *const key[3] = { "dtype", "shape", "data_offsets" };
    unsigned seen = 0;
    int rc = tri_json_expect(j, '{', why);

    if (rc != TRI_OK)
        return rc;
    do {
        char text[32];
        unsigned i = 0;

        rc = tri_json_string(j, text, sizeof text, why);
        if (rc != TRI_OK)
            return rc;
        while (i < 3 && strcmp(text, key[i]) != 0)
            i++;
        if (i == 3 || (seen & 1u << i) != 0)
            return tri_why(why, TRI_E_FORMAT, "%s: %s: the key \"%s\" %s",
                           j->name, e->a.name, text,
                           i == 3 ? "is none of a tensor" : "comes twice");
        seen |= 1u << i;
        rc = tri_json_expect(j, ':', why);
        if (rc == TRI_OK)
            rc = i == 0   ? read_type(j, &e->a, why)
                 : i == 1 ? read_list(j, e->a.d, TRI_ARRAY_DIMS, &e->a.nd, why)
                          : read_offsets(j, e, why);
        if (rc != TRI_OK)
            return rc;
    } while (tri_json_take(j, ','));
    if (seen != 7)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: %s: dtype, shape or data_offsets is missing",
                       j->name, e->a.name);
    return tri_json_expect(j, '}', why);
}

static int read_metadata(struct tri_json *j, struct tri_why *why)
{
    int rc = tri_json_expect(j, '{', why);

    if (rc != TRI_OK || tri_json_take(j, '}'))
        return rc;
    do {
        rc = tri_json_string(j, NULL, 0, why);
        if (rc == TRI_OK)
            rc = tri_json_expect(j, ':', why);
        if (rc == TRI_OK)
            rc = tri_json_string(j, NULL, 0, why);
        if (rc != TRI_OK)
            return rc;
    } while (tri_json_take(j, ','));
    return tri_json_expect(j, '}', why);
}

static int twice(const struct tri_json *j, const char *name,
                 struct tri_why *why)
{
    return tri_why(why, TRI_E_FORMAT, "%s: the name %s stands there twice",
                   j->name, name);
}

static int read_header(struct tri_json *j, struct entry *e, size_t *n,
                       struct tri_why *why)
{
    int metadata = 0;
    int rc = tri_json_expect(j, '{', why);

    *n = 0;
    if (rc != TRI_OK)
        return rc;
    if (tri_json_take(j, '}'))
        return tri_json_end(j, why);
    do {
        char name[TRI_ARRAY_NAME];

        rc = tri_json_string(j, name, sizeof name, why);
        if (rc == TRI_OK)
            rc = tri_json_expect(j, ':', why);
        if (rc != TRI_OK)
            return rc;
        if (strcmp(name, "__metadata__") == 0) {
            rc = metadata++ ? twice(j, name, why) : read_metadata(j, why);
        } else {
            if (*n == TRI_TENSORS_MAX)
                return tri_why(why, TRI_E_FORMAT,
                               "%s: has more than %d tensors", j->name,
                               TRI_TENSORS_MAX);
            for (size_t i = 0; i < *n; i++)
                if (strcmp(name, e[i].a.name) == 0)
                    return twice(j, name, why);
            e[*n] = (struct entry){ .begin = 0 };
            strcpy(e[*n].a.name, name);
            rc = read_entry(j, &e[*n], why);
            (*n)++;
        }
        if (rc != TRI_OK)
            return rc;
    } while (tri_json_take(j, ','));
    rc = tri_json_expect(j, '}', why);
    return rc == TRI_OK ? tri_json_end(j, why) : rc;
}

/* The order of their data; of those without, that of their names. */
static int by_data(const void *a, const void *b)
{
    const struct entry *const x = a, *const y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->a.name, y->a.name);
}

/* Types and shapes fit the ranges, and the ranges fill the data. */
static int place(struct entry *e, size_t n, const uint8_t *data, uint64_t len,
                 const char *name, struct tri_why *why)
{
    uint64_t at = 0;

    for (size_t i = 0; i < n; i++) {
        struct tri_array *const a = &e[i].a;
        char shape[TRI_SHAPE_TEXT];

        tri_shape_text(shape, a->d, a->nd);
        if (e[i].end > len)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: %s: ends at byte %llu of the data, which has "
                           "%llu; the file is cut off",
                           name, a->name, (unsigned long long)e[i].end,
                           (unsigned long long)len);
        if (e[i].begin != at)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: %s: begins at byte %llu of the data, %s byte "
                           "%llu",
                           name, a->name, (unsigned long long)e[i].begin,
                           e[i].begin < at
                               ? "but another tensor reaches to"
                               : "but nothing is said of those from",
                           (unsigned long long)at);
        if (tri_array_count(a) != TRI_OK ||
            a->n * tri_dtype_size(a->type) != e[i].end - e[i].begin)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: %s: the shape %s of %s does not take %llu "
                           "bytes",
                           name, a->name, shape, dtype[a->type],
                           (unsigned long long)(e[i].end - e[i].begin));
        a->data = data + at;
        at = e[i].end;
    }
    if (at != len)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: %llu bytes behind the last tensor belong to none",
                       name, (unsigned long long)(len - at));
    return TRI_OK;
}

int tri_safetensors_parse(struct tri_array t[TRI_TENSORS_MAX], size_t *n,
                          const uint8_t *buf, size_t len, const char *name,
                          struct tri_why *why)
{
    struct entry *e;
    struct tri_json j = { .base = 8, .name = name };
    uint64_t head = 0;
    int rc;

    *n = 0;
    if (len >= 8)
        head = tri_le_load64(buf);
    if (len < 10)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has %zu bytes; a .safetensors file has 10 at least",
                       name, len);
    if (head > len - 8 || head > MAX_HEADER || head < 2)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: bytes 0 to 7 promise a header of %llu bytes, in a "
                       "file of %zu; it is cut off or no .safetensors file",
                       name, (unsigned long long)head, len);
    if (buf[8] != '{')
        return tri_why(why, TRI_E_FORMAT,
                       "%s: byte 8 is 0x%02x; the header of a .safetensors "
                       "file starts with {",
                       name, buf[8]);
    j.text = buf + 8;
    j.len = (size_t)head;
    e = malloc(TRI_TENSORS_MAX * sizeof *e);
    if (e == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    rc = read_header(&j, e, n, why);
    if (rc == TRI_OK) {
        qsort(e, *n, sizeof *e, by_data);
        rc = place(e, *n, buf + 8 + head, len - 8 - head, name, why);
    }
    for (size_t i = 0; rc == TRI_OK && i < *n; i++) {
        t[i] = e[i].a;
        rc = tri_array_finite(&t[i], name, why);
    }
    free(e);
    return rc;
}

/* ---- writing ------------------------------------------------------------- */

size_t tri_safetensors_header(uint8_t *out, size_t size,
                              const struct tri_array *a, size_t n,
                              const char *key, const char *value)
{
    struct tri_text t = { (char *)out + 8, size - 8, 0 };
    uint64_t at = 0;

    if (size < 16)
        return 0;
    tri_text_add(&t, "{");
    if (key != NULL)
        tri_text_add(&t, "\"__metadata__\":{\"%s\":\"%s\"}", key, value);
    for (size_t i = 0; i < n; i++) {
        uint64_t count = 1;
        tri_text_add(&t, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[",
                     i > 0 || key != NULL ? "," : "", a[i].name,
                     dtype[a[i].type]);
        for (unsigned d = 0; d < a[i].nd; d++) {
            tri_text_add(&t, "%s%llu", d > 0 ? "," : "",
                         (unsigned long long)a[i].d[d]);
            count *= a[i].d[d];
        }
        count *= tri_dtype_size(a[i].type);
        tri_text_add(&t, "],\"data_offsets\":[%llu,%llu]}",
                     (unsigned long long)at, (unsigned long long)(at + count));
        at += count;
    }
    tri_text_add(&t, "}");
    while (t.n % 8 != 0)
        tri_text_add(&t, " ");
    if (t.n >= t.size) /* the last place took the final 0 */
        return 0;
    tri_le_store64(out, t.n);
    return 8 + t.n;
}
