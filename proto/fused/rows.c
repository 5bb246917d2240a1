#include "proto/fused/rows.h"
#include "core/mask.h"
#include "proto/additive.h"
#include "proto/fused/lanes.h"
#include "proto/wire.h"

/* One call. n: elements of a vector. */
struct job {
    struct tri_fused_rows r;
    size_t n;
    tri_ring *msg;   /* P0, P1: [n] masked, sent                        */
    tri_ring *c;     /* P0, P1: [n] opened. P2: R                       */
    tri_ring *dealt; /* P1's shares at P1 and P2; P0's at P0            */
    tri_ring *first; /* P2: P0's                                        */
};

/* Elements of a deal: words, then half-words. */
static size_t words(const struct job *j)
{
    return 2 * j->n;
}

static size_t halves(const struct job *j)
{
    return 2 * j->n + j->r.m * j->r.cols;
}

static size_t deal_bytes(const struct job *j)
{
    return words(j) * sizeof(tri_ring) + halves(j) * sizeof(uint32_t);
}

static uint32_t *halves_of(const struct job *j, tri_ring *deal)
{
    return (uint32_t *)(void *)(deal + words(j));
}

/* Numbers of a deal become bytes, or the other way round. */
static void turn(const struct job *j, tri_ring *deal)
{
    tri_le_words(deal, words(j) * sizeof *deal, sizeof *deal);
    tri_le_words(halves_of(j, deal), halves(j) * sizeof(uint32_t),
                 sizeof(uint32_t));
}

/* The row of element i. */
static size_t row(const struct job *j, size_t i)
{
    return i < j->r.m ? i : (i - j->r.m) / j->r.cols;
}

/* P2: A, A times that of the row; h, h A, h of the row times A. */
static void deal(const struct job *j)
{
    const size_t n = j->n, m = j->r.m;
    uint32_t *const h = halves_of(j, j->dealt);
    const uint32_t *const first = halves_of(j, j->first);

    for (size_t i = 0; i < n; i++) {
        const tri_ring y = j->c[row(j, i)], x = j->c[i];
        const tri_ring a = x >> j->r.shift, b = y >> j->r.shift;

        j->dealt[i] = a - j->first[i];
        j->dealt[n + i] = a * b - j->first[n + i];
        h[i] = (uint32_t)(x >> 63) - first[i];
        h[n + i] = (uint32_t)((y >> 63) * a) - first[n + i];
        if (i >= m)
            h[n + i + n - m] = (uint32_t)((x >> 63) * b) - first[n + i + n - m];
    }
}

/* P0, P1: z and t. */
static void finish(const struct job *j, tri_ring *z, tri_ring *t, int p0)
{
    const size_t n = j->n, m = j->r.m;
    const unsigned s = j->r.shift;
    const tri_ring whole = p0 ? 1 : 0; /* what is public belongs to P0 */
    const uint32_t *const h = halves_of(j, j->dealt);

    for (size_t i = 0; i < n; i++) {
        const size_t r = row(j, i), third = i < m ? n + i : 2 * n + i - m;
        const tri_ring x = j->c[i], y = j->c[r];
        /* 2^(64-s) where the mask may have wrapped, else 0 */
        const tri_ring kx = (1 - (x >> 63)) << (64 - s);
        const tri_ring ky = (1 - (y >> 63)) << (64 - s);
        const tri_ring ex = (x >> s) - (TRI_FUSED_BIAS >> s);
        const tri_ring ey = (y >> s) - (TRI_FUSED_BIAS >> s);
        const tri_ring ax = kx * h[i] - j->dealt[i];
        const tri_ring ay = ky * h[r] - j->dealt[r];

        z[i] = whole * ex * ey + ex * ay + ey * ax + j->dealt[n + i] -
               ky * h[n + i] - kx * h[third];
        if (t != NULL)
            t[i] = whole * ex + ax;
    }
}

static int allocate(struct tri_session *s, struct job *j, size_t *sent)
{
    struct tri_arena *const a = s->cx.arena;
    const size_t deal =
        (deal_bytes(j) + sizeof(tri_ring) - 1) / sizeof(tri_ring);
    int rc = TRI_OK;

    if (s->id == 2)
        rc = tri_arena_alloc(a, &j->dealt, deal, sizeof *j->dealt);
    else
        rc = tri_arena_alloc(a, &j->msg, j->n, sizeof *j->msg);
    if (rc == TRI_OK && s->id < 2)
        rc = tri_arena_alloc(a, &j->c, j->n, sizeof *j->c);
    *sent = tri_arena_mark(a);
    if (rc == TRI_OK && s->id == 2)
        rc = tri_arena_alloc(a, &j->c, j->n, sizeof *j->c);
    if (rc == TRI_OK && s->id == 2)
        rc = tri_arena_alloc(a, &j->first, deal, sizeof *j->first);
    if (rc == TRI_OK && s->id < 2)
        rc = tri_arena_alloc(a, &j->dealt, deal, sizeof *j->dealt);
    return rc;
}

