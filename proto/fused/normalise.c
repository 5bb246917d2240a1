#include "proto/fused/normalise.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/mem.h"
#include "proto/fused/rows.h"
#include "proto/fused/trunc.h"

/* Scales: of x and S as they enter, of the coefficients, of the iteration. */
enum { IN = 20, COEF = 18, E = 28 };

/* How rows of n are divided: public. */
struct plan {
    tri_ring c0, c1; /* scale COEF                                     */
    unsigned steps;
    tri_ring half; /* of what is left after them, at most; scale E */
};

/* The largest |1 - c0 S + c1 S^2| for 1 <= S <= n. */
static double largest(double c0, double c1, double n)
{
    const double s[3] = { 1, n, c0 / (2 * c1) };
    double most = 0;

    for (int i = 0; i < 3; i++) {
        const double e = 1 - c0 * s[i] + c1 * s[i] * s[i];

        most = e > most ? e : -e > most ? -e : most;
    }
    return most;
}

static struct plan plan_for(size_t rows_of)
{
    const double n = rows_of < 2 ? 2 : (double)rows_of;
    const double a = n + 1, b = n - 1, top = 2 * a * a / (b * b) - 1;
    const long long c0 = tri_round(8 * a / (b * b * top) * tri_pow2(COEF));
    const long long c1 = tri_round(8 / (b * b * top) * tri_pow2(COEF));
    double e =
        largest((double)c0 * tri_pow2(-COEF), (double)c1 * tri_pow2(-COEF), n);
    struct plan p = { .c0 = (tri_ring)c0, .c1 = (tri_ring)c1 };

    do {
        e = e * e + tri_pow2(-24);
        p.steps++;
    } while (e > 1.5 * tri_pow2(-16));
    p.half = (tri_ring)tri_round(e / 2 * tri_pow2(E));
    return p;
}

/* t = [S | x] at scale IN, z = [S^2 | S*x]. Out: z = [e | q] at scale COEF +
 * 2 IN. */
static void begin(const struct plan *p, const struct tri_fused_rows *r,
                  tri_ring *z, const tri_ring *t, int p0)
{
    const size_t n = r->m + r->m * r->cols;

    for (size_t i = 0; i < r->m; i++)
        z[i] = p->c1 * z[i] - (p->c0 * t[i] << IN) +
               (p0 ? (tri_ring)1 << (COEF + 2 * IN) : 0);
    for (size_t i = r->m; i < n; i++)
        z[i] = (p->c0 * t[i] << IN) - p->c1 * z[i];
}

/*
 * z = x / S for the numbers x of a row and an S with 1 <= S <= n and 0 <= x <=
 * S: for small n, no comparison is needed.
 *
 *   1  x and S truncated to scale 20; S^2, S*x                  1 round
 *      e = 1 - S*w,  q = x*w,  w = c0 - c1*S                    local
 *   2  q = q*(1 + e),  e = e^2; the last time q*(1 + e + half)  1 round each
 *   3  z = q, truncated                                         1 round
 *
 * Each product truncates its operands in the same round (rows.c): 40 bytes a
 * row and 44 an element for each of 1 + steps products, and 8 1/4 an element
 * for the truncation. P2 receives nothing, so it is never waited for.
 *
 * Correct. With c0 and c1 those of Chebyshev's polynomial, 1 - c0 S + c1 S^2 =
 * T2((2S - n - 1) / (n - 1)) / T2((n + 1) / (n - 1)), which is 1 at S = 0 and
 * whose modulus on [1, n] is least: 0.503 for n = 10, 0.89 for n = 64, 1/17 for
 * n = 2. q = (x/S)*(1 - e) all along, and steps are taken until e^2 is below
 * 1.5 * 2^-16: 4 for n = 10, 7 for n = 64, 2 for n = 2. Half of that is added:
 * off by at most 3/4 of a unit of scale 16. x and S are off by less than 2^-20
 * each when they have entered, the roundings at scale 28 make less than 2^-22
 * together, the last is below one unit: less than two units at z->fb = 16. x =
 * 0 gives 0. No number reaches 2^62: S^2 is at most 2^52; e and q at scale 58
 * are at most 1, and q*(1 + e) at scale 56. (What overflows on the way to e and
 * q is the same modulo 2^64.)
 *
 * Private: composed of protocols that reveal nothing.
 */
int tri_fused_quotients(struct tri_engine *e, tri_ring *z, tri_ring *w,
                        const struct tri_fused_rows *rows, size_t most,
                        unsigned fb)
{
    struct tri_arena *const a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a), end = rows->m + rows->m * rows->cols;
    const struct plan p = plan_for(most);
    const int live = !e->s->dry && e->s->id < 2;
    struct tri_fused_rows r = *rows;
    tri_ring *t = NULL;
    int rc = tri_arena_alloc(a, &t, e->s->id < 2 ? end : 0, sizeof *t);

    if (rc == TRI_OK)
        rc = tri_fused_rows(e, &r, w, t, w);
    if (rc == TRI_OK && live)
        begin(&p, &r, w, t, e->s->id == 0);
    r.shift = COEF + 2 * IN - E;
    for (unsigned i = 0; rc == TRI_OK && i < p.steps; i++, r.shift = E) {
        const tri_ring more = i + 1 < p.steps ? 0 : p.half;

        rc = tri_fused_rows(e, &r, w, t, w);
        for (size_t k = r.m; rc == TRI_OK && live && k < end; k++)
            w[k] += (t[k] << E) + more * t[k];
    }
    if (rc == TRI_OK)
        rc =
            tri_fused_trunc(e, z, live ? w + r.m : NULL, end - r.m, 2 * E - fb);
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

    if (r.m == 0 || x->n % r.m != 0 || z->n != x->n || x->fb <= IN ||
        x->fb > IN + 32 || z->fb < 0 || z->fb > 16)
        return TRI_E_ARG;
    r.cols = x->n / r.m;
    r.shift = (unsigned)x->fb - IN;
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
