#include "proto/fused/select.h"
#include "proto/additive.h"
#include "proto/wire.h"

/* Words that pass through the L1 cache at a time when all that happens to them
 * is a mask. */
enum { BLOCK = 256 };

/* One call, as its tasks see it. */
struct job {
    const struct tri_session *s;
    struct tri_fused_bits bits;
    const tri_ring *x;
    tri_ring *z;
    const tri_ring *open; /* P0, P1: A - x, P2: A; NULL: not open yet  */
    tri_ring *msg;        /* [n] sent: P0, P1 A_j - x_j, P2 P1's part of e*A */
    tri_ring *in[2];      /* [piece] received: from the other, from P2      */
    const struct tri_fused_each *each; /* or NULL                      */
    uint64_t mask_id[2], deal_id;      /* streams                           */
    size_t first, len;                 /* the present piece                 */
};

static void select_flow(struct tri_session *s, int open, size_t n)
{
    if (!open)
        tri_cost_swap(&s->cost, 0, 1, 8 * n, 8 * n);
    tri_cost_msg(&s->cost, 2, 1, 8 * n);
}

void tri_fused_mask_range(const struct tri_session *s, tri_ring *msg,
                          const tri_ring *x, uint64_t id,
                          struct tri_fused_range g)
{
    struct tri_stream st;

    tri_stream_open(&st, &s->prg[2], id, tri_fused_chunk(g.at));
    for (size_t n; g.at < g.end; g.at += n) {
        const tri_ring *a = tri_fused_take(&st, 8, BLOCK);

        n = tri_fused_min(BLOCK, g.end - g.at);
        s->cx.k->sub(msg + g.at, a, x + g.at, n);
    }
    tri_stream_wipe(&st);
}

static void mask_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;

    (void)worker;
    tri_fused_mask_range(j->s, j->msg, j->x, j->mask_id[j->s->id],
                         tri_fused_range(j->first, j->len, task));
}

/* P2: e*A, less P0's part. */
static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    const struct tri_kernels *k = j->s->cx.k;
    _Alignas(64) tri_ring a[TRI_LANES];
    struct tri_stream mask[2], dealt;

    (void)worker;
    for (unsigned i = 0; i < 2 && j->open == NULL; i++)
        tri_stream_open(&mask[i], &j->s->prg[i], j->mask_id[i],
                        tri_fused_chunk(g.at));
    tri_stream_open(&dealt, &j->s->prg[0], j->deal_id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        tri_fused_ahead(j->msg + g.at, 8);
        tri_fused_ahead(j->bits.known + g.at, 1);
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        if (j->open == NULL)
            k->add(a, tri_fused_take(&mask[0], 8, TRI_LANES),
                   tri_fused_take(&mask[1], 8, TRI_LANES), TRI_LANES);
        k->lane_pick(j->msg + g.at, k->lane_pack(j->bits.known + g.at, lanes),
                     j->open != NULL ? j->open + g.at : a, 0,
                     tri_fused_take(&dealt, 8, TRI_LANES), lanes);
    }
    for (unsigned i = 0; i < 2 && j->open == NULL; i++)
        tri_stream_wipe(&mask[i]);
    tri_stream_wipe(&dealt);
    tri_wipe(a, sizeof a);
}

/* P0, P1: [e*x] = [e*A] - (A - x)*[e];  bit*x = m*x + (1 - 2m)*e*x. */
static void finish_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    const struct tri_kernels *k = j->s->cx.k;
    const int draws = j->s->id == 0;
    _Alignas(64) tri_ring sum[TRI_LANES];
    struct tri_stream st;

    (void)worker;
    if (draws)
        tri_stream_open(&st, &j->s->prg[2], j->deal_id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const size_t in = g.at - j->first;
        const struct tri_lane_choice v = {
            .t = j->x + g.at,
            .e = draws ? tri_fused_take(&st, 8, TRI_LANES) : j->in[1] + in,
            .k = j->bits.e + g.at,
            .r = j->open != NULL ? j->open + g.at : sum,
        };

        tri_fused_ahead(j->z + g.at, 8);
        tri_fused_ahead(j->x + g.at, 8);
        tri_fused_ahead(j->open != NULL ? v.r : j->msg + g.at, 8);
        tri_fused_ahead(j->bits.e + g.at, 8);
        tri_fused_ahead(j->bits.known + g.at, 1);
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        if (j->open == NULL)
            tri_sent_add(k, sum, j->in[0] + in, j->msg + g.at, lanes);
        /* z may be x */
        k->lane_choose(j->z + g.at, k->lane_pack(j->bits.known + g.at, lanes),
                       &v, lanes);
    }
    if (draws)
        tri_stream_wipe(&st);
}

