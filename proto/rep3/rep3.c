#include "proto/rep3/rep3.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/local.h"
#include "proto/rep3/copies.h"
#include "proto/rep3/divide.h"
#include "proto/rep3/ledger.h"
#include "proto/rep3/open.h"
#include "proto/rep3/product.h"
#include "proto/rep3/relu.h"
#include "proto/rep3/trunc.h"
#include "proto/tournament.h"
#include "proto/verify/verify.h"

/*
 * The engine's table. Shapes and scales are checked here; the protocols see
 * vectors.
 */

/* The most that relu and trunc shift at once. */
enum { RELU_SHIFT = 32, TRUNC_SHIFT = 62 };

/* The components of a tensor, to read and to write. */
#define IN(t)  ((const uint64_t *const[2]){ (t)->v[0], (t)->v[1] })
#define OUT(t) ((uint64_t *const[2]){ (t)->v[0], (t)->v[1] })

static int start(struct tri_engine *e)
{
    struct tri_rep3 *r = NULL;
    const int rc = tri_arena_alloc(e->s->cx.arena, &r, 1, sizeof *r);

    if (rc == TRI_OK && r != NULL) {
        *r = (struct tri_rep3){ 0 };
        tri_rep3_keys_init(r, e->s);
        if (e->config.active)
            tri_coins_init(&r->coins, e->s);
    }
    e->self = r;
    return rc;
}

static void end(struct tri_engine *e)
{
    if (e->self != NULL) {
        tri_rep3_keys_wipe(tri_rep3_self(e));
        tri_coins_wipe(&tri_rep3_self(e)->coins);
    }
    tri_arena_release_far(e->s->cx.arena);
}

/* Before anything is written to z. */
#define CHANGES(z) tri_ledger_changes(e, IN(z), (z)->n)

static void bits_change(struct tri_engine *e, const struct tri_bits *bits)
{
    const struct tri_rep3_bits own = tri_rep3_bits(bits);

    if (bits != NULL)
        tri_ledger_changes(e, (const uint64_t *const *)own.b, bits->n);
}

static int op_constant(struct tri_engine *e, struct tri_ten *z, const double *v)
{
    int rc;

    CHANGES(z);
    rc = tri_local_constant(e, z, v);
    if (rc == TRI_OK)
        tri_copies_add(e, IN(z), z->n, 0);
    return rc;
}

static void op_add(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct tri_ten *y)
{
    CHANGES(z);
    tri_local_add(e, z, x, y);
}

static void op_sub(struct tri_engine *e, struct tri_ten *z,
                   const struct tri_ten *x, const struct tri_ten *y)
{
    CHANGES(z);
    tri_local_sub(e, z, x, y);
}

static void op_addc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x, double c)
{
    CHANGES(z);
    tri_local_addc(e, z, x, c);
}

static void op_scale(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_ten *x, int64_t c, int cb)
{
    CHANGES(z);
    tri_local_scale(e, z, x, c, cb);
}

static void op_copy(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x, const struct tri_copy *m)
{
    CHANGES(z);
    tri_local_copy(e, z, x, m);
}

static int op_bilin(struct tri_engine *e, const struct tri_bilin *op,
                    struct tri_ten *z, struct tri_ten *x, struct tri_ten *y)
{
    CHANGES(z);
    return tri_rep3_bilin(e, op, z, x, y);
}

static int op_div(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x, const struct tri_ten *y)
{
    CHANGES(z);
    return tri_rep3_div(e, z, x, y);
}

static int op_import(struct tri_engine *e, struct tri_ten *t, size_t at,
                     size_t n, const tri_ring *const part[2])
{
    CHANGES(t);
    return tri_rep3_import(e, t, at, n, part);
}

static int op_refresh(struct tri_engine *e, struct tri_ten *x)
{
    CHANGES(x);
    return tri_rep3_fresh(e, x);
}

static int op_trunc(struct tri_engine *e, struct tri_ten *z,
                    const struct tri_ten *x)
{
    const int shift = x->fb - z->fb;

    if (z->n != x->n || shift < 0 || shift > TRUNC_SHIFT)
        return TRI_E_ARG;
    CHANGES(z);
    tri_ten_changed(z);
    if (shift > 0)
        return tri_rep3_trunc(e, OUT(z), IN(x), x->n, (unsigned)shift);
    if (tri_session_check(e->s) != TRI_OK)
        return TRI_E_DEAD;
    for (unsigned c = 0; !e->s->dry && c < 2; c++)
        if (z->v[c] != x->v[c])
            memmove(z->v[c], x->v[c], x->n * sizeof(tri_ring));
    return TRI_OK;
}

static int op_relu(struct tri_engine *e, struct tri_ten *z,
                   struct tri_bits *bits, const struct tri_ten *x)
{
    const int shift = x->fb - z->fb;

