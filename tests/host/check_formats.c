#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/formats/json.h"
#include "boards/host/formats/npy.h"
#include "boards/host/formats/safetensors.h"
#include "core/err.h"
#include "tests/checks.h"
#include "core/le.h"

/* ---- numbers --------------------------------------------------------------
 */

static double one(enum tri_dtype type, uint64_t bits)
{
    struct tri_array a = { .type = type, .n = 1 };
    uint8_t raw[9];

    tri_le_store64(raw + 1, bits); /* unaligned */
    a.data = raw + 1;
    return tri_array_get(&a, 0);
}

/* Values from the tables of IEEE 754 and of bfloat16. */
static void tri_check_formats_numbers(struct tri_check *c)
{
    static const struct {
        enum tri_dtype type;
        uint64_t bits;
        double value;
    } known[] = {
        { TRI_DTYPE_F16, 0x0000, 0 },
        { TRI_DTYPE_F16, 0x3c00, 1 },
        { TRI_DTYPE_F16, 0xc000, -2 },
        { TRI_DTYPE_F16, 0x7bff, 65504 },
        { TRI_DTYPE_F16, 0x3555, 0.333251953125 },
        { TRI_DTYPE_F16, 0x0400, 0.00006103515625 },
        { TRI_DTYPE_F16, 0x0001, 0.000000059604644775390625 },
        { TRI_DTYPE_F16, 0x83ff, -0.000060975551605224609375 },
        { TRI_DTYPE_BF16, 0x3f80, 1 },
        { TRI_DTYPE_BF16, 0x4049, 3.140625 },
        { TRI_DTYPE_BF16, 0xc2f7, -123.5 },
        { TRI_DTYPE_F32, 0x40490fdb, 3.1415927410125732421875 },
        { TRI_DTYPE_F64, 0xc05ec00000000000, -123 },
        { TRI_DTYPE_U8, 0xff, 255 },
        { TRI_DTYPE_I64, 0xfffffffffffffffe, -2 },
    };
    double last = -1;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const double got = one(known[i].type, known[i].bits);
        CHECK(c, got == known[i].value, "type %d, 0x%llx: %.17g, not %.17g",
              (int)known[i].type, (unsigned long long)known[i].bits, got,
              known[i].value);
    }
    for (uint32_t h = 0; h < 0x7c00; h++) { /* finite ones grow */
        const double v = one(TRI_DTYPE_F16, h);
        CHECK(c, v > last, "half 0x%04x: %.9g after %.9g", h, v, last);
        CHECK(c, one(TRI_DTYPE_F16, h | 0x8000) == -v, "sign of 0x%04x", h);
        last = v;
    }
    for (uint32_t h = 0x7c00; h < 0x8000; h++) {
        const double v = one(TRI_DTYPE_F16, h);
        CHECK(c, !(v - v == 0) && (v == v) == (h == 0x7c00), "0x%04x: %g", h,
              v);
    }
}

/* ---- JSON -----------------------------------------------------------------
 */

static int json_string(const char *text, size_t len, char *out, size_t size)
{
    struct tri_why why = { "" };
    uint8_t *const copy = malloc(len + 1); /* of the exact size, if any */
    struct tri_json j = { .text = copy, .len = len, .name = "j" };
    int rc;

    memcpy(copy, text, len);
    rc = tri_json_string(&j, out, size, &why);
    if (rc == TRI_OK)
        rc = tri_json_end(&j, &why);
    free(copy);
    return (rc == TRI_OK) == (why.text[0] == '\0') ? rc : 1;
}

