#include "boards/host/formats/dataset.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/common/digits.h"
#include "boards/host/base/file.h"
#include "boards/host/formats/idx.h"
#include "boards/host/formats/npy.h"
#include "boards/host/formats/weights.h"
#include "core/err.h"
#include "core/mem.h"

/* Files above this are no MNIST-like data set. */
static const size_t max_file = (size_t)1 << 32;

void tri_dataset_free(struct tri_dataset *s)
{
    const size_t n = (size_t)s->count * s->h * s->w * s->c;

    if (s->pixels != NULL)
        tri_wipe(s->pixels, n);
    if (s->real != NULL)
        tri_wipe(s->real, n * sizeof *s->real);
    if (s->labels != NULL)
        tri_wipe(s->labels, s->count);
    free(s->pixels);
    free(s->real);
    free(s->labels);
    *s = (struct tri_dataset){ 0 };
}

double tri_dataset_value(const struct tri_dataset *s, size_t i)
{
    return s->real != NULL ? (double)s->real[i] : s->pixels[i] / 256.0;
}

int tri_dataset_fits(const struct tri_dataset *s, unsigned fb,
                     struct tri_why *why)
{
    const double most = tri_weights_limit(fb);
    const size_t px = (size_t)s->h * s->w * s->c;

    for (size_t i = 0; s->real != NULL && i < s->count * px; i++) {
        const double v = (double)s->real[i];

        if (!(v > -most && v < most))
            return tri_why(why, TRI_E_RANGE,
                           "image %zu, value %zu is %.9g; with %u fraction "
                           "bits values must stay between -%.0f and %.0f: "
                           "scale the images",
                           i / px, i % px, v, fb, most, most);
    }
    return TRI_OK;
}

/* Memory for a set of the given sizes. */
static int alloc(struct tri_dataset *s, int real, int labelled,
                 struct tri_why *why)
{
    const size_t n = (size_t)s->count * s->h * s->w * s->c;

    s->pixels = real ? NULL : malloc(n);
    s->real = real ? malloc(n * sizeof *s->real) : NULL;
    s->labels = labelled ? malloc(s->count) : NULL;
    if ((s->pixels != NULL || s->real != NULL) &&
        (!labelled || s->labels != NULL))
        return TRI_OK;
    free(s->pixels);
    free(s->real);
    free(s->labels);
    s->pixels = s->labels = NULL;
    s->real = NULL;
    return tri_why(why, TRI_E_NOMEM, "no memory for %u images of %u x %u",
                   s->count, s->h, s->w);
}

/* ---- IDX and .npy ----------------------------------------------------------
 */

/* Images or labels as they lie in a file; w and c are steps in elements. */
struct samples {
    uint8_t *buf;
    size_t len;
    struct tri_array a; /* the elements, also of an IDX file */
    uint32_t n, h, w, c;
    size_t ystep, xstep, cstep; /* between rows, columns, channels */
};

static int npy_shape(struct samples *x, enum tri_dataset_order order,
                     const char *name, struct tri_why *why)
{
    const struct tri_array *const a = &x->a;
    const int first = order == TRI_DATASET_FIRST ||
                      (order == TRI_DATASET_GUESS && a->nd == 4 &&
                       a->d[1] == 1 && a->d[3] != 1);
    const uint64_t c = a->nd < 4 ? 1 : a->d[first ? 1 : 3];
    const uint64_t h = a->d[a->nd == 4 && first ? 2 : 1];
    const uint64_t w = a->d[a->nd == 4 && first ? 3 : 2];
    char shape[TRI_SHAPE_TEXT];

    if (a->nd != 3 && a->nd != 4)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has the shape %s; images are [N, H, W], [N, H, W, "
                       "C] or [N, C, H, W]",
                       name, tri_shape_text(shape, a->d, a->nd));
    if (a->n == 0 || a->d[0] > INT32_MAX || h > TRI_IDX_SIDE ||
        w > TRI_IDX_SIDE || c > TRI_IDX_SIDE)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has the shape %s; sides and channels are 1 to %d, "
                       "and there is one image at least",
                       name, tri_shape_text(shape, a->d, a->nd), TRI_IDX_SIDE);
    x->n = (uint32_t)a->d[0];
    x->h = (uint32_t)h;
    x->w = (uint32_t)w;
    x->c = (uint32_t)c;
    x->ystep = first ? x->w : (size_t)x->w * x->c;
    x->xstep = first ? 1 : x->c;
    x->cstep = first ? (size_t)x->h * x->w : 1;
    return TRI_OK;
}

