#include "proto/beaver.h"
#include "core/err.h"
#include "core/mask.h"
#include "core/mem.h"
#include "proto/additive.h"
#include "proto/bilin.h"
#include "proto/wire.h"

/* One operand of a product. */
struct operand {
    const tri_ring *v; /* P0, P1: the share */
    tri_ring *w;       /* P0, P1: the opened X - A; P2: A */
    size_t n;
    int cached; /* non-zero: w belongs to the tensor, else to the call */
    int fresh;  /* non-zero: the mask is not open yet */
};

static void product_flow(struct tri_session *s, size_t opened, size_t nz)
{
    tri_cost_swap(&s->cost, 0, 1, 8 * opened, 8 * opened);
    tri_cost_msg(&s->cost, 2, 1, 8 * nz);
}

/*
 * P2: A = A0 + A1 with A0 from k02, A1 from k12.
 */
static void deal_mask(struct tri_session *s, struct operand *x)
{
    tri_prg_words(tri_additive_key(s, 0), s->cx.par, x->w, x->n);
    tri_prg_mask(tri_additive_key(s, 1), s->cx.par, x->w, x->w, x->n, 1);
}

/* P0, P1: send[] = X_j - A_j. */
static int open_send(struct tri_session *s, const struct operand *x,
                     tri_ring *send)
{
    tri_prg_mask(tri_additive_key(s, 2), s->cx.par, send, x->v, x->n, -1);
    return tri_send_words(s->link, 1 - s->id, send, x->n);
}

static int open_recv(struct tri_session *s, const struct operand *x,
                     const tri_ring *send)
{
    const int rc = tri_recv_words(s->link, 1 - s->id, x->w, x->n);

    if (rc == TRI_OK)
        tri_sent_add(s->cx.k, x->w, x->w, send, x->n);
    return rc;
}

/*
 * z += op(x, y). A long one is cut along the batch where the operation has
 * one, and pushes what is queued in between: the link works while we compute.
 */
static int multiply(const struct tri_session *s, const struct tri_bilin *op,
                    tri_ring *z, const tri_ring *x, const tri_ring *y)
{
    const size_t slices = tri_bilin_slices(op);
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < slices; i++) {
        struct tri_bilin part;
        size_t ox, oy, oz;

        tri_bilin_slice(&part, op, slices, i, &ox, &oy, &oz);
        if (s->dry)
            rc = tri_bilin_ring(&s->cx, &part, NULL, NULL, NULL);
        else
            rc = tri_bilin_ring(&s->cx, &part, z + oz, x + ox, y + oy);
        if (rc == TRI_OK && !s->dry && i + 1 < slices)
            rc = tri_poll(s->link);
    }
    return rc;
}

/*
 * Bilinear product with a Beaver triple (SecureNN, Algorithm 1). `*` is any
 * bilinear operation: element-wise, matrix product, convolution or one of its
 * gradients. X, Y are the operands as tensors, never an im2col expansion.
 *
 *   P2             A0 <- k02, A1 <- k12, A = A0 + A1;  B likewise
 *                  C0 <- k02,  C1 = A*B - C0
 *   P2 -> P1       C1                          8|Z| bytes
 *
 *   P_j            E_j = X_j - A_j,  F_j = Y_j - B_j       (only what is not
 *   P0 <-> P1      E_j, F_j            8(|X|+|Y|) each way   open already)
 *
 *   P0 outputs     X0*F + E*Y0 + C0
 *   P1 outputs     X1*F + E*(Y1 - F) + C1      (or (X1 - E)*F + E*Y1)
 *
 * One online round; P2's message depends on nobody's input and goes out first.
 * The smaller operand is dealt, sent and received before the larger one: each
 * output has a term that needs no more than the smaller opening, and while it
 * is computed the larger one travels. (P1 corrects the smaller operand, which
 * costs less, and so that the same holds.)
 *
 * Correct: the sum is X*F + E*Y - E*F + A*B with X = A + E, Y = B + F, which
 * is X*Y.
 * Private: E and F are masked by A and B, of which P0 and P1 know one share
 * each. P2 receives nothing. The outputs are masked by C0, C1: fresh shares.
 * A tensor that stays the same may be used again under the same mask: the
 * other party then sees the same E, which tells it nothing new, and the new
 * product has a C of its own.
 */
