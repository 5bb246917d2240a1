#include "core/err.h"
#include "core/mem.h"
#include "proto/engine.h"

int tri_ten_alloc(struct tri_engine *e, struct tri_ten *t,
                  struct tri_shape shape, int fb, int masked)
{
    struct tri_arena *a = e->s->cx.arena;
    struct tri_ten r = { .shape = shape, .fb = fb };
    int rc = tri_shape_count(&shape, &r.n);

    for (unsigned c = 0; rc == TRI_OK && c < e->ncomp; c++)
        rc = tri_arena_alloc(a, &r.v[c], r.n, e->elem);
    if (rc == TRI_OK && masked && e->masks) {
        r.mask.keep = 1;
        rc = tri_arena_alloc(a, &r.mask.w, r.n, sizeof(tri_ring));
    }
    if (rc != TRI_OK)
        return rc;
    *t = r;
    return TRI_OK;
}

int tri_ten_view(struct tri_ten *view, const struct tri_ten *t,
                 struct tri_shape shape)
{
    size_t n;
    const int rc = tri_shape_count(&shape, &n);

    if (rc != TRI_OK || n != t->n)
        return TRI_E_ARG;
    *view = *t;
    view->shape = shape;
    view->mask = (struct tri_mask){ NULL, 0, 0 };
    return TRI_OK;
}

struct tri_ten tri_ten_slice(const struct tri_engine *e,
                             const struct tri_ten *t, size_t off, size_t n)
{
    struct tri_ten s = { .shape = tri_shape1((uint32_t)n),
                         .n = n,
                         .fb = t->fb };

    for (unsigned c = 0; c < 2; c++)
        if (t->v[c] != NULL)
            s.v[c] = (char *)t->v[c] + off * e->elem;
    return s;
}

void tri_ten_changed(struct tri_ten *t)
{
    t->mask.open = 0;
}
