#include "proto/fused/powers.h"
#include "core/mask.h"
#include "proto/additive.h"
#include "proto/fused/lanes.h"
#include "proto/wire.h"

/* One call. */
struct job {
    size_t n;
    unsigned shift, top;
    tri_ring *msg; /* P0, P1: [n] masked, sent                             */
    tri_ring *c;   /* P0, P1: [n] opened. P2: R                            */
    /* [2 top x n]: A, .., A^top, then h, hA, .., hA^(top-1). P1's shares, at
     * P0 those of P0 */
    tri_ring *dealt;
};

static size_t words(const struct job *j)
{
    return 2 * j->top * j->n;
}

/* P2: of what is dealt, P1's shares in place of P0's. */
static void deal(const struct job *j)
{
    const size_t n = j->n;

    for (size_t i = 0; i < n; i++) {
        const tri_ring a = j->c[i] >> j->shift, h = 0 - (j->c[i] >> 63);
        tri_ring *d = j->dealt + i, power = 1;

        for (unsigned k = 0; k < j->top; k++, d += n) {
            d[j->top * n] = (h & power) - d[j->top * n];
            power *= a;
            *d = power - *d;
        }
    }
}

/* P0, P1. */
static void finish(const struct job *j, tri_ring *const z[TRI_FUSED_TOP],
                   int p0)
{
    const size_t n = j->n;
    const unsigned s = j->shift;
    const tri_ring whole = p0 ? 1 : 0; /* what is public belongs to P0 */

    for (size_t i = 0; i < n; i++) {
        const tri_ring *const a = j->dealt + i, *const h = a + j->top * n;
        /* 2^(64-s) where the mask may have wrapped, else 0 */
        const tri_ring k = (1 - (j->c[i] >> 63)) << (64 - s);
        const tri_ring e = (j->c[i] >> s) - (TRI_FUSED_BIAS >> s);
        const tri_ring kh = k * h[0], kha = k * h[n], kha2 = k * h[2 * n];
        const tri_ring d1 = kh - a[0];
        const tri_ring d2 = k * kh - 2 * kha + a[n];
        const tri_ring d3 = k * (k * kh - 3 * kha) + 3 * kha2 - a[2 * n];

        if (z[0] != NULL)
            z[0][i] = whole * e + d1;
        if (z[1] != NULL)
            z[1][i] = e * (whole * e + 2 * d1) + d2;
        if (z[2] != NULL)
            z[2][i] = e * (e * (whole * e + 3 * d1) + 3 * d2) + d3;
        if (j->top > 3 && z[3] != NULL) {
            const tri_ring d4 = k * (k * (k * kh - 4 * kha) + 6 * kha2) -
                                4 * k * h[3 * n] + a[3 * n];

            z[3][i] =
                e * (e * (e * (whole * e + 4 * d1) + 6 * d2) + 4 * d3) + d4;
        }
    }
}

static int allocate(struct tri_session *s, struct job *j, size_t *sent)
{
    struct tri_arena *const a = s->cx.arena;
    int rc;

    if (s->id == 2)
        rc = tri_arena_alloc(a, &j->dealt, words(j), sizeof *j->dealt);
    else
        rc = tri_arena_alloc(a, &j->msg, j->n, sizeof *j->msg);
    *sent = tri_arena_mark(a);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &j->c, j->n, sizeof *j->c);
    if (rc == TRI_OK && s->id < 2)
        rc = tri_arena_alloc(a, &j->dealt, words(j), sizeof *j->dealt);
    return rc;
}

/* P2. */
static int help(struct tri_session *s, const struct job *j)
{
    struct tri_prg *const k02 = tri_additive_key(s, 0);

    tri_prg_words(k02, s->cx.par, j->c, j->n);
    tri_prg_mask(tri_additive_key(s, 1), s->cx.par, j->c, j->c, j->n, 1);
    tri_prg_words(k02, s->cx.par, j->dealt, words(j));
    deal(j);
    return tri_send_words(s->link, 1, j->dealt, words(j));
}

