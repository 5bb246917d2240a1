#include "proto/fused/compare.h"
#include "core/zp.h"
#include "proto/additive.h"
#include "proto/fused/lanes.h"

/* One call, as its tasks see it. */
struct job {
    const struct tri_session *s;
    const struct tri_fused_cmp *out;
    const tri_ring *a;
    unsigned shift, k; /* the compared value is (a >> shift) mod 2^k    */
    uint64_t low;      /* 2^(k-1) - 1                                   */
    unsigned p;        /* 31 or 127                                     */
    size_t d;          /* digits                                        */
    size_t wx, wc;     /* bytes a comparison: dealt digits, answers     */
    uint64_t mask_id, digit_id, answer_id; /* streams                   */

    /* memory of this party */
    tri_ring *y_msg, *y_in[2]; /* [n] sent; [piece] received            */
    uint8_t *x_msg, *x_in;
    uint8_t *c_msg, *c_in[2];

    size_t sent;       /* mark: what was sent lies below                */
    size_t first, len; /* the present piece                             */
    int blamed;        /* set by tasks: who sent no element of Z_p      */
};

static void compare_flow(struct tri_session *s, const struct job *j, size_t n)
{
    tri_cost_join(&s->cost, 0, 1, 2, 8 * n);
    tri_cost_msg(&s->cost, 2, 1, j->wx * n);
    tri_cost_join(&s->cost, 0, 1, 2, j->wc * n);
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
        const tri_ring(*r)[TRI_LANES] = tri_fused_take(&st, 2 * sizeof *r);

        tri_fused_ahead(j->out->r + g.at, 8);
        tri_fused_ahead(j->y_msg + g.at, 8);
        tri_fused_ahead(j->a + g.at, 8);
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        j->s->cx.k->lane_mask(j->out->r + g.at, j->y_msg + g.at, j->a + g.at,
                              bias, r[id], r[1 - id], lanes);
    }
    tri_stream_wipe(&st);
}

/* P2, steps 1 and 2: put y together, deal the digits of Y'. */
static void deal_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const struct tri_kernels *k = j->s->cx.k;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    struct {
        _Alignas(TRI_LANES) tri_plane b[TRI_PLANES], x[TRI_PLANES / 3];
        uint64_t v[TRI_LANES];
    } w;
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, &j->s->prg[0], j->digit_id, tri_fused_chunk(g.at));
    memset(w.v, 0, sizeof w.v);
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        const tri_ring *y0 = j->y_in[0] + (g.at - j->first);
        const tri_ring *y1 = j->y_in[1] + (g.at - j->first);

        tri_fused_ahead(j->out->y + g.at, 8);
        tri_fused_ahead(y0, 8);
        tri_fused_ahead(y1, 8);
        tri_fused_ahead(j->x_msg + g.at * j->wx, j->wx);
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        k->lane_join(j->out->y + g.at, w.v, y0, y1, j->shift, j->low, lanes);
        k->zp_digits(w.x, w.v, j->d, 2);
        tri_zp_uniform(&st, w.b, 3 * j->d, j->p, 0);
        k->zp_deal(w.b, w.x, w.b, j->d, j->p);
        (void)tri_zp_store(k, j->x_msg + g.at * j->wx, w.b, 3 * j->d, j->p,
                           lanes);
    }
    tri_stream_wipe(&st);
    tri_wipe(&w, sizeof w);
}

/* What is compared: R' - beta, and m. beta comes in as 0 or 1. */
static void choose_test(const struct job *j, uint64_t v[TRI_LANES],
                        uint8_t beta[TRI_LANES], uint8_t spec[TRI_LANES],
                        uint8_t *m, const tri_ring *r, size_t lanes)
{
    const struct tri_kernels *k = j->s->cx.k;
    const uint64_t b = k->lane_pack(beta, lanes);
    uint64_t zero; /* R' = 0 */
    const uint64_t high = k->lane_test(
        v, &zero, r, j->shift, TRI_FUSED_BIAS >> j->shift, j->k - 1, b, lanes);

    k->lane_spread(beta, b, 0xff, TRI_LANES);
    k->lane_spread(spec, b & zero, 0xff, TRI_LANES);
    k->lane_spread(m, high ^ b, 1, lanes);
}

