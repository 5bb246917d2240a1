#include "proto/fused/product.h"
#include "core/err.h"
#include "core/mask.h"
#include "core/mem.h"
#include "proto/additive.h"
#include "proto/beaver.h"
#include "proto/bilin.h"
#include "proto/fused/lanes.h"
#include "proto/wire.h"

/* Words that pass through the L1 cache at a time, and the L2 cache. */
enum { BLOCK = 256, SLICE = 1 << 17 };

/* One operand of a product. */
struct operand {
    const tri_ring *v; /* P0, P1: the share of X                       */
    tri_ring *w;       /* P0, P1: E + 2*A_j. P2: A0 - A1               */
    tri_ring *send;    /* P0, P1: what goes to the other, if fresh     */
    size_t n;
    size_t got; /* elements of w that are complete                     */
    int guard;  /* non-zero: X is halved                               */
    int cached; /* non-zero: w belongs to the tensor, else to the call */
    int fresh;  /* non-zero: the mask is not open yet                  */
};

/* ---- masks --------------------------------------------------------------- */

/* One piece of one vector on its way, as its tasks see it. */
struct pass {
    const struct tri_session *s;
    const struct tri_prg *g, *other;
    uint64_t id, other_id; /* streams */
    struct operand *x;
    tri_ring *c; /* a result */
    size_t first, len;
};

static size_t tasks_of(size_t n)
{
    return (n + TRI_PRG_CHUNK_WORDS - 1) / TRI_PRG_CHUNK_WORDS;
}

/* P0, P1: X_j - A_j to be sent, and X_j + A_j to be kept. */
static void mask_task(void *arg, size_t task, unsigned worker)
{
    const struct pass *const p = arg;
    const struct operand *const x = p->x;
    const struct tri_kernels *const k = p->s->cx.k;
    size_t at = p->first + task * TRI_PRG_CHUNK_WORDS;
    const size_t end =
        at + tri_fused_min(TRI_PRG_CHUNK_WORDS, p->first + p->len - at);
    tri_ring half[BLOCK];
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, p->g, p->id, (uint32_t)(at / TRI_PRG_CHUNK_WORDS));
    for (size_t n; at < end; at += n) {
        const tri_ring *v = x->v + at;
        const tri_ring *a;

        n = tri_fused_min(BLOCK, end - at);
        a = tri_fused_take(&st, 8, BLOCK);
        if (x->guard) {
            k->addc(half, v, p->s->id, n);
            k->shr(half, half, 1, n);
            v = half;
        }
        k->sub(x->send + at, v, a, n);
        k->add(x->w + at, v, a, n);
    }
    tri_stream_wipe(&st);
    tri_wipe(half, sizeof half);
}

static int open_send(struct tri_session *s, struct operand *x)
{
    struct tri_prg *const g = tri_additive_key(s, 2);
    struct pass p = { .s = s, .g = g, .id = tri_prg_next(g), .x = x };
    const size_t piece = tri_fused_piece(x->n);
    int rc = TRI_OK;

    for (; rc == TRI_OK && p.first < x->n; p.first += p.len) {
        p.len = tri_fused_min(piece, x->n - p.first);
        tri_par_run(s->cx.par, mask_task, &p, tasks_of(p.len));
        rc = tri_send_words(s->link, 1 - s->id, x->send + p.first, p.len);
    }
    return rc;
}

/* z[0..n) += the message that comes next, piece by piece through `in`. */
static int add_received(struct tri_session *s, unsigned from, tri_ring *z,
                        size_t n, size_t piece, tri_ring *in)
{
    int rc = TRI_OK;

    for (size_t at = 0, len; rc == TRI_OK && at < n; at += len) {
        len = tri_fused_min(piece, n - at);
        rc = tri_recv_words(s->link, from, in, len);
        if (rc == TRI_OK)
            s->cx.k->add(z + at, z + at, in, len);
    }
    return rc;
}

