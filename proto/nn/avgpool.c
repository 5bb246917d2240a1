#include "proto/nn/avgpool.h"
#include "core/err.h"
#include "proto/nn/layer.h"

/* t = t / size^2, truncated to its scale: a renaming of the scale for powers
 * of two, else a constant of 16 bits. */
static int divide(struct tri_engine *e, struct tri_ten *t,
                  const struct tri_layer *l)
{
    const double n = (double)l->spec->size * l->spec->size;
    const int fb = t->fb;
    int64_t c;
    int cb;
    const int rc = tri_rational(1 / n, &c, &cb);

    if (rc != TRI_OK)
        return rc;
    e->ops->scale(e, t, t, c, cb);
    return tri_rescale(e, t, fb);
}

int tri_avgpool_forward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t n = (size_t)l->spec->size * l->spec->size;

    l->out.fb = l->in->fb;
    for (size_t i = 0; i < n; i++) {
        struct tri_copy c = tri_window(l, i);
        c.zoff = 0;
        c.add = i > 0;
        e->ops->copy(e, &l->out, l->in, &c);
    }
    return divide(e, &l->out, l);
}

int tri_avgpool_backward(struct tri_engine *e, struct tri_layer *l)
{
    const size_t n = (size_t)l->spec->size * l->spec->size;
    int rc;

    if (l->din == NULL)
        return TRI_OK;
    rc = divide(e, &l->dout, l); /* nobody needs dout after this */
    if (rc != TRI_OK)
        return rc;
    l->din->fb = l->dout.fb;
    rc = tri_window_clear(e, l);
    for (size_t i = 0; rc == TRI_OK && i < n; i++) {
        const struct tri_copy c = tri_window_back(l, i, 1);
        e->ops->copy(e, l->din, &l->dout, &c);
    }
    return rc;
}
