#include "proto/rep3/and.h"
#include "core/mem.h"
#include "proto/rep3/ledger.h"

enum { TASK_BLOCKS = 128 };

struct slice_job {
    const struct tri_kernels *k;
    struct tri_rep3_slice s;
};

static void slice_task(void *arg, size_t task, unsigned worker)
{
    const struct slice_job *j = arg;
    const struct tri_rep3_slice *s = &j->s;
    const size_t blocks = tri_rep3_blocks(s->n);
    const size_t at = task * TASK_BLOCKS;
    const size_t end = blocks - at < TASK_BLOCKS ? blocks : at + TASK_BLOCKS;
    uint64_t a[64];

    (void)worker;
    for (size_t b = at; b < end; b++) {
        const size_t left = s->n - 64 * b, lanes = left < 64 ? left : 64;

        for (size_t i = 0; i < lanes; i++)
            a[i] = ((s->x[64 * b + i] + s->bias) >> s->shift) + s->add;
        j->k->slice_transpose(s->plane + b, blocks, s->planes, a, 1, lanes,
                              s->lo);
    }
    tri_wipe(a, sizeof a);
}

void tri_rep3_slice(struct tri_engine *e, const struct tri_rep3_slice *s)
{
    struct slice_job job = { e->s->cx.k, *s };
    const size_t blocks = tri_rep3_blocks(s->n);

    tri_par_run(e->s->cx.par, slice_task, &job,
                (blocks + TASK_BLOCKS - 1) / TASK_BLOCKS);
}

struct and_job {
    const struct tri_kernels *k;
    struct tri_rep3_ands a;
    const struct tri_ledger_entry *entry; /* NULL: none is kept */
};

/* A gate's operands for the ledger. Those of a majority are (x0, 0, x2) and
 * (0, x1, x2), by the components' places: no array for zeros, one for both. */
static void note(const struct and_job *j, size_t task)
{
    const struct tri_rep3_ands *a = &j->a;
    const struct tri_adder_gate g = a->gate[task];
    const size_t n = a->blocks, bytes = n * sizeof(uint64_t);

    for (unsigned c = 0; c < 2; c++) {
        uint64_t *const x = j->entry->x[c], *const y = j->entry->y[c];

        if (x != NULL)
            memcpy(x + task * n, a->in[c] + g.x * n, bytes);
        if (y != NULL && y != x)
            memcpy(y + task * n, a->in[c] + g.y * n, bytes);
    }
}

/* One gate; its share of zero stands in z. */
static void and_task(void *arg, size_t task, unsigned worker)
{
    const struct and_job *j = arg;
    const struct tri_rep3_ands *a = &j->a;
    const struct tri_adder_gate g = a->gate[task];
    const size_t n = a->blocks;
    const uint64_t *x0 = a->in[0] + g.x * n, *x1 = a->in[1] + g.x * n;
    const uint64_t *y0 = a->in[0] + g.y * n, *y1 = a->in[1] + g.y * n;
    uint64_t *z = a->z[0] + task * n;

    (void)worker;
    if (j->entry != NULL)
        note(j, task);
    if (a->majority)
        j->k->slice_maj(z, x0, x1, z, n);
    else
        j->k->slice_and(z, x0, x1, y0, y1, z, n);
}

/*
 * AND gates, as many at once as there are.
 *
 *   P_i            z_i = (x_i & (y_i ^ y_{i+1})) ^ (x_{i+1} & y_i) ^ a_i,
 *                  a_i = F(k_i) ^ F(k_{i+1})
 *   P_i -> P_{i-1} z_i           8 bytes a gate and block, from every party
 *
 * One round, 3/8 byte for a gate of a value. Correct and private as the product
 * of words (product.c).
 *
 * The majority of the three bits that the components themselves are is
 * x0&x1 ^ x1&x2 ^ x2&x0, so z_i = (x_i & x_{i+1}) ^ a_i: the AND of the
 * sharings (x0, 0, x2) and (0, x1, x2), exclusive or x2, with every term that
 * P2 has twice left out. As such it is in the ledger, whose e1 = z_i ^ F(k_i)
 * has no x_i & y_i: that is 0, or the x2 that was left out.
 */
void tri_rep3_and(struct tri_engine *e, const struct tri_rep3_ands *a,
                  struct tri_rep3_gate *g)
{
    struct and_job job = { e->s->cx.k, *a, NULL };

    *g = (struct tri_rep3_gate){
        .prover = TRI_NOBODY,
        .z = { a->z[0], a->z[1] },
        .n = a->gates * a->blocks,
        .w = TRI_REP3_BITS,
        .majority = a->majority,
    };
    tri_ledger_enter(e, g);
    if (e->s->dry)
        return;
    job.entry = g->entry;
    tri_ledger_zero(e, g);
    tri_par_run(e->s->cx.par, and_task, &job, a->gates);
}
