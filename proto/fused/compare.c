#include "proto/fused/compare.h"
#include "core/chain.h"
#include "proto/additive.h"
#include "proto/fused/lanes.h"
#include "proto/wire.h"

/* One call, as its tasks see it. */
struct job {
    const struct tri_session *s;
    const struct tri_fused_cmp *out;
    const tri_ring *a;
    unsigned shift, k;      /* the compared value is (a >> shift) mod 2^k    */
    struct tri_chain chain; /* of the k-1 low bits                     */
    uint64_t mask_id, digit_id, answer_id; /* streams                   */

    /* memory of this party */
    tri_ring *y_msg, *y_in[2]; /* [n] sent; [piece] received            */
    uint8_t *x_msg, *x_in;
    uint8_t *c_msg, *c_in[2];

    size_t sent;       /* mark: what was sent lies below                */
    size_t first, len; /* the present piece                             */
};

/* Bytes of n comparisons: what is dealt, and one answer. */
static size_t dealt(const struct job *j, size_t n)
{
    return tri_chain_bytes(j->chain.dealt, n);
}

static size_t answered(const struct job *j, size_t n)
{
    return tri_chain_bytes(j->chain.answer, n);
}

static void compare_flow(struct tri_session *s, const struct job *j, size_t n)
{
    tri_cost_join(&s->cost, 0, 1, 2, 8 * n);
    tri_cost_msg(&s->cost, 2, 1, dealt(j, n));
    tri_cost_join(&s->cost, 0, 1, 2, answered(j, n));
}

/* P0, P1, step 1: y_j = a_j + r_j, on P0 with the bias. */
static void mask_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    const unsigned id = j->s->id;
    const tri_ring bias = id == 0 ? TRI_FUSED_BIAS : 0;
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, &j->s->prg[1 - id], j->mask_id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const tri_ring(*r)[TRI_LANES] = tri_fused_take(&st, 8, 2 * TRI_LANES);

        tri_fused_ahead(j->out->r + g.at, 8);
        tri_fused_ahead(j->y_msg + g.at, 8);
        tri_fused_ahead(j->a + g.at, 8);
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        j->s->cx.k->lane_mask(j->out->r + g.at, j->y_msg + g.at, j->a + g.at,
                              bias, r[id], r[1 - id], lanes);
    }
    tri_stream_wipe(&st);
}

/* Comparisons of the group at `at`, of a task that ends at `end`. */
static size_t group(size_t at, size_t end)
{
    return tri_fused_min(TRI_CHAIN_LANES, end - at);
}

/* Bits shift .. shift+n-1 of the words of a group, as planes. */
static void slice(const struct job *j, tri_plane *out, const uint64_t *v,
                  unsigned n, size_t lanes)
{
    uint64_t *const z = (uint64_t *)(void *)out;

    for (size_t i = 0; i < TRI_CHAIN_LANES / TRI_LANES; i++) {
        const size_t at = tri_fused_min(i * TRI_LANES, lanes);
        const size_t here = tri_fused_min(TRI_LANES, lanes - at);

        j->s->cx.k->slice_transpose(z + i, sizeof *out / sizeof *z, n, v + at,
                                    1, here, j->shift);
    }
    tri_le_words(out, n * sizeof *out, sizeof *z); /* a plane is bytes */
}

/* The bits of r become those of r + 2^62: what is below 2^62 stays. */
static void add_bias(const struct job *j, tri_plane *bits)
{
    const unsigned at = 62 - j->shift; /* of the bit of 2^62 */

    for (size_t i = 0; at < j->k && i < sizeof *bits; i++) {
        if (at + 1 < j->k)
            bits[at + 1][i] ^= bits[at][i];
        bits[at][i] ^= 0xff;
    }
}

/* A byte for each bit of a plane. */
static void spread(const struct job *j, uint8_t *out, const tri_plane *bits,
                   size_t lanes)
{
    for (size_t i = 0; i < lanes; i += TRI_LANES) {
        uint64_t x;

        memcpy(&x, *bits + i / 8, sizeof x);
        j->s->cx.k->lane_spread(out + i, tri_le64(x), 1,
                                tri_fused_min(TRI_LANES, lanes - i));
    }
}

/* P2, steps 1 and 2: put y together, deal the digits of Y'. */
static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const struct tri_kernels *k = j->s->cx.k;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    _Alignas(64) tri_plane bits[64];
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, &j->s->prg[0], j->digit_id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const size_t in = g.at - j->first;

        lanes = group(g.at, g.end);
        k->add(j->out->y + g.at, j->y_in[0] + in, j->y_in[1] + in, lanes);
        slice(j, bits, j->out->y + g.at, j->k - 1, lanes);
        tri_chain_deal(k, &j->chain, j->x_msg + dealt(j, g.at),
                       (const tri_plane *)bits, &st, lanes);
    }
    tri_stream_wipe(&st);
    tri_wipe(bits, sizeof bits);
}

