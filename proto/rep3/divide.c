#include "proto/rep3/divide.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/rep3/product.h"
#include "proto/rep3/relu.h"
#include "proto/rep3/trunc.h"

/*
 * Scales. D: the normalised divisor, in [1/2, 1). E: the iteration. T: where
 * the factor 1/16 of the first step keeps T + 4 = E.
 */
enum { D = 30, E = 28, T = 24 };

/* One call. Vectors in both components; NULL in a dry run. */
struct job {
    size_t m, cols;        /* rows; elements of a row                         */
    unsigned powers;       /* y is compared with 2^1 .. 2^powers              */
    unsigned top;          /* y is shifted up to [2^(top-1), 2^top)           */
    uint64_t *diff[2];     /* [powers x m]                                    */
    uint64_t *bit[2];      /* [powers x m]: y >= 2^(i+1)                      */
    uint64_t *u[2], *v[2]; /* [m] of the rows, then [m x cols] of elements   */
    uint64_t *t[2];        /* the same and [m x cols] more                    */
};

/* v[m + element] = v[row]. */
static void repeat(const struct job *j, unsigned c)
{
    for (size_t r = 0; r < j->m; r++)
        for (size_t i = 0; i < j->cols; i++)
            j->v[c][j->m + r * j->cols + i] = j->v[c][r];
}

/* 1: diff = y - 2^(i+1); `one` is 1 in component 0, else 0. */
static void subtract_powers(const struct job *j, unsigned c, uint64_t one,
                            const uint64_t *y)
{
    for (unsigned i = 0; i < j->powers; i++)
        for (size_t r = 0; r < j->m; r++)
            j->diff[c][i * j->m + r] = y[r] - (2 * one << i);
}

/* 2: v[row] = 2^(top-1-i) for 2^i <= y < 2^(i+1): every power that y reaches
 * halves it. u = [y | x]. */
static void normalise(const struct job *j, unsigned c, uint64_t one,
                      const uint64_t *x, const uint64_t *y)
{
    for (size_t r = 0; r < j->m; r++)
        j->v[c][r] = one << (j->top - 1);
    for (unsigned i = 0; i < j->powers; i++)
        for (size_t r = 0; r < j->m; r++)
            j->v[c][r] -= j->bit[c][i * j->m + r] << (j->top - 2 - i);
    repeat(j, c);
    memcpy(j->u[c], y, j->m * sizeof *y);
    memcpy(j->u[c] + j->m, x, j->m * j->cols * sizeof *x);
}

/* 3. In: u = [d | x], t = [d^2 | x*d]. Out: t = 1 - 45/16 d + 30/16 d^2 at
 * scale 2D + 4 = 64, where 1 is 0; then x and x*d at scale 2D. */
static void first_step(const struct job *j, unsigned c)
{
    const size_t m = j->m, len = m + m * j->cols;
    uint64_t *t = j->t[c], *u = j->u[c];

    for (size_t r = 0; r < m; r++)
        t[r] = 30 * t[r] - (45 * u[r] << D);
    for (size_t i = m; i < len; i++) {
        t[i + len - m] = t[i];
        t[i] = u[i] << D;
    }
}

/* 4: u = [e | 45/16 x - 30/16 x*d], v = e, both at scale E. */
static void first_quotient(const struct job *j, unsigned c)
{
    const size_t m = j->m, len = m + m * j->cols;
    const uint64_t *t = j->t[c];

    memcpy(j->u[c], t, m * sizeof *t);
    memcpy(j->v[c], t, m * sizeof *t);
    for (size_t i = m; i < len; i++)
        j->u[c][i] = 45 * t[i] - 30 * t[i + len - m];
    repeat(j, c);
}

static int allocate(struct tri_engine *e, struct job *j)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t bits = j->powers * j->m, len = j->m + j->m * j->cols;
    int rc = TRI_OK;

    for (unsigned c = 0; rc == TRI_OK && c < 2; c++) {
        rc = tri_arena_alloc(a, &j->diff[c], bits, sizeof *j->diff[c]);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->bit[c], bits, sizeof *j->bit[c]);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->u[c], len, sizeof *j->u[c]);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->v[c], len, sizeof *j->v[c]);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->t[c], 2 * len - j->m, sizeof *j->t[c]);
    }
    return rc;
}

/* A vector to read. */
#define IN(v) ((const uint64_t *const *)(v))