/* P0, P1: complete the first `n` elements of w, in whole pieces. */
static int open_recv(struct tri_session *s, struct operand *x, size_t n,
                     tri_ring *in)
{
    const size_t piece = tri_fused_piece(x->n);
    const size_t to = tri_fused_min((n + piece - 1) / piece * piece, x->n);
    int rc;

    if (!x->fresh || to <= x->got)
        return TRI_OK;
    rc = add_received(s, 1 - s->id, x->w + x->got, to - x->got, piece, in);
    x->got = to;
    return rc;
}

/* P2: A0 - A1, with A0 from k02, A1 from k12. */
static void difference_task(void *arg, size_t task, unsigned worker)
{
    const struct pass *const p = arg;
    size_t at = task * TRI_PRG_CHUNK_WORDS;
    const size_t end = at + tri_fused_min(TRI_PRG_CHUNK_WORDS, p->x->n - at);
    struct tri_stream first, second;

    (void)worker;
    tri_stream_open(&first, p->g, p->id, (uint32_t)task);
    tri_stream_open(&second, p->other, p->other_id, (uint32_t)task);
    for (size_t n; at < end; at += n) {
        n = tri_fused_min(BLOCK, end - at);
        p->s->cx.k->sub(p->x->w + at, tri_fused_take(&first, 8, BLOCK),
                        tri_fused_take(&second, 8, BLOCK), n);
    }
    tri_stream_wipe(&first);
    tri_stream_wipe(&second);
}

static void deal_mask(struct tri_session *s, struct operand *x)
{
    struct tri_prg *const g0 = tri_additive_key(s, 0);
    struct tri_prg *const g1 = tri_additive_key(s, 1);
    struct pass p = { .s = s,
                      .g = g0,
                      .id = tri_prg_next(g0),
                      .other = g1,
                      .other_id = tri_prg_next(g1),
                      .x = x };

    tri_par_run(s->cx.par, difference_task, &p, tasks_of(x->n));
}

/* ---- the result ---------------------------------------------------------- */

/* What a product adds to, a part of it at a time: that stays in the caches from
 * its first value until it is complete. */
struct result {
    tri_ring *z; /* P2: the product of the differences, then C1 */
    size_t n;
    size_t filled; /* elements that have their first value: C0 at P0, else 0 */
    size_t sent;   /* P2: elements that are on their way                     */
    struct tri_prg *g; /* P0, P2: of C0 */
    uint64_t id;       /* stream        */
};

static void draw_task(void *arg, size_t task, unsigned worker)
{
    const struct pass *const p = arg;
    const size_t at = p->first + task * TRI_PRG_CHUNK_WORDS;
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, p->g, p->id, (uint32_t)(at / TRI_PRG_CHUNK_WORDS));
    tri_stream_words(
        &st, p->c + at, sizeof *p->c,
        tri_fused_min(TRI_PRG_CHUNK_WORDS, p->first + p->len - at));
    tri_stream_wipe(&st);
}

/* The first n elements have a first value, in whole chunks. */
static void fill(struct tri_session *s, struct result *r, size_t n)
{
    const size_t chunks = tasks_of(n) * TRI_PRG_CHUNK_WORDS;
    struct pass p = { .s = s, .g = r->g, .id = r->id, .c = r->z };

    p.first = r->filled;
    p.len = tri_fused_min(chunks, r->n) - r->filled;
    if (s->id == 0)
        tri_par_run(s->cx.par, draw_task, &p, tasks_of(p.len));
    else
        memset(r->z + p.first, 0, p.len * sizeof *r->z);
    r->filled += p.len;
}

/* P2: C1 = -2c - C0. */
static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct pass *const p = arg;
    const struct tri_kernels *const k = p->s->cx.k;
    size_t at = p->first + task * TRI_PRG_CHUNK_WORDS;
    const size_t end =
        at + tri_fused_min(TRI_PRG_CHUNK_WORDS, p->first + p->len - at);
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, p->g, p->id, (uint32_t)(at / TRI_PRG_CHUNK_WORDS));
    for (size_t n; at < end; at += n) {
        const tri_ring *const c0 = tri_fused_take(&st, 8, BLOCK);

        n = tri_fused_min(BLOCK, end - at);
        k->scale(p->c + at, p->c + at, 0 - (uint64_t)2, n);
        k->sub(p->c + at, p->c + at, c0, n);
    }
    tri_stream_wipe(&st);
}

