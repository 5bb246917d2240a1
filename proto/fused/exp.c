#include "proto/fused/exp.h"
#include "core/err.h"
#include "proto/additive.h"
#include "proto/fused/compare.h"
#include "proto/fused/lanes.h"
#include "proto/fused/powers.h"
#include "proto/wire.h"

enum { CLAMP = 16, POLY = 61, FIRST = 20, SECOND = 17, WIDEST = 17 };

/* What is dealt of each element: e, e*Y, e*Y^2, e*Y^3, Y, Y^2, Y^3. */
enum { POWERS = 4, WORDS = 7 };

/* One call, as its tasks see it. */
struct job {
    const struct tri_session *s;
    struct tri_fused_cmp sign; /* [n] */
    tri_ring *z;
    tri_ring *deal; /* P2: [WORDS x n], piece by piece; P1: a piece */
    tri_ring coef[POWERS];
    uint64_t id; /* stream */
    unsigned shift;
    size_t first, len; /* the present piece */
};

/* The coefficients of q in powers of A, at scale POLY - shift; fb: of x. They
 * are multiples of 2^-20, and add up to 1 at A = 16. */
static void plan(struct job *j, int fb)
{
    static const int64_t c[POWERS] = { 31488, 59824, -2838, 192 };
    const int g = fb - (int)j->shift;

    for (int i = 0; i < POWERS; i++) {
        const int up = POLY - (int)j->shift - 20 - i * g;

        j->coef[i] = up < 0 ? (tri_ring)(c[i] >> -up) : (tri_ring)c[i] << up;
    }
}

/* Bits of x that are truncated, so that the coefficient of A^3 is whole. */
static unsigned beyond(int fb)
{
    unsigned s = 0;

    while ((int)s + 3 * (fb - (int)s) > 47)
        s++;
    return s;
}

static tri_ring *word_at(const struct job *j, unsigned w, size_t at)
{
    return j->deal + (j->s->id == 2 ? WORDS * j->first : 0) + w * j->len +
           (at - j->first);
}

/* P2. */
static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, &j->s->prg[0], j->id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const tri_ring(*p0)[TRI_LANES] =
            tri_fused_take(&st, 8, WORDS * TRI_LANES);
        tri_ring *w[WORDS];

        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        for (unsigned i = 0; i < WORDS; i++)
            w[i] = word_at(j, i, g.at);
        for (size_t l = 0; l < lanes; l++) {
            const tri_ring y = j->sign.y[g.at + l] >> j->shift;
            const tri_ring y2 = y * y, y3 = y2 * y;
            const uint64_t e = tri_fused_mask(j->sign.m[g.at + l] ^ 1);

            w[0][l] = (e & 1) - p0[0][l];
            w[1][l] = (e & y) - p0[1][l];
            w[2][l] = (e & y2) - p0[2][l];
            w[3][l] = (e & y3) - p0[3][l];
            w[4][l] = y - p0[4][l];
            w[5][l] = y2 - p0[5][l];
            w[6][l] = y3 - p0[6][l];
        }
    }
    tri_stream_wipe(&st);
}

/* P0, P1. */
static void finish_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    const tri_ring *const c = j->coef;
    const int draws = j->s->id == 0;
    const tri_ring whole = draws ? 1 : 0; /* what is public belongs to P0 */
    struct tri_stream st;

    (void)worker;
    if (draws)
        tri_stream_open(&st, &j->s->prg[2], j->id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const tri_ring(*p0)[TRI_LANES] =
            draws ? tri_fused_take(&st, 8, WORDS * TRI_LANES) : NULL;
        const tri_ring *w[WORDS];

        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        for (unsigned i = 0; i < WORDS; i++)
            w[i] = draws ? p0[i] : word_at(j, i, g.at);
        for (size_t l = 0; l < lanes; l++) {
            const uint8_t m = j->sign.m[g.at + l];
            const tri_ring r = (j->sign.r[g.at + l] >> j->shift) +
                               (TRI_FUSED_BIAS >> j->shift);
            const tri_ring bit = tri_fused_flip(m, whole, w[0][l]);
            const tri_ring y = tri_fused_flip(m, w[4][l], w[1][l]);
            const tri_ring y2 = tri_fused_flip(m, w[5][l], w[2][l]);
            const tri_ring y3 = tri_fused_flip(m, w[6][l], w[3][l]);
            const tri_ring q = c[3] * y3 + (c[2] - 3 * c[3] * r) * y2 +
                               (c[1] - r * (2 * c[2] - 3 * c[3] * r)) * y -
                               r * (c[1] - r * (c[2] - c[3] * r)) * bit;

            j->z[g.at + l] = (whole * c[0] + q) << j->shift;
        }
    }
    if (draws)
        tri_stream_wipe(&st);
}

static int allocate(struct tri_session *s, struct job *j, size_t n,
                    size_t *sent)
{
    struct tri_arena *a = s->cx.arena;
    const size_t piece = tri_fused_min(n, tri_fused_piece(n));
    int rc = TRI_OK;

    if (s->id == 2)
        rc = tri_arena_alloc(a, &j->deal, WORDS * n, sizeof *j->deal);
    *sent = tri_arena_mark(a);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, s->id == 2 ? &j->sign.y : &j->sign.r, n,
                             sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &j->sign.m, n, 1);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_arena_alloc(a, &j->deal, WORDS * piece, sizeof *j->deal);
    return rc;
}

