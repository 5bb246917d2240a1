#include "boards/host/formats/datafile.h"
#include "boards/host/formats/arrayfile.h"
#include "core/err.h"

/* Images as they lie in a file, in steps of elements. */
struct samples {
    struct tri_arrayfile f;
    uint32_t n, h, w, c;
    size_t ystep, xstep, cstep; /* between rows, columns, channels */
    int real;                   /* the values themselves, no pixels */
};

/* The sizes of an image in an array of three or four dimensions, or of a row
 * in one of two. */
static int sizes(struct samples *x, enum tri_dataset_order order,
                 const char *name, struct tri_why *why)
{
    enum { FEW = 4 }; /* as many channels as images have, in rows or last */
    const struct tri_array *const a = &x->f.a;
    const int table = a->nd == 2;
    const int first = order == TRI_DATASET_FIRST ||
                      (order == TRI_DATASET_GUESS && a->nd == 4 &&
                       a->d[1] == 1 && a->d[3] != 1);
    const uint64_t most = table ? TRI_DATASET_COLUMNS : TRI_DATASET_SIDE;
    const uint64_t c = table ? a->d[1] : a->nd < 4 ? 1 : a->d[first ? 1 : 3];
    const uint64_t h = table ? 1 : a->d[a->nd == 4 && first ? 2 : 1];
    const uint64_t w = table ? 1 : a->d[a->nd == 4 && first ? 3 : 2];
    char shape[TRI_SHAPE_TEXT];

    if (a->nd < 2 || a->nd > 4)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has the shape %s; images are [N, H, W], [N, H, W, "
                       "C] or [N, C, H, W], tables [N, COLUMNS]",
                       name, tri_shape_text(shape, a->d, a->nd));
    if (a->n == 0 || a->d[0] > INT32_MAX || h > most || w > most || c > most)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has the shape %s; %s are 1 to %u, and there is one "
                       "sample at least",
                       name, tri_shape_text(shape, a->d, a->nd),
                       table ? "columns" : "sides and channels",
                       (unsigned)most);
    if (order == TRI_DATASET_GUESS && a->nd == 4 && a->d[1] > 1 &&
        a->d[1] <= FEW && a->d[3] > FEW)
        return tri_why(why, TRI_E_ARG,
                       "%s: has the shape %s: %llu channels of [N, C, H, W], "
                       "or as many rows of [N, H, W, C]? give --layout pytorch "
                       "or --layout trinn",
                       name, tri_shape_text(shape, a->d, a->nd),
                       (unsigned long long)a->d[1]);
    x->n = (uint32_t)a->d[0];
    x->h = (uint32_t)h;
    x->w = (uint32_t)w;
    x->c = (uint32_t)c;
    x->ystep = first ? x->w : (size_t)x->w * x->c;
    x->xstep = first ? 1 : x->c;
    x->cstep = first ? (size_t)x->h * x->w : 1;
    x->real = table || !tri_dtype_whole(a->type);
    return TRI_OK;
}

/* Whole numbers are pixels, whatever type they have. */
static int check_pixels(const struct tri_array *a, const char *name,
                        struct tri_why *why)
{
    for (size_t i = 0; i < a->n; i++) {
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

static int open_images(struct samples *x, const struct tri_dataset_files *f,
                       struct tri_why *why)
{
    int rc = tri_arrayfile_open(&x->f, f->images, why);

    if (rc == TRI_OK)
        rc = sizes(x, f->order, f->images, why);
    if (rc == TRI_OK && !x->real)
        rc = check_pixels(&x->f.a, f->images, why);
    return rc;
}

/* As many as there are images. */
static int same_count(uint64_t n, const struct samples *x,
                      const struct tri_dataset_files *f, const char *path,
                      const char *what, struct tri_why *why)
{
    if (n == x->n)
        return TRI_OK;
    return tri_why(why, TRI_E_FORMAT,
                   "%s has %u samples and %s has %llu %s; they are not of one "
                   "data set",
                   f->images, x->n, path, (unsigned long long)n, what);
}

/* Labels are counted before any of them is left out. */
static int open_labels(struct tri_arrayfile *y, uint32_t *classes,
                       const struct samples *x,
                       const struct tri_dataset_files *f, struct tri_why *why)
{
    const uint32_t most = f->classes > 0 ? f->classes : TRI_DATASET_CLASSES;
    const struct tri_array *const a = &y->a;
    char shape[TRI_SHAPE_TEXT];
    double last = 1;
    int rc = tri_arrayfile_open(y, f->labels, why);

    if (rc != TRI_OK)
        return rc;
    if (a->nd != 1 || a->n == 0 || !tri_dtype_whole(a->type))
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has the shape %s%s; labels are [N], whole numbers: "
                       "in Python y.reshape(-1).astype('i8'), or "
                       "y.argmax(1) of rows with one 1 each; numbers to "
                       "predict go with --targets",
                       f->labels, tri_shape_text(shape, a->d, a->nd),
                       tri_dtype_whole(a->type) ? "" : " of real numbers");
    rc = same_count(a->n, x, f, f->labels, "labels", why);
    for (size_t i = 0; rc == TRI_OK && i < a->n; i++) {
        const double v = tri_array_get(a, i);
        if (v < 0 || v >= most)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: label %zu is %.0f; %s 0 to %u", f->labels, i, v,
                           f->classes > 0 ? "by --classes they are"
                                          : "labels are",
                           most - 1);
        last = v > last ? v : last;
    }
    *classes = f->classes > 0 ? f->classes : (uint32_t)last + 1;
    return rc;
}