static int product(struct tri_session *s, const struct tri_bilin *op,
                   tri_ring *z, struct operand *x, struct operand *y)
{
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const size_t opened = (x->fresh ? x->n : 0) + (y->fresh ? y->n : 0);
    const int small_x = x->n <= y->n;
    struct operand *const small = small_x ? x : y, *large = small_x ? y : x;
    size_t nx, ny, nz, known;
    tri_ring *send, *tmp, *c1;
    int rc;

    tri_bilin_sizes(op, &nx, &ny, &nz);
    rc = tri_session_check(s);
    if (rc != TRI_OK)
        goto out;
    /* First what another party knows afterwards: messages, what they open. */
    rc = tri_arena_alloc(a, &send, s->id < 2 ? opened : 0, sizeof *send);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &c1, s->id == 2 ? nz : 0, sizeof *c1);
    known = tri_arena_mark(a);
    if (rc == TRI_OK && !x->cached)
        rc = tri_arena_alloc(a, &x->w, x->n, sizeof *x->w);
    if (rc == TRI_OK && !y->cached)
        rc = tri_arena_alloc(a, &y->w, y->n, sizeof *y->w);
    if (s->id < 2)
        known = tri_arena_mark(a);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &tmp, s->id == 1 ? small->n : 0, sizeof *tmp);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        product_flow(s, opened, nz);
        rc = multiply(s, op, NULL, NULL, NULL);
        goto out;
    }

    if (s->id == 2) {
        if (small->fresh)
            deal_mask(s, small);
        if (large->fresh)
            deal_mask(s, large);
        memset(c1, 0, nz * sizeof *c1);
        rc = multiply(s, op, c1, x->w, y->w);
        if (rc != TRI_OK)
            goto out;
        tri_prg_mask(tri_additive_key(s, 0), s->cx.par, c1, c1, nz, -1);
        rc = tri_send_words(s->link, 1, c1, nz);
        if (rc == TRI_OK)
            rc = tri_flush(s->link);
        goto out;
    }

    if (small->fresh)
        rc = open_send(s, small, send);
    if (rc == TRI_OK && large->fresh)
        rc = open_send(s, large, send + (small->fresh ? small->n : 0));
    if (rc == TRI_OK && small->fresh)
        rc = open_recv(s, small, send);
    if (rc != TRI_OK)
        goto out;
    if (s->id == 0) {
        tri_prg_words(tri_additive_key(s, 2), s->cx.par, z, nz);
    } else {
        rc = tri_recv_words(s->link, 2, z, nz);
        if (rc != TRI_OK)
            goto out;
        s->cx.k->sub(tmp, small->v, small->w, small->n);
    }
    rc = small_x ? multiply(s, op, z, x->w, y->v)
                 : multiply(s, op, z, x->v, y->w);
    if (rc == TRI_OK && large->fresh)
        rc = open_recv(s, large, send + (small->fresh ? small->n : 0));
    if (rc == TRI_OK)
        rc = small_x ? multiply(s, op, z, s->id == 1 ? tmp : x->v, y->w)
                     : multiply(s, op, z, x->w, s->id == 1 ? tmp : y->v);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "product", TRI_NOBODY);
        if (z != NULL)
            tri_wipe(z, nz * sizeof *z);
        known = mark;
    }
    tri_arena_release(a, known);
    tri_arena_drop(a, mark);
    return rc;
}

static struct operand use(struct tri_ten *t)
{
    return (struct operand){ .v = t->v[0],
                             .w = t->cache,
                             .n = t->n,
                             .cached = t->cached,
                             .fresh = !(t->cached && t->valid) };
}

int tri_beaver_bilin(struct tri_engine *e, const struct tri_bilin *op,
                     struct tri_ten *z, struct tri_ten *x, struct tri_ten *y)
{
    struct operand ox = use(x), oy = use(y);
    size_t nx, ny, nz;
    int rc;

    tri_bilin_sizes(op, &nx, &ny, &nz);
    if (nx != x->n || ny != y->n || nz != z->n)
        return TRI_E_ARG;
    if (x == y && x->cached)
        oy.fresh = 0; /* one mask, opened with x */
    rc = product(e->s, op, z->v[0], &ox, &oy);
    if (rc != TRI_OK)
        return rc;
    x->valid = x->cached;
    y->valid = y->cached;
    tri_ten_changed(z);
    z->fb = x->fb + y->fb;
    return TRI_OK;
}

int tri_beaver_mul(struct tri_session *s, tri_ring *z, const tri_ring *x,
                   const tri_ring *y, size_t n)
{
    const struct tri_bilin op = { .kind = TRI_BILIN_MUL, .n = n };
    struct operand ox = { x, NULL, n, 0, 1 }, oy = { y, NULL, n, 0, 1 };

    return product(s, &op, z, &ox, &oy);
}
