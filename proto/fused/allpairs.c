#include "proto/fused/allpairs.h"
#include "proto/additive.h"
#include "proto/fused/compare.h"
#include "proto/fused/lanes.h"
#include "proto/wire.h"

/* One call, as its tasks see it. Where a piece has rows, one for a candidate,
 * it keeps them one after the other: [cands x len]. */
struct job {
    const struct tri_session *s;
    struct tri_fused_cmp sign; /* [pairs x n] */
    const tri_ring *x;         /* P0, P1: [cands x n] */
    tri_ring *z, *ind;         /* results [n], [cands-1 x n] */
    tri_ring *r;               /* P0, P1: masks by position, [cands x n] */
    uint8_t *pos;              /* P0, P1: of the candidates, [cands x n] */
    tri_ring *y;               /* P0, P1: the message. P2: y. [cands x n] */
    tri_ring *in;              /* P2: [cands x piece]                     */
    tri_ring *deal;            /* P2: [cands x n]; P1: [cands x piece]    */
    uint64_t order_id, mask_id, deal_id; /* streams */
    size_t n;
    unsigned cands, shift;
    size_t first, len; /* the present piece */
};

/* Number of the pair of positions p < q. */
static size_t pair(unsigned p, unsigned q)
{
    return (size_t)q * (q - 1) / 2 + p;
}

static size_t pairs_of(unsigned cands)
{
    return pair(0, cands);
}

/* Row c of a piece, at element `at`. */
static tri_ring *row(const struct job *j, tri_ring *piece, unsigned c,
                     size_t at)
{
    return piece + c * j->len + (at - j->first);
}

/* All ones where a is b. */
static uint64_t same(uint8_t a, unsigned b)
{
    return 0 - ((uint64_t)((a ^ b) - 1u) >> 8 & 1);
}

/* P0, P1: a random order of the candidates at a block of places. */
static void draw_order(const struct job *j, struct tri_stream *st, size_t at,
                       size_t lanes)
{
    const uint64_t(*key)[TRI_LANES] =
        tri_fused_take(st, 8, (size_t)j->cands * TRI_LANES);

    for (unsigned i = 0; i < j->cands; i++)
        memset(j->pos + i * j->n + at, 0, lanes);
    for (unsigned i = 1; i < j->cands; i++)
        for (unsigned o = 0; o < i; o++) {
            uint8_t *restrict later = j->pos + i * j->n + at;
            uint8_t *restrict early = j->pos + o * j->n + at;

            for (size_t l = 0; l < lanes; l++) {
                const uint8_t behind =
                    (uint8_t)(((key[i][l] >> 1) - (key[o][l] >> 1)) >> 63);

                early[l] = (uint8_t)(early[l] + behind);
                later[l] = (uint8_t)(later[l] + 1 - behind);
            }
        }
}

/* P0, P1, round 1: x at position p, masked, and who stands there. */
static void take_position(const struct job *j, uint8_t who[TRI_LANES],
                          struct tri_stream *st, unsigned p, size_t at,
                          size_t lanes)
{
    const unsigned id = j->s->id;
    const tri_ring(*r)[TRI_LANES] = tri_fused_take(st, 8, 2 * TRI_LANES);
    tri_ring x[TRI_LANES] = { 0 };

    memset(who, 0, TRI_LANES);
    for (unsigned i = 0; i < j->cands; i++) {
        const uint8_t *const pos = j->pos + i * j->n + at;
        const tri_ring *const xi = j->x + i * j->n + at;

        for (size_t l = 0; l < lanes; l++) {
            const uint64_t here = same(pos[l], p);

            x[l] |= here & xi[l];
            who[l] = (uint8_t)(who[l] | (here & i));
        }
    }
    j->s->cx.k->lane_mask(j->r + p * j->n + at,
                          row(j, j->y + j->cands * j->first, p, at), x, 0,
                          r[id], r[1 - id], lanes);
    tri_wipe(x, sizeof x);
}

/* P0, P1: the mask of a difference, and what makes the earlier candidate win
 * where two are equal. */
