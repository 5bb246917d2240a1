#include "proto/fused/normalise.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/mem.h"
#include "proto/fused/powers.h"
#include "proto/fused/rows.h"
#include "proto/fused/trunc.h"

/* Scales: of x and S as they enter a product, of S and of what is squared, of
 * what multiplies them; all as they come, and of a product. */
enum {
    WIDE = 52,
    HIGH = 60,
    CUT = 32,
    PRODUCT = WIDE + HIGH - 2 * CUT,
    E = 20
};

/* Numbers that a polynomial is made of, and 1. */
enum { TERMS = TRI_FUSED_TOP + 1 };

/* How rows of n are divided: public. */
struct plan {
    tri_ring coef[TERMS]; /* of w, in powers of S */
    int fb;               /* of S in it           */
    double most;          /* |1 - S*w|            */
};

/* T5(z). */
static double chebyshev(double z)
{
    return ((16 * z * z - 20) * z * z + 5) * z;
}

/* The polynomials 1 - S*w are T5((2S - n - 1) / (n - 1)) / T5(-(n + 1) /
 * (n - 1)). The first coefficient of such a w, in units of scale HIGH. */
static double first(double n, int fb)
{
    const double a = 2 / (n - 1);

    return 16 * a * a * a * a * a / chebyshev((n + 1) / (n - 1)) *
           tri_pow2(HIGH - 4 * fb);
}

/* n, or so little more that the first coefficient is whole. */
static double stretched(double n, int fb)
{
    const double whole = (double)(long long)first(n, fb);
    double low = n, high = 4 * n;

    for (int i = 0; i < 60; i++) {
        const double half = (low + high) / 2;

        if (first(half, fb) > whole)
            low = half;
        else
            high = half;
    }
    return high;
}

static struct plan plan_for(size_t most)
{
    static const double add[] = { 0, -20, 0, 5, 0 };
    struct plan p = { .fb = HIGH / 4 - 1 };
    double c[TERMS + 1] = { 16 }, n = most < 2 ? 2 : (double)most, a, b, unit;

    while ((size_t)1 << (HIGH / 4 - p.fb) < most)
        p.fb--;
    n = stretched(n, p.fb);
    a = 2 / (n - 1);
    b = (n + 1) / (n - 1);
    for (int k = 0; k < TERMS; k++) { /* times aS - b, and add */
        for (int i = k + 1; i > 0; i--)
            c[i] = c[i - 1] * a - b * c[i];
        c[0] = add[k] - b * c[0];
    }
    for (int i = 0; i < TERMS; i++) {
        const int up = HIGH - i * p.fb, kept = up < 40 ? up : 40;

        p.coef[i] =
            (tri_ring)tri_round(c[i + 1] / chebyshev(b) * tri_pow2(kept))
            << (up - kept);
    }
    unit = tri_pow2(-p.fb);
    p.most = 1 / chebyshev(b);
    p.most += unit * (1 + p.most * (1 + 30 * a)) + tri_pow2(-16);
    return p;
}

/* What is left of e if 1 + e + half is multiplied with, or the F of below. */
static double linear(double e)
{
    return e * e / 2;
}

static double quartic(double e)
{
    return e * e * e * e * (0.125 + 0.875 * e);
}

/* One call. Vectors of P0 and P1; NULL on P2 and in a dry run. */
struct job {
    struct tri_engine *e;
    struct tri_fused_rows rows; /* of v: behind each factor S, then the x */
    tri_ring *v;
    tri_ring *s;                    /* [m] S, or e                        */
    tri_ring *power[TRI_FUSED_TOP]; /* of it, [m] each */
    int live;
    tri_ring one; /* this party's share */
};

static tri_ring *row(const struct job *j, size_t r)
{
    return j->v + j->rows.m + r * j->rows.cols;
}

/* w at scale HIGH from the powers of S. */
static void inverse(const struct job *j, const struct plan *p)
{
    for (size_t r = 0; r < j->rows.m; r++) {
        tri_ring w = j->one * p->coef[0];

        for (unsigned i = 0; i < TRI_FUSED_TOP; i++)
            w += p->coef[i + 1] * j->power[i][r];
        j->v[r] = w;
    }
}

/* s = e = 1 - S*w at scale PRODUCT. */
static void take_error(const struct job *j)
{
    for (size_t r = 0; r < j->rows.m; r++)
        j->s[r] = (j->one << PRODUCT) - *row(j, r);
}

