#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/common/wish.h"
#include "boards/host/formats/datafile.h"
#include "boards/host/formats/mnist.h"
#include "boards/host/base/args.h"
#include "boards/host/base/report.h"
#include "boards/common/digits.h"
#include "boards/host/formats/idx.h"
#include "boards/host/party/modelfile.h"
#include "boards/host/formats/npy.h"
#include "boards/host/party/options.h"
#include "boards/host/owner/reveal.h"
#include "boards/host/party/rundata.h"
#include "boards/common/selftest.h"
#include "boards/host/owner/split.h"
#include "boards/host/share/sharepair.h"
#include "boards/host/trial/setdata.h"
#include "core/err.h"
#include "tests/checks.h"
#include "tests/support/folder.h"
#include "tests/support/links.h"
#include "proto/fused/fused.h"
#include "proto/plain/float.h"
#include "proto/plain/plain.h"

/* ---- a directory that goes away -------------------------------------------
 */

static char dir[TRI_FOLDER];

/* Its entries, "." and ".." left out. */
static int dir_count(void)
{
    DIR *const d = opendir(dir);
    int n = 0;

    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL)
        closedir(d);
    return n - 2;
}

static const char *in_dir(const char *name)
{
    static char path[4][128];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

static int put_file(const char *path, const void *data, size_t n)
{
    FILE *const f = fopen(path, "wb");
    int ok = f != NULL && fwrite(data, 1, n, f) == n;

    if (f != NULL && fclose(f) != 0)
        ok = 0;
    return ok;
}

/* Run a body in a directory that goes away, also when it stops early. */
static void within_dir(struct tri_check *c, void (*body)(struct tri_check *c))
{
    CHECK(c, tri_folder_make(dir), "no temporary directory");
    body(c);
    tri_folder_drop(dir);
}

static struct tri_kernels kernels;

static const struct tri_kernels *the_kernels(void)
{
    tri_kernels_init(&kernels, tri_cpu_detect());
    return &kernels;
}

/* ---- IDX -------------------------------------------------------------------
 */

enum {
    N = 3,
    H = 2,
    W = 4,
    IMAGES = 16 + N * H * W,
    LABELS = 8 + N,
    ROOM = 16
};

static void make_idx(uint8_t images[IMAGES], uint8_t labels[ROOM])
{
    size_t n = tri_idx_header(images, N, H, W);

    for (size_t i = n; i < IMAGES; i++)
        images[i] = (uint8_t)(7 * i);
    n = tri_idx_header(labels, N, 0, 0);
    for (size_t i = n; i < LABELS; i++)
        labels[i] = (uint8_t)(9 - (i - n));
}

static int parse_idx(const uint8_t *buf, size_t len)
{
    struct tri_why why = { "" };
    struct tri_array x;
    /* a copy of the exact size, so that sanitizers see a read behind it */
    uint8_t *const copy = malloc(len > 0 ? len : 1);
    int rc;

    memcpy(copy, buf, len);
    rc = tri_idx_parse(&x, copy, len, "buf", &why);
    free(copy);
    if ((rc == TRI_OK) != (why.text[0] == '\0'))
        return 1; /* an error without a text, or the reverse */
    return rc;
}

static void tri_check_idx_good(struct tri_check *c)
{
    uint8_t images[IMAGES], head[16];
    uint8_t labels[ROOM];
    static const uint8_t mnist[16] = { 0, 0, 8, 3,  0, 0, 0xea, 0x60,
                                       0, 0, 0, 28, 0, 0, 0,    28 };
    struct tri_why why = { "" };
    /* two samples of two f4, big-endian: 1, -2, 0.5, 3 */
    static const uint8_t real[28] = { 0,  0, 13, 2,    0,  0,  0,   2, 0, 0,
                                      0,  2, 63, 0x80, 0,  0,  192, 0, 0, 0,
                                      63, 0, 0,  0,    64, 64, 0,   0 };
    static const double want[4] = { 1, -2, 0.5, 3 };
    struct tri_array x;

    make_idx(images, labels);
    CHECK(c, tri_idx_parse(&x, images, IMAGES, "i", &why) == TRI_OK, "%s",
          why.text);
    CHECK(c,
          x.nd == 3 && x.d[0] == N && x.d[1] == H && x.d[2] == W &&
              x.type == TRI_DTYPE_U8 && x.data == images + 16,
          "%u dimensions", x.nd);
    CHECK(c, tri_idx_parse(&x, labels, LABELS, "l", &why) == TRI_OK, "%s",
          why.text);
    CHECK(c, x.n == N && x.data[0] == 9 && x.data[2] == 7, "labels differ");
    CHECK(c, tri_idx_parse(&x, real, sizeof real, "r", &why) == TRI_OK, "%s",
          why.text);
    for (size_t i = 0; i < 4; i++)
        CHECK(c, x.nd == 2 && tri_array_get(&x, i) == want[i],
              "value %zu is %g", i, tri_array_get(&x, i));
    CHECK(c, tri_idx_header(head, 60000, 28, 28) == 16, "header length");
    CHECK(c, memcmp(head, mnist, 16) == 0, "header is not MNIST's");
}

static void tri_check_idx_bad(struct tri_check *c)
{
    static const struct {
        int images;
        unsigned at;
        uint8_t value;
    } bad[] = {
        { 1, 0, 1 },     { 1, 1, 1 },    { 1, 2, 10 }, { 1, 2, 13 },
        { 1, 3, 1 },     { 1, 3, 0 },    { 1, 3, 4 },  { 1, 7, N - 1 },
        { 1, 7, N + 1 }, { 1, 4, 0xff }, { 1, 7, 0 },  { 1, 8, 0x80 },
        { 1, 11, 0 },    { 1, 11, 3 },   { 1, 15, 0 }, { 1, 12, 0xff },
        { 0, 0, 0x1f },  { 0, 2, 0 },    { 0, 3, 3 },  { 0, 7, N - 1 },
        { 0, 7, N + 1 }, { 0, 7, 0 },    { 0, 2, 14 }, { 0, 3, 255 },
    };
    uint8_t good[2][IMAGES + 1] = { { 0 } }, buf[IMAGES + 1];

    make_idx(good[1], good[0]);
    for (int images = 0; images < 2; images++) {
        const size_t len = images ? IMAGES : LABELS;
        for (size_t n = 0; n <= len + 1; n++)
            CHECK(c,
                  parse_idx(good[images], n) ==
                      (n == len ? TRI_OK : TRI_E_FORMAT),
                  "%s of %zu bytes", images ? "images" : "labels", n);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memcpy(buf, good[bad[i].images], sizeof buf);
        buf[bad[i].at] = bad[i].value;
        CHECK(c,
              parse_idx(buf, bad[i].images ? IMAGES : LABELS) == TRI_E_FORMAT,
              "%s with byte %u = %u pass", bad[i].images ? "images" : "labels",
              bad[i].at, bad[i].value);
    }
    for (int i = 0; i < 20000; i++) { /* whatever it holds: no crash */
        const size_t n = tri_test_rand(&c->seed) % sizeof buf;
        memcpy(buf, good[1], sizeof buf);
        for (int j = 0; j < 3; j++)
            buf[tri_test_rand(&c->seed) % 16] =
                (uint8_t)tri_test_rand(&c->seed);
        CHECK(c, parse_idx(buf, n) <= 0, "no text");
    }
}

static void set_body(struct tri_check *c)
{
    uint8_t images[IMAGES], labels[ROOM];
    struct tri_why why = { "" };
    struct tri_dataset s;

    make_idx(images, labels);
    put_file(in_dir("train-images.idx3-ubyte"), images, IMAGES);
    CHECK(c,
          tri_dataset_dir(&s, dir, TRI_DATASET_TRAIN, 0, 0, &why) ==
                  TRI_E_ARG &&
              strstr(why.text, "train-labels-idx1-ubyte") != NULL,
          "missing labels: '%s'", why.text);
    put_file(in_dir("train-labels-idx1-ubyte.gz"), labels, LABELS);
    why.text[0] = '\0';
    CHECK(c,
          tri_dataset_dir(&s, dir, TRI_DATASET_TRAIN, 0, 0, &why) ==
                  TRI_E_ARG &&
              strstr(why.text, "gunzip") != NULL,
          "packed labels: '%s'", why.text);
    put_file(in_dir("train-labels-idx1-ubyte"), labels, LABELS);
    why.text[0] = '\0';
    CHECK(c, tri_dataset_dir(&s, dir, TRI_DATASET_TRAIN, 0, 2, &why) == TRI_OK,
          "%s", why.text);
    CHECK(c,
          s.count == 2 && s.h == H && s.w == W && s.labels[1] == 8 &&
              s.classes == 10 && /* of all labels, and not of those two */
              memcmp(s.pixels, images + 16, 2 * H * W) == 0,
          "the set differs from its files");
    tri_dataset_free(&s);
    tri_idx_header(labels, N - 1, 0, 0);
    put_file(in_dir("train-labels-idx1-ubyte"), labels, LABELS - 1);
    CHECK(c,
          tri_dataset_dir(&s, dir, TRI_DATASET_TRAIN, 0, 0, &why) ==
                  TRI_E_FORMAT &&
              s.pixels == NULL,
          "3 images with 2 labels pass");
    CHECK(c,
          tri_dataset_files(&s,
                            &(const struct tri_dataset_files){
                                .images = in_dir("train-images.idx3-ubyte") },
                            &why) == TRI_OK &&
              s.labels == NULL && s.count == N,
          "images without labels");
    tri_dataset_free(&s);
    CHECK(c,
          tri_dataset_dir(&s, "/nonexistent", TRI_DATASET_TEST, 0, 0, &why) ==
              TRI_E_ARG,
          "a missing directory passes");
}

static void tri_check_set_files(struct tri_check *c)
{
    within_dir(c, set_body);
}

/* ---- digits
 * ------------------------------------------------------------------ */

enum { PX = TRI_DIGITS_SIDE * TRI_DIGITS_SIDE };

static void tri_check_digits_same(struct tri_check *c)
{
    enum { COUNT = 50 };
    static uint8_t px[2][COUNT * PX];
    uint8_t lb[2][COUNT];

    tri_digits(px[0], lb[0], 100, COUNT, 5);
    for (uint32_t i = 0; i < COUNT; i++) /* one by one, backwards */
        tri_digits(px[1] + (COUNT - 1 - i) * PX, lb[1] + COUNT - 1 - i,
                   100 + COUNT - 1 - i, 1, 5);
    CHECK(c,
          memcmp(px[0], px[1], sizeof px[0]) == 0 &&
              memcmp(lb[0], lb[1], sizeof lb[0]) == 0,
          "an image depends on more than its number and the seed");
    tri_digits(px[1], lb[1], 100, COUNT, 6);
    CHECK(c, memcmp(px[0], px[1], sizeof px[0]) != 0, "the seed has no effect");
    tri_digits(px[1], lb[1], TRI_DIGITS_TEST + 100, COUNT, 5);
    CHECK(c, memcmp(px[0], px[1], sizeof px[0]) != 0,
          "held-out images are training images");
}

/* The same bytes on every machine: the digest of the first 40. */
static void tri_check_digits_golden(struct tri_check *c)
{
    static uint8_t px[40 * PX];
    uint8_t lb[40], got[TRI_HASH_BYTES], want[TRI_HASH_BYTES];

    tri_digits(px, lb, 0, 40, 1);
    tri_hash(got, px, sizeof px);
    tri_test_hex(
        want, sizeof want,
        "eb9cb9a496253d0d6b032f638dc27a9b1194e724bcc9a1186d37d1195dc9fcb9");
    CHECK(c, memcmp(got, want, sizeof want) == 0,
          "digest starts %02x%02x%02x%02x", got[0], got[1], got[2], got[3]);
}

static void tri_check_digits_balance(struct tri_check *c)
{
    enum { COUNT = 1000 };
    static uint8_t px[COUNT * PX], lb[COUNT];
    unsigned per[10] = { 0 }, ordered = 0;

    tri_digits(px, lb, 20, COUNT, c->seed);
    for (size_t i = 0; i < COUNT; i++) {
        unsigned sum = 0;
        CHECK(c, lb[i] < 10, "label %u", lb[i]);
        per[lb[i]]++;
        ordered += lb[i] == i % 10;
        for (size_t j = 0; j < PX; j++)
            sum += px[i * PX + j] > 127;
        CHECK(c, sum >= 15 && sum < PX / 2, "image %zu has %u dark pixels", i,
              sum);
    }
    for (unsigned d = 0; d < 10; d++)
        CHECK(c, per[d] == COUNT / 10, "digit %u comes %u times", d, per[d]);
    CHECK(c, ordered < COUNT / 2, "the labels are in order");
}

/* ---- share files
 * ------------------------------------------------------------- */

static struct tri_dataset small_set(uint8_t px[N * H * W], uint16_t lb[N])
{
    for (size_t i = 0; i < N * H * W; i++)
        px[i] = (uint8_t)(255 - 10 * i);
    for (size_t i = 0; i < N; i++)
        lb[i] = (uint16_t)(3 * i);
    return (struct tri_dataset){ .count = N,
                                 .h = H,
                                 .w = W,
                                 .c = 1,
                                 .classes = 10,
                                 .pixels = px,
                                 .labels = lb };
}

/* Split the small set under `prefix`; 1 if that went well. */
static int split_small(struct tri_check *c, const char *prefix, unsigned fb)
{
    uint8_t px[N * H * W];
    uint16_t lb[N];
    const struct tri_dataset set = small_set(px, lb);
    struct tri_why why = { "" };

    if (tri_split(&set, in_dir(prefix), TRI_SHARING_ADDITIVE, fb, the_kernels(),
                  &why) != TRI_OK)
        return tri_check_fail(c, "split: %s", why.text);
    return 1;
}

static int open_share(const char *path, enum tri_share_kind kind, int party)
{
    struct tri_why why = { "" };
    struct tri_share s;
    const int rc = tri_share_open(&s, path, kind, party, &kernels, &why);

    tri_share_close(&s);
    if ((rc == TRI_OK) != (why.text[0] == '\0'))
        return 1;
    return rc;
}

static void round_trip_body(struct tri_check *c)
{
    uint8_t px[N * H * W];
    uint16_t lb[N];
    struct tri_why why = { "" };
    struct tri_share s[2];

    small_set(px, lb);
    if (!split_small(c, "a", 13))
        return;
    for (int p = 0; p < 2; p++)
        CHECK(c,
              tri_share_open(&s[p], in_dir(p ? "a.p1.share" : "a.p0.share"),
                             TRI_SHARE_DATA, p, &kernels, &why) == TRI_OK,
              "%s", why.text);
    CHECK(c, tri_share_pair(&s[0], &s[1], &why) == TRI_OK, "%s", why.text);
    for (uint32_t i = N; i-- > 0;) {
        uint64_t x[2][H * W], y[2][10], far = 0;
        for (int p = 0; p < 2; p++)
            CHECK(c,
                  tri_share_fetch(&s[p], i, (uint64_t *[2]){ x[p] },
                                  (uint64_t *[2]){ y[p] }, &why) == TRI_OK,
                  "%s", why.text);
        for (size_t j = 0; j < H * W; j++) {
            CHECK(c, x[0][j] + x[1][j] == (uint64_t)px[i * H * W + j] << 5,
                  "sample %u, pixel %zu", i, j);
            far |= x[1][j];
        }
        CHECK(c, far >> 48 != 0, "P1's words are small: not masked");
        for (size_t j = 0; j < 10; j++)
            CHECK(c, y[0][j] + y[1][j] == (lb[i] == j), "sample %u, label %zu",
                  i, j);
    }
    CHECK(c, tri_share_pair(&s[0], &s[0], &why) == TRI_E_MISMATCH,
          "a share pairs with itself");
    tri_share_close(&s[0]);
    tri_share_close(&s[1]);
    CHECK(c, dir_count() == 2, "%d files", dir_count());
}

static void tri_check_share_round_trip(struct tri_check *c)
{
    within_dir(c, round_trip_body);
}

static void damage_one(struct tri_check *c, const char *name)
{
    struct tri_why why = { "" };
    const char *const path = in_dir(name), *const copy = in_dir("copy");
    uint8_t *buf;
    size_t len;

    CHECK(c, tri_file_read(path, 1 << 20, &buf, &len, &why) == TRI_OK, "%s",
          why.text);
    for (size_t i = 0; i < len && c->msg[0] == '\0'; i++) {
        buf[i] ^= 0x10;
        put_file(copy, buf, len);
        if (open_share(copy, TRI_SHARE_DATA, -1) != TRI_E_FORMAT)
            tri_check_fail(c, "%s: byte %zu is damaged and it opens", name, i);
        buf[i] ^= 0x10;
        put_file(copy, buf, i);
        if (open_share(copy, TRI_SHARE_DATA, -1) != TRI_E_FORMAT)
            tri_check_fail(c, "%s: cut to %zu bytes and it opens", name, i);
    }
    buf[len] = 0; /* tri_file_read leaves room for one more */
    put_file(copy, buf, len + 1);
    if (open_share(copy, TRI_SHARE_DATA, -1) != TRI_E_FORMAT)
        tri_check_fail(c, "%s: one byte too long and it opens", name);
    put_file(copy, buf, len);
    if (open_share(copy, TRI_SHARE_DATA, -1) != TRI_OK)
        tri_check_fail(c, "%s: the copy does not open", name);
    free(buf);
}

static void damage_body(struct tri_check *c)
{
    if (!split_small(c, "a", 16))
        return;
    damage_one(c, "a.p0.share");
    damage_one(c, "a.p1.share");
}

static void tri_check_share_damage(struct tri_check *c)
{
    within_dir(c, damage_body);
}

/* What is open already is believed, and hashed again once its file has changed:
 * the digest in memory, which is altered here, tells which. */
static void again_body(struct tri_check *c)
{
    const struct timespec then[2] = { { 1, 0 }, { 1, 0 } };
    const char *const path = in_dir("a.p0.share");
    struct tri_why why = { "" };
    struct tri_share s, again;
    uint64_t x[2][H * W];
    uint8_t sum;
    int fd;

    if (!split_small(c, "a", 16))
        return;
    tri_links_sleep(250); /* so that its time tells of changes */
    CHECK(c,
          tri_share_open(&s, path, TRI_SHARE_DATA, 0, the_kernels(), &why) ==
              TRI_OK,
          "%s", why.text);
    sum = s.head.sum[0][0];
    s.head.sum[0][0] ^= 1;
    CHECK(c, tri_share_again(&again, &s, the_kernels(), &why) == TRI_OK, "%s",
          why.text);
    CHECK(c,
          again.head.sum[0][0] == (sum ^ 1) && again.fd != s.fd &&
              again.path != s.path,
          "it is hashed again, or not of its own");
    tri_share_close(&again);
    CHECK(c, utimensat(AT_FDCWD, path, then, 0) == 0, "no time");
    CHECK(c,
          tri_share_again(&again, &s, the_kernels(), &why) == TRI_OK &&
              again.head.sum[0][0] == sum,
          "it is not hashed again: %s", why.text);
    CHECK(c,
          tri_share_fetch(&s, 3, (uint64_t *[2]){ x[0] }, NULL, &why) ==
                  TRI_OK &&
              tri_share_fetch(&again, 3, (uint64_t *[2]){ x[1] }, NULL, &why) ==
                  TRI_OK &&
              memcmp(x[0], x[1], sizeof x[0]) == 0,
          "another sample: %s", why.text);
    tri_share_close(&again);
    tri_share_close(&s);
    /* Just changed, it may change again without another time. Opened later, as
     * by a machine that stalls, it tells nothing: once more. */
    for (uint64_t start = 0; start == 0 || tri_links_ms() - start > 80;) {
        if (start != 0)
            tri_share_close(&s);
        start = tri_links_ms();
        CHECK(c, utimensat(AT_FDCWD, path, then, 0) == 0, "no time");
        CHECK(c,
              tri_share_open(&s, path, TRI_SHARE_DATA, 0, the_kernels(),
                             &why) == TRI_OK,
              "%s", why.text);
    }
    s.head.sum[0][0] ^= 1;
    CHECK(c,
          tri_share_again(&again, &s, the_kernels(), &why) == TRI_OK &&
              again.head.sum[0][0] == sum,
          "a time of this moment is believed: %s", why.text);
    tri_share_close(&again);
    fd = open(path, O_WRONLY);
    CHECK(c, fd >= 0 && pwrite(fd, "x", 1, 100) == 1 && close(fd) == 0,
          "cannot write");
    CHECK(c,
          tri_share_again(&again, &s, the_kernels(), &why) == TRI_E_FORMAT &&
              strstr(why.text, "is damaged") != NULL,
          "damage is not found: %s", why.text);
    tri_share_close(&again);
    tri_share_close(&s);
}

static void tri_check_share_again(struct tri_check *c)
{
    within_dir(c, again_body);
}

static void foreign_body(struct tri_check *c)
{
    static const char *const name[2] = { "a.p0.share", "b.p1.share" };
    struct tri_why why = { "" };
    struct tri_share s[2];

    if (!split_small(c, "a", 16) || !split_small(c, "b", 16))
        return;
    for (int p = 0; p < 2; p++)
        CHECK(c,
              tri_share_open(&s[p], in_dir(name[p]), TRI_SHARE_DATA, p,
                             &kernels, &why) == TRI_OK,
              "%s", why.text);
    CHECK(c,
          tri_share_pair(&s[0], &s[1], &why) == TRI_E_MISMATCH &&
              strstr(why.text, "another session") != NULL,
          "'%s'", why.text);
    tri_share_close(&s[0]);
    tri_share_close(&s[1]);
    CHECK(c, open_share(in_dir(name[0]), TRI_SHARE_DATA, 1) == TRI_E_ARG,
          "P1 may use P0's share");
    CHECK(c, open_share(in_dir(name[0]), TRI_SHARE_MODEL, 0) == TRI_E_ARG,
          "data passes as a model");
    CHECK(c, open_share(in_dir("none"), TRI_SHARE_DATA, 0) == TRI_E_ARG,
          "a missing file opens");
    CHECK(c, open_share(dir, TRI_SHARE_DATA, 0) == TRI_E_ARG,
          "a directory opens");
}

static void tri_check_share_foreign(struct tri_check *c)
{
    within_dir(c, foreign_body);
}

/* Headers with any field changed: refused, or equal when written again. Any
 * version, pair, party and scale passes, which are all that is not tied to
 * something else. */
static void header_body(struct tri_check *c, struct tri_share_head h)
{
    uint8_t good[TRI_SHARE_HEAD], buf[TRI_SHARE_HEAD], again[TRI_SHARE_HEAD];
    const size_t size = tri_share_header(&h);
    const int two = h.sharing == TRI_SHARING_REPLICATED;

    tri_share_encode(good, &h);
    for (size_t n = 0; n < size; n++) {
        struct tri_why why = { "" };
        CHECK(c, tri_share_decode(&h, good, n, "x", &why) == TRI_E_FORMAT,
              "%zu bytes pass as a header", n);
    }
    for (unsigned i = 0; i < TRI_SHARE_PUBLIC * 256; i++) {
        struct tri_why why = { "" };
        const unsigned at = i / 256;
        memcpy(buf, good, size);
        buf[at] = (uint8_t)i;
        if (tri_share_decode(&h, buf, size, "x", &why) != TRI_OK)
            continue;
        tri_share_encode(again, &h);
        CHECK(c, memcmp(again, buf, tri_share_header(&h)) == 0,
              "byte %u = %u is lost", at, i % 256);
        CHECK(c,
              buf[at] == good[at] || (at >= 16 && at < 32) ||
                  ((at == 10 || at == 11) && buf[at] >= 48 && buf[at] < 128) ||
                  (at == 13 && !two && buf[at] < 2) ||
                  (at == 15 && buf[at] >= 8 && buf[at] <= 16),
              "byte %u = %u passes", at, i % 256);
    }
}

static void tri_check_share_header(struct tri_check *c)
{
    struct tri_share_head h = { .kind = TRI_SHARE_DATA,
                                .party = 1,
                                .fb = 16,
                                .count = N,
                                .h = H,
                                .w = W,
                                .c = 1,
                                .classes = 10,
                                .content = 8 * N * (H * W + 10) };

    header_body(c, h);
    h.sharing = TRI_SHARING_REPLICATED;
    h.seeded = 1;
    h.content += TRI_SHARE_SEED;
    header_body(c, h);
}

/* ---- samples, models, results
 * -------------------------------------------------- */

/* An engine of a party without a link. */
struct fake {
    struct tri_session s;
    struct tri_engine e;
    struct tri_arena arena;
    _Alignas(TRI_ALIGN) uint8_t block[4096];
};

static void fake_engine(struct fake *f, unsigned id,
                        const struct tri_engine_kind *kind)
{
    const struct tri_engine_config config = { .f = 16, .k = 32 };
    const uint8_t k01[32] = { 0x01 };

    memset(f, 0, sizeof *f);
    f->s.id = id;
    f->s.cx.k = the_kernels();
    tri_arena_init(&f->arena, f->block, sizeof f->block);
    f->s.cx.arena = &f->arena;
    for (unsigned j = 0; j < 2; j++)
        tri_prg_init(&f->s.prg[j], f->s.cx.k, k01, TRI_PRG_CHACHA20);
    if (tri_engine_start(&f->e, kind, &f->s, &config) != TRI_OK)
        abort();
}

static struct tri_ten fake_ten(void *v, uint32_t rows, uint32_t cols, int fb)
{
    struct tri_ten t = { .shape = tri_shape2(rows, cols), .fb = fb };

    t.n = (size_t)rows * cols;
    t.v[0] = v;
    return t;
}

static void rundata_body(struct tri_check *c)
{
    enum { B = 4 };
    static const uint32_t index[2] = { 2, 0 };
    uint8_t px[N * H * W];
    uint16_t lb[N];
    const struct tri_dataset set = small_set(px, lb);
    uint64_t x[3][B * H * W], y[3][B * 10];
    float xf[B * H * W], yf[B * 10];
    struct tri_why why = { "" };
    struct tri_rundata d;
    struct tri_setdata clear;
    struct tri_share s;
    struct fake f;
    struct tri_ten tx, ty;

    if (!split_small(c, "a", 16))
        return;
    for (unsigned p = 0; p < 2; p++) {
        CHECK(c,
              tri_share_open(&s, in_dir(p ? "a.p1.share" : "a.p0.share"),
                             TRI_SHARE_DATA, (int)p, &kernels, &why) == TRI_OK,
              "%s", why.text);
        tri_rundata_share(&d, &s, 1, &why);
        fake_engine(&f, p, &tri_engine_fused);
        memset(x[p], 0xff, sizeof x[p]);
        memset(y[p], 0xff, sizeof y[p]);
        tx = fake_ten(x[p], B, H * W, 16);
        ty = fake_ten(y[p], B, 10, 0);
        CHECK(c, d.data.fetch(&d, &f.e, index, 2, &tx, &ty) == TRI_OK,
              "fetch: %s", why.text);
        tx.fb = 13;
        CHECK(c, d.data.fetch(&d, &f.e, index, 2, &tx, &ty) == TRI_E_ARG,
              "a foreign scale passes");
        tri_share_close(&s);
    }
    tri_setdata(&clear, &set, &why);
    fake_engine(&f, 0, &tri_engine_plain);
    tx = fake_ten(x[2], B, H * W, 16);
    ty = fake_ten(y[2], B, 10, 0);
    CHECK(c, clear.data.fetch(&clear, &f.e, index, 2, &tx, &ty) == TRI_OK,
          "plain");
    fake_engine(&f, 0, &tri_engine_float);
    tx = fake_ten(xf, B, H * W, 16);
    ty = fake_ten(yf, B, 10, 0);
    CHECK(c, clear.data.fetch(&clear, &f.e, index, 2, &tx, &ty) == TRI_OK,
          "float");
    for (size_t i = 0; i < B * H * W; i++) {
        const uint64_t want =
            i < 2 * H * W ? px[index[i / (H * W)] * H * W + i % (H * W)] : 0;
        CHECK(c, x[0][i] + x[1][i] == want << 8 && x[2][i] == want << 8,
              "image word %zu", i);
        CHECK(c, xf[i] == (float)want / 256, "image float %zu", i);
    }
    for (size_t i = 0; i < B * 10; i++) {
        const uint64_t want = i < 20 && lb[index[i / 10]] == i % 10;
        CHECK(c, y[0][i] + y[1][i] == want && y[2][i] == want, "label %zu", i);
        CHECK(c, yf[i] == (float)want, "label float %zu", i);
    }
}

static void tri_check_rundata(struct tri_check *c)
{
    within_dir(c, rundata_body);
}

/* Samples of two owners, two of the one and three of the other, are numbered
 * one after the other. */
static void owners_body(struct tri_check *c)
{
    enum { B = 3 };
    static const uint32_t index[B] = { 4, 1, 2 }, beyond[1] = { 5 };
    static const uint32_t of[B] = { 2, 1, 0 };
    uint8_t px[N * H * W], other[N * H * W];
    uint16_t lb[N], other_lb[N];
    const struct tri_dataset set = small_set(px, lb);
    const struct tri_dataset first = { .count = 2,
                                       .h = H,
                                       .w = W,
                                       .c = 1,
                                       .classes = 10,
                                       .pixels = other,
                                       .labels = other_lb };
    uint64_t x[2][B * H * W], y[2][B * 10];
    struct tri_why why = { "" };
    struct tri_rundata d;
    struct tri_share s[2];
    struct fake f;
    struct tri_ten tx, ty;

    for (size_t i = 0; i < sizeof other; i++)
        other[i] = (uint8_t)(3 + i);
    for (size_t i = 0; i < N; i++)
        other_lb[i] = (uint16_t)(9 - i);
    CHECK(c,
          tri_split(&first, in_dir("a"), TRI_SHARING_ADDITIVE, 16,
                    the_kernels(), &why) == TRI_OK &&
              tri_split(&set, in_dir("b"), TRI_SHARING_ADDITIVE, 16, &kernels,
                        &why) == TRI_OK,
          "%s", why.text);
    for (int p = 0; p < 2; p++) {
        for (int j = 0; j < 2; j++) {
            char name[16];
            snprintf(name, sizeof name, "%c.p%d.share", 'a' + j, p);
            CHECK(c,
                  tri_share_open(&s[j], in_dir(name), TRI_SHARE_DATA, p,
                                 &kernels, &why) == TRI_OK,
                  "%s", why.text);
        }
        tri_rundata_share(&d, s, 2, &why);
        CHECK(c, d.data.count == 5, "%u samples", d.data.count);
        fake_engine(&f, (unsigned)p, &tri_engine_fused);
        tx = fake_ten(x[p], B, H * W, 16);
        ty = fake_ten(y[p], B, 10, 0);
        CHECK(c, d.data.fetch(&d, &f.e, index, B, &tx, &ty) == TRI_OK, "%s",
              why.text);
        CHECK(c, d.data.fetch(&d, &f.e, beyond, 1, &tx, &ty) == TRI_E_ARG,
              "a sample that nobody has");
        CHECK(c, d.data.fetch(&d, &f.e, index, B, &tx, &ty) == TRI_OK, "%s",
              why.text);
        tri_share_close(&s[0]);
        tri_share_close(&s[1]);
    }
    for (size_t i = 0; i < B; i++) {
        const struct tri_dataset *const from = index[i] < 2 ? &first : &set;
        for (size_t j = 0; j < H * W; j++)
            CHECK(c,
                  x[0][i * H * W + j] + x[1][i * H * W + j] ==
                      (uint64_t)from->pixels[of[i] * H * W + j] << 8,
                  "word %zu of sample %u", j, index[i]);
        for (size_t j = 0; j < 10; j++)
            CHECK(c,
                  y[0][i * 10 + j] + y[1][i * 10 + j] ==
                      (from->labels[of[i]] == j),
                  "label %zu of sample %u", j, index[i]);
    }
}

static void tri_check_owners(struct tri_check *c)
{
    within_dir(c, owners_body);
}

static const char net_text[] = "input 1 3 1\nfc 2\nrelu\nfc 2\n";

/* Two shares of a model whose weight i is i / 4 - 1. */
static void model_body(struct tri_check *c)
{
    enum { WORDS = 3 * 2 + 2 + 2 * 2 + 2 };
    uint64_t v[2][WORDS], back[WORDS], sum[WORDS] = { 0 };
    static struct tri_model m;
    const uint8_t set[TRI_PAIR_ID] = { 1, 2, 3 };
    struct tri_why why = { "" };
    struct tri_net net;
    struct tri_share s[2];
    char err[160], text[2048] = "", *at;
    struct tri_share_out o;
    struct fake f;
    FILE *out;

    CHECK(c, tri_net_parse(&net, net_text, strlen(net_text), err) == TRI_OK,
          "%s", err);
    the_kernels();
    for (size_t i = 0; i < WORDS; i++) {
        v[0][i] = tri_test_rand(&c->seed);
        v[1][i] = ((uint64_t)i << 14) - ((uint64_t)1 << 16) - v[0][i];
    }
    for (unsigned p = 0; p < 2; p++) {
        const char *const path = in_dir(p ? "m1" : "m0");
        size_t first = 0;
        fake_engine(&f, p, &tri_engine_fused);
        memset(&m, 0, sizeof m);
        m.net = &net;
        m.e = &f.e;
        for (size_t i = 0; i < net.layers; i++) {
            size_t w, b;
            tri_layer_params(&net.layer[i], &w, &b);
            if (w == 0)
                continue;
            m.layer[i].w = fake_ten(v[p] + first, 1, (uint32_t)w, 16);
            m.layer[i].b = fake_ten(v[p] + first + w, 1, (uint32_t)b, 16);
            first += w + b;
        }
        CHECK(c, first == WORDS, "%zu words", first);
        CHECK(c,
              tri_out_open(&o.out, path, &why) == TRI_OK &&
                  tri_model_save(&m, &o, net_text, set, &why) == TRI_OK &&
                  tri_out_place(&o.out, &why) == TRI_OK,
              "%s", why.text);
        CHECK(c,
              tri_share_open(&s[p], path, TRI_SHARE_MODEL, (int)p, &kernels,
                             &why) == TRI_OK,
              "%s", why.text);
        memcpy(back, v[p], sizeof back);
        memset(v[p], 0, sizeof v[p]);
        CHECK(c, tri_model_load(&m, &s[p], &why) == TRI_OK, "%s", why.text);
        for (size_t i = 0; i < WORDS; i++) {
            CHECK(c, back[i] != v[p][i], "P%u saves a share as it is", p);
            sum[i] += v[p][i];
        }
    }
    for (size_t i = 0; i < WORDS; i++)
        CHECK(c, sum[i] == ((uint64_t)i << 14) - ((uint64_t)1 << 16),
              "weight %zu", i);
    CHECK(c, tri_share_pair(&s[0], &s[1], &why) == TRI_OK, "%s", why.text);
    out = fmemopen(text, sizeof text - 1, "w");
    CHECK(c, out != NULL && tri_reveal_model(out, &s[0], &s[1], &why) == TRI_OK,
          "%s", why.text);
    fclose(out);
    at = strstr(text, "layer 1 weights 3 2\n-1 -0.75\n-0.5 -0.25\n0 0.25\n"
                      "layer 1 biases 2\n0.5 0.75\n"
                      "layer 3 weights 2 2\n1 1.25\n1.5 1.75\n"
                      "layer 3 biases 2\n2 2.25\n");
    CHECK(c, at != NULL && memcmp(text, "# input 1 3 1\n", 14) == 0,
          "text: %.300s", text);
    tri_share_close(&s[0]);
    tri_share_close(&s[1]);
}

static void tri_check_model_file(struct tri_check *c)
{
    within_dir(c, model_body);
}

/* Result shares of `count` rows with one word of row `wrong` changed. */
static int make_result(const char *path, unsigned party, uint8_t pair,
                       uint32_t count, uint32_t wrong)
{
    const struct tri_share_head h = { .kind = TRI_SHARE_RESULT,
                                      .party = party,
                                      .fb = 16,
                                      .pair = { pair },
                                      .count = count,
                                      .classes = 4,
                                      .content = 32 * (uint64_t)count };
    uint64_t mask = 99;
    struct tri_why why = { "" };
    struct tri_share_out o;
    int rc = tri_share_create(&o, path, &h, "", &why);

    for (uint32_t i = 0; rc == TRI_OK && i < 4 * count; i++) {
        uint64_t w = tri_test_rand(&mask);
        if (party == 1)
            w = (uint64_t)(i % 4 == (i / 4 + 1) % 4) +
                (uint64_t)(i / 4 == wrong) - w;
        rc = tri_share_put(&o, (const uint64_t *[2]){ &w }, 1, &why);
    }
    if (rc == TRI_OK)
        rc = tri_share_finish(&o, &why);
    return rc;
}

static void result_body(struct tri_check *c)
{
    struct tri_why why = { "" };
    struct tri_share s[2];
    char text[64] = "";

    the_kernels();
    CHECK(c, make_result(in_dir("r0"), 0, 7, 5, 9) == TRI_OK, "write");
    for (uint32_t wrong = 9;; wrong = 3) {
        FILE *const f = fmemopen(text, sizeof text - 1, "w");
        struct tri_results r = { 0 };
        int rc;
        const char *const second = wrong == 3 ? "r2" : "r1";
        CHECK(c, make_result(in_dir(second), 1, 7, 5, wrong) == TRI_OK,
              "write");
        CHECK(c, make_result(in_dir(second), 1, 7, 5, wrong) != TRI_OK,
              "a share is written over");
        for (int p = 0; p < 2; p++)
            CHECK(c,
                  tri_share_open(&s[p], in_dir(p ? second : "r0"),
                                 TRI_SHARE_RESULT, p, &kernels, &why) == TRI_OK,
                  "%s", why.text);
        CHECK(c, tri_share_pair(&s[0], &s[1], &why) == TRI_OK, "%s", why.text);
        rc = tri_reveal_result(&r, &s[0], &s[1], &why);
        if (rc == TRI_OK)
            tri_results_print(f, &r, 0);
        fclose(f);
        tri_results_free(&r);
        tri_share_close(&s[0]);
        tri_share_close(&s[1]);
        if (wrong == 3) {
            CHECK(c, rc == TRI_E_FORMAT, "a row of twos and ones passes");
            return;
        }
        CHECK(c, rc == TRI_OK && strcmp(text, "1\n2\n3\n0\n1\n") == 0, "'%s'",
              text);
    }
}

static void tri_check_result_file(struct tri_check *c)
{
    within_dir(c, result_body);
}

/* Scores of three samples: -1, -0.5, ... as text, classes and arrays. */
static void scores_body(struct tri_check *c)
{
    enum { COUNT = 3, CLASSES = 4 };
    struct tri_share_head h = { .kind = TRI_SHARE_SCORES,
                                .fb = 13,
                                .count = COUNT,
                                .classes = CLASSES,
                                .content = 8 * COUNT * CLASSES };
    static const int half[COUNT * CLASSES] = { -2, -1, 0,  1,  7,  7,
                                               6,  -9, -3, -2, -4, -2 };
    struct tri_results r = { 0 };
    struct tri_why why = { "" };
    struct tri_share_out o;
    struct tri_share s[2];
    struct tri_array a;
    char text[128] = "";
    uint8_t *buf;
    size_t len;
    FILE *f;
    int rc;

    the_kernels();
    for (unsigned p = 0; p < 2; p++) {
        uint64_t rng = 5;
        h.party = p;
        CHECK(c,
              tri_share_create(&o, in_dir(p ? "s1" : "s0"), &h, "", &why) ==
                  TRI_OK,
              "%s", why.text);
        for (int i = 0; i < COUNT * CLASSES; i++) {
            uint64_t w = tri_test_rand(&rng);
            if (p == 1)
                w = ((uint64_t)half[i] << 12) - w;
            tri_share_put(&o, (const uint64_t *[2]){ &w }, 1, &why);
        }
        CHECK(c, tri_share_finish(&o, &why) == TRI_OK, "%s", why.text);
        CHECK(c,
              tri_share_open(&s[p], in_dir(p ? "s1" : "s0"), TRI_SHARE_SCORES,
                             (int)p, &kernels, &why) == TRI_OK,
              "%s", why.text);
    }
    CHECK(c, tri_reveal_result(&r, &s[0], &s[1], &why) == TRI_OK, "%s",
          why.text);
    tri_share_close(&s[0]);
    tri_share_close(&s[1]);
    CHECK(c, r.class[0] == 3 && r.class[1] == 0 && r.class[2] == 1,
          "classes %u %u %u", r.class[0], r.class[1], r.class[2]);
    f = fmemopen(text, sizeof text - 1, "w");
    tri_results_print(f, &r, 1);
    fclose(f);
    CHECK(c,
          strcmp(text, "-1,-0.5,0,0.5\n3.5,3.5,3,-4.5\n-1.5,-1,-2,-1\n") == 0,
          "'%s'", text);
    for (int scores = 0; scores < 2; scores++) {
        const char *const name = scores ? "s.npy" : "c.npy";
        CHECK(c, tri_results_write(in_dir(name), &r, scores, &why) == TRI_OK,
              "%s", why.text);
        CHECK(c, tri_results_write(in_dir(name), &r, scores, &why) != TRI_OK,
              "results are written over");
        CHECK(c, tri_file_read(in_dir(name), 1000, &buf, &len, &why) == TRI_OK,
              "%s", why.text);
        rc = tri_npy_parse(&a, buf, len, "r.npy", &why);
        if (rc != TRI_OK || a.nd != 1u + (unsigned)scores || a.d[0] != COUNT ||
            a.n != (size_t)(scores ? COUNT * CLASSES : COUNT))
            tri_check_fail(c, "%u dimensions, %zu: %s", a.nd, a.n, why.text);
        for (size_t i = 0; c->msg[0] == '\0' && i < a.n; i++)
            if (tri_array_get(&a, i) !=
                (scores ? half[i] / 2.0 : (double)r.class[i]))
                tri_check_fail(c, "element %zu is %g", i, tri_array_get(&a, i));
        free(buf);
    }
    tri_results_free(&r);
}

static void tri_check_result_scores(struct tri_check *c)
{
    within_dir(c, scores_body);
}

/* ---- files
 * --------------------------------------------------------------------- */

/* A disk that takes 100 kB: the old file stays, nothing else is left. */
static void full_body(struct tri_check *c)
{
    static uint8_t junk[300000];
    const char *const path = in_dir("file");
    struct tri_why why = { "" };
    struct rlimit before;
    struct tri_out o;
    uint8_t *buf;
    size_t len;
    int rc;

    put_file(path, "old", 3);
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(const struct rlimit){ 100000, before.rlim_max });
    rc = tri_out_open(&o, path, &why);
    if (rc == TRI_OK)
        rc = tri_out_write(&o, junk, sizeof junk, &why);
    if (rc == TRI_OK)
        rc = tri_out_commit(&o, &why);
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(c, rc == TRI_E_IO && why.text[0] != '\0', "a full disk passes: %d",
          rc);
    CHECK(c, dir_count() == 1, "%d files are left", dir_count());
    CHECK(c,
          tri_file_read(path, 10, &buf, &len, &why) == TRI_OK && len == 3 &&
              memcmp(buf, "old", 3) == 0,
          "the old file is gone");
    free(buf);
    CHECK(c, tri_file_read(path, 2, &buf, &len, &why) == TRI_E_ARG,
          "the limit has no effect");
    CHECK(c, tri_out_open(&o, in_dir("no/file"), &why) == TRI_E_IO,
          "a missing directory passes");
    CHECK(c,
          tri_out_open(&o, path, &why) == TRI_OK &&
              tri_out_write(&o, "newer", 5, &why) == TRI_OK &&
              tri_out_patch(&o, 1, "E", 1, &why) == TRI_OK,
          "%s", why.text);
    CHECK(c, tri_file_read(path, 10, &buf, &len, &why) == TRI_OK && len == 3,
          "it appears before it is complete");
    free(buf);
    CHECK(c, tri_out_commit(&o, &why) == TRI_OK, "%s", why.text);
    CHECK(c,
          tri_file_read(path, 10, &buf, &len, &why) == TRI_OK && len == 5 &&
              memcmp(buf, "nEwer", 5) == 0,
          "the new file is not there");
    free(buf);
    CHECK(c, tri_out_open(&o, path, &why) == TRI_OK, "%s", why.text);
    tri_out_abort(&o);
    CHECK(c, dir_count() == 1, "abort leaves %d files", dir_count());
}

