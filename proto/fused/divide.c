#include "proto/fused/divide.h"
#include "proto/beaver.h"
#include "proto/fused/lanes.h"
#include "proto/fused/relu.h"
#include "proto/fused/trunc.h"

/*
 * Scales. D: the normalised divisor, in [1/2, 1). E: the iteration. T: where
 * the factor 1/16 of the first step keeps T + 4 = E.
 */
enum { D = 30, E = 28, T = 24 };

/* One call. Vectors of P0 and P1; NULL on P2 and in a dry run. */
struct job {
    size_t m, cols;       /* rows; elements of a row                         */
    unsigned powers;      /* y is compared with 2^1 .. 2^powers              */
    unsigned top;         /* y is shifted up to [2^(top-1), 2^top)           */
    struct tri_bits bits; /* [powers x m]: y >= 2^(i+1)                   */
    tri_ring *diff;       /* [powers x m]                                    */
    tri_ring *u, *v;      /* [m] of the rows, then [m x cols] of elements    */
    tri_ring *t;          /* the same and [m x cols] more                    */
};

/* diff = y - 2^(i+1). */
static void subtract_powers(const struct job *j, const tri_ring *y, int p0)
{
    for (unsigned i = 0; i < j->powers; i++)
        for (size_t r = 0; r < j->m; r++)
            j->diff[i * j->m + r] = y[r] - (p0 ? (tri_ring)2 << i : 0);
}

/* v[row] = 2^(top-1-i) for 2^i <= y < 2^(i+1): every power that y reaches
 * halves it. */
static void normaliser(const struct job *j, int p0)
{
    const struct tri_fused_bits b = tri_fused_bits(&j->bits);
    const tri_ring one = p0 ? 1 : 0; /* this party's share */

    for (size_t r = 0; r < j->m; r++)
        j->v[r] = p0 ? (tri_ring)1 << (j->top - 1) : 0;
    for (unsigned i = 0; i < j->powers; i++)
        for (size_t r = 0; r < j->m; r++) {
            const size_t at = i * j->m + r;
            const tri_ring bit = tri_fused_flip(b.known[at], one, b.e[at]);

            j->v[r] -= bit << (j->top - 2 - i);
        }
}

/* v[m + element] = v[row]. */
static void repeat(const struct job *j)
{
    for (size_t r = 0; r < j->m; r++)
        for (size_t i = 0; i < j->cols; i++)
            j->v[j->m + r * j->cols + i] = j->v[r];
}

/* In: u = [d | x], t = [d^2 | x*d]. Out: t = 1 - 45/16 d + 30/16 d^2 at scale
 * 2D + 4 = 64, where 1 is 0; then x and x*d at scale 2D. */
static void first_step(const struct job *j)
{
    const size_t m = j->m, len = m + m * j->cols;

    for (size_t r = 0; r < m; r++)
        j->t[r] = 30 * j->t[r] - (45 * j->u[r] << D);
    for (size_t i = m; i < len; i++) {
        j->t[i + len - m] = j->t[i];
        j->t[i] = j->u[i] << D;
    }
}

/* u = [e | 45/16 x - 30/16 x*d], both at scale E. */
static void first_quotient(const struct job *j)
{
    const size_t m = j->m, len = m + m * j->cols;

    memcpy(j->u, j->t, m * sizeof *j->u);
    memcpy(j->v, j->t, m * sizeof *j->v);
    for (size_t i = m; i < len; i++)
        j->u[i] = 45 * j->t[i] - 30 * j->t[i + len - m];
}

static int allocate(struct tri_engine *e, struct job *j)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t bits = j->powers * j->m, len = j->m + j->m * j->cols;
    int rc = tri_fused_bits_alloc(e, &j->bits, bits);

    if (rc == TRI_OK && e->s->id < 2)
        rc = tri_arena_alloc(a, &j->diff, bits, sizeof *j->diff);
    if (rc == TRI_OK && e->s->id < 2)
        rc = tri_arena_alloc(a, &j->u, len, sizeof *j->u);
    if (rc == TRI_OK && e->s->id < 2)
        rc = tri_arena_alloc(a, &j->v, len, sizeof *j->v);
    if (rc == TRI_OK && e->s->id < 2)
        rc = tri_arena_alloc(a, &j->t, 2 * len - j->m, sizeof *j->t);
    return rc;
}