/* P2: the first n elements are complete; whole pieces of them, or all. */
static int deal_send(struct tri_session *s, struct result *r, size_t n)
{
    struct pass p = { .s = s, .g = r->g, .id = r->id, .c = r->z };
    const size_t piece = tri_fused_piece(r->n);
    int rc = TRI_OK;

    for (; rc == TRI_OK && r->sent < n; r->sent += p.len) {
        p.first = r->sent;
        p.len = tri_fused_min(piece, r->n - r->sent);
        if (p.len > n - r->sent)
            break;
        tri_par_run(s->cx.par, deal_task, &p, tasks_of(p.len));
        rc = tri_send_words(s->link, 1, r->z + p.first, p.len);
    }
    return rc;
}

/* ---- the product --------------------------------------------------------- */

/* Slices of a product. A convolution packs few weights for each, so it may have
 * such slices that what belongs to one fits the caches. */
static size_t slices_of(const struct tri_bilin *op, size_t most)
{
    const size_t slices = tri_bilin_slices(op);
    const size_t fit = most / SLICE;

    if (op->kind == TRI_BILIN_MATMUL || fit <= slices)
        return slices;
    return tri_fused_min(fit, op->conv.b);
}

/* What serves no other product is wiped as soon as it has served, while it is
 * in the caches. */
static void done_with(const struct operand *x, size_t at, size_t n)
{
    if (!x->cached)
        tri_wipe(x->w + at, n * sizeof *x->w);
}

/*
 * r->z += op(x, y). A long one is cut along the batch where the operation has
 * one: a slice begins as soon as its part of the openings is there, and what is
 * queued is pushed in between, so that the link works while we compute.
 */
static int multiply(struct tri_session *s, const struct tri_bilin *op,
                    struct result *r, struct operand *x, struct operand *y,
                    tri_ring *in)
{
    const size_t operands = x->n > y->n ? x->n : y->n;
    const size_t slices = slices_of(op, operands > r->n ? operands : r->n);
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < slices; i++) {
        struct tri_bilin part;
        size_t ox, oy, oz, nx, ny, nz;

        tri_bilin_slice(&part, op, slices, i, &ox, &oy, &oz);
        tri_bilin_sizes(&part, &nx, &ny, &nz);
        if (s->dry) {
            rc = tri_bilin_ring(&s->cx, &part, NULL, NULL, NULL);
            continue;
        }
        if (r->filled < oz + nz)
            fill(s, r, oz + nz);
        if (s->id < 2)
            rc = open_recv(s, x, ox + nx, in);
        if (rc == TRI_OK && s->id < 2)
            rc = open_recv(s, y, oy + ny, in);
        if (rc == TRI_OK)
            rc = tri_bilin_ring(&s->cx, &part, r->z + oz, x->w + ox, y->w + oy);
        if (rc == TRI_OK) {
            done_with(x, ox, nx);
            if (i + 1 == slices || ny < y->n)
                done_with(y, oy, ny);
        }
        if (rc == TRI_OK && s->id == 2 && (nz < r->n || i + 1 == slices))
            rc = deal_send(s, r, oz + nz);
        if (rc == TRI_OK && i + 1 < slices)
            rc = tri_poll(s->link);
    }
    return rc;
}

static int allocate(struct tri_session *s, struct operand *x, struct operand *y,
                    size_t nz, tri_ring **c, tri_ring **in)
{
    struct tri_arena *const a = s->cx.arena;
    const int holds = s->id < 2;
    size_t longest = tri_fused_min(nz, tri_fused_piece(nz));
    int rc = tri_arena_alloc(a, c, holds ? 0 : nz, sizeof **c);

    for (int i = 0; i < 2; i++) {
        struct operand *const o = i == 0 ? x : y;
        const size_t piece = tri_fused_min(o->n, tri_fused_piece(o->n));

        if (rc == TRI_OK && holds && o->fresh)
            rc = tri_arena_alloc(a, &o->send, o->n, sizeof *o->send);
        if (rc == TRI_OK && !o->cached)
            rc = tri_arena_alloc(a, &o->w, o->n, sizeof *o->w);
        longest = piece > longest ? piece : longest;
    }
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, in, holds ? longest : 0, sizeof **in);
    return rc;
}