static void tri_check_formats_json(struct tri_check *c)
{
    static const char *const good[][2] = {
        { "\"\"", "" },
        { " \"ab\" ", "ab" },
        { "\"\\\"\\\\\\/\"", "\"\\/" },
        { "\"\\u0041\\u00e9\\u20ac\"", "A\xc3\xa9\xe2\x82\xac" },
        { "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
        { "\"\xc3\xa9\xf0\x9f\x98\x80\"", "\xc3\xa9\xf0\x9f\x98\x80" },
        { "\"0123456\"", "0123456" },
    };
    static const char *const bad[] = {
        "",
        "\"",
        "\"a",
        "a",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\n\"",
        "\"\\n\"",
        "\"\\u001b\"",
        "\"\x7f\"",
        "\"\x80\"",
        "\"\xc0\xaf\"",
        "\"\xc3\"",
        "\"\xe0\x80\xaf\"",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"a\"b",
        "\"012345678901234\"",
    };
    static const struct {
        const char *text;
        int ok;
        uint64_t value;
    } number[] = {
        { "0", 1, 0 },    { "18446744073709551615", 1, UINT64_MAX },
        { " 7\n", 1, 7 }, { "18446744073709551616", 0, 0 },
        { "", 0, 0 },     { "007", 0, 0 },
        { "-1", 0, 0 },   { "1.5", 0, 0 },
        { "1e3", 0, 0 },  { "+1", 0, 0 },
    };
    char out[15];

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(c,
              json_string(good[i][0], strlen(good[i][0]), out, sizeof out) ==
                      TRI_OK &&
                  strcmp(out, good[i][1]) == 0,
              "%s: '%s'", good[i][0], out);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(c,
              json_string(bad[i], strlen(bad[i]), out, sizeof out) ==
                  TRI_E_FORMAT,
              "%s passes", bad[i]);
    CHECK(c, json_string("\"a\\nb\"", 6, NULL, 0) == TRI_OK,
          "a line end in a string that is skipped");
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        struct tri_why why = { "" };
        struct tri_json j = { .text = (const uint8_t *)number[i].text,
                              .len = strlen(number[i].text),
                              .name = "j" };
        uint64_t v = 0;
        int rc = tri_json_uint(&j, &v, &why);
        if (rc == TRI_OK)
            rc = tri_json_end(&j, &why);
        CHECK(c,
              rc == (number[i].ok ? TRI_OK : TRI_E_FORMAT) &&
                  (rc != TRI_OK || v == number[i].value),
              "number '%s': %d", number[i].text, rc);
    }
}

/* ---- .npy -----------------------------------------------------------------
 */

/* Parse a copy of the exact size; 1 for an error without a text or an array
 * that is not inside the copy. */
static int parse_npy(const uint8_t *buf, size_t len, struct tri_why *why)
{
    uint8_t *const copy = malloc(len > 0 ? len : 1);
    struct tri_array a;
    int rc;

    memcpy(copy, buf, len);
    why->text[0] = '\0';
    rc = tri_npy_parse(&a, copy, len, "buf", why);
    if ((rc == TRI_OK) != (why->text[0] == '\0') ||
        (rc == TRI_OK &&
         (a.data < copy || a.data > copy + len ||
          a.n * tri_dtype_size(a.type) != (size_t)(copy + len - a.data))))
        rc = 1;
    free(copy);
    return rc;
}

/* Version, header as given, `data` zero bytes behind it. */
static size_t make_npy(uint8_t *out, unsigned major, const char *header,
                       size_t data)
{
    const size_t n = strlen(header), digits = major == 1 ? 2 : 4;

    memcpy(out, "\x93NUMPY", 6);
    out[6] = (uint8_t)major;
    out[7] = 0;
    for (size_t i = 0; i < digits; i++)
        out[8 + i] = (uint8_t)(n >> 8 * i);
    memcpy(out + 8 + digits, header, n);
    memset(out + 8 + digits + n, 0, data);
    return 8 + digits + n + data;
}

/* What NumPy wrote, as others show it in their documentation: an array of
 * [1, 2, 3], and np.random.rand(2, 3), with the values that it printed. */
