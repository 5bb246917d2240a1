#include "proto/fused/allpairs.h"
#include "proto/additive.h"
#include "proto/fused/compare.h"
#include "proto/fused/lanes.h"
#include "proto/wire.h"

/* One part of a call, as its tasks see it. */
struct job {
    const struct tri_session *s;
    struct tri_fused_part p;
    struct tri_fused_cmp sign; /* [pairs x n] */
    uint64_t id;               /* stream */
    uint64_t *msg; /* P2: [n x words], piece by piece; P1: a piece */
    size_t n;
    size_t first, len; /* the present piece */
};

/* What one place is dealt: for each candidate but the first a table of so many
 * entries of two words. */
static unsigned entries(unsigned cands)
{
    return 1u << (cands - 1);
}

static size_t words(unsigned cands)
{
    return (size_t)(cands - 1) * entries(cands) * 2;
}

static size_t pairs(unsigned cands)
{
    return (size_t)cands * (cands - 1) / 2;
}

/* Number of the pair of candidates i != j. */
static size_t pair(unsigned i, unsigned j)
{
    return i < j ? pairs(j) + i : pairs(i) + j;
}

/* Bit b of a candidate's pattern belongs to its b-th opponent. */
static unsigned opponent(unsigned i, unsigned b)
{
    return b + (b >= i);
}

/* P0, P1: the pattern of m. P2: the pattern that wins, as far as P2 knows:
 * the m that makes the difference to every earlier candidate negative and to
 * no later one. */
static void patterns(const struct job *j, uint8_t q[TRI_LANES], unsigned i,
                     size_t at, size_t lanes)
{
    const int dealer = j->s->id == 2;

    memset(q, 0, TRI_LANES);
    for (unsigned b = 0; b + 1 < j->p.cands; b++) {
        const unsigned o = opponent(i, b);
        const uint8_t *m = j->sign.m + pair(i, o) * j->n + at;
        const uint8_t flip = dealer && o < i;

        for (size_t l = 0; l < lanes; l++)
            q[l] = (uint8_t)(q[l] | (m[l] ^ flip) << b);
    }
}

/* All ones where q is `entry`. */
static uint64_t at_entry(uint8_t q, unsigned entry)
{
    return 0 - ((uint64_t)((q ^ entry) - 1u) >> 8 & 1);
}

/* Words w and w + 1 of the block at `at` of a piece: [words x len]. */
static uint64_t *word_at(const struct job *j, uint64_t *piece, size_t w,
                         size_t at)
{
    return piece + w * j->len + (at - j->first);
}

static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    uint64_t *piece = j->msg + words(j->p.cands) * j->first;
    uint8_t q[TRI_LANES];
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, &j->s->prg[0], j->id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        size_t w = 0;

        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        for (unsigned i = 1; i < j->p.cands; i++) {
            const uint64_t *y = j->sign.y + pair(0, i) * j->n + g.at;

            patterns(j, q, i, g.at, lanes);
            for (unsigned e = 0; e < entries(j->p.cands); e++, w += 2) {
                const uint64_t(*p0)[TRI_LANES] =
                    tri_fused_take(&st, 8, 2 * TRI_LANES);
                uint64_t *restrict won = word_at(j, piece, w, g.at);
                uint64_t *restrict y_won = word_at(j, piece, w + 1, g.at);

                for (size_t l = 0; l < lanes; l++) {
                    const uint64_t here = at_entry(q[l], e);

                    won[l] = (here & 1) - p0[0][l];
                    y_won[l] = (here & y[l]) - p0[1][l];
                }
            }
        }
    }
    tri_stream_wipe(&st);
    tri_wipe(q, sizeof q);
}

/* P0, P1: the entries of this party's tables that m points to. Every entry is
 * read: which one counts is secret. */
static void look_up(const struct job *j, uint64_t won[TRI_LANES],
                    uint64_t y_won[TRI_LANES], const uint8_t q[TRI_LANES],
                    struct tri_stream *st, size_t w, size_t at, size_t lanes)
{
    memset(won, 0, sizeof(uint64_t[TRI_LANES]));
    memset(y_won, 0, sizeof(uint64_t[TRI_LANES]));
    for (unsigned e = 0; e < entries(j->p.cands); e++, w += 2) {
        const uint64_t *a, *b;

        if (j->s->id == 0) {
            const uint64_t(*p0)[TRI_LANES] =
                tri_fused_take(st, 8, 2 * TRI_LANES);
            a = p0[0];
            b = p0[1];
        } else {
            a = word_at(j, j->msg, w, at);
            b = word_at(j, j->msg, w + 1, at);
        }
        for (size_t l = 0; l < lanes; l++) {
            const uint64_t here = at_entry(q[l], e);

            won[l] |= here & a[l];
            y_won[l] |= here & b[l];
        }
    }
}

