#include "proto/engine.h"
#include "core/err.h"
#include "core/mem.h"

/* Bytes of a batch, unless the configuration says otherwise. */
enum { LEDGER = 64 << 20 };

/* ---- life ---------------------------------------------------------------- */

static int same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

const struct tri_engine_kind *tri_engine_find(
    const struct tri_engine_kind *const list[], const char *name)
{
    while (*list != NULL && !same((*list)->name, name))
        list++;
    return *list;
}

int tri_engine_start(struct tri_engine *e, const struct tri_engine_kind *kind,
                     struct tri_session *s,
                     const struct tri_engine_config *config)
{
    if (s->id >= kind->parties || (kind->compares_k && config->k < 4) ||
        config->k > 64 || (config->active && !kind->verifies))
        return TRI_E_ARG;
    *e = (struct tri_engine){ .kind = kind,
                              .ops = kind->ops,
                              .s = s,
                              .config = *config,
                              .f = config->f,
                              .holds = kind->holds[s->id],
                              .const_comp = kind->const_comp[s->id],
                              .caches_masks = kind->caches_masks,
                              .trunc_exact = kind->trunc_exact,
                              .late_trunc = kind->late_trunc,
                              .windows = kind->windows,
                              .guard = kind->guard,
                              .elem = kind->elem };
    if (config->ledger == 0)
        e->config.ledger = LEDGER;
    return e->ops->start != NULL ? e->ops->start(e) : TRI_OK;
}

void tri_engine_end(struct tri_engine *e)
{
    if (e->ops != NULL && e->ops->end != NULL)
        e->ops->end(e);
    *e = (struct tri_engine){ 0 };
}

void tri_engine_name(struct tri_engine *e, uint8_t *out, size_t n)
{
    memset(out, 0, n);
    if (e->holds > 0 && e->ops->name != NULL)
        e->ops->name(e, out, n);
}

/* ---- doors --------------------------------------------------------------- */

/* Nothing leaves before this, fresh shares included. */
int tri_settle(struct tri_engine *e)
{
    const int rc = tri_session_check(e->s);

    return rc == TRI_OK && e->ops->verify != NULL ? e->ops->verify(e) : rc;
}

static int within(const struct tri_ten *t, size_t at, size_t n)
{
    return at <= t->n && n <= t->n - at;
}

int tri_import(struct tri_engine *e, struct tri_ten *t, size_t at, size_t n,
               const tri_ring *const part[2])
{
    const int rc = tri_session_check(e->s);

    if (rc != TRI_OK)
        return rc;
    if (!within(t, at, n))
        return TRI_E_ARG;
    tri_ten_changed(t);
    return e->holds == 0 ? TRI_OK : e->ops->import(e, t, at, n, part);
}

int tri_export(struct tri_engine *e, const struct tri_ten *t, size_t at,
               size_t n, tri_ring *const part[2])
{
    int rc;

    if (!within(t, at, n))
        return TRI_E_ARG;
    rc = tri_session_check(e->s);
    if (rc == TRI_OK)
        rc = e->ops->export(e, t, at, n, part);
    if (rc == TRI_OK)
        rc = tri_settle(e);
    for (unsigned c = 0; rc != TRI_OK && !e->s->dry && c < e->holds; c++)
        tri_wipe(part[c], n * sizeof(tri_ring));
    return rc;
}

int tri_open(struct tri_engine *e, double *out, const struct tri_ten *x,
             unsigned audience)
{
    int rc = tri_settle(e);

    for (size_t i = 0; i < x->n; i++)
        out[i] = 0;
    if (rc == TRI_OK)
        rc = e->ops->open(e, out, x, audience);
    return rc;
}

/* ---- tensors ------------------------------------------------------------- */

int tri_ten_alloc(struct tri_engine *e, struct tri_ten *t,
                  struct tri_shape shape, int fb, int cached)
{
    struct tri_arena *a = e->s->cx.arena;
    struct tri_ten r = { .shape = shape, .fb = fb };
    int rc = tri_shape_count(&shape, &r.n);

    for (unsigned c = 0; rc == TRI_OK && c < e->holds; c++)
        if (cached != TRI_TEN_OPEN)
            rc = tri_arena_alloc(a, &r.v[c], r.n, e->elem);
    if (rc == TRI_OK && cached && e->caches_masks) {
        r.cached = cached;
        rc = tri_arena_alloc(a, &r.cache, r.n, sizeof(tri_ring));
    }
    if (rc != TRI_OK)
        return rc;
    *t = r;
    return TRI_OK;
}

int tri_ten_zero(struct tri_engine *e, struct tri_ten *t)
{
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const struct tri_copy spread = {
        .dim = { 1, 1, 1, t->n },
        .zstep = { 0, 0, 0, 1 },
    };
    const double zero = 0;
    struct tri_ten one;
    int rc = tri_ten_alloc(e, &one, tri_shape1(1), t->fb, 0);

    if (rc == TRI_OK)
        rc = e->ops->constant(e, &one, &zero);
    if (rc == TRI_OK)
        e->ops->copy(e, t, &one, &spread);
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
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
    view->cache = NULL;
    view->cached = view->valid = 0;
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
    t->valid = 0;
}