static void tri_check_atomic_write(struct tri_check *c)
{
    within_dir(c, full_body);
}

/* Splitting onto a full disk leaves neither share. */
static void full_split_body(struct tri_check *c)
{
    static uint8_t px[200 * 28 * 28];
    static uint16_t lb[200];
    const struct tri_dataset set = { .count = 200,
                                     .h = 28,
                                     .w = 28,
                                     .c = 1,
                                     .classes = 10,
                                     .pixels = px,
                                     .labels = lb };
    struct tri_why why = { "" };
    struct rlimit before;
    int rc;

    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(const struct rlimit){ 500000, before.rlim_max });
    rc = tri_split(&set, in_dir("a"), TRI_SHARING_ADDITIVE, 16, the_kernels(),
                   &why);
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(c, rc == TRI_E_IO && dir_count() == 0, "%d, %d files are left", rc,
          dir_count());
}

static void tri_check_split_full(struct tri_check *c)
{
    within_dir(c, full_split_body);
}

/* ---- command lines
 * ---------------------------------------------------------------- */

static int parse_line(const char *line, struct tri_run_options *o,
                      struct tri_args *a, struct tri_why *why)
{
    static char copy[256]; /* option values point into it */
    char *argv[16], *p = copy;
    const struct tri_command cmd = { .usage = "u",
                                     .about = "a",
                                     .group = { TRI_TRAINING_GROUP(o),
                                                TRI_PARTIES_GROUP(o) },
                                     .max_words = 1 };
    int argc = 0;