/* P0, P1, step 3: this party's answers, and m. */
static void answer_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const struct tri_session *s = j->s;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    _Alignas(64) tri_plane bits[64], beta;
    struct tri_stream common, p0;

    (void)worker;
    tri_stream_open(&common, &s->prg[1 - s->id], j->answer_id,
                    tri_fused_chunk(g.at));
    if (s->id == 0)
        tri_stream_open(&p0, &s->prg[2], j->digit_id, tri_fused_chunk(g.at));
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        tri_plane *const top = bits + j->k - 1;

        lanes = group(g.at, g.end);
        slice(j, bits, j->out->r + g.at, j->k, lanes);
        add_bias(j, bits);
        tri_chain_answer(
            s->cx.k, &j->chain, j->c_msg + answered(j, g.at), &beta,
            (const tri_plane *)bits, &common, s->id == 0 ? &p0 : NULL,
            s->id == 0 ? NULL : j->x_in + dealt(j, g.at - j->first), lanes);
        s->cx.k->xor_bytes(*top, *top, beta, sizeof beta);
        spread(j, j->out->m + g.at, (const tri_plane *)top, lanes);
    }
    tri_stream_wipe(&common);
    if (s->id == 0)
        tri_stream_wipe(&p0);
    tri_wipe(bits, sizeof bits);
    tri_wipe(beta, sizeof beta);
}

/* P2, step 4a: t, and with it m2. */
static void decide_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const struct tri_kernels *k = j->s->cx.k;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    _Alignas(64) tri_plane t[1];

    (void)worker;
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const size_t in = answered(j, g.at - j->first);

        lanes = group(g.at, g.end);
        tri_chain_open(k, &j->chain, t, j->c_in[0] + in, j->c_in[1] + in,
                       lanes);
        for (size_t i = 0; i < lanes; i += TRI_LANES) {
            const size_t n = tri_fused_min(TRI_LANES, lanes - i);
            uint64_t x;

            memcpy(&x, t[0] + i / 8, sizeof x);
            x = tri_le64(x) ^
                k->lane_bits(j->out->y + g.at + i, 0, j->shift + j->k - 1, n);
            k->lane_spread(j->out->m + g.at + i, x, 1, n);
        }
    }
    tri_wipe(t, sizeof t);
}

/* P0 and P1. P0 receives nothing, so it never waits. */
static int answer(struct tri_session *s, struct job *j, size_t n)
{
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        tri_fused_tasks(s, mask_task, j, j->len);
        rc = tri_send_words(s->link, 2, j->y_msg + j->first, j->len);
    }
    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        if (s->id == 1)
            rc = tri_recv(s->link, 2, j->x_in, dealt(j, j->len));
        if (rc != TRI_OK)
            break;
        tri_fused_tasks(s, answer_task, j, j->len);
        rc = tri_send(s->link, 2, j->c_msg + answered(j, j->first),
                      answered(j, j->len));
    }
    return rc;
}

/* P2. */
static int decide(struct tri_session *s, struct job *j, size_t n)
{
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        for (unsigned i = 0; rc == TRI_OK && i < 2; i++)
            rc = tri_recv_words(s->link, i, j->y_in[i], j->len);
        if (rc != TRI_OK)
            break;
        tri_fused_tasks(s, deal_task, j, j->len);
        rc = tri_send(s->link, 1, j->x_msg + dealt(j, j->first),
                      dealt(j, j->len));
    }
    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        for (unsigned i = 0; rc == TRI_OK && i < 2; i++)
            rc = tri_recv(s->link, i, j->c_in[i], answered(j, j->len));
        if (rc == TRI_OK)
            tri_fused_tasks(s, decide_task, j, j->len);
    }
    return rc;
}

static int allocate(struct tri_session *s, struct job *j, size_t n)
{
    struct tri_arena *a = s->cx.arena;
    const size_t piece = tri_fused_min(n, tri_fused_piece(n));
    int rc = TRI_OK;

    if (s->id < 2) {
        rc = tri_arena_alloc(a, &j->y_msg, n, sizeof *j->y_msg);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->c_msg, answered(j, n), 1);
    } else {
        rc = tri_arena_alloc(a, &j->x_msg, dealt(j, n), 1);
    }
    j->sent = tri_arena_mark(a);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_arena_alloc(a, &j->x_in, dealt(j, piece), 1);
    for (int i = 0; i < 2 && s->id == 2; i++) {
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->y_in[i], piece, sizeof *j->y_in[i]);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->c_in[i], answered(j, piece), 1);
    }
    return rc;
}

