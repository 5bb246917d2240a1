#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/formats/datatable.h"
#include "boards/host/formats/csv.h"
#include "boards/host/formats/npy.h"
#include "boards/host/formats/npz.h"
#include "boards/host/formats/standard.h"
#include "boards/host/owner/reveal.h"
#include "boards/host/owner/source.h"
#include "boards/host/owner/split.h"
#include "boards/host/share/sharepair.h"
#include "core/err.h"
#include "core/le.h"
#include "core/ring.h"
#include "tests/checks.h"
#include "tests/support/folder.h"

static char dir[TRI_FOLDER];

static const char *in_dir(const char *name)
{
    static char path[4][128];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

/* Files that a body leaves are removed by name. */
static void within(struct tri_check *c, void (*body)(struct tri_check *))
{
    static const char *const names[] = { "t", "s", "a.p0.share", "a.p1.share" };

    CHECK(c, tri_folder_make(dir), "no temporary directory");
    body(c);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_dir(names[i]));
    CHECK(c, rmdir(dir) == 0, "files are left");
}

static int put(const char *name, const void *data, size_t n)
{
    FILE *const f = fopen(in_dir(name), "wb");
    const int ok = f != NULL && fwrite(data, 1, n, f) == n;

    return f != NULL && fclose(f) == 0 && ok;
}

/* ---- tables as text --------------------------------------------------------
 */

static int parse(struct tri_csv *t, const char *text, char delimiter,
                 enum tri_csv_header header, struct tri_why *why)
{
    const size_t n = strlen(text);
    /* a copy of the exact size, so that sanitizers see a read behind it */
    uint8_t *const copy = malloc(n > 0 ? n : 1);
    int rc;

    memcpy(copy, text, n);
    why->text[0] = '\0';
    rc = tri_csv_parse(t, copy, n, delimiter, header, "t", why);
    t->head = NULL;
    free(copy);
    return rc;
}

static void check_csv(struct tri_check *c)
{
    static const struct {
        const char *text;
        char delimiter;
        enum tri_csv_header header;
        size_t rows;
    } good[] = {
        { "1,-2.5\n3e1,+.25\n", ',', TRI_CSV_AUTO, 2 },
        { "1,-2.5\n3e1,+.25", ',', TRI_CSV_NO, 2 },
        { "\xef\xbb\xbf"
          "1,-2.5\r\n3e1,+.25\r\n\r\n\n",
          ',', TRI_CSV_AUTO, 2 },
        { "age,\"size, m\"\n 1 , -2.5 \n\"3e1\",\" +.25\"\n", ',', TRI_CSV_AUTO,
          0 }, /* a blank inside quotes is no number */
        { "age,\"size, m\"\n 1 , -2.5 \n\"3e1\" ,\"+.25\" \n", ',',
          TRI_CSV_AUTO, 2 },
        { "a;1\n1;-2.5\n3e1;+.25\n", ';', TRI_CSV_AUTO, 2 },
        { "7\t8\n1\t-2.5\n3e1\t+.25\n", '\t', TRI_CSV_YES, 2 },
        { "1 -2.5\n3e1 +.25\n", ' ', TRI_CSV_AUTO, 2 },
    };
    static const float want[4] = { 1, -2.5f, 30, 0.25f };
    struct tri_why why;
    struct tri_csv t;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        const int rc =
            parse(&t, good[i].text, good[i].delimiter, good[i].header, &why);

        CHECK(c, (rc == TRI_OK) == (good[i].rows > 0), "table %zu: %d %s", i,
              rc, why.text);
        CHECK(c,
              good[i].rows == 0 || (t.rows == 2 && t.cols == 2 &&
                                    memcmp(t.num, want, sizeof want) == 0),
              "table %zu: %zu x %zu", i, t.rows, t.cols);
        tri_csv_free(&t);
    }
}