    snprintf(copy, sizeof copy, "%s", line);
    for (char *word; (word = strsep(&p, " ")) != NULL;)
        if (*word != '\0')
            argv[argc++] = word;
    tri_options_usual(o);
    why->text[0] = '\0';
    return tri_args_parse(a, &cmd, argc, argv, why);
}

/* Batches and epochs that fit the data, where nobody asked for others. */
static void tri_check_options_fit(struct tri_check *c)
{
    static const struct {
        uint64_t batch, epochs, samples, want_batch, want_epochs;
    } cases[] = {
        { 0, 0, 60000, 128, 4 },      { 0, 0, 2048, 128, 25 },
        { 0, 0, 4000, 128, 13 },      { 0, 0, 12800, 128, 4 },
        { 0, 0, 2047, 64, 13 },       { 0, 0, 569, 32, 24 },
        { 0, 0, 150, 16, 45 },        { 0, 0, 16, 16, 400 },
        { 0, 0, 3, 16, 4 },           { 8, 0, 150, 8, 4 },
        { 0, 2, 150, 128, 2 },        { 7, 5, 150, 7, 5 },
        { 0, 0, UINT64_MAX, 128, 4 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tri_run_options o;

        tri_options_usual(&o);
        o.batch = cases[i].batch;
        o.epochs = cases[i].epochs;
        tri_options_fit(&o, cases[i].samples);
        CHECK(c,
              o.batch == cases[i].want_batch &&
                  o.epochs == cases[i].want_epochs,
              "case %zu: batch %llu, %llu epochs", i,
              (unsigned long long)o.batch, (unsigned long long)o.epochs);
    }
}

/* Rate and schedule by the network, where nobody says one. */
static void tri_check_options_rate(struct tri_check *c)
{
    static const struct {
        const char *line, *net;
        double want;
        int schedule;
    } cases[] = {
        { "", "input 28 28 1\nconv 20 5\nrelu\nfc 10\n", 0.05, 0 },
        { "", "input 30\nfc 16\nrelu\nfc 2\n", 0.05, 0 },
        { "", "input 32 32 3\nconv 20 5\nrelu\nfc 10\n", 0.01, 0 },
        { "", "input 32 32 3\nconv 9 5\nrelu\nfc 9\nfc 9\nfc 10\n", 0.03 / 4,
          0 },
        { "", "input 32 32 3\nconv 20 5\nbatchnorm\nrelu\nfc 10\n", 0.05, 0 },
        { "", "input 9\nfc 8\nfc 8\nfc 8\nfc 8\nfc 8\nfc 2\n", 0.05, 0 },
        { "", "input 9\nfc 8\nfc 8\nfc 8\nfc 8\nfc 8\nfc 8\nfc 2\n", 0.03 / 7,
          2 },
        { "--rate 0.1", "input 32 32 3\nfc 10\n", 0.1, 0 },
        { "--optimizer adam", "input 32 32 3\nfc 10\n", 0.001, 0 },
        { "--schedule constant",
          "input 9\nfc 8\nfc 8\nfc 8\nfc 8\nfc 8\nfc 8\nfc 2\n", 0.03 / 7, 0 },
        { "--rate 0.01", "input 9\nfc 8\nfc 8\nfc 8\nfc 8\nfc 8\nfc 8\nfc 2\n",
          0.01, 0 },
        { "--schedule linear", "input 28 28 1\nfc 10\n", 0.05, 1 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct tri_run_options o;
        struct tri_args a;
        struct tri_why why;
        int rc = parse_line(cases[i].line, &o, &a, &why);

        if (rc == TRI_OK)
            rc = tri_options_net_text(&o, cases[i].net, strlen(cases[i].net),
                                      &why);
        if (rc == TRI_OK)
            rc = tri_options_optimizer(&o, &why);
        CHECK(c,
              rc == TRI_OK && o.rate == cases[i].want &&
                  o.schedule == cases[i].schedule,
              "case %zu: %d, rate %g, not %g, schedule %d", i, rc, o.rate,
              cases[i].want, o.schedule);
    }
}

static void tri_check_args_bad(struct tri_check *c)
{
    static const char *const line[][2] = {
        { "--nets A", "unknown option '--nets'" },
        { "--ne A", "unknown option '--ne'" },
        { "-n A", "unknown option '-n'" },
        { "--net", "missing" },
        { "--net --engine fused", "missing" },
        { "--net=", "empty" },
        { "--engine", "missing" },
        { "--epochs 0", "out of range" },
        { "--epochs 10001", "out of range" },
        { "--epochs 99999999999999999999999", "out of range" },
        { "--epochs 3x", "not a whole number" },
        { "--epochs x", "not a whole number" },
        { "--epochs -3", "not a whole number" },
        { "--epochs +3", "not a whole number" },
        { "--epochs 0x3", "not a whole number" },
        { "--epochs 3.0", "not a whole number" },
        { "--epochs=", "not a whole number" },
        { "--seed 18446744073709551616", "out of range" },
        { "--rate 0", "out of range" },
        { "--rate 17", "out of range" },
        { "--rate nan", "not a number" },
        { "--rate inf", "not a number" },
        { "--rate 1e999", "out of range" },
        { "--rate 0x1", "not a number" },
        { "--rate 0.1.2", "not a number" },
        { "--rate 0.1,", "not a number" },
        { "--rate=", "not a number" },
        { "--schedule square", "constant, linear, cosine or step" },
        { "--rate-end 0", "out of range" },
        { "--warmup 1000001", "out of range" },
        { "--momentum 1", "out of range" },
        { "--momentum -0.1", "out of range" },
        { "--frac 7", "out of range" },
        { "--frac 17", "out of range" },
        { "--compare 3", "out of range" },
        { "--compare 65", "out of range" },
        { "--threads 257", "out of range" },
        { "--batch 8 --batch 8", "twice" },
        { "one two", "'two' is one argument too many" },
    };
    struct tri_run_options o;
    struct tri_why why;
    struct tri_args a;

    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        CHECK(c, parse_line(line[i][0], &o, &a, &why) == TRI_E_ARG,
              "'%s' passes", line[i][0]);
        CHECK(c, strstr(why.text, line[i][1]) != NULL, "'%s' says '%s'",
              line[i][0], why.text);
    }
}

/* Lists: repeated, with commas, both; too many and empty names. */
static void tri_check_args_list(struct tri_check *c)
{
    static const struct tri_option option[] = {
        { .name = "l", .kind = TRI_OPTION_LIST, .letter = 'l' },
        { .name = NULL }
    };
    static const struct {
        const char *value[3], *want; /* NULL: refused */
    } line[] = {
        { { "--l=a" }, "a;" },
        { { "--l=a", "--l=b", "--l=c" }, "a;b;c;" },
        { { "--l=aa,b", "--l=c" }, "aa;b;c;" },
        { { "--l=" }, NULL },
        { { "--l=a,,b" }, NULL },
        { { "--l=a", "--l=b," }, NULL },
        { { "--l=,b" }, NULL },
        { { "--l=a", "--l" }, NULL },
        { { "-l", "a,b" }, "a;b;" },
        { { "-l" }, NULL },
        { { "-l=a" }, NULL },
        { { "-ll", "a" }, NULL },
        { { "--", "-l", "a" }, NULL },
    };
    char many[2 * TRI_MAX_LIST + 6] = "--l=";

    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        struct tri_list list = { .n = 0 };
        const struct tri_command cmd = { .usage = "u",
                                         .group = { { option, &list, NULL } } };
        struct tri_why why = { "" };
        struct tri_args a;
        char *argv[3], all[64] = "";
        int argc = 0, rc;

        while (argc < 3 && line[i].value[argc] != NULL) {
            argv[argc] = (char *)line[i].value[argc];
            argc++;
        }
        rc = tri_args_parse(&a, &cmd, argc, argv, &why);
        for (size_t j = 0; j < list.n; j++) {
            strcat(all, list.item[j]);
            strcat(all, ";");
        }
        tri_list_free(&list);
        if (line[i].want == NULL)
            CHECK(c, rc == TRI_E_ARG && why.text[0] != '\0', "line %zu passes",
                  i);
        else
            CHECK(c, rc == TRI_OK && strcmp(all, line[i].want) == 0,
                  "line %zu gives '%s': %s", i, all, why.text);
    }
    for (size_t n = 1; n <= TRI_MAX_LIST + 1; n++) {
        struct tri_list list = { .n = 0 };
        const struct tri_command cmd = { .usage = "u",
                                         .group = { { option, &list, NULL } } };
        struct tri_why why = { "" };
        struct tri_args a;
        char *argv[1] = { many };

        strcat(many, n == 1 ? "x" : ",x");
        CHECK(c,
              tri_args_parse(&a, &cmd, 1, argv, &why) ==
                  (n <= TRI_MAX_LIST ? TRI_OK : TRI_E_ARG),
              "%zu names: %s", n, why.text);
        tri_list_free(&list);
    }
}

