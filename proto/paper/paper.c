#include "proto/paper/paper.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/beaver.h"
#include "proto/local.h"
#include "proto/paper/division.h"
#include "proto/paper/dmaxpool.h"
#include "proto/paper/drelu.h"
#include "proto/paper/maxpool.h"
#include "proto/paper/relu.h"
#include "proto/paper/truncation.h"

/* ---- what the algorithms share -------------------------------------------
 */

int tri_paper_alloc(struct tri_session *s, tri_ring **v, size_t n)
{
    *v = NULL;
    if (s->id == 2)
        return TRI_OK;
    return tri_arena_alloc(s->cx.arena, v, n, sizeof **v);
}

int tri_paper_end(struct tri_session *s, size_t mark, int rc, tri_ring *z,
                  size_t n, const char *where)
{
    if (rc != TRI_OK && rc != TRI_E_ARG) {
        tri_session_fail(s, rc, where, TRI_NOBODY);
        if (z != NULL)
            tri_wipe(z, n * sizeof *z);
    }
    tri_arena_release(s->cx.arena, mark);
    return rc;
}

void tri_paper_coins(struct tri_prg *g, uint8_t *out, size_t n)
{
    tri_prg_bytes(g, out, n);
    for (size_t i = 0; i < n; i++)
        out[i] &= 1;
}

/* ---- the engine's table ----------------------------------------------------
 *
 * Shapes and scales are checked here; the algorithms see vectors. Behind a
 * tri_bits are shares of the bits, behind a tri_maxn those of the index.
 */

static int op_trunc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x)
{
    const int shift = x->fb - z->fb;

    if (z->n != x->n || shift < 0 || shift > 62)
        return TRI_E_ARG;
    tri_ten_changed(z);
    if (tri_session_check(e->s) != TRI_OK)
        return TRI_E_DEAD;
    if (shift == 0)
        tri_additive_copy(e, z, x);
    else if (!e->s->dry)
        tri_paper_truncation(e->s, z->v[0], x->v[0], x->n, (unsigned)shift);
    return TRI_OK;
}

static int op_relu(struct tri_engine *e, struct tri_ten *z,
                   struct tri_bits *bits, const struct tri_ten *x)
{
    struct tri_session *s = e->s;
    const int shift = x->fb - z->fb;
    const size_t mark = tri_arena_mark(s->cx.arena);
    tri_ring *bit = bits != NULL ? bits->own : NULL;
    int rc = TRI_OK;

    if (z->n != x->n || shift < 0 || shift > 32 ||
        (bits != NULL && bits->n != x->n))
        return TRI_E_ARG;
    if (bits == NULL)
        rc = tri_paper_alloc(s, &bit, x->n);
    if (rc == TRI_OK)
        rc = op_trunc(e, z, x);
    if (rc == TRI_OK)
        rc = tri_paper_relu(s, z->v[0], bit, z->v[0], x->n);
    return tri_paper_end(s, mark, rc, z->v[0], z->n, "ReLU");
}

static int op_sign(struct tri_engine *e, struct tri_bits *bits,
                   const struct tri_ten *x)
{
    return bits->n != x->n ? TRI_E_ARG
                           : tri_paper_drelu(e->s, bits->own, x->v[0], x->n);
}

/* A product, which may not work in place. */
static int op_select(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_bits *bits, const struct tri_ten *x)
{
    struct tri_session *s = e->s;
    const size_t mark = tri_arena_mark(s->cx.arena);
    tri_ring *copy;
    int rc;

    if (bits->n != x->n || z->n != x->n)
        return TRI_E_ARG;
    z->fb = x->fb;
    tri_ten_changed(z);
    rc = tri_paper_alloc(s, &copy, x->n);
    if (rc == TRI_OK && copy != NULL)
        memcpy(copy, x->v[0], x->n * sizeof *copy);
    if (rc == TRI_OK)
        rc = tri_beaver_mul(s, z->v[0], bits->own, copy, x->n);
    return tri_paper_end(s, mark, rc, z->v[0], z->n, "SelectShare");
}

static void op_number(struct tri_engine *e, struct tri_ten *z,
                      const struct tri_bits *bits)
{
    z->fb = 0;
    tri_ten_changed(z);
    if (!e->s->dry && e->holds != 0)
        memmove(z->v[0], bits->own, bits->n * sizeof(tri_ring));
}