static void tri_check_formats_npy_published(struct tri_check *c)
{
    static const uint8_t whole[] =
        "\x93NUMPY\x01\x00"
        "F\x00{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }"
        "            \n\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0";
    static const uint8_t real[] =
        "\x93NUMPY\x01\x00"
        "F\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"
        "          \n\xa8\x96\x1d\xeb\xe5o\xda? \x06W\xa1s\xcb\xca?*\xde"
        "B>\x12\x7f\xd4?x<h\x81\x99i\xc9?@\xa4\x02"
        "7\xb0\x1c\xda?<P\x05\x8f\x90R\xe3?";
    static const double value[6] = { 0.41307972, 0.20933385, 0.32025581,
                                     0.19853514, 0.408001,   0.6038287 };
    /* As NumPy writes it since the header ends on a multiple of 64. */
    static const char modern[] =
        "\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, "
        "'shape': (3,), }                                                  "
        "          \n";
    const uint64_t d[3] = { 3, 28, 28 };
    uint8_t head[TRI_NPY_HEADER];
    struct tri_why why = { "" };
    struct tri_array a;

    CHECK(c, tri_npy_parse(&a, whole, sizeof whole, "w", &why) == TRI_OK, "%s",
          why.text);
    CHECK(c, a.type == TRI_DTYPE_I64 && a.nd == 1 && a.d[0] == 3 && a.n == 3,
          "i8: type %d, %u dimensions, %zu", (int)a.type, a.nd, a.n);
    for (size_t i = 0; i < 3; i++)
        CHECK(c, tri_array_get(&a, i) == (double)i + 1, "i8: element %zu", i);
    CHECK(c, tri_npy_parse(&a, real, sizeof real - 1, "r", &why) == TRI_OK,
          "%s", why.text);
    CHECK(c, a.nd == 2 && a.d[0] == 2 && a.d[1] == 3 && a.n == 6, "f8: shape");
    for (size_t i = 0; i < 6; i++) {
        const double off = tri_array_get(&a, i) - value[i];
        CHECK(c, off < 6e-9 && off > -6e-9, "f8: element %zu is off by %g", i,
              off);
    }
    CHECK(c,
          tri_npy_header(head, TRI_DTYPE_F64, d, 1) == 128 &&
              sizeof modern == 129 && memcmp(head, modern, 128) == 0,
          "header: %.118s", (const char *)head + 10);
    tri_npy_header(head, TRI_DTYPE_U8, d, 3);
    CHECK(c,
          strstr((char *)head + 10, "{'descr': '|u1', 'fortran_order': False, "
                                    "'shape': (3, 28, 28), } ") != NULL,
          "header: %.118s", (const char *)head + 10);
}

static void tri_check_formats_npy_good(struct tri_check *c)
{
    static const struct {
        unsigned major;
        const char *header;
        size_t data;
    } good[] = {
        { 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", 4 },
        { 2, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}  \n", 8 },
        { 3, "{\"shape\":(2,2),'descr':'<f2','fortran_order':False}\n", 8 },
        { 1, "{'descr': '|u1', 'fortran_order': True, 'shape': (5,), }\n", 5 },
        { 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (5,0,), }\n",
          0 },
        { 1,
          "{'descr': '|u1', 'fortran_order': False, 'shape': "
          "(1,1,1,1,1,1,1,3), }\n",
          3 },
    };
    uint8_t buf[512];
    struct tri_why why;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const size_t n =
            make_npy(buf, good[i].major, good[i].header, good[i].data);
        CHECK(c, parse_npy(buf, n, &why) == TRI_OK, "%s: %s", good[i].header,
              why.text);
        for (size_t cut = 0; cut <= n + 1; cut++)
            CHECK(c, cut == n || parse_npy(buf, cut, &why) == TRI_E_FORMAT,
                  "%s: passes with %zu of %zu bytes", good[i].header, cut, n);
    }
}

/* 0, 1, ... 23 as [2, 3, 4], or negative where there is a sign: every type,
 * both byte orders, by rows and by columns. */
static void tri_check_formats_npy_types(struct tri_check *c)
{
    static const struct {
        const char *name;
        unsigned bytes;
        int sign, real;
    } type[] = {
        { "b1", 1, 0, 0 }, { "u1", 1, 0, 0 }, { "i1", 1, 1, 0 },
        { "u2", 2, 0, 0 }, { "i2", 2, 1, 0 }, { "u4", 4, 0, 0 },
        { "i4", 4, 1, 0 }, { "u8", 8, 0, 0 }, { "i8", 8, 1, 0 },
        { "f2", 2, 1, 1 }, { "f4", 4, 1, 1 }, { "f8", 8, 1, 1 },
    };
    uint8_t buf[512];
    char head[120];
    struct tri_array a;
    struct tri_why why = { "" };

    for (size_t i = 0; i < sizeof type / sizeof *type; i++)
        for (int big = 0; big < 2; big++)
            for (int fortran = 0; fortran < 2; fortran++) {
                const unsigned w = type[i].bytes;
                size_t n;

                snprintf(head, sizeof head,
                         "{'descr': '%c%s', 'fortran_order': %s, "
                         "'shape': (2, 3, 4), }\n",
                         w == 1 ? '|'
                         : big  ? '>'
                                : '<',
                         type[i].name, fortran ? "True" : "False");
                n = make_npy(buf, 1, head, 24 * w);
                for (unsigned k = 0; k < 24; k++) {
                    /* element [x, y, z] is 12 x + 4 y + z */
                    const unsigned v =
                        fortran ? k % 2 * 12 + k / 2 % 3 * 4 + k / 6 : k;
                    const int s = type[i].sign ? -(int)v : (int)v;
                    uint64_t bits = (uint64_t)(int64_t)s;
                    if (type[i].real) {
                        const double d = s;
                        const float f = (float)s;
                        uint32_t half = 0, m = v, single;
                        memcpy(&single, &f, 4);
                        memcpy(&bits, &d, 8);
                        bits = w == 8 ? bits : single;
                        if (w == 2) {
                            for (unsigned e = 25; m != 0; e--, m <<= 1)
                                if (m >> 10 != 0) {
                                    half = e << 10 | (m & 1023);
                                    break;
                                }
                            bits = half | (v > 0 ? 0x8000 : 0);
                        }
                    }
                    for (unsigned b = 0; b < w; b++)
                        buf[n - 24 * w + k * w + (big ? w - 1 - b : b)] =
                            (uint8_t)(bits >> 8 * b);
                }
                CHECK(c, tri_npy_parse(&a, buf, n, "t", &why) == TRI_OK,
                      "%s: %s", head, why.text);
                for (size_t k = 0; k < 24; k++)
                    CHECK(c,
                          tri_array_get(&a, k) ==
                              (type[i].sign ? -(double)k : (double)k),
                          "%s: element %zu is %g", head, k,
                          tri_array_get(&a, k));
            }
}