static void check_csv_bad(struct tri_check *c)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        { "", "is empty" },
        { "\n1,2\n", "line 1 is empty" },
        { "a,b\n", "holds no sample" },
        { "a,b\n1,2\n\n3,4\n", "line 3 is empty" },
        { "age,b\n1,2\n,4\n", "line 3, column 1 (age): the value is missing" },
        { "1,2\n3,NA\n", "line 2, column 2: the value is missing" },
        { "1,2\n3,?\n", "the value is missing" },
        { "1,2\n3,4x\n", "line 2, column 2: '4x' is no decimal number" },
        { "1,2\n3,0x10\n", "is no decimal number" },
        { "1,2\n3,inf\n", "is no decimal number" },
        { "1,2\n3,1e999\n", "line 2, column 2: the number is too large" },
        { "1,2\n3,-4e38\n", "too large" },
        { "1,2\n3,1e\n", "is no decimal number" },
        { "1,2\n3\n", "line 2 has 1 columns, those before 2" },
        { "1,2\n3,4,5\n", "line 2 has 3 columns, those before 2" },
        { "1,2\n3,\"4\n", "line 2, column 2: a quote is not closed" },
        { "1,2\n\"3\"4,5\n", "line 2, column 1: a quote is not closed" },
        { "1;2\n3;4\n", "give --delimiter ';'" },
        { "a\tb\n3\t4\n", "give --delimiter tab" },
    };
    struct tri_why why;
    struct tri_csv t;
    char text[64];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const int rc = parse(&t, bad[i].text, ',', TRI_CSV_AUTO, &why);

        CHECK(c,
              (rc == TRI_E_FORMAT || rc == TRI_E_RANGE) &&
                  strstr(why.text, bad[i].says) != NULL,
              "table %zu: %d '%s'", i, rc, why.text);
        tri_csv_free(&t);
    }
    CHECK(c, parse(&t, "a,b\n1,2\n", ',', TRI_CSV_NO, &why) == TRI_E_FORMAT,
          "names pass as numbers");
    tri_csv_free(&t);
    for (int i = 0; i < 50000; i++) { /* whatever it holds: no crash */
        const size_t n = tri_test_rand(&c->seed) % (sizeof text - 1);

        for (size_t j = 0; j < n; j++)
            text[j] =
                "0123456789,,,\n\n\r\"-+.e ax?"[tri_test_rand(&c->seed) % 26];
        text[n] = '\0';
        const int rc = parse(&t, text, ',', TRI_CSV_AUTO, &why);
        CHECK(c, (rc == TRI_OK) == (why.text[0] == '\0'), "no text: '%s'",
              text);
        tri_csv_free(&t);
    }
}

static void table_body(struct tri_check *c)
{
    static const char text[] = "x,class,\"y, z\"\n1,2,3\n4,0,6\n7,1,8.5\n";
    struct tri_dataset_table of = { .file = in_dir("t"), .delimiter = ',' };
    static const struct {
        const char *label, *target;
        uint32_t classes;
        const char *says;
    } bad[] = {
        { "klass", NULL, 0, "has no column 'klass'" },
        { "4", NULL, 0, "number from 1 to 3" },
        { "0", NULL, 0, "has no column '0'" },
        { "y, z", NULL, 0, "line 4: the label is 8.5" },
        { "class", NULL, 2, "line 2: the label is 2; by --classes" },
    };
    struct tri_why why = { "" };
    struct tri_dataset s;
    char file[128];

    strcpy(file, of.file);
    of.file = file;
    CHECK(c, put("t", text, sizeof text - 1), "no file");
    for (int by = 0; by < 2; by++) {
        of.label = by ? "2" : "class";
        CHECK(c, tri_dataset_table(&s, &of, &why) == TRI_OK, "%s", why.text);
        CHECK(c,
              s.count == 3 && s.h == 1 && s.w == 1 && s.c == 2 &&
                  s.classes == 3 && s.labels[0] == 2 && s.labels[2] == 1 &&
                  s.real[0] == 1 && s.real[1] == 3 && s.real[5] == 8.5f,
              "the set differs from its table");
        tri_dataset_free(&s);
    }
    /* classes are those of all lines, whatever is kept */
    of.limit = 2;
    of.label = "x";
    CHECK(c,
          tri_dataset_table(&s, &of, &why) == TRI_OK && s.count == 2 &&
              s.classes == 8,
          "%s %u", why.text, s.classes);
    tri_dataset_free(&s);
    of.limit = 0;
    of.label = NULL;
    of.target = "y, z";
    CHECK(c,
          tri_dataset_table(&s, &of, &why) == TRI_OK && s.classes == 1 &&
              s.target[2] == 8.5f && s.c == 2 && s.real[5] == 1,
          "%s", why.text);
    tri_dataset_free(&s);
    of.target = NULL;
    CHECK(c,
          tri_dataset_table(&s, &of, &why) == TRI_OK && s.classes == 0 &&
              s.c == 3,
          "%s", why.text);
    tri_dataset_free(&s);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        of.label = bad[i].label;
        of.classes = bad[i].classes;
        why.text[0] = '\0';
        CHECK(c,
              tri_dataset_table(&s, &of, &why) != TRI_OK &&
                  strstr(why.text, bad[i].says) != NULL,
              "case %zu: '%s'", i, why.text);
        tri_dataset_free(&s);
    }
}