/* Whole numbers are pixels, whatever type they have. */
static int check_pixels(const struct tri_array *a, const char *name,
                        struct tri_why *why)
{
    for (size_t i = 0; tri_dtype_whole(a->type) && i < a->n; i++) {
        const double v = tri_array_get(a, i);
        if (v < 0 || v > 255)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: element %zu is %.0f; whole numbers are pixels, "
                           "0 to 255: scale others in Python with "
                           "(x / abs(x).max()).astype('f4')",
                           name, i, v);
    }
    return TRI_OK;
}

/* What it is that was packed. */
static int check_packed(const struct samples *x, const char *path,
                        struct tri_why *why)
{
    const size_t n = strlen(path);
    const int named = n > 3 && strcmp(path + n - 3, ".gz") == 0;

    if (x->len >= 2 && x->buf[0] == 0x1f && x->buf[1] == 0x8b)
        return named ? tri_why(why, TRI_E_ARG,
                               "%s: is packed; unpack it with: gunzip -k %s",
                               path, path)
                     : tri_why(why, TRI_E_ARG,
                               "%s: is packed; unpack it with: gunzip -c %s "
                               ">%s.unpacked",
                               path, path, path);
    if (x->len >= 4 && memcmp(x->buf, "PK\3\4", 4) == 0)
        return tri_why(why, TRI_E_ARG,
                       "%s: is packed; unpack it with: unzip %s", path, path);
    return TRI_OK;
}

static int open_images(struct samples *x, const char *path,
                       enum tri_dataset_order order, struct tri_why *why)
{
    struct tri_idx idx;
    int rc = tri_file_read(path, max_file, &x->buf, &x->len, why);

    if (rc != TRI_OK)
        return rc;
    rc = check_packed(x, path, why);
    if (rc != TRI_OK)
        return rc;
    if (tri_npy_is(x->buf, x->len)) {
        rc = tri_npy_parse(&x->a, x->buf, x->len, path, why);
        if (rc == TRI_OK)
            rc = npy_shape(x, order, path, why);
        return rc == TRI_OK ? check_pixels(&x->a, path, why) : rc;
    }
    rc = tri_idx_images(&idx, x->buf, x->len, path, why);
    if (rc == TRI_OK) {
        x->a = (struct tri_array){ .type = TRI_DTYPE_U8, .data = idx.data };
        x->n = idx.n;
        x->h = idx.h;
        x->w = idx.w;
        x->c = 1;
        x->ystep = idx.w;
        x->xstep = x->cstep = 1;
    }
    return rc;
}