static void tri_check_formats_npy_bad(struct tri_check *c)
{
#define HEAD(rest) "{'descr': '<f4', 'fortran_order': False, " rest
    static const struct {
        const char *header;
        size_t data;
        const char *text;
    } bad[] = {
        { HEAD("'shape': (2,), }\n"), 7, "cut off" },
        { HEAD("'shape': (2,), }\n"), 9, "longer" },
        { HEAD("'shape': (2,), }"), 8, "line end" },
        { HEAD("'shape': (2,), }\n\n"), 8, "line end" },
        { HEAD("'shape': (2,), } x\n"), 8, "line end" },
        { HEAD("'shape': (2), }\n"), 8, "a tuple of one needs a comma" },
        { HEAD("'shape': 2, }\n"), 8, "must be a tuple" },
        { HEAD("'shape': (-2,), }\n"), 8, "whole number" },
        { HEAD("'shape': (02,), }\n"), 8, "whole number" },
        { HEAD("'shape': (2L,), }\n"), 8, "a comma or ) is missing" },
        { HEAD("'shape': (2 1), }\n"), 8, "a comma or ) is missing" },
        { HEAD("'shape': (2,,), }\n"), 8, "whole number" },
        { HEAD("'shape': (99999999999999999999,), }\n"), 8, "above 2^64" },
        { HEAD("'shape': (18446744073709551615,), }\n"), 8, "than any file" },
        { HEAD("'shape': (4294967296, 4294967297), }\n"), 4, "than any file" },
        { HEAD("'shape': (4611686018427387905,), }\n"), 4, "than any file" },
        { HEAD("'shape': (1,1,1,1,1,1,1,1,1), }\n"), 4, "more than 8" },
        { HEAD("'shape': (2,), 'more': 1}\n"), 8, "no .npy header has" },
        { HEAD("'shape': (2,), 'descr': '<f4'}\n"), 8, "twice" },
        { HEAD("}\n"), 4, "is missing" },
        { HEAD("'shape' (2,)}\n"), 8, "a colon is missing" },
        { HEAD("'shape': (2,) 'x'}\n"), 8, "a comma or } is missing" },
        { HEAD("'shape: (2,)}\n"), 8, "not plain ASCII" },
        { HEAD("'shape': (2,"), 8, "whole number" },
        { HEAD("'sh\\x61pe': (2,)}\n"), 8, "not plain ASCII" },
        { "['descr']\n", 0, "must be a dictionary" },
        { "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }\n", 8,
          "True or False" },
        { "{'descr': '=f4', 'fortran_order': False, 'shape': (2,), }\n", 8,
          "'=f4'" },
        { "{'descr': '|f4', 'fortran_order': False, 'shape': (2,), }\n", 8,
          "'|f4'" },
        { "{'descr': '<f16', 'fortran_order': False, 'shape': (2,), }\n", 32,
          "'<f16'" },
        { "{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }\n", 16,
          "astype('i8') for labels, astype('f4')" },
        { "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }\n", 8,
          "'|O'" },
        { "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), "
          "}\n",
          8, "records" },
        { "{'descr': 4, 'fortran_order': False, 'shape': (2,), }\n", 8,
          "quoted word" },
        { "{'descr': '<f4", 8, "a quote is missing" },
        { "", 0, "must be a dictionary" },
    };
    uint8_t buf[512];
    struct tri_why why;
    size_t n;
#undef HEAD

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        n = make_npy(buf, 1 + (unsigned)i % 3, bad[i].header, bad[i].data);
        CHECK(c,
              parse_npy(buf, n, &why) == TRI_E_FORMAT &&
                  strstr(why.text, bad[i].text) != NULL,
              "%s: '%s'", bad[i].header, why.text);
    }
    n = make_npy(buf, 1,
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
                 8);
    buf[n - 1] = 0x7f;
    buf[n - 2] = 0x80;
    CHECK(c,
          parse_npy(buf, n, &why) == TRI_E_RANGE &&
              strstr(why.text, "element 1 is infinite") != NULL,
          "infinite: '%s'", why.text);
    buf[n - 3] = 1;
    CHECK(c,
          parse_npy(buf, n, &why) == TRI_E_RANGE &&
              strstr(why.text, "not a number") != NULL,
          "NaN: '%s'", why.text);
    buf[n - 1] = 0;
    buf[7] = 1;
    CHECK(c,
          parse_npy(buf, n, &why) == TRI_E_FORMAT &&
              strstr(why.text, "version 1.1") != NULL,
          "version: '%s'", why.text);
    buf[0] = 'x';
    CHECK(c,
          parse_npy(buf, n, &why) == TRI_E_FORMAT &&
              strstr(why.text, "no .npy file") != NULL,
          "magic: '%s'", why.text);
}

