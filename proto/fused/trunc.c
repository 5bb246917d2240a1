#include "proto/fused/trunc.h"
#include "proto/additive.h"
#include "proto/fused/lanes.h"

/* Elements of a task: its mask bits are as many bytes as a stream buffers. */
enum { TASK = 8192, TASK_BLOCKS = TASK / TRI_LANES };

/* One call, as its tasks see it. Bits stand 64 to a word, a block's in one. */
struct job {
    const struct tri_session *s;
    const tri_ring *a;
    tri_ring *z;
    size_t n;
    unsigned shift;
    size_t width;        /* bytes of a share of c                         */
    uint64_t id02, id12; /* streams                                       */
    uint64_t *mask;      /* P0: alpha. P1: beta                           */
    uint64_t *own;       /* P0: E. P1: F. As on the wire                  */
    uint64_t *other;     /* the other way round, likewise                 */
    uint8_t *c;          /* [n]: P1's shares of c                         */
};

static void trunc_flow(struct tri_session *s, size_t n, size_t width)
{
    tri_cost_swap(&s->cost, 0, 1, (n + 7) / 8, (n + 7) / 8);
    tri_cost_msg(&s->cost, 2, 1, width * n);
}

/* P2: c1 = alpha*beta - c0. */
static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const size_t end = tri_fused_min((task + 1) * TASK, j->n);
    uint64_t alpha[TASK_BLOCKS], beta[TASK_BLOCKS];
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, &j->s->prg[1], j->id12, (uint32_t)task);
    tri_stream_words(&st, beta, sizeof *beta, TASK_BLOCKS);
    tri_stream_wipe(&st);
    tri_stream_open(&st, &j->s->prg[0], j->id02, (uint32_t)task);
    tri_stream_words(&st, alpha, sizeof *alpha, TASK_BLOCKS);
    for (size_t at = task * TASK; at < end; at += TRI_LANES) {
        const size_t lanes = tri_fused_min(TRI_LANES, end - at);
        const size_t block = at % TASK / TRI_LANES;

        tri_fused_ahead(j->c + at * j->width, j->width);
        j->s->cx.k->lane_share(j->c + at * j->width, alpha[block] & beta[block],
                               tri_fused_take(&st, j->width, TRI_LANES),
                               (unsigned)j->width, lanes);
    }
    tri_stream_wipe(&st);
    tri_wipe(alpha, sizeof alpha);
    tri_wipe(beta, sizeof beta);
}

/* P0, P1: the top bits, masked. */
static void mask_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const size_t end = tri_fused_min((task + 1) * TASK, j->n);
    const int p0 = j->s->id == 0;
    const tri_ring bias = p0 ? TRI_FUSED_BIAS : 0;
    uint64_t mask[TASK_BLOCKS];
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, &j->s->prg[2], p0 ? j->id02 : j->id12, (uint32_t)task);
    tri_stream_words(&st, mask, sizeof *mask, TASK_BLOCKS);
    for (size_t at = task * TASK; at < end; at += TRI_LANES) {
        const size_t lanes = tri_fused_min(TRI_LANES, end - at);
        const size_t block = at / TRI_LANES;

        tri_fused_ahead(j->a + at, 8);
        j->mask[block] = mask[block % TASK_BLOCKS];
        j->own[block] =
            tri_le64(mask[block % TASK_BLOCKS] ^
                     j->s->cx.k->lane_bits(j->a + at, bias, 63, lanes));
    }
    tri_stream_wipe(&st);
    tri_wipe(mask, sizeof mask);
}

/* W_0 = h0 - (h0*F + (1-2E)(1-2F)*c0), and floor;
 * W_1 = h1 - ((1-2F)*E*beta + (1-2E)(1-2F)*c1), and ceiling. `c` holds this
 * party's shares of the block. */
static void finish_block(const struct job *j, size_t at, size_t lanes,
                         const void *c)
{
    const size_t block = at / TRI_LANES;
    const int p0 = j->s->id == 0;
    const uint64_t own = tri_le64(j->own[block]);
    const uint64_t other = tri_le64(j->other[block]);
    const uint64_t e = p0 ? own : other, f = p0 ? other : own;
    const uint64_t h = own ^ j->mask[block];
    const struct tri_lane_wrap v = {
        .w = c,
        .width = (unsigned)j->width,
        .shift = j->shift,
        .c = p0 ? TRI_FUSED_BIAS : 0,
        .below = p0 ? 0 : ((tri_ring)1 << j->shift) - 1,
        .h = p0 ? h & ~f : h,
        .f = f,
        .g = p0 ? 0 : e & j->mask[block],
        .e = e,
    };

    tri_fused_ahead(j->z + at, 8);
    tri_fused_ahead(j->a + at, 8);
    if (!p0)
        tri_fused_ahead(c, j->width);
    j->s->cx.k->lane_trunc(j->z + at, j->a + at, &v, lanes);
}

static void finish_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const size_t end = tri_fused_min((task + 1) * TASK, j->n);
    const int p0 = j->s->id == 0;
    struct tri_stream st;

    (void)worker;
    if (p0) {
        tri_stream_open(&st, &j->s->prg[2], j->id02, (uint32_t)task);
        (void)tri_fused_take(&st, 8, TASK_BLOCKS); /* alpha */
    }
    for (size_t at = task * TASK; at < end; at += TRI_LANES)
        finish_block(j, at, tri_fused_min(TRI_LANES, end - at),
                     p0 ? tri_fused_take(&st, j->width, TRI_LANES)
                        : j->c + at * j->width);
    if (p0)
        tri_stream_wipe(&st);
}

