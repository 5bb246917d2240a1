#include "boards/host/formats/datatable.h"
#include <stdlib.h>
#include "boards/host/formats/arrayfile.h"
#include "boards/host/formats/csv.h"
#include "core/err.h"
#include "core/mem.h"

/* The classes of a column, counted before any line is left out. */
static int count_classes(uint32_t *classes, const struct tri_csv *c,
                         size_t column, const struct tri_dataset_table *t,
                         struct tri_why *why)
{
    const uint32_t most = t->classes > 0 ? t->classes : TRI_DATASET_CLASSES;
    double last = 1;

    for (size_t i = 0; i < c->rows; i++) {
        const double v = (double)c->num[i * c->cols + column];
        const int in = v >= 0 && v < most;

        if (!in || v != (double)(uint32_t)v)
            return tri_why(why, TRI_E_FORMAT,
                           "%s: line %zu: the label is %g; %s whole numbers, 0 "
                           "to %u; a number to predict goes with --target",
                           t->file, i + 1 + (c->head != NULL), v,
                           t->classes > 0 ? "by --classes they are"
                                          : "labels are",
                           most - 1);
        last = v > last ? v : last;
    }
    *classes = t->classes > 0 ? t->classes : (uint32_t)last + 1;
    return TRI_OK;
}

static void take(struct tri_dataset *s, const struct tri_csv *c, size_t column)
{
    for (size_t i = 0; i < s->count; i++) {
        const float *const row = c->num + i * c->cols;
        float *to = s->real + i * s->c;

        for (size_t j = 0; j < c->cols; j++)
            if (j != column)
                *to++ = row[j];
        if (s->labels != NULL)
            s->labels[i] = (uint16_t)row[column];
        if (s->target != NULL)
            s->target[i] = row[column];
    }
}

static int read_table(struct tri_dataset *s, const struct tri_csv *c,
                      const struct tri_dataset_table *t, struct tri_why *why)
{
    const char *const y = t->label != NULL ? t->label : t->target;
    uint32_t classes = t->target != NULL;
    size_t column = c->cols;
    int rc = y != NULL ? tri_csv_column(&column, c, y, t->file, why) : TRI_OK;

    if (rc == TRI_OK && t->label != NULL)
        rc = count_classes(&classes, c, column, t, why);
    if (rc == TRI_OK && c->cols - (y != NULL) == 0)
        rc = tri_why(why, TRI_E_FORMAT,
                     "%s: has no column but '%s'; a sample has one at least",
                     t->file, y);
    if (rc != TRI_OK)
        return rc;
    *s = (struct tri_dataset){ .count = t->limit > 0 && t->limit < c->rows
                                            ? t->limit
                                            : (uint32_t)c->rows,
                               .h = 1,
                               .w = 1,
                               .c = (uint32_t)(c->cols - (y != NULL)),
                               .classes = classes };
    rc = tri_dataset_alloc(s, 1,
                           t->label != NULL    ? TRI_Y_LABELS
                           : t->target != NULL ? TRI_Y_TARGETS
                                               : TRI_Y_NONE,
                           why);
    if (rc == TRI_OK)
        take(s, c, column);
    return rc;
}

int tri_dataset_table(struct tri_dataset *s, const struct tri_dataset_table *t,
                      struct tri_why *why)
{
    struct tri_csv c = { .num = NULL };
    uint8_t *buf = NULL;
    size_t len = 0;
    int rc = tri_arrayfile_read(&buf, &len, t->file, why);

    *s = (struct tri_dataset){ 0 };
    if (rc == TRI_OK)
        rc = tri_csv_parse(&c, buf, len, t->delimiter,
                           (enum tri_csv_header)t->header, t->file, why);
    if (rc == TRI_OK)
        rc = read_table(s, &c, t, why);
    tri_csv_free(&c);
    if (buf != NULL)
        tri_wipe(buf, len);
    free(buf);
    return rc;
}
