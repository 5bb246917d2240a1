#include "proto/rep3/number.h"
#include "core/err.h"
#include "proto/rep3/ledger.h"

enum { TASK = 8192 };

/* What is done between messages, by party; see the diagram below. */
enum stage { FIRST, ARRIVED, SECOND, LAST };

struct job {
    const struct tri_rep3_number *c;
    unsigned id;
    enum stage stage;
    const void *other; /* P2, SECOND: F(k_2) of the second product */
};

/* One task, for elements of type T. b, b_next: the party's bits. */
#define STAGE(T, name)                                             \
    static void name(const struct job *j, size_t at, size_t end)   \
    {                                                              \
        const struct tri_rep3_number *c = j->c;                    \
        T *o0 = c->out[0], *o1 = c->out[1], *m = c->msg;           \
        const T *f = c->drawn, *in = c->in, *other = j->other;     \
                                                                   \
        for (size_t i = at; i < end; i++) {                        \
            const T b = (T)(c->bit[0][i / 64] >> i % 64 & 1);      \
            const T b_next = (T)(c->bit[1][i / 64] >> i % 64 & 1); \
                                                                   \
            switch (4 * j->id + (unsigned)j->stage) {              \
            case 0 + FIRST: /* z_0, z_1 = F; d_0, d_1 */           \
                m[i] = (T)((b & b_next) - f[i]);                   \
                o0[i] = (T)(b - 2 * m[i]);                         \
                o1[i] = (T)(b_next - 2 * f[i]);                    \
                break;                                             \
            case 0 + SECOND: /* e'_0 = F */                        \
                o0[i] = (T)(o0[i] - 2 * f[i]);                     \
                break;                                             \
            case 0 + LAST: /* e_1 */                               \
                o1[i] = (T)(o1[i] - 2 * m[i]);                     \
                break;                                             \
            case 4 + FIRST: /* d_1 */                              \
                o0[i] = (T)(b - 2 * f[i]);                         \
                break;                                             \
            case 4 + SECOND: /* e_1, e_2 = F */                    \
                m[i] = (T)((o0[i] & (T)(0 - b_next)) - f[i]);      \
                o0[i] = (T)(o0[i] - 2 * m[i]);                     \
                break;                                             \
            case 4 + LAST: /* e'_2 */                              \
                o1[i] = (T)(b_next - 2 * (T)(f[i] + in[i]));       \
                break;                                             \
            case 8 + ARRIVED: /* d_0 */                            \
                o1[i] = (T)(b_next - 2 * m[i]);                    \
                break;                                             \
            case 8 + SECOND: /* e'_2, e'_0 = F, e_2 = other */     \
                m[i] = (T)((o1[i] & (T)(0 - b)) - f[i]);           \
                o1[i] = (T)(o1[i] - 2 * f[i]);                     \
                o0[i] = (T)(b - 2 * (T)(other[i] + m[i]));         \
                break;                                             \
            default:                                               \
                break;                                             \
            }                                                      \
        }                                                          \
    }

STAGE(uint16_t, stage16)
STAGE(uint32_t, stage32)
STAGE(uint64_t, stage64)

static void stage_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const size_t at = task * TASK;
    const size_t end = j->c->n - at < TASK ? j->c->n : at + TASK;

    (void)worker;
    if (j->c->w == TRI_REP3_16)
        stage16(j, at, end);
    else if (j->c->w == TRI_REP3_32)
        stage32(j, at, end);
    else
        stage64(j, at, end);
}

static void run(struct tri_engine *e, const struct tri_rep3_number *c,
                enum stage stage, const void *other)
{
    struct job j = { c, e->s->id, stage, other };

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
                      int j, int d_first, int d_second, void *in,
                      struct tri_rep3_gate *g)
{
    *g = (struct tri_rep3_gate){
        .prover = j,
        .xw = d_first ? c->w : TRI_REP3_BITS,
        .yw = d_second ? c->w : TRI_REP3_BITS,
        .z = { c->msg, in },
        .n = c->n,
        .w = c->w,
    };
    for (unsigned i = 0; i < 2; i++) {
        g->x[i] = d_first ? c->out[i] : c->bit[i];
        g->y[i] = d_second ? c->out[i] : c->bit[i];
    }
    tri_ledger_enter(e, g);
}

/*
 * Bits b = b_0 ^ b_1 ^ b_2 as numbers, by products of components that one party
 * knows both of. Such a product u*v, u at place j, v at place j+1, is z_j +
 * z_{j+1} with z_{j+1} = F(k_{j+1}) and z_j from P_j, which knows u and v.
 *
 *   P0 -> P2       z_0 = b_0*b_1 - F(k_1),  z_1 = F(k_1)
 *   local          d_0 = b_0 - 2z_0,  d_1 = b_1 - 2z_1      b_0 ^ b_1 = d_0 +
 * d_1 P1 -> P0       e_1 = d_1*b_2 - F(k_2),  e_2 = F(k_2) P2 -> P1       e'_2
 * = d_0*b_2 - F(k_0),  e'_0 = F(k_0) output         (d_0 - 2e'_0,  d_1 - 2e_1,
 * b_2 - 2e_2 - 2e'_2)
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
    struct tri_rep3 *r = tri_rep3_self(e);
    const unsigned id = e->s->id;

    if (round == 1) {
        free_gate(e, c, 0, 0, 0, c->msg, &g[0]);
        if (e->s->dry)
            return 1;
        if (id < 2)
            tri_rep3_draw(e, id == 0 ? &r->next : &r->own, g[0].op, c->drawn,
                          c->n, c->w);
        run(e, c, FIRST, NULL);
        return 1;
    }
    free_gate(e, c, 1, 1, 0, c->msg, &g[0]);
    free_gate(e, c, 2, 0, 1, c->in, &g[1]);
    if (e->s->dry)
        return 2;
    if (id == 0)
        tri_rep3_draw(e, &r->own, g[1].op, c->drawn, c->n, c->w);
    else
        tri_rep3_draw(e, &r->next, g[id - 1].op, c->drawn, c->n, c->w);
    if (id == 2)
        tri_rep3_draw(e, &r->own, g[0].op, c->in, c->n, c->w);
    run(e, c, SECOND, c->in);
    return 2;
}

void tri_rep3_number_finish(struct tri_engine *e, struct tri_rep3_number *c,
                            unsigned round)
{
    if (!e->s->dry)
        run(e, c, round == 1 ? ARRIVED : LAST, NULL);
}

int tri_rep3_number(struct tri_engine *e, struct tri_rep3_number *c)
{
    struct tri_rep3_gate g[TRI_REP3_NUMBER_GATES];
    int rc = TRI_OK;

    for (unsigned round = 1; rc == TRI_OK && round <= 2; round++) {
        const size_t gates = tri_rep3_number_prepare(e, c, round, g);

        rc = tri_rep3_exchange(e, g, gates);
        if (rc == TRI_OK)
            tri_rep3_number_finish(e, c, round);
    }
    return rc;
}