static void check_table(struct tri_check *c)
{
    within(c, table_body);
}

/* ---- archives --------------------------------------------------------------
 */

static uint32_t crc32_slow(const uint8_t *p, size_t n)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < 8 * n; i++) {
        const uint32_t bit = (crc ^ p[i / 8] >> i % 8) & 1;
        crc = crc >> 1 ^ (bit ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* One entry as numpy writes it: the sizes before it stand in its extra field
 * only (zip64); the directory has them in 32 bits. */
static size_t put_entry(uint8_t *at, const char *name, const uint8_t *data,
                        size_t n, uint8_t *dir_at, size_t *dir_len, size_t off)
{
    const size_t len = strlen(name);
    uint8_t *d = dir_at + *dir_len;

    memset(at, 0, 30 + len + 20);
    memcpy(at, "PK\3\4", 4);
    tri_le_store32(at + 14, crc32_slow(data, n));
    tri_le_store32(at + 18, UINT32_MAX);
    tri_le_store32(at + 22, UINT32_MAX);
    tri_le_store16(at + 26, (uint32_t)len);
    tri_le_store16(at + 28, 20);
    memcpy(at + 30, name, len);
    tri_le_store16(at + 30 + len, 1);
    tri_le_store16(at + 32 + len, 16);
    tri_le_store64(at + 34 + len, n);
    tri_le_store64(at + 42 + len, n);
    memcpy(at + 50 + len, data, n);
    memset(d, 0, 46);
    memcpy(d, "PK\1\2", 4);
    tri_le_store32(d + 16, crc32_slow(data, n));
    tri_le_store32(d + 20, (uint32_t)n);
    tri_le_store32(d + 24, (uint32_t)n);
    tri_le_store16(d + 28, (uint32_t)len);
    tri_le_store32(d + 42, (uint32_t)off);
    memcpy(d + 46, name, len);
    *dir_len += 46 + len;
    return 50 + len + n;
}

enum { ARCHIVE = 2048 };

/* x: 7, 8, 9 as u1; y: 1.5, -2 as f4. */
static size_t archive(uint8_t out[ARCHIVE], size_t *second, size_t *directory)
{
    static const uint64_t d3[1] = { 3 }, d2[1] = { 2 };
    uint8_t npy[TRI_NPY_HEADER + 16], names[256];
    size_t n = tri_npy_header(npy, TRI_DTYPE_U8, d3, 1), at, dir_len = 0;

    memcpy(npy + n, "\7\10\11", 3);
    at = put_entry(out, "x.npy", npy, n + 3, names, &dir_len, 0);
    *second = at;
    n = tri_npy_header(npy, TRI_DTYPE_F32, d2, 1);
    tri_array_put(npy + n, TRI_DTYPE_F32, 0, 1.5);
    tri_array_put(npy + n, TRI_DTYPE_F32, 1, -2);
    at += put_entry(out + at, "y.npy", npy, n + 8, names, &dir_len, at);
    *directory = at;
    memcpy(out + at, names, dir_len);
    memset(out + at + dir_len, 0, 22);
    memcpy(out + at + dir_len, "PK\5\6", 4);
    tri_le_store16(out + at + dir_len + 8, 2);
    tri_le_store16(out + at + dir_len + 10, 2);
    tri_le_store32(out + at + dir_len + 12, (uint32_t)dir_len);
    tri_le_store32(out + at + dir_len + 16, (uint32_t)at);
    return at + dir_len + 22;
}

static int read_npz(struct tri_array *a, const uint8_t *buf, size_t len,
                    const char *entry, struct tri_why *why)
{
    uint8_t *const copy = malloc(len > 0 ? len : 1);
    int rc;

    memcpy(copy, buf, len);
    why->text[0] = '\0';
    rc = tri_npz_parse(a, copy, len, entry, "z", why);
    if (rc == TRI_OK && a->n > 0)
        (void)tri_array_get(a, a->n - 1);
    free(copy);
    return (rc == TRI_OK) == (why->text[0] == '\0') ? rc : 1;
}

static void check_npz(struct tri_check *c)
{
    uint8_t buf[ARCHIVE], bad[ARCHIVE];
    size_t second, directory;
    const size_t len = archive(buf, &second, &directory);
    struct tri_why why = { "" };
    struct tri_array a;

    CHECK(c, tri_npz_is(buf, len), "no archive");
    CHECK(c, tri_npz_parse(&a, buf, len, "x", "z", &why) == TRI_OK, "%s",
          why.text);
    CHECK(c, a.n == 3 && tri_array_get(&a, 2) == 9, "x differs");
    CHECK(c, tri_npz_parse(&a, buf, len, "y", "z", &why) == TRI_OK, "%s",
          why.text);
    CHECK(c, a.n == 2 && tri_array_get(&a, 1) == -2, "y differs");
    CHECK(c,
          read_npz(&a, buf, len, NULL, &why) == TRI_E_ARG &&
              strstr(why.text, "several arrays; name one as z:NAME (there are: "
                               "x, y)") != NULL,
          "'%s'", why.text);
    CHECK(c,
          read_npz(&a, buf, len, "w", &why) == TRI_E_ARG &&
              strstr(why.text, "has no array w") != NULL,
          "'%s'", why.text);
    for (size_t n = 0; n < len; n++)
        CHECK(c, read_npz(&a, buf, n, "y", &why) < 0, "%zu bytes pass", n);
    memcpy(bad, buf, len);
    bad[directory + 51 + 10] = 8; /* the second entry is deflated */
    CHECK(c,
          read_npz(&a, bad, len, "y", &why) == TRI_E_ARG &&
              strstr(why.text, "np.savez('new.npz', **np.load('z'))") != NULL,
          "'%s'", why.text);
    memcpy(bad, buf, len);
    bad[directory - 1] ^= 1; /* the last byte of y */
    CHECK(c,
          read_npz(&a, bad, len, "y", &why) == TRI_E_FORMAT &&
              strstr(why.text, "CRC-32") != NULL,
          "'%s'", why.text);
    for (int i = 0; i < 50000; i++) { /* whatever it holds: no crash */
        memcpy(bad, buf, len);
        for (int j = 0; j < 3; j++)
            bad[(j == 0 ? directory : 0) +
                tri_test_rand(&c->seed) % (len - (j == 0 ? directory : 0))] =
                (uint8_t)tri_test_rand(&c->seed);
        CHECK(c, read_npz(&a, bad, len, i & 1 ? "x" : NULL, &why) <= 0,
              "no text");
    }
}

/* ---- statistics ------------------------------------------------------------
 */

static void standard_body(struct tri_check *c)
{
    /* columns 1, 3, 5 and constant 7; targets 10, 20, 30 */
    float real[6] = { 1, 7, 3, 7, 5, 7 }, target[3] = { 10, 20, 30 };
    struct tri_dataset s = { .count = 3, .h = 1, .w = 1, .c = 2, .classes = 1 };
    static const char *const bad[] = {
        "",
        "trinn statistics 2\ncolumns 0\ntargets 0\n",
        "trinn statistics 1\ncolumns 1\n1 2\n",
        "trinn statistics 1\ncolumns 1\n1 0\ntargets 0\n",
        "trinn statistics 1\ncolumns 1\n1 -1\ntargets 0\n",
        "trinn statistics 1\ncolumns 1\nnan 1\ntargets 0\n",
        "trinn statistics 1\ncolumns 1\n1 inf\ntargets 0\n",
        "trinn statistics 1\ncolumns 2\n1 1\ntargets 0\n",
        "trinn statistics 1\ncolumns 99999999999\ntargets 0\n",
        "trinn statistics 1\ncolumns 1\n1 1\ntargets 0\n\n",
        "trinn statistics 1\ncolumns 1\n1 1\ntargets 1\n",
        "trinn statistics 1\ncolumns 1\n1 1 1\ntargets 0\n",
    };
    struct tri_standard m, r;
    struct tri_why why = { "" };
    struct tri_out o;

    CHECK(c, tri_dataset_alloc(&s, 1, TRI_Y_TARGETS, &why) == TRI_OK, "%s",
          why.text);
    memcpy(s.real, real, sizeof real);
    memcpy(s.target, target, sizeof target);
    CHECK(c, tri_standard_measure(&m, &s, &why) == TRI_OK, "%s", why.text);
    CHECK(c,
          m.mean[0] == 3 && fabs(m.deviation[0] - sqrt(8.0 / 3)) < 1e-9 &&
              m.mean[1] == 7 && m.deviation[1] == 1 && m.mean[2] == 20,
          "%g %g %g", m.mean[0], m.deviation[0], m.mean[2]);
    CHECK(c,
          tri_standard_seal(&o, in_dir("s"), &m, &why) == TRI_OK &&
              tri_out_place(&o, &why) == TRI_OK,
          "%s", why.text);
    CHECK(c, tri_standard_read(&r, in_dir("s"), &why) == TRI_OK, "%s",
          why.text);
    CHECK(c,
          r.columns == 2 && r.targets == 1 &&
              memcmp(r.mean, m.mean, 3 * sizeof *r.mean) == 0 &&
              memcmp(r.deviation, m.deviation, 3 * sizeof *r.mean) == 0,
          "statistics are lost in a file");
    CHECK(c, tri_standard_apply(&s, &r, &why) == TRI_OK, "%s", why.text);
    for (size_t i = 0; i < 3; i++) {
        CHECK(c,
              fabs(s.real[2 * i] - ((double)i - 1) * sqrt(1.5)) < 1e-6 &&
                  s.real[2 * i + 1] == 0,
              "row %zu: %g %g", i, s.real[2 * i], s.real[2 * i + 1]);
        CHECK(c,
              fabs(tri_standard_target(&r, 0, (double)s.target[i]) -
                   10 * (double)(i + 1)) < 1e-4,
              "target %zu is lost", i);
    }
    s.classes = 2;
    CHECK(c, tri_standard_apply(&s, &r, &why) == TRI_E_ARG, "other targets");
    s.classes = 1;
    tri_dataset_free(&s);
    tri_standard_free(&m);
    tri_standard_free(&r);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        why.text[0] = '\0';
        CHECK(c,
              tri_standard_parse(&m, (const uint8_t *)bad[i], strlen(bad[i]),
                                 "s", &why) == TRI_E_FORMAT &&
                  why.text[0] != '\0',
              "statistics %zu pass", i);
        tri_standard_free(&m);
    }
}

static void check_standard(struct tri_check *c)
{
    within(c, standard_body);
}

/* ---- what is public of a set -----------------------------------------------
 */

static void check_most(struct tri_check *c)
{
    static const struct {
        float v;
        unsigned most;
    } cases[] = { { 0, 48 },       { 1e-9f, 48 }, { -1, 64 },  { 1.0001f, 65 },
                  { -2, 65 },      { 0.5f, 63 },  { 255, 72 }, { 256, 72 },
                  { -256.1f, 73 }, { 1e30f, 127 } };
    float v[2] = { 0, 0 }, target[2] = { 0, 0 };
    struct tri_dataset s = {
        .count = 2, .h = 1, .w = 1, .c = 1, .classes = 1, .real = v
    };
    unsigned most[2];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        v[i % 2] = cases[i].v;
        v[1 - i % 2] = 0;
        s.target = NULL;
        tri_dataset_most(most, &s);
        CHECK(c, most[0] == cases[i].most && most[1] == 0, "%g: 2^(%u - 64)",
              (double)cases[i].v, most[0]);
        s.target = target;
        target[0] = cases[i].v;
        v[0] = v[1] = 4;
        tri_dataset_most(most, &s);
        CHECK(c, most[0] == 66 && most[1] == cases[i].most,
              "target %g: 2^(%u - 64)", (double)cases[i].v, most[1]);
    }
}

