#include "boards/host/formats/dataset.h"
#include <stdlib.h>
#include "boards/common/digits.h"
#include "boards/host/formats/weights.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/mem.h"

size_t tri_dataset_size(const struct tri_dataset *s)
{
    return (size_t)s->h * s->w * s->c;
}

/* What is not there is not wiped. */
static void drop(void *p, size_t n)
{
    if (p != NULL)
        tri_wipe(p, n);
    free(p);
}

void tri_dataset_free(struct tri_dataset *s)
{
    const size_t n = s->count * tri_dataset_size(s);

    drop(s->pixels, n);
    drop(s->real, n * sizeof *s->real);
    drop(s->labels, s->count * sizeof *s->labels);
    drop(s->target, (size_t)s->count * s->classes * sizeof *s->target);
    *s = (struct tri_dataset){ 0 };
}

int tri_dataset_alloc(struct tri_dataset *s, int real, enum tri_dataset_of_y y,
                      struct tri_why *why)
{
    const size_t n = s->count * tri_dataset_size(s);
    int rc = TRI_OK;

    s->pixels = real ? NULL : calloc(n, 1);
    s->real = real ? calloc(n, sizeof *s->real) : NULL;
    s->labels = y == TRI_Y_LABELS ? calloc(s->count, sizeof *s->labels) : NULL;
    s->target = y == TRI_Y_TARGETS
                    ? calloc((size_t)s->count * s->classes, sizeof *s->target)
                    : NULL;
    if ((s->pixels == NULL && s->real == NULL) ||
        (y == TRI_Y_LABELS && s->labels == NULL) ||
        (y == TRI_Y_TARGETS && s->target == NULL)) {
        rc = tri_why(why, TRI_E_NOMEM,
                     "no memory for %u samples of %u x %u x %u", s->count, s->h,
                     s->w, s->c);
        tri_dataset_free(s);
    }
    return rc;
}

double tri_dataset_value(const struct tri_dataset *s, size_t i)
{
    return s->real != NULL ? (double)s->real[i] : s->pixels[i] / 256.0;
}

static int values_fit(const float *v, size_t n, size_t of_sample, unsigned fb,
                      const char *what, struct tri_why *why)
{
    const double most = tri_weights_limit(fb);

    for (size_t i = 0; v != NULL && i < n * of_sample; i++) {
        const double x = (double)v[i];

        if (!(x > -most && x < most))
            return tri_why(why, TRI_E_RANGE,
                           "sample %zu, %s %zu is %.9g; with %u fraction "
                           "bits values must stay between -%.0f and %.0f: "
                           "scale them, with --standardise",
                           i / of_sample, what, i % of_sample, x, fb, most,
                           most);
    }
    return TRI_OK;
}

int tri_dataset_fits(const struct tri_dataset *s, unsigned fb,
                     struct tri_why *why)
{
    const int rc =
        values_fit(s->real, s->count, tri_dataset_size(s), fb, "value", why);

    return rc == TRI_OK
               ? values_fit(s->target, s->count, s->classes, fb, "target", why)
               : rc;
}

/* 64 plus the exponent of the power of two. */
static unsigned rounded_up(double most)
{
    unsigned e = 48;

    while (e < 127 && tri_pow2((int)e - 64) < most)
        e++;
    return e;
}

void tri_dataset_most(unsigned most[2], const struct tri_dataset *s)
{
    const size_t n = s->count * tri_dataset_size(s);
    const size_t m = (size_t)s->count * s->classes;
    double x = 0, y = 0;

    for (size_t i = 0; i < n; i++) {
        const double v = tri_dataset_value(s, i);
        x = v > x ? v : -v > x ? -v : x;
    }
    for (size_t i = 0; s->target != NULL && i < m; i++) {
        const double v = (double)s->target[i];
        y = v > y ? v : -v > y ? -v : y;
    }
    most[0] = rounded_up(x);
    most[1] = s->target != NULL ? rounded_up(y) : 0;
}

int tri_dataset_pick(struct tri_dataset *part, const struct tri_dataset *s,
                     const uint32_t *index, uint32_t n, struct tri_why *why)
{
    const size_t px = tri_dataset_size(s);
    int rc;

    *part = (struct tri_dataset){
        .count = n, .h = s->h, .w = s->w, .c = s->c, .classes = s->classes
    };
    rc = tri_dataset_alloc(part, s->real != NULL,
                           s->target != NULL   ? TRI_Y_TARGETS
                           : s->labels != NULL ? TRI_Y_LABELS
                                               : TRI_Y_NONE,
                           why);
    for (uint32_t i = 0; rc == TRI_OK && i < n; i++) {
        const size_t from = index[i];

        if (s->real != NULL)
            memcpy(part->real + i * px, s->real + from * px,
                   px * sizeof *s->real);
        else
            memcpy(part->pixels + i * px, s->pixels + from * px, px);
        if (s->labels != NULL)
            part->labels[i] = s->labels[from];
        if (s->target != NULL)
            memcpy(part->target + (size_t)i * s->classes,
                   s->target + from * s->classes,
                   s->classes * sizeof *s->target);
    }
    return rc;
}

int tri_dataset_digits(struct tri_dataset *s, enum tri_dataset_part part,
                       uint32_t count, uint64_t seed, struct tri_why *why)
{
    uint8_t *const label = malloc(count);
    int rc;

    *s = (struct tri_dataset){ .count = count,
                               .h = TRI_DIGITS_SIDE,
                               .w = TRI_DIGITS_SIDE,
                               .c = 1,
                               .classes = 10 };
    rc = label == NULL ? tri_why(why, TRI_E_NOMEM, "no memory")
                       : tri_dataset_alloc(s, 0, TRI_Y_LABELS, why);
    if (rc == TRI_OK)
        tri_digits(s->pixels, label,
                   part == TRI_DATASET_TEST ? TRI_DIGITS_TEST : 0, count, seed);
    for (uint32_t i = 0; rc == TRI_OK && i < count; i++)
        s->labels[i] = label[i];
    free(label);
    if (rc != TRI_OK)
        tri_dataset_free(s);
    return rc;
}