/* P0, P1, step 3: this party's shares of s_i*c_i, masked and rotated. */
static void answer_task(void *arg, size_t task, unsigned worker)
{
    struct job *j = arg;
    const struct tri_session *s = j->s;
    const struct tri_kernels *k = s->cx.k;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    int illegal = 0;
    struct {
        _Alignas(TRI_LANES) tri_plane b[TRI_PLANES], c[TRI_PLANES / 3],
            mul[TRI_PLANES / 3], u[TRI_PLANES / 3];
        uint64_t v[TRI_LANES];
        uint8_t beta[TRI_LANES], spec[TRI_LANES], rho[TRI_LANES];
    } w;
    struct tri_stream common, dealt;

    (void)worker;
    tri_stream_open(&common, &s->prg[1 - s->id], j->answer_id,
                    tri_fused_chunk(g.at));
    if (s->id == 0)
        tri_stream_open(&dealt, &s->prg[2], j->digit_id, tri_fused_chunk(g.at));
    memset(w.v, 0, sizeof w.v);
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        tri_fused_ahead(j->out->r + g.at, 8);
        tri_fused_ahead(j->out->m + g.at, 1);
        tri_fused_ahead(j->c_msg + g.at * j->wc, j->wc);
        if (s->id == 1)
            tri_fused_ahead(j->x_in + (g.at - j->first) * j->wx, j->wx);
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        tri_zp_below(&common, w.rho, w.beta, (unsigned)j->d);
        tri_zp_uniform(&common, w.mul, j->d, j->p, 1);
        tri_zp_uniform(&common, w.u, j->d, j->p, 0);

        choose_test(j, w.v, w.beta, w.spec, j->out->m + g.at, j->out->r + g.at,
                    lanes);
        if (s->id == 0)
            tri_zp_uniform(&dealt, w.b, 3 * j->d, j->p, 0);
        else if (tri_zp_load(k, w.b, j->x_in + (g.at - j->first) * j->wx,
                             3 * j->d, j->p, lanes) != TRI_OK)
            illegal = 1;
        k->zp_digits(w.c, w.v, j->d, 2);
        k->zp_cmp4(w.u, w.b, w.c, w.beta, w.spec, w.mul, w.u, j->d, j->p,
                   s->id == 0);
        k->zp_rotate(w.u, w.rho, j->d);
        (void)tri_zp_store(k, j->c_msg + g.at * j->wc, w.u, j->d, j->p, lanes);
    }
    if (illegal)
        __atomic_store_n(&j->blamed, 2, __ATOMIC_RELAXED);
    tri_stream_wipe(&common);
    if (s->id == 0)
        tri_stream_wipe(&dealt);
    tri_wipe(&w, sizeof w);
}

/* P2, step 4a: t, and with it m2. */
static void decide_task(void *arg, size_t task, unsigned worker)
{
    struct job *j = arg;
    const struct tri_kernels *k = j->s->cx.k;
    struct tri_fused_range g = tri_fused_range(j->first, j->len, task);
    _Alignas(TRI_LANES) tri_plane c[2][TRI_PLANES / 3];
    const unsigned top = j->shift + j->k - 1;

    (void)worker;
    for (size_t lanes; g.at < g.end; g.at += lanes) {
        uint64_t t;

        tri_fused_ahead(j->out->y + g.at, 8);
        tri_fused_ahead(j->out->m + g.at, 1);
        for (int i = 0; i < 2; i++)
            tri_fused_ahead(j->c_in[i] + (g.at - j->first) * j->wc, j->wc);
        lanes = tri_fused_min(TRI_LANES, g.end - g.at);
        for (int i = 0; i < 2; i++)
            if (tri_zp_load(k, c[i], j->c_in[i] + (g.at - j->first) * j->wc,
                            j->d, j->p, lanes) != TRI_OK)
                __atomic_store_n(&j->blamed, i, __ATOMIC_RELAXED);
        t = k->zp_zero((const tri_plane *)c[0], (const tri_plane *)c[1], j->d,
                       j->p);
        t ^= k->lane_bits(j->out->y + g.at, 0, top, lanes);
        k->lane_spread(j->out->m + g.at, t, 1, lanes);
    }
    tri_wipe(c, sizeof c);
}

static int verdict(const struct job *j)
{
    return j->blamed == TRI_NOBODY ? TRI_OK : TRI_E_PROTO;
}