static void finish_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    const int draws = j->s->id == 0;
    uint64_t won[TRI_LANES], y_won[TRI_LANES], max[TRI_LANES];
    uint8_t q[TRI_LANES];
    struct tri_stream st;

    (void)worker;
    if (draws)
        tri_stream_open(&st, &j->s->prg[2], j->id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        memcpy(max, j->p.x + g.at, lanes * sizeof *max);
        for (unsigned i = 1; i < j->p.cands; i++) {
            const uint64_t *r = j->sign.r + pair(0, i) * j->n + g.at;

            patterns(j, q, i, g.at, lanes);
            look_up(j, won, y_won, q, &st,
                    (size_t)(i - 1) * entries(j->p.cands) * 2, g.at, lanes);
            for (size_t l = 0; l < lanes; l++)
                max[l] -= y_won[l] - (r[l] + TRI_FUSED_BIAS) * won[l];
            if (j->p.ind != NULL)
                memcpy(j->p.ind + (i - 1) * j->n + g.at, won,
                       lanes * sizeof *won);
        }
        memcpy(j->p.z + g.at, max, lanes * sizeof *max);
    }
    if (draws)
        tri_stream_wipe(&st);
    tri_wipe(won, sizeof won);
    tri_wipe(y_won, sizeof y_won);
    tri_wipe(max, sizeof max);
    tri_wipe(q, sizeof q);
}

static int deal(struct tri_session *s, struct job *j)
{
    const size_t piece = tri_fused_piece(j->n), each = words(j->p.cands);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < j->n; j->first += j->len) {
        j->len = tri_fused_min(piece, j->n - j->first);
        tri_fused_tasks(s, deal_task, j, j->len);
        rc =
            tri_send_words(s->link, 1, j->msg + each * j->first, each * j->len);
    }
    return rc;
}

static int finish(struct tri_session *s, struct job *j)
{
    const size_t piece = tri_fused_piece(j->n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < j->n; j->first += j->len) {
        j->len = tri_fused_min(piece, j->n - j->first);
        if (s->id == 1)
            rc = tri_recv_words(s->link, 2, j->msg, words(j->p.cands) * j->len);
        if (rc == TRI_OK)
            tri_fused_tasks(s, finish_task, j, j->len);
    }
    return rc;
}

/* One call: comparisons of all parts, one after the other. */
struct all {
    struct job job[TRI_FUSED_PARTS];
    unsigned parts;
    size_t pairs;              /* that are compared */
    struct tri_fused_cmp sign; /* [pairs]           */
    tri_ring *d;               /* P0, P1: [pairs]   */
};

static int allocate(struct tri_session *s, struct all *t, size_t *sent)
{
    struct tri_arena *a = s->cx.arena;
    size_t most = 0, dealt = 0, at = 0;
    uint64_t *msg = NULL;
    int rc;

    for (unsigned i = 0; i < t->parts; i++) {
        const struct job *const j = &t->job[i];
        const size_t each = words(j->p.cands);
        const size_t piece = each * tri_fused_min(j->n, tri_fused_piece(j->n));

        dealt += each * j->n;
        most = piece > most ? piece : most;
    }
    rc = tri_arena_alloc(a, &msg,
                         s->id == 2   ? dealt
                         : s->id == 1 ? most
                                      : 0,
                         sizeof *msg);
    *sent = s->id == 2 ? tri_arena_mark(a) : *sent;
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &t->sign.m, t->pairs, 1);
    if (rc == TRI_OK && s->id < 2)
        rc = tri_arena_alloc(a, &t->sign.r, t->pairs, sizeof *t->sign.r);
    if (rc == TRI_OK && s->id < 2)
        rc = tri_arena_alloc(a, &t->d, t->pairs, sizeof *t->d);
    if (rc == TRI_OK && s->id == 2)
        rc = tri_arena_alloc(a, &t->sign.y, t->pairs, sizeof *t->sign.y);
    dealt = 0;
    for (unsigned i = 0; rc == TRI_OK && !s->dry && i < t->parts; i++) {
        struct job *const j = &t->job[i];

        j->sign.m = t->sign.m + at;
        j->sign.r = s->id < 2 ? t->sign.r + at : NULL;
        j->sign.y = s->id == 2 ? t->sign.y + at : NULL;
        j->msg = s->id == 2 ? msg + dealt : msg;
        dealt += words(j->p.cands) * j->n;
        at += pairs(j->p.cands) * j->n;
    }
    return rc;
}