static void tri_check_args_good(struct tri_check *c)
{
    struct tri_run_options o;
    struct tri_why why;
    struct tri_args a;

    CHECK(c,
          parse_line("--net C --engine=paper --epochs 10000 --rate 2.5e-1 word "
                     "--momentum 0 --seed=18446744073709551615 --steps 1",
                     &o, &a, &why) == TRI_OK,
          "%s", why.text);
    CHECK(c,
          strcmp(o.net_name, "C") == 0 && strcmp(o.engine, "paper") == 0 &&
              o.epochs == 10000 && o.rate == 0.25 && o.momentum == 0 &&
              o.seed == UINT64_MAX && o.steps == 1 && o.batch == 0,
          "values differ");
    CHECK(c, a.words == 1 && strcmp(a.word[0], "word") == 0, "word");
    CHECK(c,
          parse_line("-- --net", &o, &a, &why) == TRI_OK &&
              strcmp(a.word[0], "--net") == 0,
          "-- does not end the options");
    CHECK(c, parse_line("--bad --help", &o, &a, &why) == TRI_OK && a.help,
          "--help is not found");
}

/* Two options that differ anywhere make two texts; equal ones one. */
static void tri_check_options_text(struct tri_check *c)
{
    static const char *const line[] = {
        "",
        "--security passive --engine paper",
        "--security passive --engine rep3",
        "--ledger 65",
        "--ledger 66M",
        "--epochs 7",
        "--steps 9",
        "--batch 64",
        "--rate 0.2",
        "--schedule linear",
        "--schedule cosine",
        "--rate-end 0.002",
        "--warmup 5",
        "--momentum 0.5",
        "--frac 13",
        "--compare 40",
        "--seed 2",
        "--reveal-small",
        "--optimizer adam",
        "--optimizer adam --beta2 0.99",
        "--optimizer adam --epsilon 0.01",
        "--memory 66M",
        "--net B",
    };
    enum { LINES = sizeof line / sizeof *line };
    static char text[LINES + 2][TRI_OPTIONS_TEXT];
    static struct tri_run_options o;
    struct tri_why why;
    struct tri_args a;

    for (size_t i = 0; i < LINES + 2; i++) {
        const char *const l =
            i < LINES ? line[i] : "--threads 3 --deadline 9 --security active";
        CHECK(c,
              parse_line(l, &o, &a, &why) == TRI_OK &&
                  tri_options_engine(&o, 3, &why) == TRI_OK &&
                  tri_options_security(&o, &why) == TRI_OK &&
                  tri_options_net(&o, &why) == TRI_OK,
              "%s", why.text);
        CHECK(c,
              tri_options_print(&o, i == LINES + 1 ? "infer" : "train", text[i],
                                sizeof text[i]) > 0,
              "no text");
        for (size_t j = 0; j < i; j++)
            CHECK(c, (strcmp(text[i], text[j]) == 0) == (i == LINES && j == 0),
                  "'%s' and text %zu", l, j);
    }
    CHECK(c,
          parse_line("--net /nonexistent", &o, &a, &why) == TRI_OK &&
              tri_options_net(&o, &why) == TRI_E_ARG,
          "a missing network file passes");
}