/* P2. */
static int help(struct tri_session *s, const struct job *j)
{
    struct tri_prg *const k02 = tri_additive_key(s, 0);

    tri_prg_words(k02, s->cx.par, j->c, j->n);
    tri_prg_mask(tri_additive_key(s, 1), s->cx.par, j->c, j->c, j->n, 1);
    tri_prg_bytes(k02, j->first, deal_bytes(j));
    turn(j, j->first);
    deal(j);
    turn(j, j->dealt);
    return tri_send(s->link, 1, (uint8_t *)j->dealt, deal_bytes(j));
}

/* P0, P1. */
static int hold(struct tri_session *s, const struct job *j, tri_ring *z,
                tri_ring *t, const tri_ring *a)
{
    struct tri_prg *const key = tri_additive_key(s, 2);
    const struct tri_kernels *const k = s->cx.k;
    const unsigned other = 1 - s->id;
    int rc;

    tri_prg_mask(key, s->cx.par, j->msg, a, j->n, 1);
    if (s->id == 0)
        k->addc(j->msg, j->msg, TRI_FUSED_BIAS, j->n);
    rc = tri_send_words(s->link, other, j->msg, j->n);
    if (rc == TRI_OK && s->id == 0)
        tri_prg_bytes(key, j->dealt, deal_bytes(j));
    if (rc == TRI_OK)
        rc = tri_recv_words(s->link, other, j->c, j->n);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_recv(s->link, 2, (uint8_t *)j->dealt, deal_bytes(j));
    if (rc != TRI_OK)
        return rc;
    turn(j, j->dealt);
    tri_sent_add(k, j->c, j->c, j->msg, j->n);
    finish(j, z, t, s->id == 0);
    return TRI_OK;
}

/*
 * Truncation and product in one round. x is any element, y that of its row (of
 * a y, itself); K = 2^(64-shift).
 *
 *   P0, P1         R0 <- k02,  R1 <- k12,  R = R0 + R1
 *   P2             A = R >> shift,  h = the top bit of R;
 *                  P0's shares of all below <- k02
 *   P2 -> P1       the other shares of A and Ax*Ay                  16 bytes,
 *                  of h, hy*Ax and, of an x, hx*Ay over Z_{2^32}    8 or 12
 *   P0 <-> P1      c0 = x0 + 2^62 + R0,  c1 = x1 + R1,  c = c0 + c1
 *                                                             8 bytes each way
 *   P0, P1         w = 1 - (the top bit of c)
 *                  e = (c >> shift) - (2^62 >> shift)           public
 *                  D = K*w*h - A                                shared
 *   output         X = e + D
 *                  X*Y = ex*ey + ex*Dy + ey*Dx + Dx*Dy, where
 *                  Dx*Dy = Ax*Ay - K*wy*hy*Ax - K*wx*hx*Ay
 *
 * One round, P2's message depends on nobody's input: 40 bytes a y, 44 an x.
 * Truncation and product by themselves take two rounds and 42.25 or more.
 *
 * Correct. Let b = x + 2^62, 0 <= b < 2^63. If b + R reaches 2^64 then R does
 * more than 2^63, so h = 1, and c = b + R - 2^64 < 2^63; if it does not and h
 * is 1, c is 2^63 or more. So w*h is the wrap, and (b + R) >> shift, which is
 * (b >> shift) + A + carry, is (c >> shift) + K*w*h. Hence X = (x >> shift) +
 * carry, where the low bits of R, which are uniform, make the carry 1 with
 * probability (the low bits of b) / 2^shift: off by less than one unit,
 * unbiased. In the product K*K = 0 as shift <= 32, and of what K multiplies 32
 * bits are enough.
 *
 * Private. c is masked by R: P0 sees c1 under R1, P1 sees c0 under R0, which
 * the one who sees it does not know, and c tells no more. The shares that P1
 * gets are uniform because P0's part of them is. P2 receives nothing. The
 * outputs are sums of public numbers times shares that P2 dealt afresh: shares
 * of their values that depend on no share of the inputs.
 */
int tri_fused_rows(struct tri_engine *e, const struct tri_fused_rows *r,
                   tri_ring *z, tri_ring *t, const tri_ring *a)
{
    struct tri_session *s = e->s;
    struct tri_arena *const arena = s->cx.arena;
    const size_t mark = tri_arena_mark(arena);
    struct job j = { .r = *r };
    size_t sent = mark;
    int rc = tri_session_check(s);

    if (r->shift < 1 || r->shift > 32 ||
        (r->m > 0 && r->cols >= TRI_FUSED_MAX_N / r->m))
        return TRI_E_ARG;
    j.n = r->m + r->m * r->cols;
    if (rc == TRI_OK)
        rc = allocate(s, &j, &sent);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        tri_cost_swap(&s->cost, 0, 1, 8 * j.n, 8 * j.n);
        tri_cost_msg(&s->cost, 2, 1, deal_bytes(&j));
        goto out;
    }
    rc = s->id == 2 ? help(s, &j) : hold(s, &j, z, t, a);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "truncated product", TRI_NOBODY);
        if (z != NULL)
            tri_wipe(z, j.n * sizeof *z);
        if (t != NULL)
            tri_wipe(t, j.n * sizeof *t);
    }
    tri_arena_release(arena, sent);
    tri_arena_drop(arena, mark);
    return rc;
}