/*
 * Bilinear product with dealt randomness. `*` is a matrix product, a
 * convolution or one of its gradients; X, Y are the operands as tensors, never
 * an im2col expansion.
 *
 *   P0, P1         X_j <- floor(X0 / 2), ceil(X1 / 2) if X has a guard bit;
 *                  likewise Y_j
 *   P2             A0 <- k02, A1 <- k12, A = A0 + A1;  B likewise
 *                  C0 <- k02,  C1 = -2(A0 - A1)*(B0 - B1) - C0
 *   P2 -> P1       C1                          8|Z| bytes
 *
 *   P_j            E_j = X_j - A_j,  F_j = Y_j - B_j       (only what is not
 *   P0 <-> P1      E_j, F_j            8(|X|+|Y|) each way   open already)
 *
 *   P_j outputs    (E + 2A_j)*(F + 2B_j) + C_j,  where E = E0 + E1, F = F0 + F1
 *
 * One online round; P2's message depends on nobody's input. P_j keeps
 * E + 2A_j = (X_j + A_j) + E_{1-j} of a tensor, P2 keeps A0 - A1: so each party
 * multiplies once where Beaver's triple (beaver.c) takes five products in all.
 * The smaller operand is dealt, sent and received before the larger one, and
 * a slice of the product begins when its part of that one has come. P1 takes C1
 * at the end, for P2 needs as long for its product as P1.
 *
 * Correct. As * is bilinear, the two products add up to
 *
 *   2E*F + 2E*(B0 + B1) + 2(A0 + A1)*F + 4A0*B0 + 4A1*B1,
 *
 * and C0 + C1 takes off 2A0*B0 + 2A1*B1 - 2A0*B1 - 2A1*B0, which leaves
 *
 *   2(E*F + E*B + A*F + A*B) = 2(E + A)*(F + B) = 2X*Y   modulo 2^64.
 *
 * A factor of 2 cannot be avoided with one product each: without it, P0's and
 * P1's coefficients of E*F add up to 1, so one of them is even, and the other
 * one's mask would show the lowest bit of Y. It is one bit of the scale.
 *
 * Guard bits take it back. As 2X*Y depends on X modulo 2^63 alone, X may be
 * halved locally: with X0 + X1 = X + w*2^64, floor(X0 / 2) + ceil(X1 / 2) is
 * X/2 + w*2^63 for an even X and, for an odd one, that plus or less a half, as
 * X0 is even or odd. So a tensor with one bit more than f enters as itself
 * rounded to f bits, up or down as the lowest bit of a share falls, which is
 * uniform: without bias, off by half a unit. Together with the truncation that
 * made that tensor, off by less than one of its own units, that is less than
 * one unit of f: what a truncation to f bits would have cost. And what a ReLU
 * or a truncation takes off the product of such a tensor with weights of f bits
 * is f bits, not f + 1, and fits the same words.
 *
 * Range: |2X*Y| < 2^62 as stored, at scale f + f + 1: one bit less than with a
 * triple, for the product and for what is compared.
 *
 * Private. P0 sees E1 and F1, P1 sees E0, F0 and C1: masked by A1 and B1, A0
 * and B0, and C0, which the one who sees them does not know. P2 receives
 * nothing. The outputs are masked by C0, C1: fresh shares between P0 and P1. A
 * tensor that stays the same may be used again under the same mask: the other
 * party has E already, and every product has a C of its own. E + 2A_j with E
 * tells A_j, so it is wiped like a share.
 */