/* Change a few bytes of n, cut or lengthen by a few. */
static size_t mutate(uint8_t *buf, size_t n, size_t room, uint64_t *seed)
{
    static const char likely[] = "{}[]()\"':,0123456789\\u \n<f48";
    const unsigned changes = 1 + tri_test_rand(seed) % 4;

    for (unsigned i = 0; i < changes; i++) {
        const uint64_t r = tri_test_rand(seed);
        const size_t at = (r >> 8) % n;
        switch (r & 3) {
        case 0:
            buf[at] = (uint8_t)(r >> 40);
            break;
        case 1:
            buf[at] = (uint8_t)likely[(r >> 40) % (sizeof likely - 1)];
            break;
        case 2: /* take one out */
            memmove(buf + at, buf + at + 1, n - at - 1);
            n -= n > 12;
            break;
        default: /* put one in */
            if (n < room) {
                memmove(buf + at + 1, buf + at, n - at);
                buf[at] = (uint8_t)likely[(r >> 40) % (sizeof likely - 1)];
                n++;
            }
        }
    }
    return n;
}

enum { ROUNDS = 60000 };

static void tri_check_formats_npy_mutated(struct tri_check *c)
{
    uint8_t good[256], buf[300];
    struct tri_why why;
    unsigned passed = 0;
    const size_t n = make_npy(
        good, 1,
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n", 24);

    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t seed = c->seed;
        size_t len;
        int rc;
        memcpy(buf, good, n);
        len = mutate(buf, n, sizeof buf, &c->seed);
        rc = parse_npy(buf, len, &why);
        CHECK(c, rc <= 0, "seed %llu: no text, or outside the buffer",
              (unsigned long long)seed);
        passed += rc == TRI_OK;
    }
    /* Changed elements and blanks are still an array. */
    CHECK(c, passed > ROUNDS / 50 && passed < ROUNDS / 2, "%u of %d pass",
          passed, ROUNDS);
}

/* ---- .safetensors ---------------------------------------------------------
 */

static struct tri_array tensors[TRI_TENSORS_MAX];

static int parse_st(const uint8_t *buf, size_t len, size_t *n,
                    struct tri_why *why)
{
    uint8_t *const copy = malloc(len > 0 ? len : 1);
    size_t bytes = 0;
    int rc;

    memcpy(copy, buf, len);
    why->text[0] = '\0';
    rc = tri_safetensors_parse(tensors, n, copy, len, "buf", why);
    if ((rc == TRI_OK) != (why->text[0] == '\0'))
        rc = 1;
    for (size_t i = 0; rc == TRI_OK && i < *n; i++) {
        const struct tri_array *const a = &tensors[i];
        bytes += a->n * tri_dtype_size(a->type);
        if (a->data < copy ||
            a->data + a->n * tri_dtype_size(a->type) > copy + len)
            rc = 1;
    }
    if (rc == TRI_OK && bytes > len)
        rc = 1;
    free(copy);
    return rc;
}