/* Engines by name; without one the usual one; what does not suit is refused
 * with the names of those that do. */
static void tri_check_options_engine(struct tri_check *c)
{
    static const struct {
        const char *line, *kind;
        unsigned parties;
    } way[] = {
        { "", "rep3", 3 },
        { "", "rep3", 0 },
        { "--engine paper", "paper", 3 },
        { "--engine float", "float", 0 },
        { "--engine plain", "plain", 1 },
        { "", "plain", 1 },
        { "--engine plain", NULL, 3 },
        { "--engine fused", NULL, 1 },
        { "--engine fast", NULL, 0 },
        { "--engine Fused", NULL, 3 },
    };
    static struct tri_run_options o;
    struct tri_why why;
    struct tri_args a;

    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        CHECK(c, parse_line(way[i].line, &o, &a, &why) == TRI_OK, "%s",
              why.text);
        if (way[i].kind != NULL)
            CHECK(c,
                  tri_options_engine(&o, way[i].parties, &why) == TRI_OK &&
                      strcmp(o.kind->name, way[i].kind) == 0,
                  "'%s' for %u parties", way[i].line, way[i].parties);
        else
            CHECK(c,
                  tri_options_engine(&o, way[i].parties, &why) == TRI_E_ARG &&
                      strstr(why.text, way[i].parties == 3
                                           ? "rep3, fused, paper"
                                       : way[i].parties == 1 ? "plain, float"
                                                             : "rep3, fused, "
                                                               "paper, plain, "
                                                               "float"),
                  "'%s' for %u parties: %s", way[i].line, way[i].parties,
                  why.text);
    }
}