/* P0, P1: what is compared. */
static void subtract(const struct all *t)
{
    tri_ring *d = t->d;

    for (unsigned i = 0; i < t->parts; i++) {
        const struct job *const j = &t->job[i];
        const size_t n = j->n;

        for (unsigned b = 1; b < j->p.cands; b++)
            for (unsigned c = 0; c < b; c++, d += n)
                j->s->cx.k->sub(d, j->p.x + c * n, j->p.x + b * n, n);
    }
}

/*
 * Maximum of four without a tournament: all six pairs are compared at once.
 * Let d_ij = x_i - x_j for i < j.
 *
 *   rounds 1 to 3  as in compare.c, for all d_ij:  [d_ij < 0] = m_ij xor m2_ij,
 *                  where P0 and P1 know m and r, P2 knows m2 and
 *                  y_ij = d_ij + 2^62 + r_ij
 *   P2             for i = 1, 2, 3: x_i is the maximum if d_ji < 0 for all
 *                  j < i and d_ij >= 0 for all j > i. Read as a number of
 *                  three bits, m must be q = m2 xor (the signs wanted). Tables
 *                  of 8: T_i is 1 at q, U_i is y_0i at q, both 0 elsewhere;
 *                  dealt: P0's part <- k02
 *   P2 -> P1       P1's part                     384n bytes, round 4
 *   P0, P1         [I_i] = T_i[m],   [I_i * d_0i] = U_i[m] - (r_0i +
 *                  2^62)*[I_i];  max = x_0 - sum of [I_i * d_0i]
 *
 * 4 rounds, 6 comparisons and 384 bytes; the tournament takes 8 rounds, 3
 * comparisons and 48 bytes. Of c candidates c (c - 1) / 2 comparisons, and
 * tables of 2^(c-1): of three 128 bytes, of two 32. Parts of different c are
 * compared together and dealt one after the other, all in the same rounds.
 *
 * Correct. Comparisons are exact, so exactly one candidate meets its
 * condition: the first of the largest. If it is x_0, all I_i are 0.
 * Private. P1 receives shares that are uniform by P0's part, of which P0 and
 * P1 use those that m, which both know, points to; neither sees more than its
 * own share of any entry. P2 receives nothing after the comparison. The
 * outputs are fresh between P0 and P1, and to P2 as in relu.c.
 */
int tri_fused_allpairs(struct tri_engine *e, const struct tri_fused_part *part,
                       unsigned parts)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct all t = { .parts = parts };
    size_t sent = mark;
    int rc = tri_session_check(s);

    if (parts > TRI_FUSED_PARTS)
        return TRI_E_ARG;
    for (unsigned i = 0; i < parts; i++) {
        const struct tri_fused_part *const p = &part[i];

        if (p->cands < 2 || p->cands > TRI_FUSED_CANDS ||
            p->n > TRI_FUSED_MAX_N / words(TRI_FUSED_CANDS) / TRI_FUSED_PARTS)
            return TRI_E_ARG;
        t.job[i] = (struct job){ .s = s, .p = *p, .n = p->n };
        t.pairs += pairs(p->cands) * p->n;
    }
    if (rc == TRI_OK)
        rc = allocate(s, &t, &sent);
    if (rc == TRI_OK && !s->dry && s->id < 2)
        subtract(&t);
    if (rc == TRI_OK)
        rc = tri_fused_compare(e, &t.sign, t.d, t.pairs, 0);
    for (unsigned i = 0; rc == TRI_OK && i < parts; i++) {
        struct job *const j = &t.job[i];

        if (s->dry) {
            tri_cost_msg(&s->cost, 2, 1, 8 * words(j->p.cands) * j->n);
            continue;
        }
        if (s->id != 1)
            j->id = tri_prg_next(tri_additive_key(s, s->id == 0 ? 2 : 0));
        rc = s->id == 2 ? deal(s, j) : finish(s, j);
    }
    if (rc == TRI_OK && !s->dry)
        rc = tri_flush(s->link);
    for (unsigned i = 0; rc != TRI_OK && i < parts; i++) {
        const struct tri_fused_part *const p = &part[i];

        tri_session_fail(s, rc, "maximum of all pairs", TRI_NOBODY);
        if (p->z != NULL)
            tri_wipe(p->z, p->n * sizeof *p->z);
        if (p->ind != NULL)
            tri_wipe(p->ind, (p->cands - 1) * p->n * sizeof *p->ind);
    }
    tri_arena_release(a, sent);
    tri_arena_drop(a, mark);
    return rc;
}