static void mask_pairs(const struct job *j, uint8_t who[][TRI_LANES], size_t at,
                       size_t lanes)
{
    for (unsigned q = 1; q < j->cands; q++)
        for (unsigned p = 0; p < q; p++) {
            const tri_ring *const rp = j->r + p * j->n + at;
            const tri_ring *const rq = j->r + q * j->n + at;
            tri_ring *const out = j->sign.r + pair(p, q) * j->n + at;

            for (size_t l = 0; l < lanes; l++)
                out[l] = (rp[l] >> j->shift) - (rq[l] >> j->shift) +
                         (((uint64_t)who[q][l] - who[p][l]) >> 63);
        }
}

static void mask_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const struct tri_prg *const common = &j->s->prg[1 - j->s->id];
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    uint8_t who[TRI_FUSED_CANDS][TRI_LANES];
    struct tri_stream order, mask;

    (void)worker;
    tri_stream_open(&order, common, j->order_id, tri_fused_chunk(g.at));
    tri_stream_open(&mask, common, j->mask_id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        draw_order(j, &order, g.at, lanes);
        for (unsigned p = 0; p < j->cands; p++)
            take_position(j, who[p], &mask, p, g.at, lanes);
        mask_pairs(j, who, g.at, lanes);
    }
    tri_stream_wipe(&order);
    tri_stream_wipe(&mask);
    tri_wipe(who, sizeof who);
}

/* P2, round 1: the differences of what is masked. */
static void differ_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    tri_ring *const y = j->y + j->cands * j->first;

    (void)worker;
    for (unsigned p = 0; p < j->cands; p++)
        j->s->cx.k->add(row(j, y, p, g.at), row(j, y, p, g.at),
                        row(j, j->in, p, g.at), g.end - g.at);
    for (unsigned q = 1; q < j->cands; q++)
        for (unsigned p = 0; p < q; p++) {
            const tri_ring *const yp = row(j, y, p, g.at);
            const tri_ring *const yq = row(j, y, q, g.at);
            tri_ring *const out = j->sign.y + pair(p, q) * j->n + g.at;

            for (size_t l = 0; l < g.end - g.at; l++)
                out[l] =
                    (yp[l] >> j->shift) - (yq[l] >> j->shift) + TRI_FUSED_BIAS;
        }
}

/* P2, round 4: where the winner stands, but for position 0, and its y. */
static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    tri_ring *const y = j->y + j->cands * j->first;
    tri_ring *const out = j->deal + j->cands * j->first;
    uint64_t top[TRI_LANES];
    uint8_t won[TRI_LANES];
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, &j->s->prg[0], j->deal_id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const tri_ring(*p0)[TRI_LANES] =
            tri_fused_take(&st, 8, (size_t)j->cands * TRI_LANES);

        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        memset(top, 0, sizeof top);
        for (unsigned p = 0; p < j->cands; p++) {
            const tri_ring *const yp = row(j, y, p, g.at);

            memset(won, 1, sizeof won);
            for (unsigned o = 0; o < j->cands; o++) {
                const uint8_t *const less =
                    j->sign.m + pair(o < p ? o : p, o < p ? p : o) * j->n +
                    g.at;

                for (size_t l = 0; o != p && l < lanes; l++)
                    won[l] &= less[l] ^ (o > p);
            }
            for (size_t l = 0; l < lanes; l++)
                top[l] |= (0 - (uint64_t)won[l]) & yp[l];
            for (size_t l = 0; p > 0 && l < lanes; l++)
                row(j, out, p - 1, g.at)[l] = won[l] - p0[p - 1][l];
        }
        j->s->cx.k->sub(row(j, out, j->cands - 1, g.at), top, p0[j->cands - 1],
                        lanes);
    }
    tri_stream_wipe(&st);
    tri_wipe(top, sizeof top);
    tri_wipe(won, sizeof won);
}

/* P0, P1: what was dealt about position p to the candidate that stands there.
 */
static void give_back(const struct job *j, const tri_ring *won, unsigned p,
                      size_t at, size_t lanes)
{
    for (unsigned i = 1; i < j->cands; i++) {
        const uint8_t *const pos = j->pos + i * j->n + at;
        tri_ring *const ind = j->ind + (i - 1) * j->n + at;

        for (size_t l = 0; l < lanes; l++)
            ind[l] |= same(pos[l], p) & won[l];
    }
}