/* Targets become shares at the scale of the samples, and the files say how
 * large both are. */
static void targets_body(struct tri_check *c)
{
    float real[4] = { 0.5f, -3, 1, 2 }, target[4] = { 100, -0.25f, 7, -130 };
    const struct tri_dataset s = { .count = 2,
                                   .h = 1,
                                   .w = 1,
                                   .c = 2,
                                   .classes = 2,
                                   .real = real,
                                   .target = target };
    struct tri_why why = { "" };
    struct tri_kernels k;
    struct tri_share a[2] = { { .fd = -1 }, { .fd = -1 } };
    uint64_t x[4], scratch[8];

    tri_kernels_init(&k, tri_cpu_detect());
    CHECK(c,
          tri_split(&s, in_dir("a"), TRI_SHARING_ADDITIVE, 16, &k, &why) ==
              TRI_OK,
          "%s", why.text);
    for (int p = 0; p < 2; p++)
        CHECK(c,
              tri_share_open(&a[p], in_dir(p ? "a.p1.share" : "a.p0.share"),
                             TRI_SHARE_DATA, p, &k, &why) == TRI_OK,
              "%s", why.text);
    CHECK(c,
          a[1].head.most[0] == 66 && a[1].head.most[1] == 72 &&
              tri_share_pair(&a[0], &a[1], &why) == TRI_OK,
          "2^(%u - 64), 2^(%u - 64)", a[1].head.most[0], a[1].head.most[1]);
    for (uint32_t i = 0; i < 2; i++) {
        CHECK(c,
              tri_reveal_sample(x, scratch, 4, i, &a[0], &a[1], &why) == TRI_OK,
              "%s", why.text);
        for (size_t j = 0; j < 2; j++)
            CHECK(c,
                  tri_fixed_decode(x[j], 16) == (double)real[2 * i + j] &&
                      tri_fixed_decode(x[2 + j], 16) ==
                          (double)target[2 * i + j],
                  "sample %u, number %zu", i, j);
    }
    tri_share_close(&a[0]);
    tri_share_close(&a[1]);
}

