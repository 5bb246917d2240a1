#include "proto/verify/ringwalk.h"
#include "arch/field.h"
#include "core/mem.h"
#include "proto/verify/ringjudge.h"

/* Both sides of every group of every matrix product, some words at a time. */
struct walk {
    size_t matrix, group, at, n;
    size_t sides; /* where the group's f is among a proof's sides, then g   */
    size_t row;   /* of the group's first row, in rows of 8 words           */
};

static size_t chunks(const struct tri_matrix_shape *s)
{
    return (s->kp + TRI_MATRIX_CHUNK - 1) / TRI_MATRIX_CHUNK;
}

/* At step i of all. */
static void find(const struct tri_ring_check *c, size_t i, struct walk *k)
{
    const struct tri_matrix_shape *s;
    size_t each;

    *k = (struct walk){ .matrix = 0 };
    for (;; k->matrix++) {
        s = &c->matrix[k->matrix].shape;
        each = chunks(s);
        if (i < s->groups * each)
            break;
        i -= s->groups * each;
        k->sides += s->groups * (s->na + s->nb);
        k->row += s->groups * 2 * s->kp / TRI_ROW;
    }
    k->group = i / each;
    k->at = i % each * TRI_MATRIX_CHUNK;
    k->n = s->kp - k->at < TRI_MATRIX_CHUNK ? s->kp - k->at : TRI_MATRIX_CHUNK;
    k->sides += k->group * (s->na + s->nb);
    k->row += k->group * 2 * s->kp / TRI_ROW;
}

/* The number of the first row of these words: u (of = 0) has X first, v has Y
 * first. */
static size_t row_of(const struct tri_ring_check *c, const struct walk *k,
                     unsigned of, unsigned xy)
{
    const size_t kp = c->matrix[k->matrix].shape.kp;

    return k->row + ((xy == of ? 0 : kp) + k->at) / TRI_ROW;
}

/* Component 0 is in the prover's u and in V2's v, component 1 in the prover's v
 * and in V1's u. */
static void step(struct tri_ring_check *c, const struct walk *k,
                 unsigned component, const size_t first[TRI_ROLES],
                 unsigned worker)
{
    const enum tri_role role = component == 0 ? TRI_V2 : TRI_V1;
    const struct tri_matrix *m = &c->matrix[k->matrix];
    const struct tri_ring_proof *mine = &c->proof[TRI_PROVER];
    const struct tri_ring_proof *theirs = &c->proof[role];
    struct tri_ring_walker *at = &c->walker[worker];
    const size_t n = k->n / TRI_ROW;
    struct tri_matrix_cx mx = c->mx;

    mx.scratch += worker * mx.each;
    for (unsigned xy = 0; xy < 2; xy++) {
        const size_t side = k->sides + (xy == 0 ? 0 : m->shape.na);
        const size_t row = first[TRI_PROVER] + row_of(c, k, component, xy);
        const struct tri_matrix_side to[2] = {
            { mine->sides + side, &mine->f,
              c->narrow[component] + row * TRI_ROW },
            { theirs->sides + side, &theirs->f, at->chunk[xy] },
        };
        uint64_t w[TRI_MATRIX_CHUNK / TRI_ROW];

        tri_matrix_sides(m, &mx, xy, component, k->group, k->at, k->n, to);
        tri_ring_axis(c, role, first[role] + row_of(c, k, 1 - component, xy), n,
                      w);
        c->s->cx.k->field_comb(at->row[role], w, n, at->chunk[xy],
                               TRI_FIELD_BITS, 0, TRI_ROW, 1, TRI_ROW,
                               &theirs->f);
    }
    if (role == TRI_V1)
        c->s->cx.k->field_values(&at->product, at->chunk[0], at->chunk[1], 0, n,
                                 &theirs->f);
}

/* Steps of a task. */
enum { STEPS = 8 };

struct steps {
    struct tri_ring_check *c;
    const size_t *first;
    size_t n;
};

static void steps_task(void *arg, size_t task, unsigned worker)
{
    const struct steps *s = arg;

    for (size_t i = task * STEPS; i < (task + 1) * STEPS && i < s->n; i++) {
        struct walk k;

        find(s->c, i, &k);
        for (unsigned component = 0; component < 2; component++)
            step(s->c, &k, component, s->first, worker);
    }
}

void tri_ring_matrices(struct tri_ring_check *c, const size_t first[TRI_ROLES])
{
    const size_t end = first[TRI_PROVER] + (size_t)c->plan->count.matrix_rows;
    const unsigned workers = tri_par_workers(c->s->cx.par);
    struct steps s = { c, first, 0 };

    for (size_t i = 0; i < c->plan->count.matrices; i++)
        s.n += c->matrix[i].shape.groups * chunks(&c->matrix[i].shape);
    memset(c->walker, 0, workers * sizeof *c->walker);
    tri_par_run(c->s->cx.par, steps_task, &s, (s.n + STEPS - 1) / STEPS);
    for (unsigned i = 0; i < workers; i++)
        for (enum tri_role r = TRI_V1; r < TRI_ROLES; r++) {
            struct tri_ring_proof *p = &c->proof[r];

            for (size_t l = 0; l < TRI_ROW; l++)
                p->row[l] =
                    tri_field_add(&p->f, p->row[l], c->walker[i].row[r][l]);
            if (r == TRI_V1)
                p->product =
                    tri_field_add(&p->f, p->product, c->walker[i].product);
        }
    for (unsigned of = 0; of < 2; of++)
        memset(c->narrow[of] + end * TRI_ROW, 0,
               (c->plan->folded - end) * TRI_ROW * sizeof(uint64_t));
    c->at = c->plan->folded;
}