static size_t make_st(uint8_t *out, const char *header, size_t data)
{
    const size_t n = strlen(header);

    tri_le_store64(out, n);
    memcpy(out + 8, header, n);
    memset(out + 8 + n, 0, data);
    return 8 + n + data;
}

/* The files that the reference implementation's own tests write out. */
static void tri_check_formats_st_published(struct tri_check *c)
{
    static const char *const header[4] = {
        "{\"attn.0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],"
        "\"data_offsets\":[0,24]}}",
        "{\"attn0\":{\"dtype\":\"F32\",\"shape\":[1,1,2,3],"
        "\"data_offsets\":[0,24]}}       ",
        "{}      ",
        "{\"__metadata__\":{\"framework\":\"pt\"}}     ",
    };
    static const uint8_t length[4] = { 64, 72, 8, 40 };
    struct tri_array a = {
        .name = "attn.0", .type = TRI_DTYPE_F32, .nd = 3, .d = { 1, 2, 3 }
    };
    struct tri_why why = { "" };
    uint8_t buf[128], out[128];
    size_t n, got;

    for (int i = 0; i < 4; i++) {
        const size_t len = make_st(buf, header[i], i < 2 ? 24 : 0);
        CHECK(c, buf[0] == length[i], "header %d has %u bytes", i, buf[0]);
        for (size_t k = 0; i < 2 && k < 6; k++)
            tri_array_put(buf + len - 24, TRI_DTYPE_F32, k, (double)k);
        CHECK(c, i >= 2 || (buf[len - 1] == 64 && buf[len - 2] == 160),
              "5.0 is not 00 00 a0 40");
        CHECK(c,
              tri_safetensors_parse(tensors, &n, buf, len, "p", &why) == TRI_OK,
              "%s", why.text);
        CHECK(c, n == (i < 2), "%zu tensors", n);
        for (size_t k = 0; i < 2 && k < 6; k++)
            CHECK(c, tri_array_get(&tensors[0], k) == (double)k, "element %zu",
                  k);
        if (i == 1) {
            strcpy(a.name, "attn0");
            a = (struct tri_array){ .name = "attn0",
                                    .type = TRI_DTYPE_F32,
                                    .nd = 4,
                                    .d = { 1, 1, 2, 3 } };
        }
        CHECK(c,
              i >= 2 || (strcmp(tensors[0].name, a.name) == 0 &&
                         tensors[0].nd == a.nd && tensors[0].d[a.nd - 1] == 3),
              "name %s, %u dimensions", tensors[0].name, tensors[0].nd);
        got = tri_safetensors_header(out, sizeof out, &a, i < 2,
                                     i < 3 ? NULL : "framework", "pt");
        CHECK(c, got == 8u + length[i] && memcmp(out, buf, got) == 0,
              "written: %.60s", (const char *)out + 8);
        for (size_t size = 0; size < got; size++)
            CHECK(c,
                  tri_safetensors_header(out, size, &a, i < 2,
                                         i < 3 ? NULL : "framework", "pt") == 0,
                  "%zu bytes fit into %zu", got, size);
    }
}

static void tri_check_formats_st_good(struct tri_check *c)
{
    static const char header[] =
        "{ \"b\" : {\"shape\":[2],\"dtype\":\"F16\",\"data_offsets\":[8,12]},"
        "\"__metadata__\":{\"a\":\"x\\ny\",\"b\":\"\"},"
        "\"a\":{\"data_offsets\":[0,8],\"dtype\":\"F64\",\"shape\":[]},"
        "\"none\":{\"data_offsets\":[12,12],\"dtype\":\"F32\","
        "\"shape\":[3,0]},"
        "\"c.weight\":{\"data_offsets\":[12,14],\"dtype\":\"BF16\","
        "\"shape\":[1,1]}} ";
    uint8_t buf[512];
    struct tri_why why;
    size_t n, len = make_st(buf, header, 14);

    CHECK(c, parse_st(buf, len, &n, &why) == TRI_OK, "%s", why.text);
    CHECK(c,
          n == 4 && strcmp(tensors[0].name, "a") == 0 &&
              strcmp(tensors[1].name, "b") == 0 &&
              strcmp(tensors[2].name, "none") == 0 &&
              strcmp(tensors[3].name, "c.weight") == 0,
          "%zu tensors, not in the order of their data", n);
    CHECK(c,
          tensors[0].nd == 0 && tensors[0].n == 1 && tensors[1].n == 2 &&
              tensors[2].n == 0 && tensors[3].nd == 2,
          "shapes");
    for (size_t cut = 0; cut <= len + 1; cut++)
        CHECK(c, cut == len || parse_st(buf, cut, &n, &why) == TRI_E_FORMAT,
              "passes with %zu of %zu bytes", cut, len);
}

