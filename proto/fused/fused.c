#include "proto/fused/fused.h"
#include "core/err.h"
#include "proto/additive.h"
#include "proto/fused/divide.h"
#include "proto/fused/exp.h"
#include "proto/fused/normalise.h"
#include "proto/fused/pairs.h"
#include "proto/fused/product.h"
#include "proto/fused/relu.h"
#include "proto/fused/select.h"
#include "proto/fused/trunc.h"
#include "proto/local.h"
#include "proto/tournament.h"

/*
 * The engine's table. Shapes and scales are checked here; the protocols see
 * vectors.
 */

/* The most that relu and trunc shift at once. */
enum { RELU_SHIFT = 32, TRUNC_SHIFT = 62 };

static int op_trunc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x)
{
    const int shift = x->fb - z->fb;

    if (z->n != x->n || shift < 0 || shift > TRUNC_SHIFT)
        return TRI_E_ARG;
    tri_ten_changed(z);
    if (shift > 0)
        return tri_fused_trunc(e, z->v[0], x->v[0], x->n, (unsigned)shift);
    if (tri_session_check(e->s) != TRI_OK)
        return TRI_E_DEAD;
    tri_additive_copy(e, z, x);
    return TRI_OK;
}

/* Does a truncation before a ReLU of n values pay for its round? Within the
 * ReLU it takes none, but 12 bytes a value from P2 to P1 that alone are 2, and
 * more processor time. */
static int truncates_before(const struct tri_engine *e, size_t n)
{
    enum { BYTES = 10, NS = 4 };
    const double rate = tri_rate(e);

    return (double)n * (BYTES / rate * 1e9 + NS) > tri_rtt(e) / 2;
}

static int op_relu(struct tri_engine *e, struct tri_ten *z,
                   struct tri_bits *bits, const struct tri_ten *x)
{
    const int shift = x->fb - z->fb;
    const unsigned drop = bits == NULL ? 0 : bits->drop;
    const tri_ring *const from = x->v[0];
    int rc, last;

    if (z->n != x->n || shift < 0 || shift > RELU_SHIFT ||
        drop > (shift > 0 ? 0U : (unsigned)RELU_SHIFT) ||
        (bits != NULL && bits->n != x->n))
        return TRI_E_ARG;
    tri_ten_changed(z);
    if (shift == 0 || !truncates_before(e, x->n))
        return tri_fused_relu(e, z->v[0], bits, from, x->n, (unsigned)shift);
    rc = tri_fused_trunc(e, z->v[0], from, x->n, (unsigned)shift);
    if (rc == TRI_E_ARG)
        return rc;
    /* In a dead session it wipes z and the bits. */
    last = tri_fused_relu(e, z->v[0], bits, z->v[0], x->n, 0);
    return rc != TRI_OK ? rc : last;
}

static int op_sign(struct tri_engine *e, struct tri_bits *bits,
                   const struct tri_ten *x)
{
    return bits->n != x->n ? TRI_E_ARG
                           : tri_fused_drelu(e, bits, x->v[0], x->n);
}

static int op_select(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_bits *bits, const struct tri_ten *x)
{
    if (bits->n != x->n || z->n != x->n)
        return TRI_E_ARG;
    z->fb = x->fb;
    tri_ten_changed(z);
    return tri_fused_select(e, z->v[0], bits, x->v[0], x->n);
}

/* [a >= 0] = e xor m = m + (1 - 2m) e, with P0 adding the m. */
static void op_number(struct tri_engine *e, struct tri_ten *z,
                      const struct tri_bits *bits)
{
    const struct tri_fused_bits b = tri_fused_bits(bits);
    tri_ring *w = z->v[0];

    z->fb = 0;
    tri_ten_changed(z);
    if (e->s->dry || e->holds == 0)
        return;
    for (size_t i = 0; i < bits->n; i++) {
        const tri_ring m = b.known[i];
        w[i] = (1 - 2 * m) * b.e[i] + (e->s->id == 0 ? m : 0);
    }
}

int tri_fused_bits_alloc(struct tri_engine *e, struct tri_bits *bits, size_t n)
{
    struct tri_arena *a = e->s->cx.arena;
    struct tri_fused_bits b = { NULL, NULL }, *own;
    int rc = tri_arena_alloc(a, &own, 1, sizeof *own);

    if (rc == TRI_OK && e->holds != 0)
        rc = tri_arena_alloc(a, &b.e, n, sizeof *b.e);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &b.known, n, 1);
    if (rc != TRI_OK)
        return rc;
    if (own != NULL)
        *own = b;
    *bits = (struct tri_bits){ .n = n, .own = own };
    return TRI_OK;
}

