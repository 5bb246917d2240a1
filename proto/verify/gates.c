#include "proto/verify/gates.h"
#include "core/mem.h"

enum { BLOCK = TRI_GATES_BLOCK * TRI_ROW };

size_t tri_gates_rows(size_t n)
{
    const size_t rows = (n + TRI_ROW - 1) / TRI_ROW;

    return rows + rows % 2;
}

/* Where a walk is: `rows` rows of a segment, from product `at` on. */
struct block {
    const struct tri_verify_words *e;
    size_t segment, at, rows;
    size_t bits;   /* number of its first row, over all segments      */
    size_t folded; /* ... of its first folded row, of this proof only */
    uint64_t *free;
};

static struct block start(void)
{
    return (struct block){ .segment = 0 };
}

/* On to the next block of a proof; 0 at the end. */
static int next(const struct tri_gates *g, enum tri_role role, struct block *b)
{
    const unsigned prover = tri_role_prover(g->id, role);
    size_t all;

    b->at += b->rows * TRI_ROW;
    b->bits += b->rows;
    b->folded += b->rows / 2;
    b->rows = 0;
    for (;; b->segment++, b->at = 0) {
        if (b->segment == g->segments)
            return 0;
        b->e = &g->segment[b->segment];
        all = tri_gates_rows(b->e->n);
        if (b->e->prover != TRI_NOBODY && b->e->prover != (int)prover)
            b->bits += all;
        else if (b->at < all * TRI_ROW)
            break;
    }
    b->rows = all - b->at / TRI_ROW;
    if (b->rows > TRI_GATES_BLOCK)
        b->rows = TRI_GATES_BLOCK;
    b->free = g->scratch;
    return 1;
}

static uint64_t *take(struct block *b, size_t blocks)
{
    uint64_t *p = b->free;

    b->free += blocks * BLOCK;
    return p;
}

/* The block of an array, whole rows of it: where it stands if it has them,
 * else with zeros behind its end. */
static const uint64_t *words(struct block *b, const uint64_t *p)
{
    const size_t want = b->rows * TRI_ROW;
    size_t have;
    uint64_t *to;

    if (p != NULL && b->e->n - b->at >= want)
        return p + b->at;
    have = p == NULL || b->at >= b->e->n ? 0 : b->e->n - b->at;
    to = take(b, 1);
    if (have > 0)
        memcpy(to, p + b->at, have * sizeof *to);
    memset(to + have, 0, (want - have) * sizeof *to);
    return to;
}

static unsigned shift_of(const struct block *b)
{
    return 64 - b->e->bits;
}

void tri_gates_sum(const struct tri_gates *g, enum tri_role role,
                   uint64_t *sums)
{
    const struct tri_kernels *k = g->k;

    for (struct block b = start(); next(g, role, &b);) {
        const struct tri_verify_words *e = b.e;
        const size_t n = b.rows * TRI_ROW;
        const unsigned shift = shift_of(&b);
        uint64_t *lo = take(&b, 1), *hi = take(&b, 1), *both = take(&b, 2);

        if (role == TRI_PROVER) {
            k->words_carry(lo, hi, words(&b, e->x[0]), words(&b, e->x[1]),
                           words(&b, e->y[0]), words(&b, e->y[1]),
                           words(&b, e->mask[1]), shift, n);
        } else {
            const uint64_t *rest = words(&b, e->mask[0]);

            if (role == TRI_V1) {
                uint64_t *t = take(&b, 1);

                k->mul(t, words(&b, e->x[1]), words(&b, e->y[1]), n);
                k->add(t, t, words(&b, e->mask[1]), n);
                k->sub(t, words(&b, e->z), t, n);
                rest = t;
            }
            for (size_t i = 0; i < n; i++) {
                lo[i] = (uint32_t)(rest[i] << shift);
                hi[i] = rest[i] << shift >> 32;
            }
        }
        for (size_t r = 0; r < b.rows; r++) {
            memcpy(both + 2 * r * TRI_ROW, lo + r * TRI_ROW,
                   TRI_ROW * sizeof *lo);
            memcpy(both + (2 * r + 1) * TRI_ROW, hi + r * TRI_ROW,
                   TRI_ROW * sizeof *hi);
        }
        k->words_project(sums, 2 * TRI_ROW, both, 2 * TRI_ROW, g->bits + b.bits,
                         b.rows, 2 * TRI_ROW);
    }
}

/* Rows of u: x and y, times the weights, in turn. */
static uint64_t *rows_of_u(const struct tri_gates *g,
                           const struct tri_gates_proof *p, struct block *b,
                           unsigned component)
{
    uint64_t *w = take(b, 1), *u = take(b, 2);
    const struct tri_verify_words *e = b->e;

    g->k->field_weights(w, p->weights, g->bits + b->bits, b->rows, p->f);
    g->k->field_scale(u, 2 * TRI_ROW, w, words(b, e->x[component]), shift_of(b),
                      b->rows, p->f);
    g->k->field_scale(u + TRI_ROW, 2 * TRI_ROW, w, words(b, e->y[component]),
                      shift_of(b), b->rows, p->f);
    return u;
}

void tri_gates_values(const struct tri_gates *g,
                      const struct tri_gates_proof *p, uint64_t *q)
{
    for (struct block b = start(); next(g, TRI_PROVER, &b);) {
        const uint64_t *u = rows_of_u(g, p, &b, 0);
        uint64_t *v = take(&b, 2);

        g->k->field_scale(v, 2 * TRI_ROW, NULL, words(&b, b.e->y[1]), 0, b.rows,
                          p->f);
        g->k->field_scale(v + TRI_ROW, 2 * TRI_ROW, NULL, words(&b, b.e->x[1]),
                          0, b.rows, p->f);
        g->k->field_values(q, u, v, 2, b.rows / 2, p->f);
    }
}

size_t tri_gates_fold(const struct tri_gates *g, enum tri_role role,
                      unsigned side, const struct tri_gates_proof *p,
                      tri_gates_take *sink, void *arg)
{
    const unsigned component = role == TRI_V2 ? 0 : role == TRI_V1 ? 1 : side;
    struct block b = start();

    while (next(g, role, &b)) {
        const size_t rows = b.rows / 2;
        uint64_t *z = take(&b, 1), *w;

        if (side == 0) {
            w = take(&b, 1);
            g->k->field_weights(w, p->weights, g->bits + b.bits, b.rows, p->f);
            g->k->field_fold(z, p->fold, w, words(&b, b.e->x[component]),
                             words(&b, b.e->y[component]), shift_of(&b), rows,
                             p->f);
        } else {
            g->k->field_fold(z, p->fold, NULL, words(&b, b.e->y[component]),
                             words(&b, b.e->x[component]), 0, rows, p->f);
        }
        sink(arg, z, b.folded, rows);
    }
    return b.folded;
}