/* P0 and P1. P0 receives nothing, so it never waits. */
static int answer(struct tri_session *s, struct job *j, size_t n)
{
    const size_t piece = tri_fused_piece(n);
    int rc = TRI_OK;

    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        tri_fused_tasks(s, mask_task, j, j->len);
        rc = tri_send(s->link, 2, j->y_msg + j->first, 8 * j->len);
    }
    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        if (s->id == 1)
            rc = tri_recv(s->link, 2, j->x_in, j->wx * j->len);
        if (rc != TRI_OK)
            break;
        tri_fused_tasks(s, answer_task, j, j->len);
        rc = verdict(j);
        if (rc == TRI_OK)
            rc = tri_send(s->link, 2, j->c_msg + j->wc * j->first,
                          j->wc * j->len);
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
            rc = tri_recv(s->link, i, j->y_in[i], 8 * j->len);
        if (rc != TRI_OK)
            break;
        tri_fused_tasks(s, deal_task, j, j->len);
        rc = tri_send(s->link, 1, j->x_msg + j->wx * j->first, j->wx * j->len);
    }
    for (j->first = 0; rc == TRI_OK && j->first < n; j->first += j->len) {
        j->len = tri_fused_min(piece, n - j->first);
        for (unsigned i = 0; rc == TRI_OK && i < 2; i++)
            rc = tri_recv(s->link, i, j->c_in[i], j->wc * j->len);
        if (rc != TRI_OK)
            break;
        tri_fused_tasks(s, decide_task, j, j->len);
        rc = verdict(j);
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
            rc = tri_arena_alloc(a, &j->c_msg, n, j->wc);
    } else {
        rc = tri_arena_alloc(a, &j->x_msg, n, j->wx);
    }
    j->sent = tri_arena_mark(a);
    if (rc == TRI_OK && s->id == 1)
        rc = tri_arena_alloc(a, &j->x_in, piece, j->wx);
    for (int i = 0; i < 2 && s->id == 2; i++) {
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->y_in[i], piece, sizeof *j->y_in[i]);
        if (rc == TRI_OK)
            rc = tri_arena_alloc(a, &j->c_in[i], piece, j->wc);
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
 *                  in D = ceil((k-1)/2) digits x_i of base 4
 *                  [x_i >= 1], [x_i >= 2], [x_i >= 3] over Z_p, dealt:
 *                  P0's shares <- k02
 *   P2 -> P1       the other shares           ceil(3D*b/8)n bytes, round 2
 *   P0, P1         R = (r >> shift) + (2^62 >> shift) mod 2^k, R' likewise
 *                  beta, rho < D, s_i != 0, u_i <- k01
 *                  c_i = share of 1 - [digit i decides for the test]
 *                        + sum over higher digits k of (1 - [x_k = R'_k]),
 *                  where the test is  beta = 0: R' > Y'
 *                                     beta = 1: Y' > R' - 1
 *   P0 -> P2       s_i*c_i + u_i, rotated     ceil(D*b/8)n bytes   \ round 3
 *   P1 -> P2       s_i*c_i - u_i, rotated     ceil(D*b/8)n bytes   /
 *   P2             t = 1 iff some sum of the two is 0
 *   P2 keeps       m2 = Y_{k-1} xor t
 *   P0, P1 keep    m  = R_{k-1} xor beta
 *
 * p = 31, b = 5 bits; where D + 1 >= 31, p = 127 and b = 7.
 *
 * Correct. With w = [a + 2^62 + r >= 2^64], y = a + 2^62 + r - w*2^64, and
 * 2^shift divides 2^62 and 2^64, so
 *
 *   Y - R = (a >> shift) + carry      mod 2^k,  as k <= 64 - shift,
 *
 * with carry = 1 iff the bits below `shift` of a and r add up to 2^shift or
 * more. That is the value A of relu.c, rounded up or down; its sign is bit k-1
 * while -2^(k-1) <= A < 2^(k-1), and bit k-1 of Y - R is
 * Y_{k-1} xor R_{k-1} xor [Y' < R']. The highest digit in which the operands
 * differ decides a test, so c_i = 0 there if it decides for the test, c_i >= 1
 * if not; at higher digits c_i = 1, and at lower ones the sum is at least 1.
 * c_i <= D < p, so nothing wraps. t is the outcome: [Y' < R'] xor beta.
 * R' = 0 with beta = 1 is true whatever Y' is and has no R' - 1: the kernel
 * then puts shares of 0, 1, 1, ... in place of c_i, without a branch.
 *
 * Private. P0 receives nothing, P1 shares that are uniform because P0's part
 * of them is. P2 sees y_j under r_j: uniform, also together. It dealt the
 * x-shares itself and knows both parts of them, so P0's and P1's s_i*c_i one
 * by one would tell it their ratio, which depends on R' and beta: hence u_i,
 * which makes P0's message uniform and leaves only the sums s_i*c_i. Those are
 * uniform non-zero where c_i is not 0. Whether one is 0 is t, uniform by beta;
 * which one it is, is uniform by rho.
 */
int tri_fused_compare(struct tri_engine *e, const struct tri_fused_cmp *out,
                      const tri_ring *a, size_t n, unsigned shift)
{
    struct tri_session *s = e->s;
    const unsigned k = e->config.k;
    const size_t mark = tri_arena_mark(s->cx.arena);
    struct job j = { .s = s,
                     .out = out,
                     .a = a,
                     .shift = shift,
                     .sent = mark,
                     .blamed = TRI_NOBODY };
    int rc = tri_session_check(s);

    if (shift > 32 || n > TRI_FUSED_MAX_N)
        return TRI_E_ARG;
    if (rc != TRI_OK)
        goto out;
    j.k = k < 64 - shift ? k : 64 - shift;
    j.low = ((uint64_t)1 << (j.k - 1)) - 1;
    j.d = j.k / 2;
    j.p = j.d + 1 < 31 ? 31 : 127;
    j.wx = tri_zp_wire(3 * j.d, j.p);
    j.wc = tri_zp_wire(j.d, j.p);
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
        tri_session_fail(s, rc, "comparison", j.blamed);
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
