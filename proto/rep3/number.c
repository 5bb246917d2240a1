#include "proto/rep3/number.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/rep3/ledger.h"

enum { TASK = 8192 };

/* What is done between messages, by party; see the diagram below. */
enum stage { FIRST, ARRIVED, SECOND, LAST };

struct job {
    const struct tri_kernels *k;
    const struct tri_rep3_number *c;
    unsigned id;
    enum stage stage;
};

/* Where the elements of a block from `at` on stand. */
static void *at_of(const struct tri_rep3_number *c, void *v, size_t at)
{
    return (uint8_t *)v + tri_rep3_bytes(c->w) * at;
}

/* 64 elements. b, b_next: the party's bits. `in` and the outputs hold what is
 * drawn until they get what they are for. */
static void block(const struct job *j, size_t at, size_t n)
{
    const struct tri_kernels *k = j->k;
    const struct tri_rep3_number *c = j->c;
    const unsigned w = (unsigned)tri_rep3_bytes(c->w);
    const uint64_t b = c->bit[0][at / 64], b_next = c->bit[1][at / 64];
    void *const o0 = at_of(c, c->out[0], at), *const o1 =
                                                  at_of(c, c->out[1], at);
    void *const m = at_of(c, c->msg, at), *const in = at_of(c, c->in, at);
    void *const f = at_of(c, c->drawn, at);

    switch (4 * j->id + (unsigned)j->stage) {
    case 0 + FIRST: /* z_0, z_1 = F; d_0, d_1 */
        k->lane_share(m, b & b_next, f, w, n);
        k->lane_flip(o0, b, m, NULL, w, n);
        k->lane_flip(o1, b_next, f, NULL, w, n);
        return;
    case 0 + SECOND: /* e'_0 = F */
        k->lane_flip(o0, b, m, in, w, n);
        return;
    case 0 + LAST: /* e_1 */
        k->lane_flip(o1, b_next, f, m, w, n);
        return;
    case 4 + FIRST: /* d_1 */
        k->lane_flip(o0, b, f, NULL, w, n);
        return;
    case 4 + SECOND: /* e_1, e_2 = F */
        k->lane_keep(m, b_next, o0, o1, w, n);
        k->lane_flip(o0, b, f, m, w, n);
        return;
    case 4 + LAST: /* e_2, e'_2 */
        k->lane_flip(o1, b_next, o1, in, w, n);
        return;
    case 8 + ARRIVED: /* d_0 */
        k->lane_flip(o1, b_next, m, NULL, w, n);
        return;
    case 8 + SECOND: /* e'_2, e'_0 = F; e_2 */
        k->lane_keep(in, b, o1, f, w, n);
        k->lane_flip(o1, b_next, m, f, w, n);
        k->lane_flip(o0, b, o0, in, w, n);
        return;
    default:
        return;
    }
}

static void stage_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    size_t at = task * TASK;
    const size_t end = j->c->n - at < TASK ? j->c->n : at + TASK;

    (void)worker;
    for (; at < end; at += 64)
        block(j, at, end - at < 64 ? end - at : 64);
}

static void run(struct tri_engine *e, const struct tri_rep3_number *c,
                enum stage stage)
{
    struct job j = { e->s->cx.k, c, e->s->id, stage };

    tri_par_run(e->s->cx.par, stage_task, &j, (c->n + TASK - 1) / TASK);
}

int tri_rep3_number_alloc(struct tri_engine *e, struct tri_rep3_number *c,
                          size_t n, enum tri_rep3_width w)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t each = tri_rep3_bytes(w);
    int rc;

    *c = (struct tri_rep3_number){ .n = n, .w = w };
    rc = tri_arena_alloc(a, &c->drawn, n, each);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &c->msg, n, each);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &c->in, n, each);
    return rc;
}

/* A product of the component at place j of one sharing, bits or d, with that at
 * the next place of another. */
static void free_gate(struct tri_engine *e, const struct tri_rep3_number *c,
                      int j, int d_first, int d_second, void *msg,
                      struct tri_rep3_gate *g)
{
    *g = (struct tri_rep3_gate){
        .prover = j,
        .xw = d_first ? c->w : TRI_REP3_BITS,
        .yw = d_second ? c->w : TRI_REP3_BITS,
        .z = { msg, msg },
        .n = c->n,
        .w = c->w,
    };
    for (unsigned i = 0; i < 2; i++) {
        g->x[i] = d_first ? c->out[i] : c->bit[i];
        g->y[i] = d_second ? c->out[i] : c->bit[i];
    }
    tri_ledger_enter(e, g);
    tri_ledger_keep_all(e, g);
}

/*
 * Bits b = b_0 ^ b_1 ^ b_2 as numbers, by products of components that one party
 * knows both of. Such a product u*v, u at place j, v at place j+1, is z_j +
 * z_{j+1} with z_{j+1} = F(k_{j+1}) and z_j from P_j, which knows u and v.
 *
 *   P0 -> P2    z_0 = b_0*b_1 - F(k_1),  z_1 = F(k_1)
 *   local       d_0 = b_0 - 2z_0,  d_1 = b_1 - 2z_1,  b_0 ^ b_1 = d_0 + d_1
 *   P1 -> P0    e_1 = d_1*b_2 - F(k_2),  e_2 = F(k_2)
 *   P2 -> P1    e'_2 = d_0*b_2 - F(k_0),  e'_0 = F(k_0)
 *   output      (d_0 - 2e'_0,  d_1 - 2e_1,  b_2 - 2e_2 - 2e'_2)
 *
 * Two rounds, three elements in all: 24 bytes a bit for words, 6 in Z_{2^16}.
 *
 * Correct: u ^ v = u + v - 2uv for bits, for b_0 ^ b_1 and then for that and
 * b_2; every component is computed by the two parties that hold it.
 * Private: each message is under F of a key that its receiver does not have:
 * P2 has not k_1, P0 not k_2, P1 not k_0.
 */
size_t tri_rep3_number_prepare(struct tri_engine *e, struct tri_rep3_number *c,
                               unsigned round, struct tri_rep3_gate *g)
{
    const unsigned id = e->s->id;

    if (round == 1) {
        free_gate(e, c, 0, 0, 0, c->msg, &g[0]);
        if (e->s->dry)
            return 1;
        if (id < 2)
            tri_ledger_draw(e, &g[0], id == 0, c->drawn);
        run(e, c, FIRST);
        return 1;
    }
    free_gate(e, c, 1, 1, 0, c->msg, &g[0]);
    free_gate(e, c, 2, 0, 1, c->in, &g[1]);
    if (e->s->dry)
        return 2;
    if (id == 0)
        tri_ledger_draw(e, &g[1], 0, c->in);
    if (id == 1)
        tri_ledger_draw(e, &g[0], 1, c->out[1]);
    if (id == 2) {
        tri_ledger_draw(e, &g[1], 1, c->drawn);
        tri_ledger_draw(e, &g[0], 0, c->out[0]);
    }
    run(e, c, SECOND);
    return 2;
}

void tri_rep3_number_finish(struct tri_engine *e, struct tri_rep3_number *c,
                            unsigned round)
{
    if (!e->s->dry)
        run(e, c, round == 1 ? ARRIVED : LAST);
}

void tri_rep3_number_wipe(const struct tri_engine *e,
                          const struct tri_rep3_number *c)
{
    if (e->s->dry)
        return;
    tri_wipe(c->drawn, c->n * tri_rep3_bytes(c->w));
    tri_wipe(c->in, c->n * tri_rep3_bytes(c->w));
}
