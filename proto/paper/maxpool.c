#include "proto/paper/maxpool.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/beaver.h"
#include "proto/paper/drelu.h"

/* Scratch of P0 and P1. Pairs [2 x m]: the value in the first half, the index
 * in the second. */
struct scratch {
    tri_ring *best; /* [2 x m] */
    tri_ring *diff; /* [2 x m]: best - (x_i, i) */
    tri_ring *bit;  /* [2 x m]: [max >= x_i], twice */
    tri_ring *prod; /* [2 x m]: bit * diff */
};

static int alloc(struct tri_session *s, struct scratch *w, size_t m)
{
    tri_ring **const v[] = { &w->best, &w->diff, &w->bit, &w->prod };
    int rc = m > SIZE_MAX / 2 ? TRI_E_NOMEM : TRI_OK;

    *w = (struct scratch){ NULL, NULL, NULL, NULL };
    for (size_t i = 0; s->id < 2 && i < sizeof v / sizeof *v; i++)
        if (rc == TRI_OK)
            rc = tri_arena_alloc(s->cx.arena, v[i], 2 * m, sizeof(tri_ring));
    return rc;
}

/* Meet candidate i: its values x [m] and its index. */
static int meet(struct tri_session *s, const struct scratch *w,
                const tri_ring *x, size_t i, size_t m)
{
    const struct tri_kernels *k = s->cx.k;
    const int compute = s->id < 2 && !s->dry;
    const uint64_t ci = s->id == 0 ? i : 0; /* this party's share of i */
    int rc;

    if (compute) {
        k->sub(w->diff, w->best, x, m);
        k->addc(w->diff + m, w->best + m, 0 - ci, m);
    }
    rc = tri_paper_drelu(s, w->bit, w->diff, m); /* 1-8 */
    if (rc == TRI_OK && compute)
        memcpy(w->bit + m, w->bit, m * sizeof *w->bit);
    if (rc == TRI_OK) /* 9 */
        rc = tri_beaver_mul(s, w->prod, w->bit, w->diff, 2 * m);
    if (rc == TRI_OK && compute) {
        k->add(w->best, w->prod, x, m);
        k->addc(w->best + m, w->prod + m, ci, m);
    }
    return rc;
}

/*
 * MaxPool (SecureNN, Algorithm 9): the maximum of n and its index, at m places.
 *
 *   max = x_0, ind = 0
 *   for i = 1 .. n - 1:
 *     1.-8.   b <- DReLU(max - x_i)
 *     9.      max = x_i + b (max - x_i),  ind = i + b (ind - i)
 *             two SelectShares as one product          80m bytes
 *
 * Nine rounds a candidate.
 *
 * Correct: b keeps what is not smaller than the new candidate, so that ties
 * go to the smallest index (the paper's DReLU(x_i - max) moves on at a tie).
 * max - x_i has to stay within DReLU's bound: |max - x_i| < 2^62.
 * Private: only private parts, on local sums. The outputs get a zero share
 * of k01.
 */
int tri_paper_maxpool(struct tri_session *s, tri_ring *z, tri_ring *ind,
                      const tri_ring *x, size_t n, size_t m)
{
    const size_t mark = tri_arena_mark(s->cx.arena);
    const int compute = s->id < 2 && !s->dry;
    struct scratch w;
    int rc = tri_session_check(s);

    if (rc == TRI_OK && n == 0)
        return TRI_E_ARG;
    if (rc == TRI_OK)
        rc = alloc(s, &w, m);
    if (rc != TRI_OK)
        goto out;
    if (compute) {
        memcpy(w.best, x, m * sizeof *x);
        memset(w.best + m, 0, m * sizeof *w.best);
    }
    for (size_t i = 1; i < n && rc == TRI_OK; i++)
        rc = meet(s, &w, compute ? x + i * m : NULL, i, m);
    if (rc == TRI_OK && compute) {
        tri_additive_refresh(s, w.best, 2 * m);
        memcpy(z, w.best, m * sizeof *z);
        memcpy(ind, w.best + m, m * sizeof *ind);
    }

out:
    rc = tri_paper_end(s, mark, rc, z, m, "MaxPool");
    if (rc != TRI_OK && ind != NULL)
        tri_wipe(ind, m * sizeof *ind);
    return rc;
}