static int choose(struct tri_session *s, struct job *j, size_t n)
{
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->open == NULL && j->first < n;
         j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        tri_fused_tasks(s, mask_task, j, j->len);
        rc = tri_send_words(s->link, 1 - s->id, j->msg + j->first, j->len);
    }
    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        if (j->open == NULL)
            rc = tri_recv_words(s->link, 1 - s->id, j->in[0], j->len);
        if (rc == TRI_OK && s->id == 1)
            rc = tri_recv_words(s->link, 2, j->in[1], j->len);
        if (rc == TRI_OK)
            tri_fused_tasks(s, finish_task, j, j->len);
        if (rc == TRI_OK && j->each != NULL)
            rc = j->each->fn(j->each->arg, j->first, j->len);
    }
    return rc;
}

static int deal(struct tri_session *s, struct job *j, size_t n)
{
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        tri_fused_tasks(s, deal_task, j, j->len);
        rc = tri_send_words(s->link, 1, j->msg + j->first, j->len);
    }
    return rc;
}

/*
 * Product with a kept sign bit, [a >= 0] = e xor m: P0 and P1 know m and hold
 * [e], P2 knows e (relu.c).
 *
 *   P2             A0 <- k02, A1 <- k12, A = A0 + A1
 *                  C0 <- k02,  C1 = e*A - C0
 *   P2 -> P1       C1                         8n bytes   \
 *   P0 -> P1       A0 - x0                    8n bytes    | one round
 *   P1 -> P0       A1 - x1                    8n bytes   /
 *   P0, P1         [e*x] = C - (A - x)*[e]
 *                  output (1 - 2m)*[e*x] + m*[x]
 *
 * P2's message depends on nobody's input.
 *
 * Correct: e*A - (A - x)*e = e*x, and bit*x = m*x + (1 - 2m)*e*x.
 * Private: P0 sees A1 - x1 and P1 sees A0 - x0, masked by what they do not
 * know; C0 hides e*A from P1, and so e; P2 receives nothing. [e] may serve any
 * number of selections: it is only multiplied by what both know. The output is
 * fresh between P0 and P1 as in relu.c, and like there not to P2.
 */
static int product(struct tri_engine *e, struct job *j,
                   const struct tri_bits *bits, int open, size_t n)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const size_t piece = tri_fused_min(n, tri_fused_piece(n));
    size_t known; /* mark: what another party knows lies below */
    int rc = tri_session_check(s);

    if (bits->n != n || n > TRI_FUSED_MAX_N)
        return TRI_E_ARG;
    j->s = s;
    j->bits = tri_fused_bits(bits);
    if (rc == TRI_OK && (s->id == 2 || !open))
        rc = tri_arena_alloc(a, &j->msg, n, sizeof *j->msg);
    if (rc == TRI_OK && s->id < 2 && !open)
        rc = tri_arena_alloc(a, &j->in[0], piece, sizeof *j->in[0]);
    known = tri_arena_mark(a);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_arena_alloc(a, &j->in[1], piece, sizeof *j->in[1]);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        select_flow(s, open, n);
        goto out;
    }
    for (unsigned i = 0; i < 2 && !open; i++)
        if (s->id == i || s->id == 2)
            j->mask_id[i] =
                tri_prg_next(tri_additive_key(s, s->id == 2 ? i : 2));
    if (s->id != 1)
        j->deal_id = tri_prg_next(tri_additive_key(s, s->id == 0 ? 2 : 0));
    rc = s->id < 2 ? choose(s, j, n) : deal(s, j, n);
    if (rc == TRI_OK && (s->id == 2 || !open))
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "select", TRI_NOBODY);
        if (j->z != NULL)
            tri_wipe(j->z, n * sizeof *j->z);
    }
    tri_arena_release(a, known);
    tri_arena_drop(a, mark);
    return rc;
}

int tri_fused_select(struct tri_engine *e, tri_ring *z,
                     const struct tri_bits *bits, const tri_ring *x, size_t n)
{
    struct job j = { .x = x, .z = z };

    return product(e, &j, bits, 0, n);
}

int tri_fused_select_open(struct tri_engine *e, tri_ring *z,
                          const struct tri_bits *bits, const tri_ring *x,
                          const tri_ring *open, size_t n,
                          const struct tri_fused_each *each)
{
    struct job j = { .x = x, .z = z, .open = open, .each = each };

    return product(e, &j, bits, 1, n);
}
