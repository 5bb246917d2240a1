#include "boards/host/formats/standard.h"
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/fmath.h"
#include "core/mem.h"

static const char title[] = "trinn statistics 1\n";

/* Room for as many as *s says. */
static int reserve(struct tri_standard *s, struct tri_why *why)
{
    const size_t n = (size_t)s->columns + s->targets;

    s->mean = calloc(n, sizeof *s->mean);
    s->deviation = calloc(n, sizeof *s->deviation);
    return s->mean != NULL && s->deviation != NULL
               ? TRI_OK
               : tri_why(why, TRI_E_NOMEM, "no memory for statistics");
}

void tri_standard_free(struct tri_standard *s)
{
    const size_t n = ((size_t)s->columns + s->targets) * sizeof *s->mean;

    if (s->mean != NULL)
        tri_wipe(s->mean, n);
    if (s->deviation != NULL)
        tri_wipe(s->deviation, n);
    free(s->mean);
    free(s->deviation);
    *s = (struct tri_standard){ 0 };
}

/* Number i of column or target j of a set. */
static double value(const struct tri_dataset *set, size_t i, size_t j)
{
    return j < set->c ? tri_dataset_value(set, i * set->c + j)
                      : (double)set->target[i * set->classes + j - set->c];
}

int tri_standard_measure(struct tri_standard *s, const struct tri_dataset *set,
                         struct tri_why *why)
{
    int rc;

    *s = (struct tri_standard){ .columns = set->c,
                                .targets =
                                    set->target != NULL ? set->classes : 0 };
    rc = reserve(s, why);
    for (size_t j = 0; rc == TRI_OK && j < (size_t)s->columns + s->targets;
         j++) {
        const size_t n =
            j < s->columns ? (size_t)set->count * set->h * set->w : set->count;
        double sum = 0, squares = 0;

        for (size_t i = 0; i < n; i++)
            sum += value(set, i, j);
        s->mean[j] = sum / (double)n;
        for (size_t i = 0; i < n; i++) {
            const double d = value(set, i, j) - s->mean[j];
            squares += d * d;
        }
        squares = tri_sqrt(squares / (double)n);
        s->deviation[j] = squares > 0 ? squares : 1;
    }
    return rc;
}

/* Far out of the range of any run, and still a float. */
static float bounded(double v)
{
    return (float)(v > 1e30 ? 1e30 : v < -1e30 ? -1e30 : v);
}

int tri_standard_apply(struct tri_dataset *set, const struct tri_standard *s,
                       struct tri_why *why)
{
    const size_t n = set->count * tri_dataset_size(set);
    float *const real = malloc(n * sizeof *real);
    const size_t m =
        set->target != NULL ? (size_t)set->count * set->classes : 0;

    if (real == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory for %u samples",
                       set->count);
    if (s->columns != set->c ||
        (set->target != NULL && s->targets != set->classes)) {
        free(real);
        return tri_why(why, TRI_E_ARG,
                       "the statistics are of %u columns and %u targets, the "
                       "data have %u and %u",
                       s->columns, s->targets, set->c,
                       set->target != NULL ? set->classes : 0);
    }
    for (size_t i = 0; i < n; i++) {
        const size_t j = i % set->c;
        real[i] =
            bounded((tri_dataset_value(set, i) - s->mean[j]) / s->deviation[j]);
    }
    for (size_t i = 0; i < m; i++) {
        const size_t j = s->columns + i % set->classes;
        set->target[i] =
            bounded(((double)set->target[i] - s->mean[j]) / s->deviation[j]);
    }
    if (set->pixels != NULL)
        tri_wipe(set->pixels, n);
    if (set->real != NULL)
        tri_wipe(set->real, n * sizeof *set->real);
    free(set->pixels);
    free(set->real);
    set->pixels = NULL;
    set->real = real;
    return TRI_OK;
}

double tri_standard_target(const struct tri_standard *s, uint32_t j, double v)
{
    return v * s->deviation[s->columns + j] + s->mean[s->columns + j];
}

/* ---- files ----------------------------------------------------------------
 */

static int put_rows(struct tri_out *o, const struct tri_standard *s,
                    const char *what, size_t first, size_t n,
                    struct tri_why *why)
{
    char line[80];
    int len = snprintf(line, sizeof line, "%s %zu\n", what, n);
    int rc = tri_out_write(o, line, (size_t)len, why);

    for (size_t i = first; rc == TRI_OK && i < first + n; i++) {
        len = snprintf(line, sizeof line, "%.17g %.17g\n", s->mean[i],
                       s->deviation[i]);
        rc = tri_out_write(o, line, (size_t)len, why);
    }
    return rc;
}