static int open_labels(struct samples *x, const char *path, struct tri_why *why)
{
    struct tri_idx idx;
    char shape[TRI_SHAPE_TEXT];
    int rc = tri_file_read(path, max_file, &x->buf, &x->len, why);

    if (rc != TRI_OK)
        return rc;
    rc = check_packed(x, path, why);
    if (rc != TRI_OK)
        return rc;
    if (!tri_npy_is(x->buf, x->len)) {
        rc = tri_idx_labels(&idx, x->buf, x->len, path, why);
        if (rc == TRI_OK) {
            x->a = (struct tri_array){ .type = TRI_DTYPE_U8, .data = idx.data };
            x->n = idx.n;
        }
        return rc;
    }
    rc = tri_npy_parse(&x->a, x->buf, x->len, path, why);
    if (rc != TRI_OK)
        return rc;
    if (x->a.nd != 1 || x->a.n == 0 || x->a.n > INT32_MAX ||
        !tri_dtype_whole(x->a.type))
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has the shape %s%s; labels are [N], whole numbers: "
                       "in Python y.reshape(-1).astype('i8'), or "
                       "y.argmax(1) of rows with one 1 each",
                       path, tri_shape_text(shape, x->a.d, x->a.nd),
                       tri_dtype_whole(x->a.type) ? "" : " of real numbers");
    for (size_t i = 0; i < x->a.n; i++) {
        const double v = tri_array_get(&x->a, i);
        if (v < 0 || v >= TRI_IDX_CLASSES)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: label %zu is %.0f; labels are 0 to %d", path, i,
                           v, TRI_IDX_CLASSES - 1);
    }
    x->n = (uint32_t)x->a.n;
    return TRI_OK;
}

/* From the file's order to [count x h x w x c]. F8 is rounded to F4. */
static void take_images(struct tri_dataset *s, const struct samples *x)
{
    const size_t px = (size_t)s->h * s->w * s->c;

    for (size_t i = 0; i < s->count * px; i++) {
        const size_t c = i % s->c, at = i % px / s->c;
        const size_t from = i / px * px + at / s->w * x->ystep +
                            at % s->w * x->xstep + c * x->cstep;
        if (s->real != NULL)
            s->real[i] = (float)tri_array_get(&x->a, from);
        else
            s->pixels[i] = (uint8_t)tri_array_get(&x->a, from);
    }
}

int tri_dataset_files(struct tri_dataset *s, const char *images,
                      const char *labels, enum tri_dataset_order order,
                      uint32_t limit, struct tri_why *why)
{
    struct samples x = { .buf = NULL }, y = { .buf = NULL };
    int rc = open_images(&x, images, order, why);

    *s = (struct tri_dataset){ 0 };
    if (rc == TRI_OK && labels != NULL)
        rc = open_labels(&y, labels, why);
    if (rc == TRI_OK && labels != NULL && x.n != y.n)
        rc = tri_why(why, TRI_E_FORMAT,
                     "%s has %u images and %s has %u labels; they are not of "
                     "one data set",
                     images, x.n, labels, y.n);
    if (rc != TRI_OK)
        goto out;
    s->count = limit != 0 && limit < x.n ? limit : x.n;
    s->h = x.h;
    s->w = x.w;
    s->c = x.c;
    rc = alloc(s, !tri_dtype_whole(x.a.type), labels != NULL, why);
    if (rc != TRI_OK) {
        *s = (struct tri_dataset){ 0 };
        goto out;
    }
    take_images(s, &x);
    for (uint32_t i = 0; labels != NULL && i < s->count; i++)
        s->labels[i] = (uint8_t)tri_array_get(&y.a, i);
out:
    if (x.buf != NULL)
        tri_wipe(x.buf, x.len);
    if (y.buf != NULL)
        tri_wipe(y.buf, y.len);
    free(x.buf);
    free(y.buf);
    return rc;
}

/* Look for dir/<name> in the spellings that are in use. */
static int locate(char path[PATH_MAX], const char *dir,
                  const char *const name[2], struct tri_why *why)
{
    struct stat st;

    for (int i = 0; i < 2; i++) {
        if (snprintf(path, PATH_MAX, "%s/%s", dir, name[i]) >= PATH_MAX)
            return tri_why(why, TRI_E_ARG, "%s: the name is too long", dir);
        if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
            return TRI_OK;
    }
    for (int i = 0; i < 2; i++) {
        if (snprintf(path, PATH_MAX, "%s/%s.gz", dir, name[i]) < PATH_MAX &&
            stat(path, &st) == 0 && S_ISREG(st.st_mode))
            return tri_why(why, TRI_E_ARG,
                           "%s: is packed; unpack it with: gunzip -k %s", path,
                           path);
    }
    return tri_why(why, TRI_E_ARG,
                   "%s: has no file %s; give the directory that holds the "
                   "unpacked MNIST files",
                   dir, name[0]);
}