/* Active by itself; what cannot be verified has to be asked for by both words,
 * and the text says which. */
static void tri_check_options_security(struct tri_check *c)
{
    static const struct {
        const char *line, *text; /* NULL: taken */
        int active;
    } way[] = {
        { "", NULL, 1 },
        { "--engine rep3", NULL, 1 },
        { "--security active", NULL, 1 },
        { "--security passive --engine rep3", NULL, 0 },
        { "--engine fused --security passive", NULL, 0 },
        { "--security passive --engine paper", NULL, 0 },
        { "--engine plain", NULL, 0 },
        { "--engine fused", "--security passive --engine fused", 0 },
        { "--engine paper --security active",
          "--security passive --engine paper", 0 },
        { "--security passive", "one of rep3, fused, paper", 0 },
        { "--engine float --security passive", "in the clear", 0 },
        { "--engine plain --security active", "in the clear", 0 },
    };
    static struct tri_run_options o;
    struct tri_why why;
    struct tri_args a;

    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        int rc;

        CHECK(c,
              parse_line(way[i].line, &o, &a, &why) == TRI_OK &&
                  tri_options_engine(&o, 0, &why) == TRI_OK,
              "%s", why.text);
        rc = tri_options_security(&o, &why);
        if (way[i].text == NULL)
            CHECK(c, rc == TRI_OK && o.active == way[i].active, "'%s': %d, %s",
                  way[i].line, o.active, why.text);
        else
            CHECK(c, rc == TRI_E_ARG && strstr(why.text, way[i].text) != NULL,
                  "'%s': %s", way[i].line, why.text);
    }
}

