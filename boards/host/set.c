#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/common/digits.h"
#include "boards/host/file.h"
#include "boards/host/idx.h"
#include "boards/host/set.h"
#include "core/err.h"
#include "core/mem.h"

/* Files above this are no MNIST-like data set. */
static const size_t max_file = (size_t)1 << 32;

void tri_set_free(struct tri_set *s)
{
    if (s->pixels != NULL)
        tri_wipe(s->pixels, (size_t)s->count * s->h * s->w);
    if (s->labels != NULL)
        tri_wipe(s->labels, s->count);
    free(s->pixels);
    free(s->labels);
    *s = (struct tri_set){ 0 };
}

static int alloc(struct tri_set *s, uint32_t count, uint32_t h, uint32_t w,
                 int labelled, struct tri_why *why)
{
    *s = (struct tri_set){ .count = count, .h = h, .w = w };
    s->pixels = malloc((size_t)count * h * w);
    s->labels = labelled ? malloc(count) : NULL;
    if (s->pixels != NULL && (!labelled || s->labels != NULL))
        return TRI_OK;
    s->count = 0;
    tri_set_free(s);
    return tri_why(why, TRI_E_NOMEM, "no memory for %u images of %u x %u",
                   count, h, w);
}

int tri_set_files(struct tri_set *s, const char *images, const char *labels,
                  uint32_t limit, struct tri_why *why)
{
    uint8_t *ibuf = NULL, *lbuf = NULL;
    size_t ilen, llen;
    struct tri_idx x, y;
    uint32_t n;
    int rc;

    *s = (struct tri_set){ 0 };
    rc = tri_file_read(images, max_file, &ibuf, &ilen, why);
    if (rc == TRI_OK)
        rc = tri_idx_images(&x, ibuf, ilen, images, why);
    if (rc == TRI_OK && labels != NULL)
        rc = tri_file_read(labels, max_file, &lbuf, &llen, why);
    if (rc == TRI_OK && labels != NULL)
        rc = tri_idx_labels(&y, lbuf, llen, labels, why);
    if (rc == TRI_OK && labels != NULL && x.n != y.n)
        rc = tri_why(why, TRI_E_FORMAT,
                     "%s has %u images and %s has %u labels; they are not of "
                     "one data set",
                     images, x.n, labels, y.n);
    if (rc != TRI_OK)
        goto out;
    n = limit != 0 && limit < x.n ? limit : x.n;
    rc = alloc(s, n, x.h, x.w, labels != NULL, why);
    if (rc != TRI_OK)
        goto out;
    memcpy(s->pixels, x.data, (size_t)n * x.h * x.w);
    if (labels != NULL)
        memcpy(s->labels, y.data, n);
out:
    free(ibuf);
    free(lbuf);
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
        if (stat(path, &st) == 0)
            return TRI_OK;
    }
    for (int i = 0; i < 2; i++) {
        if (snprintf(path, PATH_MAX, "%s/%s.gz", dir, name[i]) < PATH_MAX &&
            stat(path, &st) == 0)
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

int tri_set_dir(struct tri_set *s, const char *dir, enum tri_set_part part,
                uint32_t limit, struct tri_why *why)
{
    char images[PATH_MAX], labels[PATH_MAX];
    int rc;

    *s = (struct tri_set){ 0 };
    rc = locate(images, dir, image_name[part], why);
    if (rc == TRI_OK)
        rc = locate(labels, dir, label_name[part], why);
    if (rc == TRI_OK)
        rc = tri_set_files(s, images, labels, limit, why);
    return rc;
}

int tri_set_digits(struct tri_set *s, enum tri_set_part part, uint32_t count,
                   uint64_t seed, struct tri_why *why)
{
    const int rc = alloc(s, count, TRI_DIGITS_SIDE, TRI_DIGITS_SIDE, 1, why);

    if (rc == TRI_OK)
        tri_digits(s->pixels, s->labels,
                   part == TRI_SET_TEST ? TRI_DIGITS_TEST : 0, count, seed);
    return rc;
}

static int write_idx(const char *dir, const char *name, const uint8_t *head,
                     size_t head_len, const uint8_t *data, size_t n,
                     struct tri_why *why)
{
    char path[PATH_MAX];
    struct tri_out o;
    int rc;

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= PATH_MAX)
        return tri_why(why, TRI_E_ARG, "%s: the name is too long", dir);
    rc = tri_out_open(&o, path, why);
    if (rc == TRI_OK)
        rc = tri_out_write(&o, head, head_len, why);
    if (rc == TRI_OK)
        rc = tri_out_write(&o, data, n, why);
    if (rc == TRI_OK)
        rc = tri_out_commit(&o, why);
    return rc;
}

int tri_set_write(const struct tri_set *s, const char *dir,
                  enum tri_set_part part, struct tri_why *why)
{
    uint8_t head[16];
    size_t len = tri_idx_header(head, s->count, s->h, s->w);
    int rc = write_idx(dir, image_name[part][0], head, len, s->pixels,
                       (size_t)s->count * s->h * s->w, why);

    if (rc != TRI_OK)
        return rc;
    len = tri_idx_header(head, s->count, 0, 0);
    return write_idx(dir, label_name[part][0], head, len, s->labels, s->count,
                     why);
}