static int open_targets(struct tri_arrayfile *y, uint32_t *classes,
                        const struct samples *x,
                        const struct tri_dataset_files *f, struct tri_why *why)
{
    const struct tri_array *const a = &y->a;
    char shape[TRI_SHAPE_TEXT];
    int rc = tri_arrayfile_open(y, f->targets, why);

    if (rc != TRI_OK)
        return rc;
    if (a->nd < 1 || a->nd > 2 || a->n == 0 ||
        (a->nd == 2 && a->d[1] > TRI_DATASET_CLASSES))
        return tri_why(why, TRI_E_FORMAT,
                       "%s: has the shape %s; targets are [N] or [N, M], M up "
                       "to %d",
                       f->targets, tri_shape_text(shape, a->d, a->nd),
                       TRI_DATASET_CLASSES);
    *classes = a->nd == 2 ? (uint32_t)a->d[1] : 1;
    return same_count(a->d[0], x, f, f->targets, "targets", why);
}

/* From the file's order to [count x h x w x c]. F8 is rounded to F4. */
static void take_images(struct tri_dataset *s, const struct samples *x)
{
    const size_t px = tri_dataset_size(s);

    for (size_t i = 0; i < s->count * px; i++) {
        const size_t c = i % s->c, at = i % px / s->c;
        const size_t from = i / px * px + at / s->w * x->ystep +
                            at % s->w * x->xstep + c * x->cstep;
        if (s->real != NULL)
            s->real[i] = (float)tri_array_get(&x->f.a, from);
        else
            s->pixels[i] = (uint8_t)tri_array_get(&x->f.a, from);
    }
}

int tri_dataset_files(struct tri_dataset *s, const struct tri_dataset_files *f,
                      struct tri_why *why)
{
    const enum tri_dataset_of_y of = f->labels != NULL    ? TRI_Y_LABELS
                                     : f->targets != NULL ? TRI_Y_TARGETS
                                                          : TRI_Y_NONE;
    struct samples x = { .f.buf = NULL };
    struct tri_arrayfile y = { .buf = NULL };
    uint32_t classes = 0;
    int rc = open_images(&x, f, why);

    *s = (struct tri_dataset){ 0 };
    if (rc == TRI_OK && of == TRI_Y_LABELS)
        rc = open_labels(&y, &classes, &x, f, why);
    if (rc == TRI_OK && of == TRI_Y_TARGETS)
        rc = open_targets(&y, &classes, &x, f, why);
    if (rc == TRI_OK) {
        s->count = f->limit != 0 && f->limit < x.n ? f->limit : x.n;
        s->h = x.h;
        s->w = x.w;
        s->c = x.c;
        s->classes = classes;
        rc = tri_dataset_alloc(s, x.real, of, why);
    }
    if (rc == TRI_OK)
        take_images(s, &x);
    for (uint32_t i = 0; rc == TRI_OK && of == TRI_Y_LABELS && i < s->count;
         i++)
        s->labels[i] = (uint16_t)tri_array_get(&y.a, i);
    for (size_t i = 0;
         rc == TRI_OK && of == TRI_Y_TARGETS && i < (size_t)s->count * classes;
         i++)
        s->target[i] = (float)tri_array_get(&y.a, i);
    tri_arrayfile_close(&x.f);
    tri_arrayfile_close(&y);
    return rc;
}
