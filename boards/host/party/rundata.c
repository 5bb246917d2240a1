#include "boards/host/party/rundata.h"
#include <stdlib.h>
#include "core/err.h"
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
static int fetch_one(const struct tri_rundata *r, uint32_t i,
                     uint64_t *const x[2], uint64_t *const y[2])
{
    const struct tri_share *s = r->share;

    for (; i >= s->head.count; s++)
        i -= s->head.count;
    return tri_share_fetch(s, i, x, y, r->why);
}

/* Elements from..t->n-1 become 0. */
static int clear_rest(struct tri_engine *e, struct tri_ten *t, size_t from)
{
    static const double zeros[256];
    int rc = TRI_OK;

    for (size_t n; rc == TRI_OK && from < t->n; from += n) {
        struct tri_ten part;

        n = t->n - from < 256 ? t->n - from : 256;
        part = tri_ten_slice(e, t, from, n);
        rc = e->ops->constant(e, &part, zeros);
    }
    tri_ten_changed(t);
    return rc;
}

static int clear_both(struct tri_engine *e, struct tri_ten *x, size_t from_x,
                      struct tri_ten *y, size_t from_y)
{
    const int rc = clear_rest(e, x, from_x);

    return rc == TRI_OK && y != NULL ? clear_rest(e, y, from_y) : rc;
}

/* All elements 0, as shares from outside are. */
static int import_zeros(struct tri_engine *e, struct tri_ten *t)
{
    static const tri_ring words[256];
    const tri_ring *const part[2] = { words, words };
    int rc = TRI_OK;

    for (size_t at = 0, n; rc == TRI_OK && at < t->n; at += n) {
        n = t->n - at < 256 ? t->n - at : 256;
        rc = tri_import(e, t, at, n, part);
    }
    return rc;
}

static int zeros(struct tri_engine *e, struct tri_ten *x, struct tri_ten *y)
{
    const int rc = import_zeros(e, x);

    return rc == TRI_OK && y != NULL ? import_zeros(e, y) : rc;
}

/* Who holds shares: sample after sample through a buffer. */
static int fetch_share(void *self, struct tri_engine *e, const uint32_t *index,
                       uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    const struct tri_rundata *const r = self;
    const size_t px = image(&r->data), cl = y != NULL ? r->data.classes : 0;
    const size_t size = 2 * (px + cl) * sizeof(uint64_t);
    uint64_t *buf, *xp[2], *yp[2];
    int rc = TRI_OK;

    if (!fits(&r->data, n, x, y, (int)r->share->head.fb) ||
        e->holds != tri_share_components(&r->share->head))
        return TRI_E_ARG;
    if (e->s->dry)
        return zeros(e, x, y);
    buf = malloc(size);
    if (buf == NULL)
        return tri_why(r->why, TRI_E_NOMEM, "no memory for a sample");
    for (unsigned c = 0; c < 2; c++) {
        xp[c] = buf + c * (px + cl);
        yp[c] = xp[c] + px;
    }
    for (uint32_t i = 0; rc == TRI_OK && i < n; i++) {
        rc = index[i] < r->data.count
                 ? fetch_one(r, index[i], xp, y != NULL ? yp : NULL)
                 : TRI_E_ARG;
        if (rc == TRI_OK)
            rc = tri_import(e, x, i * px, px, (const tri_ring *const *)xp);
        if (rc == TRI_OK && y != NULL)
            rc = tri_import(e, y, i * cl, cl, (const tri_ring *const *)yp);
    }
    tri_wipe(buf, size);
    free(buf);
    return rc == TRI_OK ? clear_both(e, x, n * px, y, n * cl) : rc;
}

static int fetch_none(void *self, struct tri_engine *e, const uint32_t *index,
                      uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    const struct tri_rundata *const r = self;

    (void)index;
    return fits(&r->data, n, x, y, x->fb) && e->holds == 0 ? TRI_OK : TRI_E_ARG;
}

static int fetch_zeros(void *self, struct tri_engine *e, const uint32_t *index,
                       uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    const struct tri_rundata *const r = self;

    (void)index;
    if (!fits(&r->data, n, x, y, x->fb))
        return TRI_E_ARG;
    return zeros(e, x, y);
}

/* What a header says of the data. */
static void describe(struct tri_data *d, const struct tri_share_head *h)
{
    *d = (struct tri_data){ .count = h->count,
                            .h = h->h,
                            .w = h->w,
                            .c = h->c,
                            .classes = h->classes,
                            .numbers = h->most[1] != 0,
                            .most = { h->most[0], h->most[1] } };
}

void tri_rundata_share(struct tri_rundata *r, const struct tri_share *s,
                       size_t n, struct tri_why *why)
{
    const struct tri_share_head *const h = &s->head;

    *r = (struct tri_rundata){ .share = s, .shares = n, .why = why };
    describe(&r->data, h);
    r->data.self = r;
    r->data.fetch = fetch_share;
    for (size_t i = 1; i < n; i++)
        r->data.count += s[i].head.count;
}

void tri_rundata_none(struct tri_rundata *r, const struct tri_share_head *h,
                      uint32_t count)
{
    *r = (struct tri_rundata){ 0 };
    describe(&r->data, h);
    r->data.count = count;
    r->data.self = r;
    r->data.fetch = fetch_none;
}

void tri_rundata_zeros(struct tri_rundata *r, uint32_t count, uint32_t h,
                       uint32_t w, uint32_t c, uint32_t classes)
{
    *r = (struct tri_rundata){ 0 };
    r->data = (struct tri_data){ .count = count,
                                 .h = h,
                                 .w = w,
                                 .c = c,
                                 .classes = classes,
                                 .self = r,
                                 .fetch = fetch_zeros };
}