/*
 * The sign of A = a >> shift, split between P2 and {P0, P1}.
 *
 *   P0, P1         r0, r1 <- k01,  r = r0 + r1
 *   P0 -> P2       y0 = a0 + 2^62 + r0        8n bytes   \ round 1
 *   P1 -> P2       y1 = a1 + r1               8n bytes   /
 *   P2             y = y0 + y1;  Y = y >> shift mod 2^k,  Y' = Y mod 2^(k-1)
 *                  in D digits x_i of w_i bits, lowest first;
 *                  [x_i >= 1] .. [x_i >= 2^w_i - 1] of each, shared by
 *                  exclusive or: P0's shares <- k02
 *   P2 -> P1       the other shares           S/8 n bytes, round 2
 *   P0, P1         R = (r >> shift) + (2^62 >> shift) mod 2^k, R' likewise,
 *                  c_i its digits. For each digit i a label of W = D - i bits:
 *                  keys K_0, K_1 of W-1 bits and a bit pi_i, all <- k01;
 *                  beta = pi_{D-1}. A state s_i, below, is *named* by the
 *                  select bit s_i xor pi_i and the key of that number.
 *                  Row of digit i for the state s before it:
 *                    name of the state after it, s' = not [x_i >= c_i + s],
 *                    xor the key (and at i = 0 nothing) of state s,
 *                  for s = 0 and, where i > 0, s = 1, in the order of the
 *                  select bits. It is linear in the shares of [x_i >= j], as
 *                  c_i + s is known: K_0, and where s' xor pi_i = 1 also
 *                  K_0 xor K_1. Each takes its share, xor a common pad <- k01
 *   P0 -> P2       its share of all rows      D^2/8 n bytes   \ round 3
 *   P1 -> P2       its share of all rows      D^2/8 n bytes   /
 *   P2             the xor of the two: the row of digit 0 names s_0, its key
 *                  opens a row of digit 1, which names s_1, and so on to
 *                  t = s_{D-1} xor beta
 *   P2 keeps       m2 = Y_{k-1} xor t
 *   P0, P1 keep    m  = R_{k-1} xor beta
 *
 * The cut into digits is the one of fewest bits: k = 32: eight digits, S = 112
 * and D^2 = 64; k = 64: thirteen, 371 and 169. A message has ceil(n/8) bytes
 * for each of its bits, as it is bit-sliced (core/chain.h).
 *
 * Correct. With w = [a + 2^62 + r >= 2^64], y = a + 2^62 + r - w*2^64, and
 * 2^shift divides 2^62 and 2^64, so
 *
 *   Y - R = (a >> shift) + carry      mod 2^k,  as k <= 64 - shift,
 *
 * with carry = 1 iff the bits below `shift` of a and r add up to 2^shift or
 * more. That is the value A of relu.c, rounded up or down; its sign is bit k-1
 * while -2^(k-1) <= A < 2^(k-1), and bit k-1 of Y - R is
 * Y_{k-1} xor R_{k-1} xor [Y' < R']. s_i is the borrow after digits 0..i:
 * x_i - c_i - s < 0 iff not x_i >= c_i + s, where [x_i >= 0] = 1 and
 * [x_i >= 2^w_i] = 0. So s_{D-1} = [Y' < R'].
 *
 * Private. P0 receives nothing, P1 shares that are uniform because P0's part
 * of them is. P2 sees y_j under r_j: uniform, also together. Of the answers,
 * the pad makes one uniform; so consider their xor, the rows, and let P2 have
 * dealt *any* bits. Every row names some state s', whatever it dealt. It opens
 * one row of each digit. What that holds is uniform and new: s' xor pi_i by
 * pi_i, and the key of that number, each of which appears in nothing else that
 * it has opened. The other row is hidden by the key of the state that it has
 * no name of, of equal length and used for nothing else: uniform, too. So all
 * that P2 sees is uniform and independent of a, r and beta, also if it does
 * not follow the protocol; what it deals can make t wrong, but tells it
 * nothing. (tests/core/check_labels.c has all cases of small sizes.)
 */
int tri_fused_compare(struct tri_engine *e, const struct tri_fused_cmp *out,
                      const tri_ring *a, size_t n, unsigned shift)
{
    struct tri_session *s = e->s;
    const unsigned k = e->config.k;
    const size_t mark = tri_arena_mark(s->cx.arena);
    struct job j = { .s = s, .out = out, .a = a, .shift = shift, .sent = mark };
    int rc = tri_session_check(s);

    if (shift > 32 || n > TRI_FUSED_MAX_N)
        return TRI_E_ARG;
    if (rc != TRI_OK)
        goto out;
    j.k = k < 64 - shift ? k : 64 - shift;
    tri_chain_plan(&j.chain, j.k - 1);
    rc = allocate(s, &j, n);
    if (rc != TRI_OK)
        goto out;
    if (s->dry) {
        compare_flow(s, &j, n);
        goto out;
    }
    if (s->id < 2) {
        j.mask_id = tri_prg_next(tri_additive_key(s, 1 - s->id));
        j.answer_id = tri_prg_next(tri_additive_key(s, 1 - s->id));
    }
    if (s->id != 1)
        j.digit_id = tri_prg_next(tri_additive_key(s, s->id == 0 ? 2 : 0));
    rc = s->id < 2 ? answer(s, &j, n) : decide(s, &j, n);
    if (rc == TRI_OK)
        rc = tri_flush(s->link);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, "comparison", TRI_NOBODY);
        if (out->r != NULL)
            tri_wipe(out->r, n * sizeof *out->r);
        if (out->y != NULL)
            tri_wipe(out->y, n * sizeof *out->y);
        if (out->m != NULL)
            tri_wipe(out->m, n);
    }
    tri_arena_release(s->cx.arena, j.sent);
    tri_arena_drop(s->cx.arena, mark);
    return rc;
}