#define T(name, type, shape, offsets)                             \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":[" shape "]," \
    "\"data_offsets\":[" offsets "]}"

static void tri_check_formats_st_bad(struct tri_check *c)
{
    static const struct {
        const char *header;
        size_t data;
        const char *text;
    } bad[] = {
        { "{" T("a", "F32", "2", "0,8") "}", 7, "cut off" },
        { "{" T("a", "F32", "2", "0,8") "}", 9, "belong to none" },
        { "{" T("a", "F32", "2", "0,7") "}", 7, "does not take 7 bytes" },
        { "{" T("a", "F32", "2", "8,0") "}", 8, "a begin and an end" },
        { "{" T("a", "F32", "2", "8") "}", 8, "a begin and an end" },
        { "{" T("a", "F32", "2", "0,4,8") "}", 8, "more than 2 numbers" },
        { "{" T("a", "F32", "2", "4,12") "}", 12, "nothing is said" },
        { "{" T("a", "F32", "2", "0,8") "," T("b", "F32", "2", "4,12") "}", 12,
          "b: begins at byte 4 of the data, but another tensor reaches to "
          "byte 8" },
        { "{" T("a", "F32", "2", "0,8") "," T("b", "F32", "2", "0,8") "}", 8,
          "reaches to byte 8" },
        { "{" T("a", "F32", "2", "0,8") "," T("b", "F32", "1", "12,16") "}", 16,
          "nothing is said of those from byte 8" },
        { "{" T("a", "F32", "1", "0,4") "," T("a", "F32", "1", "4,8") "}", 8,
          "a stands there twice" },
        { "{" T("a", "F32", "1", "0,4") "," T("\\u0061", "F32", "1", "4,8") "}",
          8, "a stands there twice" },
        { "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice" },
        { "{\"__metadata__\":{\"a\":1}}", 0, "a string is needed" },
        { "{\"__metadata__\":1}", 0, "'{' is needed" },
        { "{" T("a", "BOOL", "8", "0,8") "}", 8, "elements of type BOOL" },
        { "{" T("a", "f32", "1", "0,4") "}", 4, "elements of type f32" },
        { "{" T("a", "F32", "18446744073709551615,2", "0,8") "}", 8,
          "does not take" },
        { "{" T("a", "F32", "4294967296,4294967296", "0,0") "}", 0,
          "does not take" },
        { "{" T("a", "F32", "99999999999999999999", "0,8") "}", 8,
          "below 2^64" },
        { "{" T("a", "F32", "1,1,1,1,1,1,1,1,2", "0,8") "}", 8,
          "more than 8 numbers" },
        { "{" T("a", "F32", "2", "0,18446744073709551615") "}", 8, "cut off" },
        { "{" T("a", "F32", "-2", "0,8") "}", 8, "a whole number is needed" },
        { "{" T("a", "F32", "2.0", "0,8") "}", 8, "']' is needed" },
        { "{" T("a", "F32", "02", "0,8") "}", 8, "leading zero" },
        { "{" T("a", "F32", "2,", "0,8") "}", 8, "a whole number is needed" },
        { "{" T("a", "F32", "2", "0,8") ",}", 8, "a string is needed" },
        { "{" T("a", "F32", "2", "0,8") "", 8, "'}' is needed" },
        { "{" T("a", "F32", "2", "0,8") "}x", 8, "the end is needed" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "is missing" },
        { "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 8, "comes twice" },
        { "{\"a\":{\"dtype\":\"F32\",\"more\":[2]}}", 8,
          "\"more\" is none of a tensor" },
        { "{\"a\":{}}", 0, "a string is needed" },
        { "{\"a\":[]}", 0, "'{' is needed" },
        { "{\"a\"}", 0, "':' is needed" },
        { "{\"a\x01\":{}}", 0, "control characters" },
        { " {}", 0, "starts with {" },
        { "[]", 0, "starts with {" },
    };
    uint8_t buf[512];
    struct tri_why why;
    size_t n, len;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        len = make_st(buf, bad[i].header, bad[i].data);
        CHECK(c,
              parse_st(buf, len, &n, &why) == TRI_E_FORMAT &&
                  strstr(why.text, bad[i].text) != NULL,
              "%s: '%s'", bad[i].header, why.text);
    }
    len = make_st(buf, "{" T("a", "F16", "3", "0,6") "}", 6);
    buf[len - 1] = 0xfc;
    CHECK(c,
          parse_st(buf, len, &n, &why) == TRI_E_RANGE &&
              strstr(why.text, "a: element 2 is infinite") != NULL,
          "infinite: '%s'", why.text);
    buf[len - 2] = 1;
    CHECK(c,
          parse_st(buf, len, &n, &why) == TRI_E_RANGE &&
              strstr(why.text, "not a number") != NULL,
          "NaN: '%s'", why.text);
    for (unsigned i = 0; i < 8; i++) { /* lengths beyond the file */
        len = make_st(buf, "{}", 0);
        buf[i] = 0xff;
        CHECK(c,
              parse_st(buf, len, &n, &why) == TRI_E_FORMAT &&
                  strstr(why.text, "promise a header") != NULL,
              "length: '%s'", why.text);
    }
}