static int product(struct tri_session *s, const struct tri_bilin *op,
                   tri_ring *z, struct operand *x, struct operand *y, size_t nz)
{
    struct tri_arena *const a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const size_t opened = (x->fresh ? x->n : 0) + (y->fresh ? y->n : 0);
    struct operand *const small = x->n <= y->n ? x : y;
    struct operand *const large = small == x ? y : x;
    struct result r = { .z = z, .n = nz };
    tri_ring *c, *in;
    int rc = tri_session_check(s);

    if (rc == TRI_OK)
        rc = allocate(s, x, y, nz, &c, &in);
    if (rc != TRI_OK)
        goto out;
    if (s->id == 2)
        r.z = c;
    if (s->dry) {
        tri_cost_swap(&s->cost, 0, 1, 8 * opened, 8 * opened);
        tri_cost_msg(&s->cost, 2, 1, 8 * nz);
        rc = multiply(s, op, &r, x, y, NULL);
        goto out;
    }
    for (unsigned i = 0; rc == TRI_OK && i < 2; i++) {
        struct operand *const o = i == 0 ? small : large;

        if (o->fresh && s->id == 2)
            deal_mask(s, o);
        else if (o->fresh)
            rc = open_send(s, o);
    }
    if (s->id != 1) {
        r.g = tri_additive_key(s, s->id == 0 ? 2 : 0);
        r.id = tri_prg_next(r.g);
    }
    if (rc == TRI_OK && s->id < 2)
        rc = open_recv(s, small, small->n, in);
    if (rc == TRI_OK)
        rc = multiply(s, op, &r, x, y, in);
    if (rc == TRI_OK && s->id == 1)
        rc = add_received(s, 2, z, nz, tri_fused_piece(nz), in);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "product", TRI_NOBODY);
        if (z != NULL)
            tri_wipe(z, nz * sizeof *z);
        tri_arena_release(a, mark);
    }
    /* The rest are messages, and what another party knows. */
    tri_arena_drop(a, mark);
    return rc;
}

/* ---- the engine's operation ---------------------------------------------- */

/* What a tensor keeps, in `valid`: E + 2*A_j of X as it is or halved, or E. */
enum { WHOLE = 1, HALVED, BEAVER };

static struct operand use(const struct tri_engine *e, const struct tri_ten *t)
{
    const int guard = t->fb > (int)e->f;
    const int open = t->cached && t->valid == (guard ? HALVED : WHOLE);

    return (struct operand){ .v = t->v[0],
                             .w = t->cache,
                             .n = t->n,
                             .guard = guard,
                             .cached = t->cached,
                             .fresh = !open };
}

static void keep(struct tri_ten *t, int rc, int what)
{
    t->valid = rc == TRI_OK && t->cached ? what : 0;
}

void tri_fused_opened(const struct tri_engine *e, struct tri_ten *t)
{
    keep(t, TRI_OK, use(e, t).guard ? HALVED : WHOLE);
}

static int exact(struct tri_engine *e, const struct tri_bilin *op,
                 struct tri_ten *z, struct tri_ten *x, struct tri_ten *y)
{
    int rc;

    keep(x, TRI_OK, x->valid == BEAVER ? BEAVER : 0);
    keep(y, TRI_OK, y->valid == BEAVER ? BEAVER : 0);
    rc = tri_beaver_bilin(e, op, z, x, y);
    keep(x, rc, BEAVER);
    keep(y, rc, BEAVER);
    return rc;
}

int tri_fused_bilin(struct tri_engine *e, const struct tri_bilin *op,
                    struct tri_ten *z, struct tri_ten *x, struct tri_ten *y)
{
    struct operand ox = use(e, x), oy = use(e, y);
    size_t nx, ny, nz;
    int rc;

    tri_bilin_sizes(op, &nx, &ny, &nz);
    if (nx != x->n || ny != y->n || nz != z->n)
        return TRI_E_ARG;
    if (!tri_bilin_guarded(op))
        return exact(e, op, z, x, y);
    if (x == y && x->cached)
        oy.fresh = 0; /* one mask, opened with x */
    rc = product(e->s, op, z->v[0], &ox, &oy, nz);
    keep(x, rc, ox.guard ? HALVED : WHOLE);
    keep(y, rc, oy.guard ? HALVED : WHOLE);
    tri_ten_changed(z);
    z->fb = tri_bilin_scale(e, op, x, y);
    return rc;
}