/* 64M, 64 and 64000K are the same; what is no size is refused. Without one the
 * least wish of three is taken, and a network that is far may have more. */
static void tri_check_options_ledger(struct tri_check *c)
{
    static const struct {
        const char *text;
        uint64_t bytes; /* 0: refused */
    } way[] = {
        { "64M", 64000000 },
        { "64", 64000000 },
        { "64000K", 64000000 },
        { "16K", 16000 },
        { "2G", 2000000000 },
        { "64G", 64000000000 },
        { "15K", 0 },
        { "65G", 0 },
        { "0", 0 },
        { "64m", 0 },
        { "64MB", 0 },
        { "64MiB", 0 },
        { "M", 0 },
        { "1.5G", 0 },
        { "-1M", 0 },
        { "99999999999999999999999999", 0 },
        { "18446744073709551617", 0 },
    };
    static const struct {
        unsigned wish[TRI_PARTIES];
        size_t least;
    } agreed[] = { { { 7, 7, 7 }, 64000000 },
                   { { 7, 3, 5 }, 4000000 },
                   { { 0, 4, 0 }, 8000000 },
                   { { 0, 0, 0 }, 0 } };
    static struct tri_run_options o;
    struct tri_why why;
    struct tri_args a;
    char line[64];

    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        int rc;

        snprintf(line, sizeof line, "--ledger %s", way[i].text);
        rc = parse_line(line, &o, &a, &why);
        CHECK(c,
              way[i].bytes > 0 ? rc == TRI_OK && o.ledger == way[i].bytes
                               : rc == TRI_E_ARG && o.ledger == 0 &&
                                     strstr(why.text, "such as 64M") != NULL,
              "%s: %llu, %s", line, (unsigned long long)o.ledger, why.text);
    }
    for (size_t i = 0; i < sizeof agreed / sizeof *agreed; i++)
        for (unsigned aes = 0; aes < 8; aes++) {
            uint8_t said[TRI_PARTIES];

            for (unsigned p = 0; p < TRI_PARTIES; p++)
                said[p] =
                    tri_wish(aes >> p & 1 ? TRI_PRG_AES128 : TRI_PRG_CHACHA20,
                             agreed[i].wish[p]);
            CHECK(c,
                  tri_wishes_ledger(said) == agreed[i].least &&
                      tri_wishes_prg(said) ==
                          (aes == 7 ? TRI_PRG_AES128 : TRI_PRG_CHACHA20),
                  "wishes %zu: %zu", i, tri_wishes_ledger(said));
        }
    /* an eighth of 8, 16 and 17 million, of more than enough, and of nothing */
    CHECK(c,
          tri_wish_ledger(8000000, 0) == 1 &&
              tri_wish_ledger(16000000, 0) == 2 &&
              tri_wish_ledger(31999999, 0) == 2 &&
              tri_wish_ledger(UINT64_MAX, 4999999) == 7 &&
              tri_wish_ledger(UINT64_MAX, 5000000) == 10 &&
              tri_wish_ledger(0, 5000000) == 1,
          "by memory");
    tri_options_usual(&o);
    o.active = 1;
    tri_options_ledger(&o, 1);
    CHECK(c, o.ledger >= 1000000 && o.ledger <= 64000000, "here %llu",
          (unsigned long long)o.ledger);
    o.ledger = 5;
    tri_options_ledger(&o, 1);
    CHECK(c, o.ledger == 5 && tri_options_ledger_wish(&o, 1) == 0,
          "what was given is asked for");
    o.active = 0;
    o.ledger = 0;
    CHECK(c, tri_options_ledger_wish(&o, 1) == 0, "passive");
}