/* P0, P1. */
static int hold(struct tri_session *s, const struct job *j,
                tri_ring *const z[TRI_FUSED_TOP], const tri_ring *x)
{
    struct tri_prg *const key = tri_additive_key(s, 2);
    const struct tri_kernels *const k = s->cx.k;
    const unsigned other = 1 - s->id;
    int rc;

    tri_prg_mask(key, s->cx.par, j->msg, x, j->n, 1);
    if (s->id == 0)
        k->addc(j->msg, j->msg, TRI_FUSED_BIAS, j->n);
    rc = tri_send_words(s->link, other, j->msg, j->n);
    if (rc == TRI_OK && s->id == 0)
        tri_prg_words(key, s->cx.par, j->dealt, words(j));
    if (rc == TRI_OK)
        rc = tri_recv_words(s->link, other, j->c, j->n);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_recv_words(s->link, 2, j->dealt, words(j));
    if (rc != TRI_OK)
        return rc;
    tri_sent_add(k, j->c, j->c, j->msg, j->n);
    finish(j, z, s->id == 0);
    return TRI_OK;
}

/*
 * Truncation and powers in one round, as rows.c has products; K = 2^(64-shift).
 *
 *   P0, P1         R0 <- k02,  R1 <- k12,  R = R0 + R1
 *   P2             A = R >> shift,  h = the top bit of R
 *   P2 -> P1       shares of A^k and h*A^(k-1), k = 1 .. top; P0's <- k02
 *                                                             16 top bytes
 *   P0 <-> P1      c0 = x0 + 2^62 + R0,  c1 = x1 + R1,  c = c0 + c1
 *                                                             8 bytes each way
 *   P0, P1         w = 1 - (the top bit of c)
 *                  e = (c >> shift) - (2^62 >> shift)            public
 *                  D = K*w*h - A,  and D^k = (-A)^k
 *                      + sum over i > 0 of binom(k, i) K^i w h (-A)^(k-i)
 *   output         (e + D)^k = sum of binom(k, i) e^(k-i) D^i
 *
 * One round, P2's message depends on nobody's input: 16 (top + 1) bytes.
 *
 * Correct. That e + D is x / 2^shift, rounded up or down without bias, stands
 * in rows.c; the rest is the binomial theorem, with w and h bits.
 * Private. As there: c is masked by R, of which who sees it does not know a
 * part; what P1 gets is uniform by P0's part; P2 receives nothing. The outputs
 * are sums of public numbers times shares that P2 dealt afresh.
 */
int tri_fused_powers(struct tri_engine *e, tri_ring *const z[TRI_FUSED_TOP],
                     const tri_ring *x, size_t n, unsigned shift, unsigned top)
{
    struct tri_session *s = e->s;
    struct tri_arena *const arena = s->cx.arena;
    const size_t mark = tri_arena_mark(arena);
    struct job j = { .n = n, .shift = shift, .top = top };
    size_t sent = mark;
    int rc = tri_session_check(s);

    if (shift < 1 || shift > 62 || top < 3 || top > TRI_FUSED_TOP ||
        n > TRI_FUSED_MAX_N)
        return TRI_E_ARG;
    if (rc == TRI_OK)
        rc = allocate(s, &j, &sent);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        tri_cost_swap(&s->cost, 0, 1, 8 * n, 8 * n);
        tri_cost_msg(&s->cost, 2, 1, sizeof(tri_ring) * words(&j));
        goto out;
    }
    rc = s->id == 2 ? help(s, &j) : hold(s, &j, z, x);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "powers", TRI_NOBODY);
        for (unsigned k = 0; k < top; k++)
            if (z[k] != NULL)
                tri_wipe(z[k], n * sizeof *z[k]);
    }
    tri_arena_release(arena, sent);
    tri_arena_drop(arena, mark);
    return rc;
}