/* F = 1 + e + most^2 / 2. */
static void last_factor(const struct job *j, double most)
{
    const tri_ring half = (tri_ring)tri_round(linear(most) * tri_pow2(HIGH));

    for (size_t r = 0; r < j->rows.m; r++)
        j->v[r] = j->one * (((tri_ring)1 << HIGH) + half) +
                  (j->s[r] << (HIGH - PRODUCT));
}

/* F = 1 + e + e^2 + e^3 + most^2 e^2 - most^4 / 8. */
static void factor(const struct job *j, double most)
{
    const double sq = most * most;
    const tri_ring less = (tri_ring)tri_round(sq * sq / 8 * tri_pow2(HIGH));
    const tri_ring c2 = (tri_ring)tri_round((1 + sq) * tri_pow2(HIGH - 2 * E));

    for (size_t r = 0; r < j->rows.m; r++)
        j->v[r] = j->one * (((tri_ring)1 << HIGH) - less) +
                  (j->s[r] << (HIGH - PRODUCT)) + c2 * j->power[1][r] +
                  j->power[2][r];
}

/* S and x to their places. */
static void spread(const struct job *j, const tri_ring *w)
{
    const size_t m = j->rows.m, cols = j->rows.cols - 1;
    const unsigned up = WIDE - E - j->rows.shift;

    for (size_t r = 0; r < m; r++) {
        tri_ring *const x = row(j, r);

        x[0] = j->s[r] = w[r] << up;
        for (size_t i = 0; i < cols; i++)
            x[1 + i] = w[m + r * cols + i] << up;
    }
}

/* The quotients, to where the x came from. */
static void collect(const struct job *j, tri_ring *w)
{
    const size_t cols = j->rows.cols - 1;

    for (size_t r = 0; r < j->rows.m; r++)
        memcpy(w + j->rows.m + r * cols, row(j, r) + 1, cols * sizeof *w);
}

static int allocate(struct job *j)
{
    struct tri_arena *const a = j->e->s->cx.arena;
    const size_t m = j->rows.m;
    int rc;

    if (j->e->s->id == 2)
        return TRI_OK;
    rc = tri_arena_alloc(a, &j->v, m + m * j->rows.cols, sizeof *j->v);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &j->s, m, sizeof *j->s);
    for (unsigned i = 0; rc == TRI_OK && i < TRI_FUSED_TOP; i++)
        rc = tri_arena_alloc(a, &j->power[i], m, sizeof *j->power[i]);
    return rc;
}

/* S and x in v, at scale WIDE - up, times what stands before; e of them. */
static int multiply(const struct job *j, unsigned up)
{
    struct tri_fused_rows r = j->rows;
    int rc;

    for (size_t i = r.m; j->live && i < r.m + r.m * r.cols; i++)
        j->v[i] <<= up;
    r.shift = CUT;
    rc = tri_fused_rows(j->e, &r, j->v, NULL, j->v);
    if (rc == TRI_OK && j->live)
        take_error(j);
    return rc;
}

/*
 * z = x / S for the numbers x of a row and an S with 1 <= S <= n and 0 <= x <=
 * S: for small n, no comparison is needed.
 *
 *   1  S truncated to 15 - log2 n bits; S^2, S^3, S^4          1 round
 *      w = d0 + d1*S + .. + d4*S^4, nearly 1/S                 local
 *   2  S and x, truncated to scale 20, times w                 1 round
 *      e = 1 - S*w                                             local
 *   3  while E^2 / 2 >= 3/4 of a unit of scale 16, |e| <= E:
 *      e truncated to scale 20; e^2, e^3                       1 round
 *      F = 1 + e + (1 + E^2) e^2 + e^3 - E^4 / 8               local
 *      S*w and x*w times F; e again                            1 round
 *   4  x*w times 1 + e + E^2 / 2, unless E is less than that   1 round
 *   5  z = x*w, truncated                                      1 round
 *
 * Each product truncates its operands in the same round (rows.c, powers.c). Of
 * a row 80 bytes in 1, 84 in each product, 64 in 3; of an element 44 in each
 * product, and 4 1/4 at the end (z->fb = 16). 5 rounds for n = 4 to 10, with
 * two products, 6 to n = 31, 4 for n = 2 and 3. P2 receives nothing, so it is
 * never waited for.
 *
 * Correct. 1 - S*w is T5((2S - n - 1) / (n - 1)) / T5(-(n + 1) / (n - 1)) of
 * Chebyshev's T5, which is 1 at S = 0 and of which no polynomial of its degree
 * is less on [1, n]: 0.075 for n = 10, 0.53 for n = 64, 3e-4 for n = 2; what is
 * cut off S adds as much as 0.002. (n is stretched a little, so that d4 is
 * whole at scale 60, where d4 S^4 stands.) That e is exact up to the rounding
 * of S to scale 20, whatever w is. (1 - e)*F is 1 up to r = E^4 / 8 + 7/8 E^5,
 * as e^4 - E^2 e^2 + E^4 / 8 is within E^4 / 8: so x*w*F is x/S up to r, and r
 * is the next E: 0.5 units of scale 16 for n = 10. The last r, or E^2 / 2, is
 * at most 3/4 of a unit; roundings of x and S to scale 20 make 1/16 each time,
 * the last truncation less than one unit: less than two units at z->fb = 16. x
 * = 0 gives 0. No number reaches 2^62: S*2^52 is at most 2^58, w below 1 and F
 * below 2.1 at scale 60, products below 1.6 at scale 48.
 *
 * Private: composed of protocols that reveal nothing.
 */