static int divide(struct tri_engine *e, struct job *j, struct tri_ten *z,
                  const struct tri_ten *x, const struct tri_ten *y)
{
    const unsigned comps = e->s->dry ? 0 : 2;
    const size_t m = j->m, n = m * j->cols, len = m + n;
    uint64_t one[2], *qv[2] = { NULL, NULL }, *qu[2] = { NULL, NULL };
    uint64_t *const zv[2] = { z->v[0], z->v[1] };
    struct tri_rep3_bits own = { { j->bit[0], j->bit[1] } };
    struct tri_bits bits = { .n = j->powers * m,
                             .own = comps == 0 ? NULL : &own };
    int rc;

    for (unsigned c = 0; c < 2; c++)
        one[c] = (int)c == e->const_comp;
    for (unsigned c = 0; c < comps; c++)
        subtract_powers(j, c, one[c], y->v[c]);
    rc = tri_rep3_sign(e, &bits, IN(j->diff), j->powers * m);
    if (rc != TRI_OK)
        return rc;

    for (unsigned c = 0; c < comps; c++)
        normalise(j, c, one[c], x->v[c], y->v[c]);
    rc = tri_rep3_mul(e, j->t, IN(j->u), IN(j->v), len, 0);
    if (rc == TRI_OK && j->top > D)
        rc = tri_rep3_trunc(e, j->u, IN(j->t), len, j->top - D);
    else
        for (unsigned c = 0; rc == TRI_OK && c < comps; c++)
            memcpy(j->u[c], j->t[c], len * sizeof *j->u[c]);
    if (rc != TRI_OK)
        return rc;

    for (unsigned c = 0; c < comps; c++) {
        memcpy(j->v[c], j->u[c], m * sizeof *j->v[c]);
        repeat(j, c);
    }
    rc = tri_rep3_mul(e, j->t, IN(j->v), IN(j->u), len, 0);
    for (unsigned c = 0; rc == TRI_OK && c < comps; c++)
        first_step(j, c);
    if (rc == TRI_OK)
        rc = tri_rep3_trunc(e, j->t, IN(j->t), len + n, 2 * D - T);
    if (rc != TRI_OK)
        return rc;

    for (unsigned c = 0; c < comps; c++)
        first_quotient(j, c);
    rc = tri_rep3_mul(e, j->t, IN(j->v), IN(j->u), len, 0);
    for (unsigned c = 0; rc == TRI_OK && c < comps; c++)
        for (size_t i = m; i < len; i++)
            j->t[c][i] += j->u[c][i] << E;
    if (rc == TRI_OK)
        rc = tri_rep3_trunc(e, j->u, IN(j->t), len, E);
    if (rc != TRI_OK)
        return rc;

    for (unsigned c = 0; c < comps; c++) {
        for (size_t r = 0; r < m; r++)
            j->v[c][r] = j->u[c][r] + (one[c] << E) + (one[c] << (E - 17));
        repeat(j, c);
        qv[c] = j->v[c] + m;
        qu[c] = j->u[c] + m;
    }
    rc = tri_rep3_mul(e, j->t, IN(qv), IN(qu), n, 0);
    return rc == TRI_OK
               ? tri_rep3_trunc(e, zv, IN(j->t), n, (unsigned)(2 * E - z->fb))
               : rc;
}

/*
 * Division of rows, z = x / y with 0 <= x <= y and 1 <= y < 2^(k-2) (stored
 * integers), by normalising and Goldschmidt's iteration, as in
 * proto/fused/divide.c, with this engine's protocols. R: the rounds of the
 * sign's circuit.
 *
 *   1  y >= 2^i for i = 1 .. k-3, in parallel              R + 2 rounds
 *      v = 2^(top-1) - sum of bit_i * 2^(top-1-i)          local
 *   2  d = y*v in [1/2, 1), x = x*v in [0, d]              1 round
 *      (k > 32: truncated to 30 bits                       4 more)
 *   3  q = x*w, e = 1 - d*w, w = 45/16 - 30/16 d           5 rounds
 *   4  q = q*(1 + e), e = e^2                              5 rounds
 *   5  z = q*(1 + e + 2^-17), rounded to scale z->fb       5 rounds
 *
 * 24 rounds for k = 32; for m rows of n: 29m signs, products of 3m + 4mn words,
 * truncations of (m + 2mn) and mn words by 36 and 40 bits or more, of m + mn
 * words by 28.
 *
 * Correct. |e| <= 1/16 on [1/2, 1): e is 1/16 at both ends and -7/128 at its
 * minimum d = 3/4. After step 4, q = (x/d)*(1 - e^2) with e^2 <= 2^-8, after
 * step 5 z = (x/d)*(1 - e^4 + 2^-17) up to 2^-25, with e^4 <= 2^-16: off by
 * at most half a unit of scale 16. The roundings before the last one are
 * below 2^-20 together, the last is at most 1.5 units of z->fb. No product
 * reaches 2^62: the largest are d^2 and x*2^30 below 2^60, e at scale 64 at
 * most 2^60, q*(1 + e) at scale 2E below 2^57. (2^64 = 0 in the ring is why e
 * needs no 1 there.)
 *
 * Private: composed of protocols that reveal nothing.
 */
int tri_rep3_div(struct tri_engine *e, struct tri_ten *z,
                 const struct tri_ten *x, const struct tri_ten *y)
{
    struct tri_session *s = e->s;
    const size_t mark = tri_arena_mark(s->cx.arena);
    uint64_t *const zv[2] = { z->v[0], z->v[1] };
    struct job j = { .m = y->n };
    int rc = tri_session_check(s);

    if ((y->n == 0 ? x->n != 0 : x->n % y->n != 0) || z->n != x->n ||
        x->fb != y->fb || z->fb < 0 || z->fb > 16)
        return TRI_E_ARG;
    j.cols = y->n == 0 ? 0 : x->n / y->n;
    j.powers = e->config.k - 3;
    j.top = e->config.k - 2 > D ? e->config.k - 2 : D;
    if (rc == TRI_OK)
        rc = allocate(e, &j);
    if (rc == TRI_OK)
        rc = divide(e, &j, z, x, y);
    if (rc != TRI_OK)
        tri_rep3_fail(e, rc, "division", zv, z->n);
    tri_ten_changed(z);
    tri_arena_release(s->cx.arena, mark);
    return rc;
}