/* Round 4. */
static int finish(struct tri_session *s, struct job *j, size_t n)
{
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        if (s->id == 1)
            rc = tri_recv_words(s->link, 2, j->deal, WORDS * j->len);
        if (rc == TRI_OK)
            tri_fused_tasks(s, s->id == 2 ? deal_task : finish_task, j, j->len);
        if (rc == TRI_OK && s->id == 2)
            rc = tri_send_words(s->link, 1, j->deal + WORDS * j->first,
                                WORDS * j->len);
    }
    return rc;
}

/* z [n] = q(x + 16) at scale POLY, or q(0) where that is less than 0. */
static int polynomial(struct tri_engine *e, tri_ring *z, const tri_ring *x,
                      size_t n, int fb)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct job j = { .s = s, .z = z, .shift = beyond(fb) };
    size_t sent = mark;
    int rc = allocate(s, &j, n, &sent);

    plan(&j, fb);
    if (rc == TRI_OK && !s->dry && s->id < 2)
        s->cx.k->addc(z, x, s->id == 0 ? (tri_ring)CLAMP << fb : 0, n);
    if (rc == TRI_OK)
        rc = tri_fused_compare(e, &j.sign, z, n, 0);
    if (rc == TRI_OK && s->dry)
        tri_cost_msg(&s->cost, 2, 1, 8 * WORDS * n);
    if (rc == TRI_OK && !s->dry) {
        if (s->id != 1)
            j.id = tri_prg_next(tri_additive_key(s, s->id == 0 ? 2 : 0));
        rc = finish(s, &j, n);
        if (rc == TRI_OK)
            rc = tri_flush(s->link);
    }
    tri_arena_release(a, sent);
    tri_arena_drop(a, mark);
    return rc;
}

/*
 * exp(d) of d = max(x, -16), x <= 0, as q^9 with a polynomial q of degree 3.
 *
 *   1  a = x + 16, and its sign as in compare.c                 3 rounds
 *      P2             Y = y >> s;  shares of e, e*Y, e*Y^2, e*Y^3, Y, Y^2, Y^3,
 *                     P0's <- k02
 *      P2 -> P1       the other shares           56n bytes, round 4
 *      P0, P1         R = (r >> s) + (2^62 >> s),  A = Y - R
 *                     [bit*Y^i] = m [Y^i] + (1 - 2m) [e*Y^i],  i = 0..3
 *                     q = c0 + c1 bit*A + c2 bit*A^2 + c3 bit*A^3, linear in
 *                     these, at scale 61 - s;  q <- 2^s q
 *   2  q^3, q truncated from scale 61 to 20      powers.c, 64n bytes, 1 round
 *   3  q^9, q^3 truncated from scale 60 to 17    powers.c, 64n bytes, 1 round
 *
 * 6 rounds, 230 bytes (k = 32).
 *
 * Correct. bit = [a >= 0] as in relu.c. Modulo 2^(64-s), Y - R is a >> s and a
 * carry, whether a + 2^62 + r wrapped or not; that is enough, as q * 2^(61-s)
 * is below 2^(63-s), and what is correct modulo 2^(64-s) is so modulo 2^64
 * when it is multiplied by 2^s. s is 0 up to 15 fraction bits, 1 for 16 and 2
 * for 17: then c3 = 3 * 2^-14 is a whole number at that scale. The carry is 0
 * for d = 0, where q and its powers are exactly 1.
 *
 * q(d) = 1 + 0.111069 d + 0.0060825 d^2 + 0.00018311 d^3, written in a, is
 * between 0.03 and 1, and q^9 differs from exp(d) by 4.5e-5 at most; those of
 * Taylor's series of exp(d / 9) by 3.8e-4. Rounding a adds 2^-15, that of q
 * 9 * 2^-20, of q^3 3 * 2^-17: each at most, and without bias. Together less
 * than 1.1e-4, at d near 0.
 *
 * Private. As in relu.c: P1 receives shares that are uniform by P0's part, P0
 * nothing, P2 what compare.c sends it. The output is fresh between P0 and P1;
 * powers.c masks it anew.
 */
int tri_fused_exp(struct tri_engine *e, struct tri_ten *z,
                  const struct tri_ten *x)
{
    struct tri_session *s = e->s;
    tri_ring *const third[TRI_FUSED_TOP] = { NULL, NULL, z->v[0] };
    const size_t n = x->n;
    int rc = tri_session_check(s);

    if (z->n != n || x->fb < 1 || x->fb > WIDEST || n > TRI_FUSED_MAX_N / WORDS)
        return TRI_E_ARG;
    if (rc == TRI_OK)
        rc = polynomial(e, z->v[0], x->v[0], n, x->fb);
    if (rc == TRI_OK)
        rc = tri_fused_powers(e, third, z->v[0], n, POLY - FIRST, 3);
    if (rc == TRI_OK)
        rc = tri_fused_powers(e, third, z->v[0], n, 3 * FIRST - SECOND, 3);
    z->fb = 3 * SECOND;
    tri_ten_changed(z);
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "exponential", TRI_NOBODY);
        if (z->v[0] != NULL)
            tri_wipe(z->v[0], n * sizeof(tri_ring));
    }
    return rc;
}