static void tri_check_formats_st_many(struct tri_check *c)
{
    const size_t room = 80 * (TRI_TENSORS_MAX + 1);
    char *const header = malloc(room);
    uint8_t *const buf = malloc(room + 8);
    struct tri_why why;
    size_t n = 0, got = 0;
    int rc = TRI_OK, more = 1;

    for (size_t i = 0; i <= TRI_TENSORS_MAX; i++) {
        n += (size_t)snprintf(header + n, room - n,
                              "%c" T("t%zu", "F32", "0", "0,0"),
                              i == 0 ? '{' : ',', i);
        if (i + 1 < TRI_TENSORS_MAX)
            continue;
        strcpy(header + n, "}");
        more = rc;
        rc = parse_st(buf, make_st(buf, header, 0), &got, &why);
        if (i + 1 == TRI_TENSORS_MAX && (rc != TRI_OK || got != i + 1))
            tri_check_fail(c, "%zu tensors: %s", i + 1, why.text);
    }
    free(header);
    free(buf);
    CHECK(c, more == TRI_OK && rc == TRI_E_FORMAT, "one too many passes");
}

static void tri_check_formats_st_mutated(struct tri_check *c)
{
    uint8_t good[512], buf[600];
    struct tri_why why;
    unsigned passed = 0;
    const size_t len =
        make_st(good,
                "{\"__metadata__\":{\"format\":\"pt\"}," T(
                    "a.weight", "F32", "2,3",
                    "0,24") "," T("a.bias", "F16", "3", "24,30") "}     ",
                30);

    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t seed = c->seed;
        size_t m, n;
        int rc;
        memcpy(buf, good, len);
        m = mutate(buf, len, sizeof buf, &c->seed);
        rc = parse_st(buf, m, &n, &why);
        CHECK(c, rc <= 0, "seed %llu: no text, or outside the buffer",
              (unsigned long long)seed);
        passed += rc == TRI_OK;
    }
    CHECK(c, passed > ROUNDS / 50 && passed < ROUNDS / 2, "%u of %d pass",
          passed, ROUNDS);
}

const struct tri_check_entry tri_checks_formats[] = {
    { "formats_numbers", tri_check_formats_numbers },
    { "formats_json", tri_check_formats_json },
    { "formats_npy_published", tri_check_formats_npy_published },
    { "formats_npy_good", tri_check_formats_npy_good },
    { "formats_npy_types", tri_check_formats_npy_types },
    { "formats_npy_bad", tri_check_formats_npy_bad },
    { "formats_npy_mutated", tri_check_formats_npy_mutated },
    { "formats_st_published", tri_check_formats_st_published },
    { "formats_st_good", tri_check_formats_st_good },
    { "formats_st_bad", tri_check_formats_st_bad },
    { "formats_st_many", tri_check_formats_st_many },
    { "formats_st_mutated", tri_check_formats_st_mutated },
};
const size_t tri_checks_formats_n =
    sizeof tri_checks_formats / sizeof *tri_checks_formats;
