#include "boards/host/trial/setdata.h"
#include <stdlib.h>
#include "core/err.h"

/* Row i of t. */
static int put_row(struct tri_engine *e, struct tri_ten *t, size_t i, size_t n,
                   const double *v)
{
    struct tri_ten row = tri_ten_slice(e, t, i * n, n);

    return e->ops->constant(e, &row, v);
}

static int fetch(void *self, struct tri_engine *e, const uint32_t *index,
                 uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    const struct tri_setdata *const d = self;
    const struct tri_dataset *const s = d->set;
    const size_t px = (size_t)s->h * s->w * s->c, rows = x->shape.d[0];
    const size_t cl = y != NULL ? d->data.classes : 0;
    double *v;
    int rc = TRI_OK;

    if (n > rows || x->n != rows * px || e->kind->parties != 1 ||
        (y != NULL && (cl == 0 || y->n != rows * cl)))
        return TRI_E_ARG;
    if (e->s->dry)
        return TRI_OK;
    v = calloc(px + cl, sizeof *v);
    if (v == NULL)
        return tri_why(d->why, TRI_E_NOMEM, "no memory for a sample");
    for (size_t i = 0; rc == TRI_OK && i < rows; i++) {
        const int some = i < n;

        for (size_t j = 0; j < px; j++)
            v[j] = some ? tri_dataset_value(s, index[i] * px + j) : 0;
        rc = put_row(e, x, i, px, v);
        if (rc != TRI_OK || y == NULL)
            continue;
        for (size_t j = 0; j < cl; j++)
            v[px + j] = !some ? 0
                        : s->target != NULL
                            ? (double)s->target[index[i] * cl + j]
                            : s->labels[index[i]] == j;
        rc = put_row(e, y, i, cl, v + px);
    }
    free(v);
    return rc;
}

void tri_setdata(struct tri_setdata *d, const struct tri_dataset *s,
                 struct tri_why *why)
{
    *d = (struct tri_setdata){ .set = s, .why = why };
    d->data = (struct tri_data){ .count = s->count,
                                 .h = s->h,
                                 .w = s->w,
                                 .c = s->c,
                                 .classes = s->classes,
                                 .numbers = s->target != NULL,
                                 .self = d,
                                 .fetch = fetch };
}