/* ---- self-test
 * ------------------------------------------------------------------- */

static void tri_check_selftest(struct tri_check *c)
{
    struct tri_kernels k, other;

    tri_kernels_init(&k, tri_cpu_detect());
    CHECK(c, tri_selftest(&k, c->seed, NULL, NULL) == 0, "kernels differ");
    other = k;
    other.add = k.sub;
    CHECK(c, tri_selftest(&other, c->seed, NULL, NULL) == 1,
          "sub passes as add");
    other = k;
    other.mul = k.muladd;
    other.rsubc = k.addc;
    CHECK(c, tri_selftest(&other, c->seed, NULL, NULL) == 2,
          "muladd passes as mul, or addc as rsubc");
}

static void tri_check_report_time(struct tri_check *c)
{
    static const struct {
        double s;
        const char *text;
    } time[] = {
        { 0.4, "0 s" },
        { 59.4, "59 s" },
        { 59.6, "1 min 00 s" },
        { 754, "12 min 34 s" },
        { 3599.6, "1 h 00 min" },
        { 12345, "3 h 25 min" },
        { 1e30, "277777 h 46 min" },
    };
    char text[TRI_TIME_TEXT];

    for (size_t i = 0; i < sizeof time / sizeof *time; i++)
        CHECK(c, strcmp(tri_time_text(text, time[i].s), time[i].text) == 0,
              "%g s: %s", time[i].s, text);
}

/* The time that is left is reckoned from the steps of this session. */
static void tri_check_report_left(struct tri_check *c)
{
    const int err = dup(STDERR_FILENO);
    FILE *const f = tmpfile();
    struct tri_progress p;
    char text[200] = "";

    CHECK(c, f != NULL && err >= 0, "no file");
    tri_progress_start(&p, "", 0);
    p.tty = 0;
    p.begun -= UINT64_C(100000000000);
    p.last = 0;
    p.first = 500;
    fflush(stderr);
    dup2(fileno(f), STDERR_FILENO);
    tri_progress_step(&p, 2, 3, 600, 2000);
    dup2(err, STDERR_FILENO);
    close(err);
    rewind(f);
    if (fgets(text, sizeof text, f) == NULL)
        text[0] = '\0';
    fclose(f);
    CHECK(c,
          strcmp(text, "epoch 2 of 3, step 600 of 2000, 1.0 steps/s, 23 min 20 "
                       "s left\n") == 0,
          "says: %s", text);
}

const struct tri_check_entry tri_checks_host[] = {
    { "report_left", tri_check_report_left },
    { "report_time", tri_check_report_time },
    { "idx_good", tri_check_idx_good },
    { "idx_bad", tri_check_idx_bad },
    { "set_files", tri_check_set_files },
    { "digits_same", tri_check_digits_same },
    { "digits_golden", tri_check_digits_golden },
    { "digits_balance", tri_check_digits_balance },
    { "share_round_trip", tri_check_share_round_trip },
    { "share_damage", tri_check_share_damage },
    { "share_again", tri_check_share_again },
    { "share_foreign", tri_check_share_foreign },
    { "share_header", tri_check_share_header },
    { "rundata", tri_check_rundata },
    { "owners", tri_check_owners },
    { "model_file", tri_check_model_file },
    { "result_file", tri_check_result_file },
    { "result_scores", tri_check_result_scores },
    { "atomic_write", tri_check_atomic_write },
    { "split_full", tri_check_split_full },
    { "args_bad", tri_check_args_bad },
    { "options_fit", tri_check_options_fit },
    { "options_rate", tri_check_options_rate },
    { "args_good", tri_check_args_good },
    { "args_list", tri_check_args_list },
    { "options_text", tri_check_options_text },
    { "options_engine", tri_check_options_engine },
    { "options_security", tri_check_options_security },
    { "options_ledger", tri_check_options_ledger },
    { "selftest", tri_check_selftest },
};
const size_t tri_checks_host_n =
    sizeof tri_checks_host / sizeof *tri_checks_host;