int tri_fused_quotients(struct tri_engine *e, tri_ring *z, tri_ring *w,
                        const struct tri_fused_rows *rows, size_t most,
                        unsigned fb)
{
    struct tri_arena *const a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a), m = rows->m;
    const struct plan p = plan_for(most);
    const double enough = 0.75 * tri_pow2(-16);
    struct job j = { .e = e,
                     .rows = *rows,
                     .live = !e->s->dry && e->s->id < 2 };
    double left = p.most;
    int rc;

    j.rows.cols++;
    j.one = e->s->id == 0 ? 1 : 0;
    rc = allocate(&j);
    if (rc == TRI_OK && j.live)
        spread(&j, w);
    if (rc == TRI_OK)
        rc = tri_fused_powers(e, j.power, j.s, m, (unsigned)(WIDE - p.fb),
                              TRI_FUSED_TOP);
    if (rc == TRI_OK && j.live)
        inverse(&j, &p);
    if (rc == TRI_OK)
        rc = multiply(&j, 0);
    while (rc == TRI_OK && left > enough) {
        const int last = linear(left) < enough;

        if (!last)
            rc = tri_fused_powers(e, j.power, j.s, m, PRODUCT - E, 3);
        if (rc == TRI_OK && j.live && last)
            last_factor(&j, left);
        else if (rc == TRI_OK && j.live)
            factor(&j, left);
        if (rc == TRI_OK)
            rc = multiply(&j, WIDE - PRODUCT);
        left = last ? 0 : quartic(left) + tri_pow2(-20);
    }
    if (rc == TRI_OK && j.live)
        collect(&j, w);
    if (rc == TRI_OK)
        rc = tri_fused_trunc(e, z, j.live ? w + m : NULL, m * rows->cols,
                             PRODUCT - fb);
    tri_arena_release(a, mark);
    return rc;
}

/* [S | x] of this party's share of x. */
static void sum_up(const struct tri_fused_rows *r, tri_ring *w,
                   const tri_ring *x)
{
    for (size_t i = 0; i < r->m; i++) {
        w[i] = 0;
        for (size_t k = 0; k < r->cols; k++)
            w[i] += x[i * r->cols + k];
    }
    memcpy(w + r->m, x, r->m * r->cols * sizeof *x);
}

int tri_fused_normalise(struct tri_engine *e, struct tri_ten *z,
                        const struct tri_ten *x)
{
    struct tri_session *s = e->s;
    struct tri_arena *const a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct tri_fused_rows r = { .m = x->shape.d[0] };
    tri_ring *w = NULL;
    int rc = tri_session_check(s);

    if (r.m == 0 || x->n % r.m != 0 || z->n != x->n || x->fb <= E ||
        x->fb > E + 32 || z->fb < 0 || z->fb > 16)
        return TRI_E_ARG;
    r.cols = x->n / r.m;
    r.shift = (unsigned)x->fb - E;
    if (r.cols < 1 || r.cols > TRI_ROW_MOST)
        return TRI_E_ARG;
    if (rc == TRI_OK && s->id < 2)
        rc = tri_arena_alloc(a, &w, r.m + x->n, sizeof *w);
    if (rc == TRI_OK && s->id < 2 && !s->dry)
        sum_up(&r, w, x->v[0]);
    if (rc == TRI_OK)
        rc = tri_fused_quotients(e, z->v[0], w, &r, r.cols, (unsigned)z->fb);
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "division", TRI_NOBODY);
        if (z->v[0] != NULL)
            tri_wipe(z->v[0], z->n * sizeof(tri_ring));
    }
    tri_ten_changed(z);
    tri_arena_release(a, mark);
    return rc;
}