static void finish_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    const int draws = j->s->id == 0;
    uint64_t max[TRI_LANES], rest[TRI_LANES];
    struct tri_stream st;

    (void)worker;
    if (draws)
        tri_stream_open(&st, &j->s->prg[2], j->deal_id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const tri_ring(*p0)[TRI_LANES] =
            draws ? tri_fused_take(&st, 8, (size_t)j->cands * TRI_LANES) : NULL;

        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        memcpy(max,
               draws ? p0[j->cands - 1] : row(j, j->deal, j->cands - 1, g.at),
               lanes * sizeof *max);
        for (size_t l = 0; l < lanes; l++)
            rest[l] = draws ? 1 : 0; /* what is public is P0's */
        for (unsigned i = 1; j->ind != NULL && i < j->cands; i++)
            memset(j->ind + (i - 1) * j->n + g.at, 0, lanes * sizeof *j->ind);
        for (unsigned p = j->cands; p-- > 0;) {
            const tri_ring *const r = j->r + p * j->n + g.at;
            const tri_ring *const won = p == 0  ? rest
                                        : draws ? p0[p - 1]
                                                : row(j, j->deal, p - 1, g.at);

            for (size_t l = 0; l < lanes; l++)
                max[l] -= r[l] * won[l];
            for (size_t l = 0; p > 0 && l < lanes; l++)
                rest[l] -= won[l];
            if (j->ind != NULL)
                give_back(j, won, p, g.at, lanes);
        }
        memcpy(j->z + g.at, max, lanes * sizeof *max);
    }
    if (draws)
        tri_stream_wipe(&st);
    tri_wipe(max, sizeof max);
    tri_wipe(rest, sizeof rest);
}

/* Round 1. */
static int mask(struct tri_session *s, struct job *j)
{
    const size_t piece = tri_fused_piece(j->n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < j->n; j->first += j->len) {
        tri_ring *const y = j->y + j->cands * j->first;
        size_t words;

        j->len = tri_fused_min(piece, j->n - j->first);
        words = j->cands * j->len;
        if (s->id < 2) {
            tri_fused_tasks(s, mask_task, j, j->len);
            rc = tri_send_words(s->link, 2, y, words);
            continue;
        }
        rc = tri_recv_words(s->link, 0, y, words);
        if (rc == TRI_OK)
            rc = tri_recv_words(s->link, 1, j->in, words);
        if (rc == TRI_OK)
            tri_fused_tasks(s, differ_task, j, j->len);
    }
    return rc;
}

/* Round 4. */
static int finish(struct tri_session *s, struct job *j)
{
    const size_t piece = tri_fused_piece(j->n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < j->n; j->first += j->len) {
        size_t words;

        j->len = tri_fused_min(piece, j->n - j->first);
        words = j->cands * j->len;
        if (s->id == 1)
            rc = tri_recv_words(s->link, 2, j->deal, words);
        if (rc == TRI_OK)
            tri_fused_tasks(s, s->id == 2 ? deal_task : finish_task, j, j->len);
        if (rc == TRI_OK && s->id == 2)
            rc = tri_send_words(s->link, 1, j->deal + j->cands * j->first,
                                words);
    }
    return rc;
}

static int allocate(struct tri_session *s, struct job *j, size_t *sent)
{
    struct tri_arena *a = s->cx.arena;
    const size_t piece = tri_fused_min(j->n, tri_fused_piece(j->n));
    const size_t all = j->cands * j->n, pairs = pairs_of(j->cands) * j->n;
    tri_ring **const out = s->id == 2 ? &j->deal : &j->y;
    int rc = tri_arena_alloc(a, out, all, sizeof **out);

    *sent = tri_arena_mark(a);
    if (s->id == 2) {
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->y, all, sizeof *j->y);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->in, j->cands * piece, sizeof *j->in);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->sign.y, pairs, sizeof *j->sign.y);
        return rc == TRI_OK ? tri_arena_alloc(a, &j->sign.m, pairs, 1) : rc;
    }
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &j->r, all, sizeof *j->r);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &j->pos, all, 1);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_arena_alloc(a, &j->deal, j->cands * piece, sizeof *j->deal);
    return rc == TRI_OK
               ? tri_arena_alloc(a, &j->sign.r, pairs, sizeof *j->sign.r)
               : rc;
}