static int exchange(struct tri_session *s, struct job *j, size_t tasks)
{
    const size_t bytes = (j->n + 7) / 8;
    int rc;

    tri_par_run(s->cx.par, mask_task, j, tasks);
    rc = tri_send(s->link, 1 - s->id, (uint8_t *)j->own, bytes);
    if (rc == TRI_OK)
        rc = tri_recv(s->link, 1 - s->id, (uint8_t *)j->other, bytes);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_recv(s->link, 2, j->c, j->width * j->n);
    if (rc == TRI_OK && s->id == 1)
        tri_le_words(j->c, j->width * j->n, j->width);
    if (rc == TRI_OK)
        tri_par_run(s->cx.par, finish_task, j, tasks);
    return rc;
}

/*
 * Truncation with the exact wrap. b0 = a0 + 2^62 and b1 = a1 are shares of
 * b = a + 2^62, 0 <= b < 2^63; h_j is the top bit of b_j.
 *
 *   P2             bits alpha <- k02, beta <- k12;  c0 <- k02 over Z_{2^16}
 *                  (over Z_{2^32} for shift > 16, Z_{2^64} for shift > 32)
 *   P2 -> P1       c1 = alpha*beta - c0       2n (4n, 8n) bytes  \
 *   P0 -> P1       E = h0 xor alpha           n/8 bytes           | one
 *   P1 -> P0       F = h1 xor beta            n/8 bytes          /  round
 *   P0, P1         W = h0 + h1 - h0*h1, where
 *                  h0*h1 = h0*F + (1-2F)*E*beta + (1-2E)(1-2F)*c
 *   P0 outputs     floor(b0 / 2^shift) - (2^62 >> shift) - W_0*2^(64-shift)
 *   P1 outputs     ceil(b1 / 2^shift) - W_1*2^(64-shift)
 *
 * P2's message depends on nobody's input and goes out first.
 *
 * Correct. W = [b0 + b1 >= 2^64]: not if both h are 0, always if both are 1;
 * and if one is 1 then b0 + b1 >= 2^63, which without a wrap would be b. So W
 * is the OR. Only its low `shift` bits survive the factor 2^(64-shift). Let
 * l, l0, l1 be the low `shift` bits of b, b0, b1. As b0 + b1 = b + W*2^64,
 *
 *   floor(b0 / 2^shift) + floor(b1 / 2^shift) - W*2^(64-shift)
 *     = floor(b / 2^shift) - [l0 + l1 >= 2^shift],
 *
 * and l1 = l - l0 mod 2^shift carries iff l0 > l, and is 0 iff l0 = l. With
 * the ceiling's [l1 != 0] the sum is floor(b / 2^shift) + [l0 < l]. l0 is
 * uniform, so that bit has probability exactly l / 2^shift: the result is off
 * by less than one unit, and unbiased.
 *
 * Private. alpha hides h0 from P1, beta hides h1 from P0, c0 hides the product
 * of both from P1; P2 receives nothing. The outputs still depend on the input
 * shares and are not fresh.
 */
int tri_fused_trunc(struct tri_engine *e, tri_ring *z, const tri_ring *a,
                    size_t n, unsigned shift)
{
    struct tri_session *s = e->s;
    struct tri_arena *m = s->cx.arena;
    const size_t mark = tri_arena_mark(m);
    const size_t blocks = n / TRI_LANES + (n % TRI_LANES != 0);
    const size_t tasks = n / TASK + (n % TASK != 0);
    struct job j = { .s = s, .a = a, .z = z, .n = n, .shift = shift };
    int rc = tri_session_check(s);

    if (shift < 1 || shift > 62 || n > TRI_FUSED_MAX_N)
        return TRI_E_ARG;
    if (rc != TRI_OK)
        goto out;
    j.width = tri_fused_width(shift);
    if (s->id < 2) {
        rc = tri_arena_alloc(m, &j.mask, blocks, sizeof *j.mask);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(m, &j.own, blocks, sizeof *j.own);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(m, &j.other, blocks, sizeof *j.other);
    }
    if (rc == TRI_OK && s->id > 0)
        rc = tri_arena_alloc(m, &j.c, n, j.width);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        trunc_flow(s, n, j.width);
        goto out;
    }
    if (s->id != 1)
        j.id02 = tri_prg_next(tri_additive_key(s, s->id == 0 ? 2 : 0));
    if (s->id != 0)
        j.id12 = tri_prg_next(tri_additive_key(s, s->id == 1 ? 2 : 1));
    if (s->id == 2) {
        tri_par_run(s->cx.par, deal_task, &j, tasks);
        tri_le_words(j.c, j.width * n, j.width);
        rc = tri_send(s->link, 1, j.c, j.width * n);
    } else {
        rc = exchange(s, &j, tasks);
    }
    if (rc == TRI_OK)
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "truncation", TRI_NOBODY);
        if (z != NULL)
            tri_wipe(z, n * sizeof *z);
    }
    tri_arena_release(m, mark);
    return rc;
}
