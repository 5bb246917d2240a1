#include "proto/fused/cube.h"
#include "core/mask.h"
#include "proto/additive.h"
#include "proto/fused/lanes.h"
#include "proto/wire.h"

/* What is dealt of each element, in rows of n. */
enum { A, A2, A3, H, HA, HA2, ROWS };

/* One call. */
struct job {
    size_t n;
    unsigned shift;
    tri_ring *msg;   /* P0, P1: [n] masked, sent         */
    tri_ring *c;     /* P0, P1: [n] opened. P2: R        */
    tri_ring *dealt; /* [ROWS x n]: P1's shares, P0's at P0 */
};

/* P2: of what is dealt, P1's shares in place of P0's. */
static void deal(const struct job *j)
{
    const size_t n = j->n;
    tri_ring *const d = j->dealt;

    for (size_t i = 0; i < n; i++) {
        const tri_ring a = j->c[i] >> j->shift, a2 = a * a;
        const tri_ring h = 0 - (j->c[i] >> 63);

        d[A * n + i] = a - d[A * n + i];
        d[A2 * n + i] = a2 - d[A2 * n + i];
        d[A3 * n + i] = a2 * a - d[A3 * n + i];
        d[H * n + i] = (h & 1) - d[H * n + i];
        d[HA * n + i] = (h & a) - d[HA * n + i];
        d[HA2 * n + i] = (h & a2) - d[HA2 * n + i];
    }
}

/* P0, P1. */
static void finish(const struct job *j, tri_ring *z, int p0)
{
    const size_t n = j->n;
    const tri_ring *const d = j->dealt;
    const unsigned s = j->shift;
    const tri_ring whole = p0 ? 1 : 0; /* what is public belongs to P0 */

    for (size_t i = 0; i < n; i++) {
        /* 2^(64-s) where the mask may have wrapped, else 0 */
        const tri_ring k = (1 - (j->c[i] >> 63)) << (64 - s);
        const tri_ring e = (j->c[i] >> s) - (TRI_FUSED_BIAS >> s);
        const tri_ring kh = k * d[H * n + i], kha = k * d[HA * n + i];
        const tri_ring d1 = kh - d[A * n + i];
        const tri_ring d2 = k * kh - 2 * kha + d[A2 * n + i];
        const tri_ring d3 =
            k * k * kh - 3 * k * kha + 3 * k * d[HA2 * n + i] - d[A3 * n + i];

        z[i] = e * (e * (whole * e + 3 * d1) + 3 * d2) + d3;
    }
}

static int allocate(struct tri_session *s, struct job *j, size_t *sent)
{
    struct tri_arena *const a = s->cx.arena;
    int rc;

    if (s->id == 2)
        rc = tri_arena_alloc(a, &j->dealt, ROWS * j->n, sizeof *j->dealt);
    else
        rc = tri_arena_alloc(a, &j->msg, j->n, sizeof *j->msg);
    *sent = tri_arena_mark(a);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &j->c, j->n, sizeof *j->c);
    if (rc == TRI_OK && s->id < 2)
        rc = tri_arena_alloc(a, &j->dealt, ROWS * j->n, sizeof *j->dealt);
    return rc;
}

/* P2. */
static int help(struct tri_session *s, const struct job *j)
{
    struct tri_prg *const k02 = tri_additive_key(s, 0);

    tri_prg_words(k02, s->cx.par, j->c, j->n);
    tri_prg_mask(tri_additive_key(s, 1), s->cx.par, j->c, j->c, j->n, 1);
    tri_prg_words(k02, s->cx.par, j->dealt, ROWS * j->n);
    deal(j);
    return tri_send_words(s->link, 1, j->dealt, ROWS * j->n);
}

/* P0, P1. */
static int hold(struct tri_session *s, const struct job *j, tri_ring *z,
                const tri_ring *x)
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
        tri_prg_words(key, s->cx.par, j->dealt, ROWS * j->n);
    if (rc == TRI_OK)
        rc = tri_recv_words(s->link, other, j->c, j->n);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_recv_words(s->link, 2, j->dealt, ROWS * j->n);
    if (rc != TRI_OK)
        return rc;
    tri_sent_add(k, j->c, j->c, j->msg, j->n);
    finish(j, z, s->id == 0);
    return TRI_OK;
}

/*
 * Truncation and third power in one round, as rows.c has products; K =
 * 2^(64-shift).
 *
 *   P0, P1         R0 <- k02,  R1 <- k12,  R = R0 + R1
 *   P2             A = R >> shift,  h = the top bit of R
 *   P2 -> P1       shares of A, A^2, A^3, h, h*A, h*A^2; P0's <- k02   48 bytes
 *   P0 <-> P1      c0 = x0 + 2^62 + R0,  c1 = x1 + R1,  c = c0 + c1
 *                                                             8 bytes each way
 *   P0, P1         w = 1 - (the top bit of c)
 *                  e = (c >> shift) - (2^62 >> shift)            public
 *                  D = K*w*h - A                                 shared
 *   output         (e + D)^3 = e^3 + 3 e^2 D + 3 e D^2 + D^3, where
 *                  D^2 = K^2 w h - 2K w h A + A^2
 *                  D^3 = K^3 w h - 3K^2 w h A + 3K w h A^2 - A^3
 *
 * One round, P2's message depends on nobody's input: 64 bytes.
 *
 * Correct. That e + D is x / 2^shift, rounded up or down without bias, stands
 * in rows.c; the rest is the binomial theorem, with w and h bits.
 * Private. As there: c is masked by R, of which who sees it does not know a
 * part; what P1 gets is uniform by P0's part; P2 receives nothing. The outputs
 * are sums of public numbers times shares that P2 dealt afresh.
 */
int tri_fused_cube(struct tri_engine *e, tri_ring *z, const tri_ring *x,
                   size_t n, unsigned shift)
{
    struct tri_session *s = e->s;
    struct tri_arena *const arena = s->cx.arena;
    const size_t mark = tri_arena_mark(arena);
    struct job j = { .n = n, .shift = shift };
    size_t sent = mark;
    int rc = tri_session_check(s);

    if (shift < 1 || shift > 62 || n > TRI_FUSED_MAX_N)
        return TRI_E_ARG;
    if (rc == TRI_OK)
        rc = allocate(s, &j, &sent);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        tri_cost_swap(&s->cost, 0, 1, 8 * n, 8 * n);
        tri_cost_msg(&s->cost, 2, 1, 8 * ROWS * n);
        goto out;
    }
    rc = s->id == 2 ? help(s, &j) : hold(s, &j, z, x);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "third power", TRI_NOBODY);
        if (z != NULL)
            tri_wipe(z, n * sizeof *z);
    }
    tri_arena_release(arena, sent);
    tri_arena_drop(arena, mark);
    return rc;
}