static void check_targets(struct tri_check *c)
{
    within(c, targets_body);
}

/* ---- options that name data ------------------------------------------------
 */

static void check_source(struct tri_check *c)
{
    static const struct {
        struct tri_source s;
        unsigned how;
        const char *says;
    } bad[] = {
        { { .header = -1, .layout = -1 }, TRI_SOURCE_MUST, "give the data" },
        { { .data = "d", .table = "t", .header = -1 }, 0, "give either" },
        { { .data = "d", .labels = "y", .header = -1 }, 0, "--labels goes" },
        { { .images = "x", .label = "y", .header = -1 }, 0, "--label goes" },
        { { .table = "x", .targets = "y", .header = -1 }, 0, "--targets goes" },
        { { .images = "x", .header = 1 }, 0, "--header goes" },
        { { .images = "x", .classes = 3, .header = -1 }, 0, "--classes goes" },
        { { .table = "x", .target = "y", .classes = 3, .header = -1 },
          0,
          "--classes goes" },
        { { .table = "x", .target = "y", .label = "z", .header = -1 },
          0,
          "not both" },
        { { .table = "x", .delimiter = ",,", .header = -1 },
          0,
          "one character" },
        { { .table = "x", .delimiter = "-", .header = -1 }, 0, "no delimiter" },
        { { .table = "x", .header = -1 }, TRI_SOURCE_LEARN, "--label is" },
        { { .images = "x", .header = -1 }, TRI_SOURCE_LEARN, "--labels is" },
        { { .images = "x", .labels = "y", .header = -1 },
          TRI_SOURCE_QUERY,
          "goes with a training" },
        { { .table = "x", .label = "y", .standardise = 1, .header = -1 },
          TRI_SOURCE_KEEP,
          "--statistics-out is missing" },
        { { .table = "x", .statistics_out = "s", .header = -1 },
          0,
          "goes with --standardise" },
        { { .table = "x", .statistics = "s", .standardise = 1, .header = -1 },
          0,
          "give one" },
        { { .standardise = 1, .header = -1 }, 0, "--standardise goes with" },
    };
    const struct tri_source good = { .table = "x",
                                     .label = "y",
                                     .delimiter = "tab",
                                     .classes = 7,
                                     .standardise = 1,
                                     .statistics_out = "s",
                                     .header = 2,
                                     .layout = -1 };
    struct tri_why why = { "" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++, why.text[0] = '\0')
        CHECK(c,
              tri_source_check(&bad[i].s, bad[i].how, &why) == TRI_E_ARG &&
                  strstr(why.text, bad[i].says) != NULL,
              "case %zu: '%s'", i, why.text);
    CHECK(c,
          tri_source_check(&good,
                           TRI_SOURCE_MUST | TRI_SOURCE_LEARN | TRI_SOURCE_KEEP,
                           &why) == TRI_OK,
          "%s", why.text);
}

const struct tri_check_entry tri_checks_data[] = {
    { "data: tables as text", check_csv },
    { "data: tables that are refused", check_csv_bad },
    { "data: samples of a table", check_table },
    { "data: archives of arrays", check_npz },
    { "data: statistics", check_standard },
    { "data: largest value", check_most },
    { "data: shares of targets", check_targets },
    { "data: options", check_source },
};
const size_t tri_checks_data_n =
    sizeof tri_checks_data / sizeof *tri_checks_data;
