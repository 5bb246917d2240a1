#include "boards/host/formats/json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"

static int fail(const struct tri_json *j, const char *wanted,
                struct tri_why *why)
{
    char found[16] = "the end";

    if (j->at < j->len) {
        const uint8_t c = j->text[j->at];
        snprintf(found, sizeof found, c > ' ' && c < 127 ? "'%c'" : "0x%02x",
                 c);
    }
    return tri_why(why, TRI_E_FORMAT, "%s: byte %zu: %s is needed, here is %s",
                   j->name, j->base + j->at, wanted, found);
}

static void blanks(struct tri_json *j)
{
    while (j->at < j->len && (j->text[j->at] == ' ' || j->text[j->at] == '\t' ||
                              j->text[j->at] == '\n' || j->text[j->at] == '\r'))
        j->at++;
}

int tri_json_take(struct tri_json *j, char c)
{
    blanks(j);
    if (j->at >= j->len || j->text[j->at] != (uint8_t)c)
        return 0;
    j->at++;
    return 1;
}

int tri_json_expect(struct tri_json *j, char c, struct tri_why *why)
{
    const char wanted[] = { '\'', c, '\'', '\0' };

    return tri_json_take(j, c) ? TRI_OK : fail(j, wanted, why);
}

int tri_json_end(struct tri_json *j, struct tri_why *why)
{
    blanks(j);
    return j->at == j->len ? TRI_OK : fail(j, "the end", why);
}

int tri_json_uint(struct tri_json *j, uint64_t *out, struct tri_why *why)
{
    size_t first;
    uint64_t v = 0;

    blanks(j);
    first = j->at;
    while (j->at < j->len && j->text[j->at] >= '0' && j->text[j->at] <= '9') {
        const unsigned digit = j->text[j->at] - '0';
        if (v > (UINT64_MAX - digit) / 10)
            return fail(j, "a number below 2^64", why);
        v = v * 10 + digit;
        j->at++;
    }
    if (j->at == first)
        return fail(j, "a whole number", why);
    if (j->text[first] == '0' && j->at > first + 1) {
        j->at = first;
        return fail(j, "a number without a leading zero", why);
    }
    *out = v;
    return TRI_OK;
}

static size_t digits(struct tri_json *j)
{
    const size_t first = j->at;

    while (j->at < j->len && j->text[j->at] >= '0' && j->text[j->at] <= '9')
        j->at++;
    return j->at - first;
}

static int next_is(struct tri_json *j, char a, char b)
{
    if (j->at >= j->len ||
        (j->text[j->at] != (uint8_t)a && j->text[j->at] != (uint8_t)b))
        return 0;
    j->at++;
    return 1;
}

int tri_json_real(struct tri_json *j, double *out, struct tri_why *why)
{
    char text[64];
    size_t first, n;
    double v;

    blanks(j);
    first = j->at;
    (void)next_is(j, '-', '-');
    n = j->at;
    if (digits(j) == 0)
        return fail(j, "a number", why);
    if (j->text[n] == '0' && j->at > n + 1) {
        j->at = n;
        return fail(j, "a number without a leading zero", why);
    }
    if (next_is(j, '.', '.') && digits(j) == 0)
        return fail(j, "a digit", why);
    if (next_is(j, 'e', 'E')) {
        (void)next_is(j, '+', '-');
        if (digits(j) == 0)
            return fail(j, "a digit", why);
    }
    n = j->at - first;
    if (n >= sizeof text)
        return fail(j, "a shorter number", why);
    memcpy(text, j->text + first, n);
    text[n] = '\0';
    v = strtod(text, NULL);
    if (!(v - v == 0))
        return fail(j, "a smaller number", why);
    *out = v;
    return TRI_OK;
}

/* ---- strings ------------------------------------------------------------- */

struct sink {
    char *out;
    size_t size, n;
};

/* Room for the final 0 is kept. */
static int put(struct sink *s, uint8_t c)
{
    if (s->out == NULL)
        return 1;
    if (s->n + 1 >= s->size)
        return 0;
    s->out[s->n++] = (char)c;
    return 1;
}

static int put_point(struct sink *s, uint32_t p)
{
    if (p < 0x80)
        return put(s, (uint8_t)p);
    if (p < 0x800)
        return put(s, (uint8_t)(0xc0 | p >> 6)) &&
               put(s, (uint8_t)(0x80 | (p & 63)));
    if (p < 0x10000)
        return put(s, (uint8_t)(0xe0 | p >> 12)) &&
               put(s, (uint8_t)(0x80 | (p >> 6 & 63))) &&
               put(s, (uint8_t)(0x80 | (p & 63)));
    return put(s, (uint8_t)(0xf0 | p >> 18)) &&
           put(s, (uint8_t)(0x80 | (p >> 12 & 63))) &&
           put(s, (uint8_t)(0x80 | (p >> 6 & 63))) &&
           put(s, (uint8_t)(0x80 | (p & 63)));
}