int tri_standard_seal(struct tri_out *o, const char *path,
                      const struct tri_standard *s, struct tri_why *why)
{
    int rc = tri_out_open(o, path, why);

    o->fresh = 1;
    if (rc == TRI_OK)
        rc = tri_out_write(o, title, sizeof title - 1, why);
    if (rc == TRI_OK)
        rc = put_rows(o, s, "columns", 0, s->columns, why);
    if (rc == TRI_OK)
        rc = put_rows(o, s, "targets", s->columns, s->targets, why);
    return rc == TRI_OK ? tri_out_seal(o, why) : rc;
}

/* What is left of the text; line counts from 1. */
struct text {
    const char *p, *end;
    unsigned line;
    const char *name;
    struct tri_why *why;
};

static int fail(const struct text *t, const char *what)
{
    return tri_why(t->why, TRI_E_FORMAT, "%s: line %u: %s", t->name, t->line,
                   what);
}

/* The next line, at most 79 characters, as a string. */
static int line(struct text *t, char out[80])
{
    const char *const nl =
        t->p < t->end ? memchr(t->p, '\n', (size_t)(t->end - t->p)) : NULL;
    const size_t n = nl != NULL ? (size_t)(nl - t->p) : 0;

    t->line++;
    if (nl == NULL || n >= 80 || memchr(t->p, '\0', n) != NULL)
        return fail(t, "is no line of statistics, or the file is cut off");
    memcpy(out, t->p, n);
    out[n] = '\0';
    t->p = nl + 1;
    return TRI_OK;
}

/* "columns N", "targets N" */
static int read_count(struct text *t, const char *what, uint32_t most,
                      uint32_t *n)
{
    char buf[80], extra;
    int rc = line(t, buf);
    unsigned v = 0;

    if (rc == TRI_OK &&
        (strncmp(buf, what, strlen(what)) != 0 ||
         sscanf(buf + strlen(what), " %9u%c", &v, &extra) != 1 || v > most))
        rc = tri_why(t->why, TRI_E_FORMAT, "%s: line %u: must be: %s N",
                     t->name, t->line, what);
    *n = v;
    return rc;
}

static int read_rows(struct text *t, double *mean, double *deviation, size_t n)
{
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < n; i++) {
        char buf[80], extra;

        rc = line(t, buf);
        if (rc == TRI_OK &&
            (sscanf(buf, "%lf %lf%c", &mean[i], &deviation[i], &extra) != 2 ||
             !(mean[i] - mean[i] == 0) || !(deviation[i] > 0) ||
             !(deviation[i] - deviation[i] == 0)))
            rc = fail(t, "must be a mean and a deviation above 0");
    }
    return rc;
}

int tri_standard_parse(struct tri_standard *s, const uint8_t *buf, size_t len,
                       const char *name, struct tri_why *why)
{
    const size_t head = sizeof title - 1;
    struct text t = { (const char *)buf + head, (const char *)buf + len, 1,
                      name, why };
    struct text at;
    int rc;

    *s = (struct tri_standard){ 0 };
    if (len < head || memcmp(buf, title, head) != 0)
        return tri_why(why, TRI_E_FORMAT,
                       "%s: holds no statistics (it does not start with "
                       "\"trinn statistics 1\"); --statistics-out writes them",
                       name);
    rc = read_count(&t, "columns", TRI_DATASET_COLUMNS, &s->columns);
    at = t;
    /* The number of targets stands behind the columns: passed over first. */
    for (uint32_t i = 0; rc == TRI_OK && i < s->columns; i++) {
        char skipped[80];
        rc = line(&t, skipped);
    }
    if (rc == TRI_OK)
        rc = read_count(&t, "targets", TRI_DATASET_CLASSES, &s->targets);
    if (rc == TRI_OK)
        rc = reserve(s, why);
    if (rc == TRI_OK)
        rc = read_rows(&at, s->mean, s->deviation, s->columns);
    if (rc == TRI_OK)
        rc = read_rows(&t, s->mean + s->columns, s->deviation + s->columns,
                       s->targets);
    if (rc == TRI_OK && t.p != t.end)
        rc = fail(&t, "is followed by more than there should be");
    return rc;
}

int tri_standard_read(struct tri_standard *s, const char *path,
                      struct tri_why *why)
{
    enum { MOST = 1 << 23 };
    uint8_t *buf = NULL;
    size_t len = 0;
    int rc = tri_file_read(path, MOST, &buf, &len, why);

    *s = (struct tri_standard){ 0 };
    if (rc == TRI_OK)
        rc = tri_standard_parse(s, buf, len, path, why);
    if (buf != NULL)
        tri_wipe(buf, len);
    free(buf);
    return rc;
}
