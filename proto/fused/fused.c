#include "core/err.h"
#include "core/mem.h"
#include "proto/fused/fused.h"

/*
 * The engine's table: every operation in the session's mode. Shapes and
 * scales are checked here; the protocols see vectors.
 */

static int paper(const struct tri_engine *e)
{
    return e->s->mode == TRI_MODE_PAPER;
}

/* Copy a vector of shares; P2 has none. */
static void copy_words(struct tri_engine *e, struct tri_ten *z,
                       const struct tri_ten *x)
{
    if (!e->s->dry && e->ncomp != 0 && z->v[0] != x->v[0])
        memmove(z->v[0], x->v[0], x->n * sizeof(tri_ring));
}

/* The most that relu and trunc shift at once. */
enum { RELU_SHIFT = 32, TRUNC_SHIFT = 62 };

static int sn_trunc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x)
{
    struct tri_session *s = e->s;
    const int shift = x->fb - z->fb;

    if (z->n != x->n || shift < 0 || shift > TRUNC_SHIFT)
        return TRI_E_ARG;
    tri_ten_changed(z);
    if (!paper(e) && shift > 0)
        return tri_sn_trunc(s, z->v[0], x->v[0], x->n, (unsigned)shift);
    if (tri_session_check(s) != TRI_OK)
        return TRI_E_DEAD;
    if (shift == 0)
        copy_words(e, z, x);
    else if (!s->dry)
        tri_sn_paper_trunc(s, z->v[0], x->v[0], x->n, (unsigned)shift);
    return TRI_OK;
}

static int sn_relu(struct tri_engine *e, struct tri_ten *z,
                   struct tri_bits *bits, const struct tri_ten *x)
{
    struct tri_session *s = e->s;
    const int shift = x->fb - z->fb;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    tri_ring *bit = bits != NULL ? bits->v[0] : NULL;
    int rc = TRI_OK;

    if (z->n != x->n || shift < 0 || shift > RELU_SHIFT ||
        (bits != NULL && bits->n != x->n))
        return TRI_E_ARG;
    if (!paper(e)) {
        tri_ten_changed(z);
        return tri_sn_relu(s, z->v[0], bits, x->v[0], x->n, (unsigned)shift);
    }
    if (bits == NULL && e->ncomp != 0)
        rc = tri_arena_alloc(a, &bit, x->n, sizeof *bit);
    if (rc == TRI_OK)
        rc = sn_trunc(e, z, x);
    if (rc == TRI_OK)
        rc = tri_sn_paper_relu(s, z->v[0], bit, z->v[0], x->n);
    if (rc == TRI_E_NOMEM)
        tri_session_fail(s, rc, "relu");
    tri_arena_release(a, mark);
    return rc;
}

static int sn_sign(struct tri_engine *e, struct tri_bits *bits,
                   const struct tri_ten *x)
{
    if (bits->n != x->n)
        return TRI_E_ARG;
    if (paper(e))
        return tri_sn_paper_drelu(e->s, bits->v[0], x->v[0], x->n);
    return tri_sn_sign(e->s, bits, x->v[0], x->n);
}

/* paper: a product, which may not work in place. */
static int paper_select(struct tri_engine *e, struct tri_ten *z,
                        const struct tri_bits *bits, const struct tri_ten *x)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    tri_ring *copy = NULL;
    int rc = TRI_OK;

    if (e->ncomp != 0)
        rc = tri_arena_alloc(a, &copy, x->n, sizeof *copy);
    if (rc != TRI_OK)
        tri_session_fail(s, rc, "select");
    if (rc == TRI_OK && !s->dry && e->ncomp != 0)
        memcpy(copy, x->v[0], x->n * sizeof *copy);
    if (rc == TRI_OK)
        rc = tri_sn_mul(s, z->v[0], bits->v[0], copy, x->n);
    tri_arena_release(a, mark);
    return rc;
}

static int sn_select(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_bits *bits, const struct tri_ten *x)
{
    if (bits->n != x->n || z->n != x->n)
        return TRI_E_ARG;
    z->fb = x->fb;
    tri_ten_changed(z);
    if (paper(e))
        return paper_select(e, z, bits, x);
    return tri_sn_select(e->s, z->v[0], bits, x->v[0], x->n);
}

/* fused: [a >= 0] = e xor m = m + (1 - 2m) e, with P0 adding the m. */
static void sn_number(struct tri_engine *e, struct tri_ten *z,
                      const struct tri_bits *bits)
{
    tri_ring *w = z->v[0];
    const tri_ring *b = bits->v[0];

    z->fb = 0;
    tri_ten_changed(z);
    if (e->s->dry || e->ncomp == 0)
        return;
    if (paper(e)) {
        memmove(w, b, bits->n * sizeof *w);
        return;
    }
    for (size_t i = 0; i < bits->n; i++) {
        const tri_ring m = bits->b[i];
        w[i] = (1 - 2 * m) * b[i] + (e->s->id == 0 ? m : 0);
    }
}

static int sn_bits_alloc(struct tri_engine *e, struct tri_bits *bits, size_t n)
{
    struct tri_arena *a = e->s->cx.arena;
    struct tri_bits r = { .n = n };
    int rc = TRI_OK;

    if (e->ncomp != 0)
        rc = tri_arena_alloc(a, &r.v[0], n, sizeof(tri_ring));
    if (rc == TRI_OK && !paper(e))
        rc = tri_arena_alloc(a, &r.b, n, 1);
    if (rc == TRI_OK)
        *bits = r;
    return rc;
}