/*
 * Maximum of c candidates without a tournament: all pairs are compared at once.
 * P2 sees who is larger, but of candidates that P0 and P1 have shuffled, so
 * that the order in which it finds them is random.
 *
 *   P0, P1         a key for each candidate <- k01; the order of the keys is
 *                  where they stand. r_p = r0_p + r1_p <- k01
 *                  u_p = x >> shift of the candidate at position p, rounded up
 *                  or down (below); c_pq = 1 if the one at p comes after the
 *                  one at q, else 0
 *   P0 -> P2       y0_p = x0 + r0_p            8c bytes   \ round 1
 *   P1 -> P2       y1_p = x1 + r1_p            8c bytes   /
 *   rounds 2, 3    compare.c, for all pairs p < q, of the numbers
 *                  (y_p >> shift) - (y_q >> shift) and
 *                  (r_p >> shift) - (r_q >> shift) + c_pq:
 *                  P2 sees [u_p < u_q + c_pq]
 *   P2             the winner w is the p that loses to nobody;
 *                  P0's shares of all below <- k02
 *   P2 -> P1       the other shares of I_p = [p = w], p > 0, and of y_w
 *                                              8c bytes, round 4
 *   P0, P1         [I_0] = 1 - sum of [I_p],   max = [y_w] - sum of r_p [I_p],
 *                  and I_p to the candidate at p
 *
 * 4 rounds, 24c bytes and c (c - 1) / 2 comparisons of 30 bytes (k = 32); a
 * tournament of four takes 8 rounds and 186 bytes, this one 276, of ten 16
 * rounds and 558 bytes, this one 1590.
 *
 * Correct. y_p >> shift is (x >> shift) + (r_p >> shift) and a carry, modulo
 * 2^(64-shift). So u_p, which is x >> shift and that carry, is one number in
 * all of p's pairs, and c_pq puts equal ones in order of the candidates: an
 * order in which exactly one is first. Where shift = 0 it is the first of the
 * largest, else one that is less by less than two units of 2^shift; its value
 * is exact. The carry is 1 with the probability of what is cut off.
 *
 * Private. P2 sees y_p under r_p: uniform, also together. What it sees of the
 * comparisons, besides what is uniform (compare.c), is the order of the
 * positions. It is the order of the candidates, which is strict, after a
 * shuffle that is independent of all else P2 has, so each of the c! has the
 * same probability (keys have 63 bits: but for 2^-56, if two of 12 are alike).
 * That holds for a P2 that follows the protocol; one that deals digits of other
 * numbers learns how differences of shuffled candidates compare with those.
 * P1 receives shares that are uniform by P0's part, P0 nothing. The outputs are
 * fresh between P0 and P1, as the dealt shares are; to P2 as in relu.c.
 */
int tri_fused_allpairs(struct tri_engine *e, tri_ring *z, tri_ring *ind,
                       const tri_ring *x, unsigned cands, size_t n,
                       unsigned shift)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const unsigned k = e->config.k < 64 - shift ? e->config.k : 64 - shift;
    struct job j = { .s = s, .x = x, .z = z, .ind = ind, .n = n };
    size_t sent = mark;
    int rc = tri_session_check(s);

    if (cands < 2 || cands > TRI_FUSED_CANDS || shift > 32 ||
        n > TRI_FUSED_MAX_N / TRI_FUSED_CANDS / TRI_FUSED_CANDS)
        return TRI_E_ARG;
    j.cands = cands;
    j.shift = shift;
    if (rc == TRI_OK)
        rc = allocate(s, &j, &sent);
    if (rc == TRI_OK && s->dry)
        tri_cost_join(&s->cost, 0, 1, 2, 8 * cands * n);
    if (rc == TRI_OK && !s->dry && s->id < 2) {
        j.order_id = tri_prg_next(tri_additive_key(s, 1 - s->id));
        j.mask_id = tri_prg_next(tri_additive_key(s, 1 - s->id));
    }
    if (rc == TRI_OK && !s->dry)
        rc = mask(s, &j);
    if (rc == TRI_OK)
        rc = tri_fused_signs(e, &j.sign, pairs_of(cands) * n, k);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        tri_cost_msg(&s->cost, 2, 1, 8 * cands * n);
        goto out;
    }
    if (s->id != 1)
        j.deal_id = tri_prg_next(tri_additive_key(s, s->id == 0 ? 2 : 0));
    rc = finish(s, &j);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "maximum of all pairs", TRI_NOBODY);
        if (z != NULL)
            tri_wipe(z, n * sizeof *z);
        if (ind != NULL)
            tri_wipe(ind, (cands - 1) * n * sizeof *ind);
    }
    tri_arena_release(a, sent);
    tri_arena_drop(a, mark);
    return rc;
}