static int divide(struct tri_engine *e, struct job *j, tri_ring *z,
                  const tri_ring *x, const tri_ring *y, unsigned fb)
{
    struct tri_session *s = e->s;
    const int live = !s->dry && s->id < 2, p0 = s->id == 0;
    const size_t m = j->m, n = m * j->cols, len = m + n;
    const tri_ring one = (tri_ring)1 << E;
    int rc;

    /* 1: v, a power of two for each row */
    if (live)
        subtract_powers(j, y, p0);
    rc = tri_fused_drelu(e, &j->bits, j->diff, j->powers * m);
    if (rc != TRI_OK)
        return rc;

    /* 2: d = y*v, x = x*v at scale D */
    if (live) {
        normaliser(j, p0);
        repeat(j);
        memcpy(j->u, y, m * sizeof *y);
        memcpy(j->u + m, x, n * sizeof *x);
    }
    rc = tri_beaver_mul(s, j->t, j->u, j->v, len);
    if (rc == TRI_OK && j->top > D)
        rc = tri_fused_trunc(e, j->u, j->t, len, j->top - D);
    else if (rc == TRI_OK && live)
        memcpy(j->u, j->t, len * sizeof *j->u);
    if (rc != TRI_OK)
        return rc;

    /* 3: q = x*w, e = 1 - d*w with w = 45/16 - 30/16 d */
    if (live) {
        memcpy(j->v, j->u, m * sizeof *j->v);
        repeat(j);
    }
    rc = tri_beaver_mul(s, j->t, j->v, j->u, len);
    if (rc == TRI_OK && live)
        first_step(j);
    if (rc == TRI_OK)
        rc = tri_fused_trunc(e, j->t, j->t, len + n, 2 * D - T);
    if (rc != TRI_OK)
        return rc;

    /* 4: q = q*(1 + e), e = e*e */
    if (live) {
        first_quotient(j);
        repeat(j);
    }
    rc = tri_beaver_mul(s, j->t, j->v, j->u, len);
    for (size_t i = m; rc == TRI_OK && live && i < len; i++)
        j->t[i] += j->u[i] << E;
    if (rc == TRI_OK)
        rc = tri_fused_trunc(e, j->u, j->t, len, E);
    if (rc != TRI_OK)
        return rc;

    /* 5: z = q*(1 + e + 2^-17), half of the largest e^2 */
    if (live) {
        for (size_t r = 0; r < m; r++)
            j->v[r] = j->u[r] + (p0 ? one + (one >> 17) : 0);
        repeat(j);
    }
    rc = tri_beaver_mul(s, j->t, live ? j->v + m : NULL, live ? j->u + m : NULL,
                        n);
    if (rc == TRI_OK)
        rc = tri_fused_trunc(e, z, j->t, n, 2 * E - fb);
    return rc;
}

/*
 * Division of rows, z = x / y with 0 <= x <= y and 1 <= y < 2^(k-2) (stored
 * integers), by normalising and Goldschmidt's iteration.
 *
 *   1  y >= 2^i for i = 1 .. k-3, in parallel              4 rounds
 *      v = 2^(top-1) - sum of bit_i * 2^(top-1-i)          local
 *   2  d = y*v in [1/2, 1), x = x*v in [0, d]              1 round
 *      (k > 32: truncated to 30 bits                       1 more)
 *   3  q = x*w, e = 1 - d*w, w = 45/16 - 30/16 d           2 rounds
 *   4  q = q*(1 + e), e = e^2                              2 rounds
 *   5  z = q*(1 + e + 2^-17), rounded to scale z->fb       2 rounds
 *
 * 11 rounds; for k = 32, m rows of n: 29m signs, 5*8 bytes for each of
 * 3m + 4mn products, truncations of (m + 2mn) and mn words to 8 + 1/4 bytes
 * and of m + mn words to 4 + 1/4. Step 3 multiplies d and x by d in one round
 * and truncates e, x and x*d, brought to one scale, in the next.
 *
 * Correct. |e| <= 1/16 on [1/2, 1): e is 1/16 at both ends and -7/128 at its
 * minimum d = 3/4. After step 4, q = (x/d)*(1 - e^2) with e^2 <= 2^-8, after
 * step 5 z = (x/d)*(1 - e^4 + 2^-17) up to 2^-25, with e^4 <= 2^-16: off by
 * at most half a unit of scale 16. The roundings before the last one are
 * below 2^-21 together, the last is below one unit of z->fb: less than 1.6
 * units at z->fb = 16. x = 0 gives 0. No product reaches 2^62: the largest are
 * d^2 and x*2^30 below 2^60, e at scale 64 at most 2^60, q*(1 + e) at scale
 * 2E below 2^57. (2^64 = 0 in the ring is why e needs no 1 there.)
 *
 * Private: composed of protocols that reveal nothing.
 */
int tri_fused_div(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x, const struct tri_ten *y)
{
    struct tri_session *s = e->s;
    const size_t mark = tri_arena_mark(s->cx.arena);
    struct job j = { .m = y->n };
    int rc = tri_session_check(s);

    if ((y->n == 0 ? x->n != 0 : x->n % y->n != 0) || z->n != x->n ||
        x->fb != y->fb || z->fb < 0 || z->fb > 16 ||
        x->n > TRI_FUSED_MAX_N / 2 || y->n > TRI_FUSED_MAX_N / 64)
        return TRI_E_ARG;
    j.cols = y->n == 0 ? 0 : x->n / y->n;
    j.powers = e->config.k - 3;
    j.top = e->config.k - 2 > D ? e->config.k - 2 : D;
    if (rc == TRI_OK) {
        rc = allocate(e, &j);
        if (rc == TRI_OK)
            rc = divide(e, &j, z->v[0], x->v[0], y->v[0], (unsigned)z->fb);
    }
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "division", TRI_NOBODY);
        if (z->v[0] != NULL)
            tri_wipe(z->v[0], z->n * sizeof(tri_ring));
    }
    tri_ten_changed(z);
    tri_arena_release(s->cx.arena, mark);
    return rc;
}
