#include "proto/fused/select.h"
#include "proto/additive.h"
#include "proto/fused/lanes.h"

/* One call, as its tasks see it. */
struct job {
    const struct tri_session *s;
    struct tri_fused_bits bits;
    const tri_ring *x;
    tri_ring *z;
    tri_ring *r;     /* P1: [n]                                       */
    tri_ring *msg;   /* [n] sent                                      */
    tri_ring *in[2]; /* [piece] received                              */
    uint64_t mask_id, deal_id; /* streams                               */
    size_t first, len; /* the present piece                             */
};

static void select_flow(struct tri_session *s, size_t n)
{
    tri_cost_join(&s->cost, 0, 1, 2, 8 * n);
    tri_cost_msg(&s->cost, 2, 1, 8 * n);
}

/* [e*x] = [e*y] - r*[e];  bit*x = m*x + (1 - 2m)*e*x. */
static void results(const struct job *j, size_t at, size_t lanes,
                    const tri_ring *r, const tri_ring *ey)
{
    const struct tri_kernels *k = j->s->cx.k;
    const struct tri_lane_choice v = {
        .t = j->x + at,
        .e = ey,
        .k = j->bits.e + at,
        .r = r,
    };

    /* z may be x */
    k->lane_choose(j->z + at, k->lane_pack(j->bits.known + at, lanes), &v,
                   lanes);
}

/* P0, P1: x_j + r_j. P0 has its part of [e*y] from k02 and finishes here. P1
 * keeps r. */
static void mask_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    const unsigned id = j->s->id;
    _Alignas(64) tri_ring sum[TRI_LANES];
    struct tri_stream common, dealt;

    (void)worker;
    tri_stream_open(&common, &j->s->prg[1 - id], j->mask_id,
                    tri_fused_chunk(g.at));
    if (id == 0)
        tri_stream_open(&dealt, &j->s->prg[2], j->deal_id,
                        tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const tri_ring(*r)[TRI_LANES] = tri_fused_take(&common, 2 * sizeof *r);

        tri_fused_ahead(j->msg + g.at, 8);
        tri_fused_ahead(j->x + g.at, 8);
        if (id == 0) {
            tri_fused_ahead(j->z + g.at, 8);
            tri_fused_ahead(j->bits.e + g.at, 8);
            tri_fused_ahead(j->bits.known + g.at, 1);
        } else {
            tri_fused_ahead(j->r + g.at, 8);
        }
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        j->s->cx.k->lane_mask(id == 0 ? sum : j->r + g.at, j->msg + g.at,
                              j->x + g.at, 0, r[id], r[1 - id], lanes);
        if (id == 0)
            results(j, g.at, lanes, sum, tri_fused_take(&dealt, sizeof *r));
    }
    tri_stream_wipe(&common);
    if (id == 0) {
        tri_stream_wipe(&dealt);
        tri_wipe(sum, sizeof sum);
    }
}

/* P2: e*y, less P0's part. */
static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    const struct tri_kernels *k = j->s->cx.k;
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, &j->s->prg[0], j->deal_id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const tri_ring *y0 = j->in[0] + (g.at - j->first);
        const tri_ring *y1 = j->in[1] + (g.at - j->first);
        const tri_ring *ey = tri_fused_take(&st, sizeof(tri_ring[TRI_LANES]));
        tri_ring *msg = j->msg + g.at;

        tri_fused_ahead(y0, 8);
        tri_fused_ahead(y1, 8);
        tri_fused_ahead(msg, 8);
        tri_fused_ahead(j->bits.known + g.at, 1);
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        k->add(msg, y0, y1, lanes);
        k->lane_pick(msg, k->lane_pack(j->bits.known + g.at, lanes), msg, 0, ey,
                     lanes);
    }
    tri_stream_wipe(&st);
}

