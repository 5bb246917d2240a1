#include "proto/rep3/product.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/bilin.h"
#include "proto/rep3/flight.h"
#include "proto/rep3/ledger.h"

/* Words that pass through the L1 cache at a time. */
enum { PIECE = 256 };

static struct tri_rep3_gate words_gate(uint64_t *const z[2],
                                       const uint64_t *const x[2],
                                       const uint64_t *const y[2], size_t n)
{
    return (struct tri_rep3_gate){
        .prover = TRI_NOBODY,
        .x = { x[0], x[1] },
        .y = { y[0], y[1] },
        .xw = TRI_REP3_64,
        .yw = TRI_REP3_64,
        .z = { z[0], z[1] },
        .n = n,
        .w = TRI_REP3_64,
    };
}

struct job {
    const struct tri_engine *e;
    const struct tri_rep3_gate *g;
    uint64_t *z;
    const uint64_t *x[2], *y[2];
};

static void mul_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const struct tri_kernels *k = j->e->s->cx.k;
    const struct tri_rep3 *r = tri_rep3_self(j->e);
    const struct tri_ledger_entry *en = j->g->entry;
    size_t at = task * TRI_REP3_CHUNK;
    const size_t n = j->g->n,
                 end = n - at < TRI_REP3_CHUNK ? n : at + TRI_REP3_CHUNK;
    uint64_t zero[PIECE], buf[2][PIECE];
    struct tri_stream own, next;

    (void)worker;
    tri_stream_open(&own, &r->own, j->g->op, (uint32_t)task);
    tri_stream_open(&next, &r->next, j->g->op, (uint32_t)task);
    for (size_t len; at < end; at += len) {
        uint64_t *const f0 = en == NULL ? buf[0] : (uint64_t *)en->mask[0] + at;
        uint64_t *const f1 = en == NULL ? buf[1] : (uint64_t *)en->mask[1] + at;

        len = end - at < PIECE ? end - at : PIECE;
        tri_stream_words(&own, f0, sizeof *f0, len);
        tri_stream_words(&next, f1, sizeof *f1, len);
        k->sub(zero, f0, f1, len);
        tri_ledger_keep(j->e, j->g, at, len); /* z may be an operand */
        k->rss_mul(j->z + at, j->x[0] + at, j->x[1] + at, j->y[0] + at,
                   j->y[1] + at, zero, len);
    }
    tri_stream_wipe(&own);
    tri_stream_wipe(&next);
    tri_wipe(zero, sizeof zero);
    tri_wipe(buf, sizeof buf);
}

size_t tri_rep3_mul_prepare(struct tri_engine *e, uint64_t *const z[2],
                            const uint64_t *const x[2],
                            const uint64_t *const y[2], size_t n, int x_stays,
                            struct tri_rep3_gate *g)
{
    struct job j = { e, g, z[0], { x[0], x[1] }, { y[0], y[1] } };

    *g = words_gate(z, x, y, n);
    g->x_stays = x_stays;
    tri_ledger_enter(e, g);
    if (!e->s->dry)
        tri_par_run(e->s->cx.par, mul_task, &j,
                    (n + TRI_REP3_CHUNK - 1) / TRI_REP3_CHUNK);
    return 1;
}

struct mul {
    uint64_t *const *z;
    const uint64_t *const *x, *const *y;
    size_t n;
    int x_stays;
};

static size_t prepare(struct tri_engine *e, void *self, size_t piece,
                      unsigned round, struct tri_rep3_gate *g)
{
    const struct mul *m = self;
    const struct tri_rep3_piece p = tri_rep3_piece(m->n, piece);
    uint64_t *const z[2] = TRI_REP3_FROM(m->z, p.at);
    const uint64_t *const x[2] = TRI_REP3_FROM(m->x, p.at);
    const uint64_t *const y[2] = TRI_REP3_FROM(m->y, p.at);

    (void)round;
    return tri_rep3_mul_prepare(e, z, x, y, p.n, m->x_stays, g);
}

static void finish(struct tri_engine *e, void *self, size_t piece,
                   unsigned round)
{
    (void)e;
    (void)self;
    (void)piece;
    (void)round;
}

int tri_rep3_mul(struct tri_engine *e, uint64_t *const z[2],
                 const uint64_t *const x[2], const uint64_t *const y[2],
                 size_t n, int x_stays)
{
    struct mul m = { z, x, y, n, x_stays };
    const struct tri_rep3_flight f = { .pieces = tri_rep3_pieces(n),
                                       .rounds = 1,
                                       .self = &m,
                                       .prepare = prepare,
                                       .finish = finish };

    return tri_rep3_fly(e, &f);
}

/* 1 = (1, 0, 0): z_0 = x_0 + x_1, z_1 = 0, z_2 = x_2, and zero shares. */
int tri_rep3_renew(struct tri_engine *e, uint64_t *const x[2], size_t n)
{
    struct tri_rep3_gate g =
        words_gate(x, (const uint64_t *const[2]){ x[0], x[1] },
                   (const uint64_t *const[2]){ NULL, NULL }, n);

    tri_ledger_enter(e, &g);
    if (!e->s->dry) {
        tri_ledger_keep_all(e, &g);
        if (e->s->id == 0)
            e->s->cx.k->add(x[0], x[0], x[1], n);
        else if (e->s->id == 1)
            memset(x[0], 0, n * sizeof *x[0]);
        tri_ledger_blind(e, &g);
    }
    return tri_rep3_exchange(e, &g, 1);
}