static int words_alloc(struct tri_engine *e, void **own, size_t n)
{
    tri_ring *w;
    const int rc = tri_paper_alloc(e->s, &w, n);

    *own = w;
    return rc;
}

static int op_bits_alloc(struct tri_engine *e, struct tri_bits *bits, size_t n)
{
    *bits = (struct tri_bits){ .n = n };
    return words_alloc(e, &bits->own, n);
}

static int op_maxn_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                         size_t m)
{
    if (m > UINT32_MAX)
        return TRI_E_ARG;
    *st = (struct tri_maxn){ .n = n, .m = m };
    return words_alloc(e, &st->own, m);
}

static int op_maxn(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x)
{
    if (z->n != st->m || x->n != st->n * st->m)
        return TRI_E_ARG;
    z->fb = x->fb;
    tri_ten_changed(z);
    return tri_paper_maxpool(e->s, z->v[0], st->own, x->v[0], st->n, st->m);
}

/* The unit vectors of Algorithm 10 times dz, repeated n times. */
static int op_maxn_grad(struct tri_engine *e, struct tri_ten *dx,
                        const struct tri_maxn *st, const struct tri_ten *dz)
{
    struct tri_session *s = e->s;
    const size_t mark = tri_arena_mark(s->cx.arena);
    tri_ring *unit, *rep = NULL;
    int rc;

    if (dz->n != st->m || dx->n != st->n * st->m)
        return TRI_E_ARG;
    rc = tri_paper_alloc(s, &unit, dx->n);
    if (rc == TRI_OK)
        rc = tri_paper_alloc(s, &rep, dx->n);
    if (rc == TRI_OK)
        rc = tri_paper_dmaxpool(s, unit, st->own, st->n, st->m);
    for (size_t i = 0; rc == TRI_OK && rep != NULL && i < st->n; i++)
        memcpy(rep + i * st->m, dz->v[0], st->m * sizeof *rep);
    if (rc == TRI_OK)
        rc = tri_beaver_mul(s, dx->v[0], unit, rep, dx->n);
    dx->fb = dz->fb;
    tri_ten_changed(dx);
    return tri_paper_end(s, mark, rc, dx->v[0], dx->n, "DMaxPool");
}

/* Algorithm 8 element by element, the divisor repeated in its row. */
static int op_div(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x, const struct tri_ten *y)
{
    struct tri_session *s = e->s;
    const size_t mark = tri_arena_mark(s->cx.arena);
    const tri_ring *v = y->v[0];
    tri_ring *rep;
    int rc;

    if (y->n == 0 || x->n % y->n != 0 || z->n != x->n || x->fb != y->fb ||
        z->fb < 0)
        return TRI_E_ARG;
    rc = tri_paper_alloc(s, &rep, x->n);
    for (size_t i = 0; rc == TRI_OK && rep != NULL && i < x->n; i++)
        rep[i] = v[i / (x->n / y->n)];
    if (rc == TRI_OK)
        rc =
            tri_paper_division(s, z->v[0], x->v[0], rep, x->n, (unsigned)z->fb);
    tri_ten_changed(z);
    return tri_paper_end(s, mark, rc, z->v[0], z->n, "Division");
}

static const struct tri_engine_ops ops = {
    .constant = tri_local_constant,
    .add = tri_local_add,
    .sub = tri_local_sub,
    .addc = tri_local_addc,
    .scale = tri_local_scale,
    .copy = tri_local_copy,
    .bilin = tri_beaver_bilin,
    .trunc = op_trunc,
    .relu = op_relu,
    .sign = op_sign,
    .select = op_select,
    .number = op_number,
    .bits_alloc = op_bits_alloc,
    .maxn_alloc = op_maxn_alloc,
    .maxn = op_maxn,
    .maxn_grad = op_maxn_grad,
    .div = op_div,
    .import = tri_additive_import,
    .export = tri_additive_export,
    .open = tri_additive_open,
    .refresh = tri_additive_fresh,
    .name = tri_additive_name,
};

const struct tri_engine_kind tri_engine_paper = {
    .name = "paper",
    .about = "the paper's algorithms, step by step",
    .parties = 3,
    .holds = { 1, 1, 0 },
    .const_comp = { 0, -1, -1 },
    .caches_masks = 1,
    .elem = sizeof(tri_ring),
    .ops = &ops,
};
