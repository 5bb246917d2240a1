#include "boards/host/party/rundata.h"
#include "boards/host/formats/idx.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/mem.h"

static size_t image(const struct tri_data *d)
{
    return (size_t)d->h * d->w * d->c;
}

/* Shapes and scale as promised? */
static int fits(const struct tri_data *d, uint32_t n, const struct tri_ten *x,
                const struct tri_ten *y, int fb)
{
    const size_t b = x->shape.d[0];

    return n <= b && x->n == b * image(d) && x->fb == fb &&
           (y == NULL || (d->classes > 0 && y->n == b * d->classes));
}

/* Sample i of all owners' samples. */
static int fetch_one(const struct tri_rundata *r, uint32_t i, uint64_t *x,
                     uint64_t *y)
{
    const struct tri_share *s = r->share;

    for (; i >= s->head.count; s++)
        i -= s->head.count;
    return tri_share_fetch(s, i, x, y, r->why);
}

static int fetch_share(void *self, struct tri_engine *e, const uint32_t *index,
                       uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    const struct tri_rundata *const r = self;
    const size_t px = image(&r->data), cl = r->data.classes;
    uint64_t *xv, *yv = NULL;

    if (!fits(&r->data, n, x, y, (int)r->share->head.fb) || e->ncomp != 1)
        return TRI_E_ARG;
    if (e->s->dry)
        return TRI_OK;
    xv = x->v[0];
    if (y != NULL)
        yv = y->v[0];
    for (uint32_t i = 0; i < n; i++) {
        const int rc = index[i] < r->data.count
                           ? fetch_one(r, index[i], xv + i * px,
                                       yv != NULL ? yv + i * cl : NULL)
                           : TRI_E_ARG;
        if (rc != TRI_OK)
            return rc;
    }
    memset(xv + n * px, 0, 8 * (x->n - n * px));
    tri_ten_changed(x);
    if (y != NULL) {
        memset(yv + n * cl, 0, 8 * (y->n - n * cl));
        tri_ten_changed(y);
    }
    return TRI_OK;
}

/* Element i of a tensor, in words or in float32; v fits the scale. */
static void store(const struct tri_engine *e, struct tri_ten *t, size_t i,
                  double v)
{
    if (e->elem == sizeof(float))
        ((float *)t->v[0])[i] = (float)v;
    else
        ((uint64_t *)t->v[0])[i] =
            (uint64_t)(int64_t)tri_round(v * tri_pow2(t->fb));
}

static int fetch_set(void *self, struct tri_engine *e, const uint32_t *index,
                     uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    const struct tri_rundata *const r = self;
    const size_t px = image(&r->data), cl = r->data.classes;

    if (!fits(&r->data, n, x, y, x->fb) || e->ncomp != 1)
        return TRI_E_ARG;
    if (e->s->dry)
        return TRI_OK;
    memset(x->v[0], 0, e->elem * x->n);
    for (uint32_t i = 0; i < n; i++)
        for (size_t j = 0; j < px; j++)
            store(e, x, i * px + j,
                  tri_dataset_value(r->set, index[i] * px + j));
    tri_ten_changed(x);
    if (y == NULL)
        return TRI_OK;
    memset(y->v[0], 0, e->elem * y->n);
    for (uint32_t i = 0; i < n; i++)
        store(e, y, i * cl + r->set->labels[index[i]], 1);
    tri_ten_changed(y);
    return TRI_OK;
}

static int fetch_none(void *self, struct tri_engine *e, const uint32_t *index,
                      uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    const struct tri_rundata *const r = self;

    (void)index;
    return fits(&r->data, n, x, y, x->fb) && e->ncomp == 0 ? TRI_OK : TRI_E_ARG;
}

/* Zeros, as a share or in the clear. */
static int fetch_zeros(void *self, struct tri_engine *e, const uint32_t *index,
                       uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    const struct tri_rundata *const r = self;

    (void)index;
    if (!fits(&r->data, n, x, y, x->fb))
        return TRI_E_ARG;
    for (unsigned c = 0; c < e->ncomp && !e->s->dry; c++) {
        memset(x->v[c], 0, e->elem * x->n);
        if (y != NULL)
            memset(y->v[c], 0, e->elem * y->n);
    }
    return TRI_OK;
}

void tri_rundata_share(struct tri_rundata *r, const struct tri_share *s,
                       size_t n, struct tri_why *why)
{
    const struct tri_share_head *const h = &s->head;

    *r = (struct tri_rundata){ .share = s, .shares = n, .why = why };
    r->data = (struct tri_data){ h->count,   h->h, h->w,       h->c,
                                 h->classes, r,    fetch_share };
    for (size_t i = 1; i < n; i++)
        r->data.count += s[i].head.count;
}

void tri_rundata_set(struct tri_rundata *r, const struct tri_dataset *s,
                     struct tri_why *why)
{
    *r = (struct tri_rundata){ .set = s, .why = why };
    r->data = (struct tri_data){
        s->count, s->h,     s->w, s->c, s->labels != NULL ? TRI_IDX_CLASSES : 0,
        r,        fetch_set
    };
}

void tri_rundata_none(struct tri_rundata *r, uint32_t count, uint32_t h,
                      uint32_t w, uint32_t c, uint32_t classes)
{
    *r = (struct tri_rundata){ 0 };
    r->data = (struct tri_data){ count, h, w, c, classes, r, fetch_none };
}

void tri_rundata_zeros(struct tri_rundata *r, uint32_t count, uint32_t h,
                       uint32_t w, uint32_t c, uint32_t classes)
{
    *r = (struct tri_rundata){ 0 };
    r->data = (struct tri_data){ count, h, w, c, classes, r, fetch_zeros };
}