/* Four hex digits, or -1. */
static int32_t hex4(struct tri_json *j)
{
    int32_t v = 0;

    for (int i = 0; i < 4; i++, j->at++) {
        const uint8_t c = j->at < j->len ? j->text[j->at] : 0;
        const int d = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
        if (d < 0)
            return -1;
        v = v << 4 | d;
    }
    return v;
}

/* After "\u": one code point, from a pair of surrogates if need be. */
static int unicode(struct tri_json *j, uint32_t *point, struct tri_why *why)
{
    int32_t hi = hex4(j), lo;

    if (hi < 0)
        return fail(j, "a hex digit", why);
    if (hi >= 0xdc00 && hi < 0xe000)
        return fail(j, "the first half of a surrogate pair", why);
    if (hi >= 0xd800 && hi < 0xdc00) {
        if (j->len - j->at < 6 || j->text[j->at] != '\\' ||
            j->text[j->at + 1] != 'u')
            return fail(j, "the second half of a surrogate pair", why);
        j->at += 2;
        lo = hex4(j);
        if (lo < 0xdc00 || lo >= 0xe000)
            return fail(j, "the second half of a surrogate pair", why);
        hi = 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
    }
    *point = (uint32_t)hi;
    return hi != 0 ? TRI_OK : fail(j, "a string without a zero", why);
}

/* After "\". */
static int escape(struct tri_json *j, uint32_t *point, struct tri_why *why)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const uint8_t c = j->at < j->len ? j->text[j->at] : 0;

    for (int i = 0; from[i] != '\0'; i++)
        if (c == (uint8_t)from[i]) {
            *point = (uint8_t)to[i];
            j->at++;
            return TRI_OK;
        }
    if (c != 'u')
        return fail(j, "an escape of JSON", why);
    j->at++;
    return unicode(j, point, why);
}

/* One code point of UTF-8: shortest form only, no surrogates (RFC 3629). */
static int utf8(struct tri_json *j, uint32_t *point, struct tri_why *why)
{
    static const uint32_t least[4] = { 0, 0x80, 0x800, 0x10000 };
    const uint8_t c = j->text[j->at];
    const int more = c < 0x80                ? 0
                     : c >= 0xc2 && c < 0xe0 ? 1
                     : c >= 0xe0 && c < 0xf0 ? 2
                     : c >= 0xf0 && c < 0xf5 ? 3
                                             : -1;
    uint32_t p;

    if (more < 0)
        return fail(j, "UTF-8", why);
    p = more == 0 ? c : c & (0x3fu >> more);
    j->at++;
    for (int i = 0; i < more; i++, j->at++) {
        if (j->at >= j->len || (j->text[j->at] & 0xc0) != 0x80)
            return fail(j, "the rest of a character in UTF-8", why);
        p = p << 6 | (j->text[j->at] & 0x3f);
    }
    if (p < least[more] || p > 0x10ffff || (p >= 0xd800 && p < 0xe000))
        return fail(j, "UTF-8 before this byte", why);
    *point = p;
    return TRI_OK;
}

int tri_json_string(struct tri_json *j, char *out, size_t size,
                    struct tri_why *why)
{
    struct sink s = { out, size, 0 };

    blanks(j);
    if (!tri_json_take(j, '"'))
        return fail(j, "a string", why);
    for (;;) {
        uint32_t point = 0;
        int rc;

        if (j->at >= j->len)
            return fail(j, "the end of the string", why);
        if (j->text[j->at] == '"')
            break;
        if (j->text[j->at] < ' ')
            return fail(j, "a string without control characters", why);
        if (j->text[j->at] == '\\') {
            j->at++;
            rc = escape(j, &point, why);
        } else {
            rc = utf8(j, &point, why);
        }
        if (rc != TRI_OK)
            return rc;
        /* What is kept may be printed: no escape sequences of a terminal. */
        if (out != NULL && (point < ' ' || (point >= 0x7f && point < 0xa0)))
            return fail(j, "a string without control characters", why);
        if (!put_point(&s, point))
            return fail(j, "a shorter string", why);
    }
    j->at++;
    if (out != NULL)
        out[s.n] = '\0';
    return TRI_OK;
}