static int sn_maxn_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                         size_t m)
{
    if (!paper(e))
        return tri_sn_prefer_league(e->s, n, m)
                   ? tri_sn_league_alloc(e, st, n, m)
                   : tri_tournament_alloc(e, st, n, m);
    if (m > UINT32_MAX)
        return TRI_E_ARG;
    *st = (struct tri_maxn){ .n = n, .m = m };
    return tri_ten_alloc(e, &st->ind, tri_shape1((uint32_t)m), 0, 0);
}

static int sn_maxn(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x)
{
    if (!paper(e))
        return st->pairs ? tri_sn_league(e, z, st, x)
                         : tri_tournament(e, z, st, x);
    if (z->n != st->m || x->n != st->n * st->m)
        return TRI_E_ARG;
    z->fb = x->fb;
    tri_ten_changed(z);
    return tri_sn_paper_max(e->s, z->v[0], st->ind.v[0], x->v[0], st->n, st->m);
}

/* paper: the unit vectors of Algorithm 10 times dz, repeated n times. */
static int sn_maxn_grad(struct tri_engine *e, struct tri_ten *dx,
                        const struct tri_maxn *st, const struct tri_ten *dz)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    tri_ring *unit = NULL, *rep = NULL;
    int rc = TRI_OK;

    if (!paper(e))
        return st->pairs ? tri_sn_league_grad(e, dx, st, dz)
                         : tri_tournament_grad(e, dx, st, dz);
    if (dz->n != st->m || dx->n != st->n * st->m)
        return TRI_E_ARG;
    if (e->ncomp != 0)
        rc = tri_arena_alloc(a, &unit, dx->n, sizeof *unit);
    if (rc == TRI_OK && e->ncomp != 0)
        rc = tri_arena_alloc(a, &rep, dx->n, sizeof *rep);
    if (rc != TRI_OK)
        tri_session_fail(s, rc, "maximum's derivative");
    if (rc == TRI_OK)
        rc = tri_sn_paper_dmax(s, unit, st->ind.v[0], st->n, st->m);
    if (rc == TRI_OK && !s->dry && e->ncomp != 0)
        for (size_t i = 0; i < st->n; i++)
            memcpy(rep + i * st->m, dz->v[0], st->m * sizeof *rep);
    if (rc == TRI_OK)
        rc = tri_sn_mul(s, dx->v[0], unit, rep, dx->n);
    dx->fb = dz->fb;
    tri_ten_changed(dx);
    tri_arena_release(a, mark);
    return rc;
}

/* paper: Algorithm 8 element by element, the divisor repeated in its row. */
static int sn_div(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x, const struct tri_ten *y)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    tri_ring *rep = NULL;
    int rc = TRI_OK;

    if (!paper(e))
        return tri_sn_div(e, z, x, y);
    if (y->n == 0 || x->n % y->n != 0 || z->n != x->n || x->fb != y->fb ||
        z->fb < 0)
        return TRI_E_ARG;
    if (e->ncomp != 0)
        rc = tri_arena_alloc(a, &rep, x->n, sizeof *rep);
    if (rc != TRI_OK)
        tri_session_fail(s, rc, "division");
    if (rc == TRI_OK && !s->dry && e->ncomp != 0) {
        const tri_ring *v = y->v[0];
        const size_t cols = x->n / y->n;
        for (size_t i = 0; i < x->n; i++)
            rep[i] = v[i / cols];
    }
    if (rc == TRI_OK)
        rc = tri_sn_paper_div(s, z->v[0], x->v[0], rep, x->n, (unsigned)z->fb);
    tri_ten_changed(z);
    tri_arena_release(a, mark);
    return rc;
}

static int sn_open(struct tri_engine *e, double *out, const struct tri_ten *x)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    tri_ring *w = NULL;
    int rc = tri_arena_alloc(a, &w, x->n, sizeof *w);

    if (rc != TRI_OK)
        tri_session_fail(s, rc, "open");
    else
        rc = tri_sn_open(s, w, x->v[0], x->n);
    for (size_t i = 0; i < x->n; i++)
        out[i] = rc == TRI_OK && !s->dry ? tri_fixed_decode(w[i], x->fb) : 0;
    tri_arena_release(a, mark);
    return rc;
}

static int sn_refresh(struct tri_engine *e, struct tri_ten *x)
{
    const int rc = tri_session_check(e->s);

    tri_ten_changed(x);
    if (rc == TRI_OK)
        tri_sn_refresh(e->s, x->v[0], x->n);
    return rc;
}

static const struct tri_engine_ops securenn = {
    .name = "securenn",
    .constant = tri_local_constant,
    .add = tri_local_add,
    .sub = tri_local_sub,
    .addc = tri_local_addc,
    .scale = tri_local_scale,
    .copy = tri_local_copy,
    .bilin = tri_sn_bilin,
    .trunc = sn_trunc,
    .relu = sn_relu,
    .sign = sn_sign,
    .select = sn_select,
    .number = sn_number,
    .bits_alloc = sn_bits_alloc,
    .maxn_alloc = sn_maxn_alloc,
    .maxn = sn_maxn,
    .maxn_grad = sn_maxn_grad,
    .div = sn_div,
    .open = sn_open,
    .refresh = sn_refresh,
};

void tri_engine_securenn(struct tri_engine *e, struct tri_session *s)
{
    *e = (struct tri_engine){ .ops = &securenn,
                              .s = s,
                              .ncomp = s->id < 2 ? 1 : 0,
                              .home = s->id == 0 ? 0 : -1,
                              .masks = 1,
                              .exact = s->mode != TRI_MODE_PAPER,
                              .elem = sizeof(tri_ring) };
}
