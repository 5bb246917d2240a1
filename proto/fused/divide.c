#include "proto/fused/divide.h"
#include "proto/beaver.h"
#include "proto/fused/lanes.h"
#include "proto/fused/normalise.h"
#include "proto/fused/relu.h"
#include "proto/fused/trunc.h"

/* The scale of the normalised divisor, in [1/2, 1). */
enum { D = 30 };

/* One call. Vectors of P0 and P1; NULL on P2 and in a dry run. */
struct job {
    size_t m, cols;       /* rows; elements of a row                         */
    unsigned powers;      /* y is compared with 2^1 .. 2^powers              */
    unsigned top;         /* y is shifted up to [2^(top-1), 2^top)           */
    struct tri_bits bits; /* [powers x m]: y >= 2^(i+1)                   */
    tri_ring *diff;       /* [powers x m]                                    */
    tri_ring *u, *v, *t;  /* [m] of the rows, then [m x cols] of elements    */
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
        rc = tri_arena_alloc(a, &j->t, len, sizeof *j->t);
    return rc;
}

static int divide(struct tri_engine *e, struct job *j, tri_ring *z,
                  const tri_ring *x, const tri_ring *y, unsigned fb)
{
    struct tri_session *s = e->s;
    const int live = !s->dry && s->id < 2, p0 = s->id == 0;
    const size_t m = j->m, n = m * j->cols, len = m + n;
    const struct tri_fused_rows rows = { m, j->cols, D - 21 };
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
        rc = tri_fused_trunc(e, j->t, j->t, len, j->top - D);

    /* 3: of 2 d in [1, 2) and 2 x, which are these at scale D - 1 */
    return rc == TRI_OK ? tri_fused_quotients(e, z, j->t, &rows, 2, fb) : rc;
}

/*
 * Division of rows, z = x / y with 0 <= x <= y and 1 <= y < 2^(k-2) (stored
 * integers), by normalising and Goldschmidt's iteration.
 *
 *   1  y >= 2^i for i = 1 .. k-3, in parallel              4 rounds
 *      v = 2^(top-1) - sum of bit_i * 2^(top-1-i)          local
 *   2  d = y*v in [1/2, 1), x = x*v in [0, d]              1 round
 *      (k > 32: truncated to 30 bits                       1 more)
 *   3  z = 2x / 2d, 1 <= 2d < 2 (normalise.c)              4 rounds
 *
 * 9 rounds; for k = 32, m rows of n: 29m signs, 5*8 bytes for each of m + mn
 * products, and step 3.
 *
 * Correct: off by what step 3 is off, less than two units at z->fb = 16. x = 0
 * gives 0. No product reaches 2^62: d < 2^62, and after the truncation 2^30.
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