static void finish_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);

    (void)worker;
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        tri_fused_ahead(j->z + g.at, 8);
        tri_fused_ahead(j->x + g.at, 8);
        tri_fused_ahead(j->r + g.at, 8);
        tri_fused_ahead(j->in[0] + (g.at - j->first), 8);
        tri_fused_ahead(j->bits.e + g.at, 8);
        tri_fused_ahead(j->bits.known + g.at, 1);
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        results(j, g.at, lanes, j->r + g.at, j->in[0] + (g.at - j->first));
    }
}

static int masks(struct tri_session *s, struct job *j, size_t n)
{
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        tri_fused_tasks(s, mask_task, j, j->len);
        rc = tri_send(s->link, 2, j->msg + j->first, 8 * j->len);
    }
    for (j->first = 0; s->id == 1 && rc == TRI_OK && j->first < n;
         j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        rc = tri_recv(s->link, 2, j->in[0], 8 * j->len);
        if (rc == TRI_OK)
            tri_fused_tasks(s, finish_task, j, j->len);
    }
    return rc;
}

static int deal(struct tri_session *s, struct job *j, size_t n)
{
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        for (unsigned i = 0; rc == TRI_OK && i < 2; i++)
            rc = tri_recv(s->link, i, j->in[i], 8 * j->len);
        if (rc != TRI_OK)
            break;
        tri_fused_tasks(s, deal_task, j, j->len);
        rc = tri_send(s->link, 1, j->msg + j->first, 8 * j->len);
    }
    return rc;
}

/*
 * Product with a kept sign bit, [a >= 0] = e xor m: P0 and P1 know m and hold
 * [e], P2 knows e (relu.c).
 *
 *   P0, P1         r0, r1 <- k01,  r = r0 + r1
 *   P0 -> P2       x0 + r0                    8n bytes   \ round 1
 *   P1 -> P2       x1 + r1                    8n bytes   /
 *   P2             y = x + r;  deals [e*y]:  P0's part <- k02
 *   P2 -> P1       P1's part of [e*y]         8n bytes, round 2
 *   P0, P1         output (1 - 2m)*([e*y] - r*[e]) + m*[x]
 *
 * Correct: e*y - r*e = e*x, and bit*x = m*x + (1 - 2m)*e*x.
 * Private: r_j hides x_j from P2, P0's part hides [e*y] from P1. [e] may serve
 * any number of selections: it is only multiplied by what both know. The
 * output is fresh between P0 and P1 as in relu.c, and like there not to P2.
 */
int tri_fused_select(struct tri_engine *e, tri_ring *z,
                     const struct tri_bits *bits, const tri_ring *x, size_t n)
{
    struct tri_session *s = e->s;
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const size_t piece = tri_fused_min(n, tri_fused_piece(n));
    struct job j = { .s = s, .bits = tri_fused_bits(bits), .x = x, .z = z };
    size_t sent; /* mark: what was sent lies below */
    int rc = tri_session_check(s);

    if (bits->n != n || n > TRI_FUSED_MAX_N)
        return TRI_E_ARG;
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &j.msg, n, sizeof *j.msg);
    sent = tri_arena_mark(a);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_arena_alloc(a, &j.r, n, sizeof *j.r);
    if (rc == TRI_OK && s->id != 0)
        rc = tri_arena_alloc(a, &j.in[0], piece, sizeof *j.in[0]);
    if (rc == TRI_OK && s->id == 2)
        rc = tri_arena_alloc(a, &j.in[1], piece, sizeof *j.in[1]);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        select_flow(s, n);
        goto out;
    }
    if (s->id < 2)
        j.mask_id = tri_prg_next(tri_additive_key(s, 1 - s->id));
    if (s->id != 1)
        j.deal_id = tri_prg_next(tri_additive_key(s, s->id == 0 ? 2 : 0));
    rc = s->id < 2 ? masks(s, &j, n) : deal(s, &j, n);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "select", TRI_NOBODY);
        if (z != NULL)
            tri_wipe(z, n * sizeof *z);
    }
    tri_arena_release(a, sent);
    tri_arena_drop(a, mark);
    return rc;
}