    if (z->n != x->n || shift < 0 || shift > RELU_SHIFT ||
        (bits != NULL &&
         (bits->n != x->n ||
          bits->drop > (shift > 0 ? 0U : (unsigned)RELU_SHIFT))))
        return TRI_E_ARG;
    CHANGES(z);
    bits_change(e, bits);
    tri_ten_changed(z);
    return tri_rep3_relu(e, OUT(z), bits, IN(x), x->n, (unsigned)shift);
}

static int op_sign(struct tri_engine *e, struct tri_bits *bits,
                   const struct tri_ten *x)
{
    if (bits->n != x->n)
        return TRI_E_ARG;
    bits_change(e, bits);
    return tri_rep3_sign(e, bits, IN(x), x->n);
}

static int op_select(struct tri_engine *e, struct tri_ten *z,
                     const struct tri_bits *bits, const struct tri_ten *x)
{
    if (bits->n != x->n || z->n != x->n)
        return TRI_E_ARG;
    z->fb = x->fb;
    CHANGES(z);
    tri_ten_changed(z);
    return tri_rep3_select(e, OUT(z), bits, IN(x), x->n);
}

static void op_number(struct tri_engine *e, struct tri_ten *z,
                      const struct tri_bits *bits)
{
    const struct tri_rep3_bits own = tri_rep3_bits(bits);

    z->fb = 0;
    CHANGES(z);
    tri_ten_changed(z);
    for (unsigned c = 0; !e->s->dry && c < 2; c++)
        memcpy(z->v[c], own.b[c], bits->n * sizeof(tri_ring));
}

static int bits_alloc(struct tri_engine *e, struct tri_bits *bits, size_t n)
{
    struct tri_arena *a = e->s->cx.arena;
    struct tri_rep3_bits b = { { NULL, NULL } }, *own;
    int rc = tri_arena_alloc(a, &own, 1, sizeof *own);

    for (unsigned c = 0; rc == TRI_OK && c < 2; c++)
        rc = tri_arena_alloc(a, &b.b[c], n, sizeof *b.b[c]);
    if (rc != TRI_OK)
        return rc;
    if (own != NULL)
        *own = b;
    *bits = (struct tri_bits){ .n = n, .own = own };
    return TRI_OK;
}

/* Copies first: while a copy can differ, a proof can tell what it should not.
 * They are compared whether the engine verifies or not. */
static int verify(struct tri_engine *e)
{
    struct tri_rep3 *r = tri_rep3_self(e);
    struct tri_arena *a = e->s->cx.arena;
    const struct tri_pending *p = &e->pending;
    const size_t mark = tri_arena_mark(a);
    struct tri_verify_batch b;
    int rc = tri_session_check(e->s);

    if (rc == TRI_OK)
        rc = tri_copies_compare(e);
    if (rc == TRI_OK && p->ands + p->words + p->matrices > 0) {
        rc = tri_ledger_batch(e, &b);
        if (rc == TRI_OK && e->s->dry)
            rc = tri_verify(e->s, NULL, 0, &b, p);
        else if (rc == TRI_OK)
            rc = tri_verify(e->s, &r->coins, r->batch++, &b, p);
    }
    if (rc != TRI_OK)
        tri_session_fail(e->s, rc, "verification", TRI_NOBODY);
    tri_ledger_clear(e);
    tri_arena_release(a, mark);
    return rc;
}

static const struct tri_engine_ops ops = {
    .start = start,
    .end = end,
    .constant = op_constant,
    .add = op_add,
    .sub = op_sub,
    .addc = op_addc,
    .scale = op_scale,
    .copy = op_copy,
    .bilin = op_bilin,
    .trunc = op_trunc,
    .relu = op_relu,
    .sign = op_sign,
    .select = op_select,
    .number = op_number,
    .bits_alloc = bits_alloc,
    .maxn_alloc = tri_tournament_alloc,
    .maxn = tri_tournament,
    .maxn_grad = tri_tournament_grad,
    .div = op_div,
    .verify = verify,
    .import = op_import,
    .export = tri_rep3_export,
    .open = tri_rep3_open,
    .refresh = op_refresh,
    .name = tri_rep3_name,
};

/* Component 0 takes public constants: P0 and P2 hold it. */
const struct tri_engine_kind tri_engine_rep3 = {
    .name = "rep3",
    .about = "all parties hold two of three components",
    .parties = 3,
    .holds = { 2, 2, 2 },
    .const_comp = { 0, -1, 1 },
    .caches_masks = 0,
    .trunc_exact = 1,
    .late_trunc = 1,
    .windows = 1,
    .compares_k = 1,
    .verifies = 1,
    .elem = sizeof(tri_ring),
    .ops = &ops,
};