static int by_league(const struct tri_engine *e, size_t n, size_t m)
{
    return tri_fused_pairs != NULL && tri_fused_pairs->prefer(e, n, m);
}

static int op_maxn_alloc(struct tri_engine *e, struct tri_maxn *st, size_t n,
                         size_t m)
{
    return by_league(e, n, m) ? tri_fused_pairs->alloc(e, st, n, m)
                              : tri_tournament_alloc(e, st, n, m);
}

/* Candidates in rows, at scale fb. */
static int rows(struct tri_engine *e, struct tri_ten *t,
                const struct tri_maxn *st, int fb)
{
    return st->n > UINT32_MAX || st->m > UINT32_MAX
               ? TRI_E_ARG
               : tri_ten_alloc(
                     e, t, tri_shape2((uint32_t)st->n, (uint32_t)st->m), fb, 0);
}

/* Where all pairs meet, comparisons must be exact, lest nobody win: what is as
 * wide as a product is truncated before. */
static int op_maxn(struct tri_engine *e, struct tri_ten *z, struct tri_maxn *st,
                   const struct tri_ten *x)
{
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    struct tri_ten row = *x;
    int rc = TRI_OK;

    if (!by_league(e, st->n, st->m))
        return tri_tournament(e, z, st, x);
    if (st->windows != NULL || tri_beyond(e, x) > 0)
        rc = rows(e, &row, st, x->fb);
    for (size_t i = 0; rc == TRI_OK && st->windows != NULL && i < st->n; i++) {
        struct tri_copy c = tri_window_at(st->windows, i);

        c.zoff = i * st->m;
        c.add = 0;
        tri_local_copy(e, &row, x, &c);
    }
    if (rc == TRI_OK && tri_beyond(e, x) > 0) {
        const struct tri_ten wide = st->windows != NULL ? row : *x;

        row.fb = tri_fine(e);
        rc = op_trunc(e, &row, &wide);
    }
    if (rc == TRI_OK)
        rc = tri_fused_pairs->maxn(e, z, st, &row);
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

static int op_grad_opens(const struct tri_engine *e, size_t n, size_t m)
{
    return n > 1 && !by_league(e, n, m);
}

static int op_maxn_grad(struct tri_engine *e, struct tri_ten *dx,
                        const struct tri_maxn *st, const struct tri_ten *dz)
{
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    struct tri_ten row;
    int rc;

    if (!by_league(e, st->n, st->m))
        return dx->cached != TRI_TEN_OPEN   ? tri_tournament_grad(e, dx, st, dz)
               : tri_fused_gradient != NULL ? tri_fused_gradient(e, dx, st, dz)
                                            : TRI_E_ARG;
    if (st->windows == NULL)
        return tri_fused_pairs->grad(e, dx, st, dz);
    rc = rows(e, &row, st, dz->fb);
    if (rc == TRI_OK)
        rc = tri_fused_pairs->grad(e, &row, st, dz);
    for (size_t i = 0; rc == TRI_OK && i < st->n; i++) {
        struct tri_copy c = tri_window_to(st->windows, i);

        c.xoff = i * st->m;
        tri_local_copy(e, dx, &row, &c);
    }
    dx->fb = dz->fb;
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

static const struct tri_engine_ops ops = {
    .constant = tri_local_constant,
    .add = tri_local_add,
    .sub = tri_local_sub,
    .addc = tri_local_addc,
    .scale = tri_local_scale,
    .copy = tri_local_copy,
    .bilin = tri_fused_bilin,
    .trunc = op_trunc,
    .relu = op_relu,
    .sign = op_sign,
    .select = op_select,
    .number = op_number,
    .bits_alloc = tri_fused_bits_alloc,
    .maxn_alloc = op_maxn_alloc,
    .maxn = op_maxn,
    .maxn_grad = op_maxn_grad,
    .grad_opens = op_grad_opens,
    .div = tri_fused_div,
    .normalise = tri_fused_normalise,
    .exp = tri_fused_exp,
    .import = tri_additive_import,
    .export = tri_additive_export,
    .open = tri_additive_open,
    .refresh = tri_additive_fresh,
    .name = tri_additive_name,
};

const struct tri_engine_kind tri_engine_fused = {
    .name = "fused",
    .about = "the short protocols",
    .parties = 3,
    .holds = { 1, 1, 0 },
    .const_comp = { 0, -1, -1 },
    .caches_masks = 1,
    .late_trunc = 1,
    .windows = 1,
    .guard = 1,
    .trunc_exact = 1,
    .compares_k = 1,
    .elem = sizeof(tri_ring),
    .ops = &ops,
};