/* One product of whatever kind, in slices of which each is sent as soon as it
 * is there. */
struct product {
    const struct tri_bilin *op;
    const struct tri_ten *of_x, *of_y;
    uint64_t *z[2];
    const uint64_t *x[2], *y[2];
    uint64_t *sum; /* of the components of the shorter operand */
    int sum_x;     /* non-zero: that is x                      */
};

static int slice(struct tri_engine *e, const struct product *p,
                 const struct tri_bilin *part, size_t ox, size_t oy, size_t oz)
{
    const struct tri_cx *cx = &e->s->cx;
    const uint64_t *const *x = p->x, *const *y = p->y;
    int rc;

    if (e->s->dry)
        return tri_bilin_ring(cx, part, NULL, NULL, NULL);
    rc = p->sum_x
             ? tri_bilin_ring(cx, part, p->z[0] + oz, p->sum + ox, y[0] + oy)
             : tri_bilin_ring(cx, part, p->z[0] + oz, x[0] + ox, p->sum + oy);
    if (rc != TRI_OK)
        return rc;
    return p->sum_x
               ? tri_bilin_ring(cx, part, p->z[0] + oz, x[0] + ox, y[1] + oy)
               : tri_bilin_ring(cx, part, p->z[0] + oz, x[1] + ox, y[0] + oy);
}

static int slices(struct tri_engine *e, const struct product *p, size_t nz)
{
    const size_t count = tri_bilin_slices(p->op);
    /* The slices of CONV_DW add up: there is only one message. */
    const int apart = p->op->kind != TRI_BILIN_CONV_DW;
    struct tri_rep3_gate whole = words_gate(p->z, p->x, p->y, nz);
    struct tri_rep3_gate g;
    int rc = TRI_OK;

    tri_ledger_enter_bilin(e, &whole, p->op, p->of_x, p->of_y);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; rc == TRI_OK && i < count; i++) {
            struct tri_bilin part;
            size_t ox, oy, oz, nx, ny, n;

            tri_bilin_slice(&part, p->op, count, i, &ox, &oy, &oz);
            tri_bilin_sizes(&part, &nx, &ny, &n);
            if (e->s->dry) {
                if (pass == 0)
                    rc = slice(e, p, &part, 0, 0, 0);
                continue;
            }
            g = words_gate((uint64_t *const[2]){ p->z[0] + oz, p->z[1] + oz },
                           p->x, p->y, n);
            g.entry = whole.entry;
            g.op = whole.op + (apart ? i : 0);
            if (pass == 0 && g.op != whole.op)
                (void)tri_rep3_op(tri_rep3_self(e)); /* one for each slice */
            if (pass == 0 && (apart || i == 0))
                tri_ledger_zero(e, &g);
            if (pass == 0)
                rc = slice(e, p, &part, ox, oy, oz);
            if (rc != TRI_OK || (!apart && i + 1 < count))
                continue;
            rc = pass == 0 ? tri_rep3_send_product(e, &g, 1)
                           : tri_rep3_recv_product(e, &g, 1);
        }
    return rc == TRI_OK && e->s->dry ? tri_rep3_exchange(e, &whole, 1) : rc;
}

/*
 * Bilinear product. `*` is any bilinear operation: element-wise, matrix
 * product, convolution or one of its gradients.
 *
 *   P_i            z_i = x_i*(y_i + y_{i+1}) + x_{i+1}*y_i + a_i,
 *                  a_i = F(k_i) - F(k_{i+1})
 *   P_i -> P_{i-1} z_i                        8|Z| bytes, from every party
 *
 * One round, 24 bytes for each word of the result. The sum may be formed of x
 * instead: (x_i + x_{i+1})*y_i + x_i*y_{i+1} is the same.
 *
 * Correct: every x_i*y_j with j - i = 0, 1, 2 is in exactly one z, and the a_i
 * add up to 0.
 * Private: P_{i-1} receives z_i under F(k_{i+1}), a key that it does not have.
 */
int tri_rep3_bilin(struct tri_engine *e, const struct tri_bilin *op,
                   struct tri_ten *z, struct tri_ten *x, struct tri_ten *y)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct product p = { .op = op,
                         .of_x = x,
                         .of_y = y,
                         .z = { z->v[0], z->v[1] },
                         .x = { x->v[0], x->v[1] },
                         .y = { y->v[0], y->v[1] } };
    size_t nx, ny, nz;
    int rc;

    tri_bilin_sizes(op, &nx, &ny, &nz);
    if (nx != x->n || ny != y->n || nz != z->n)
        return TRI_E_ARG;
    rc = tri_session_check(s);
    p.sum_x = nx < ny;
    if (rc == TRI_OK && op->kind == TRI_BILIN_MUL) {
        rc = tri_rep3_mul(e, p.z, p.x, p.y, nz, 0);
    } else if (rc == TRI_OK) {
        rc = tri_arena_alloc(a, &p.sum, p.sum_x ? nx : ny, sizeof *p.sum);
        if (rc == TRI_OK && !s->dry) {
            const uint64_t *const *v = p.sum_x ? p.x : p.y;

            s->cx.k->add(p.sum, v[0], v[1], p.sum_x ? nx : ny);
        }
        if (rc == TRI_OK)
            rc = slices(e, &p, nz);
    }
    if (rc != TRI_OK) {
        tri_rep3_fail(e, rc, "product", p.z, nz);
    } else {
        tri_ten_changed(z);
        z->fb = x->fb + y->fb;
    }
    tri_arena_release(a, mark);
    return rc;
}
