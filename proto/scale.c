#include "proto/scale.h"
#include "core/err.h"
#include "core/fmath.h"

/* One truncation shifts by less than 62 bits. */
enum { MOST_SHIFT = 61 };

int tri_rescale(struct tri_engine *e, struct tri_ten *t, int fb)
{
    int rc = TRI_OK;

    while (rc == TRI_OK && t->fb > fb) {
        const struct tri_ten from = *t;
        t->fb = t->fb - fb > MOST_SHIFT ? t->fb - MOST_SHIFT : fb;
        rc = e->ops->trunc(e, t, &from);
    }
    return rc;
}

void tri_lift(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x,
              int fb)
{
    const int up = fb - x->fb;

    e->ops->scale(e, z, x, (int64_t)1 << up, up);
}

void tri_times(struct tri_engine *e, struct tri_ten *z, const struct tri_ten *x,
               double c, int fb)
{
    const int cb = fb - x->fb;

    e->ops->scale(e, z, x, tri_round(c * tri_pow2(cb)), cb);
}

int tri_multiply(struct tri_engine *e, struct tri_ten *z, struct tri_ten *x,
                 struct tri_ten *y, int fb)
{
    const struct tri_bilin op = { .kind = TRI_BILIN_MUL, .n = x->n };
    const int rc = e->ops->bilin(e, &op, z, x, y);

    if (rc == TRI_OK && z->fb < fb)
        tri_lift(e, z, z, fb);
    return rc == TRI_OK ? tri_rescale(e, z, fb) : rc;
}
