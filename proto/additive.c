#include "proto/additive.h"
#include "core/err.h"
#include "core/mask.h"
#include "core/mem.h"
#include "proto/open.h"

void tri_additive_refresh(struct tri_session *s, tri_ring *x, size_t n)
{
    if (s->dry || s->id == 2)
        return;
    tri_prg_mask(tri_additive_key(s, 1 - s->id), s->cx.par, x, x, n,
                 s->id == 0 ? 1 : -1);
}

int tri_additive_import(struct tri_engine *e, struct tri_ten *t, size_t at,
                        size_t n, const tri_ring *const part[2])
{
    if (!e->s->dry)
        memcpy((tri_ring *)t->v[0] + at, part[0], n * sizeof(tri_ring));
    return TRI_OK;
}

int tri_additive_export(struct tri_engine *e, const struct tri_ten *t,
                        size_t at, size_t n, tri_ring *const part[2])
{
    if (e->s->dry || e->holds == 0 || n == 0)
        return TRI_OK;
    memcpy(part[0], (const tri_ring *)t->v[0] + at, n * sizeof(tri_ring));
    tri_additive_refresh(e->s, part[0], n);
    return TRI_OK;
}

int tri_additive_open(struct tri_engine *e, double *out,
                      const struct tri_ten *x, unsigned audience)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    tri_ring *w = NULL;
    int rc = tri_arena_alloc(a, &w, x->n, sizeof *w);

    if (rc != TRI_OK)
        tri_session_fail(s, rc, "open", TRI_NOBODY);
    else
        rc = tri_open_words(s, w, x->v[0], x->n, audience);
    if (rc == TRI_OK && !s->dry && (audience >> s->id & 1) != 0)
        for (size_t i = 0; i < x->n; i++)
            out[i] = tri_fixed_decode(w[i], x->fb);
    tri_arena_release(a, mark);
    return rc;
}

int tri_additive_fresh(struct tri_engine *e, struct tri_ten *x)
{
    const int rc = tri_session_check(e->s);

    tri_ten_changed(x);
    if (rc == TRI_OK)
        tri_additive_refresh(e->s, x->v[0], x->n);
    return rc;
}

void tri_additive_name(struct tri_engine *e, uint8_t *out, size_t n)
{
    if (!e->s->dry)
        tri_prg_bytes(tri_additive_key(e->s, 1 - e->s->id), out, n);
}

void tri_additive_copy(struct tri_engine *e, struct tri_ten *z,
                       const struct tri_ten *x)
{
    if (!e->s->dry && e->holds != 0 && z->v[0] != x->v[0])
        memmove(z->v[0], x->v[0], x->n * sizeof(tri_ring));
}