static const char *const image_name[][2] = {
    { "train-images-idx3-ubyte", "train-images.idx3-ubyte" },
    { "t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte" },
};
static const char *const label_name[][2] = {
    { "train-labels-idx1-ubyte", "train-labels.idx1-ubyte" },
    { "t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte" },
};

int tri_dataset_dir(struct tri_dataset *s, const char *dir,
                    enum tri_dataset_part part, uint32_t limit,
                    struct tri_why *why)
{
    char images[PATH_MAX], labels[PATH_MAX];
    int rc;

    *s = (struct tri_dataset){ 0 };
    rc = locate(images, dir, image_name[part], why);
    if (rc == TRI_OK)
        rc = locate(labels, dir, label_name[part], why);
    if (rc == TRI_OK)
        rc =
            tri_dataset_files(s, images, labels, TRI_DATASET_GUESS, limit, why);
    return rc;
}

int tri_dataset_digits(struct tri_dataset *s, enum tri_dataset_part part,
                       uint32_t count, uint64_t seed, struct tri_why *why)
{
    int rc;

    *s = (struct tri_dataset){
        .count = count, .h = TRI_DIGITS_SIDE, .w = TRI_DIGITS_SIDE, .c = 1
    };
    rc = alloc(s, 0, 1, why);
    if (rc == TRI_OK)
        tri_digits(s->pixels, s->labels,
                   part == TRI_DATASET_TEST ? TRI_DIGITS_TEST : 0, count, seed);
    return rc;
}

int tri_dataset_load(struct tri_dataset *s, const char *dir,
                     enum tri_dataset_part part, uint32_t limit, uint32_t usual,
                     uint64_t seed, struct tri_why *why)
{
    return dir != NULL ? tri_dataset_dir(s, dir, part, limit, why)
                       : tri_dataset_digits(s, part, limit != 0 ? limit : usual,
                                            seed, why);
}

int tri_dataset_check(const char *dir, struct tri_why *why)
{
    char path[PATH_MAX];
    int rc = TRI_OK;

    for (int i = 0; rc == TRI_OK && i < 4; i++) {
        const char *const name =
            i % 2 == 0 ? image_name[i / 2][0] : label_name[i / 2][0];
        rc = snprintf(path, sizeof path, "%s/%s", dir, name) < PATH_MAX
                 ? tri_out_check(path, why)
                 : tri_why(why, TRI_E_ARG, "%s: the name is too long", dir);
    }
    return rc;
}

static int write_idx(struct tri_out *o, const char *dir, const char *name,
                     const uint8_t *head, size_t head_len, const uint8_t *data,
                     size_t n, struct tri_why *why)
{
    char path[PATH_MAX];
    int rc;

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= PATH_MAX)
        return tri_why(why, TRI_E_ARG, "%s: the name is too long", dir);
    rc = tri_out_open(o, path, why);
    o->fresh = 1;
    if (rc == TRI_OK)
        rc = tri_out_write(o, head, head_len, why);
    if (rc == TRI_OK)
        rc = tri_out_write(o, data, n, why);
    return rc;
}

int tri_dataset_write(struct tri_out o[2], const struct tri_dataset *s,
                      const char *dir, enum tri_dataset_part part,
                      struct tri_why *why)
{
    uint8_t head[16];
    size_t len = tri_idx_header(head, s->count, s->h, s->w);
    int rc = write_idx(&o[0], dir, image_name[part][0], head, len, s->pixels,
                       (size_t)s->count * s->h * s->w, why);

    if (rc != TRI_OK)
        return rc;
    len = tri_idx_header(head, s->count, 0, 0);
    return write_idx(&o[1], dir, label_name[part][0], head, len, s->labels,
                     s->count, why);
}
