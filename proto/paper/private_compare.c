#include "proto/paper/private_compare.h"
#include "core/err.h"
#include "core/mem.h"
#include "core/zp.h"
#include "proto/paper/odd.h"

#define NAME "PrivateCompare"

/* One piece of a vector of comparisons, for the tasks. */
struct job {
    const struct tri_kernels *k;
    const struct tri_prg *g;
    uint64_t stream;
    size_t first; /* number of the piece's first block = its chunk */
    size_t n;     /* comparisons in the piece */
    unsigned id;
    int ge;
    uint8_t *bits;         /* [64 n] */
    const uint8_t *a, *b;  /* P2: the messages of P0 and P1 */
    const tri_ring *x, *r; /* [n] */
    const uint8_t *beta;   /* [n] */
    uint8_t *out;          /* [n] */
};

static size_t blocks(size_t n)
{
    return (n + TRI_LANES - 1) / TRI_LANES;
}

static size_t lanes_of(const struct job *j, size_t task)
{
    const size_t left = j->n - task * TRI_LANES;

    return left < TRI_LANES ? left : TRI_LANES;
}

static void load(tri_plane *v, const uint8_t *wire, size_t lanes)
{
    if (lanes == TRI_LANES) {
        memcpy(v, wire, TRI_PAPER_BITS * sizeof *v);
        return;
    }
    memset(v, 0, TRI_PAPER_BITS * sizeof *v);
    for (size_t i = 0; i < TRI_PAPER_BITS; i++)
        memcpy(v[i], wire + i * lanes, lanes);
}

static void store(uint8_t *wire, const tri_plane *v, size_t lanes)
{
    if (lanes == TRI_LANES) {
        memcpy(wire, v, TRI_PAPER_BITS * sizeof *v);
        return;
    }
    for (size_t i = 0; i < TRI_PAPER_BITS; i++)
        memcpy(wire + i * lanes, v[i], lanes);
}

static void load_words(uint64_t v[TRI_LANES], const tri_ring *x, size_t lanes)
{
    memset(v, 0, TRI_LANES * sizeof *v);
    memcpy(v, x, lanes * sizeof *v);
}

/* Receive a piece; every byte has to be an element of Z_p. Shares are not
 * branched upon: the one branch asks whether the peer broke the rules. */
static int recv_elements(struct tri_session *s, unsigned from, uint8_t *buf,
                         size_t n, const char *where)
{
    unsigned high = 0;
    const int rc = tri_recv(s->link, from, buf, n);

    if (rc != TRI_OK)
        return rc;
    for (size_t i = 0; i < n; i++)
        high |= buf[i] + 1u; /* bit 7 or 8 is set from 127 on */
    return high < TRI_PAPER_P + 1
               ? TRI_OK
               : tri_session_fail(s, TRI_E_PROTO, where, (int)from);
}

/* ---- dealing bits ---------------------------------------------------------
 */

static void bits_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const size_t lanes = lanes_of(j, task), at = task * TRI_LANES;
    _Alignas(TRI_LANES) tri_plane share[TRI_PAPER_BITS], bit[TRI_PAPER_BITS];
    uint64_t x[TRI_LANES];
    struct tri_stream st;

    (void)worker;
    tri_stream_open(&st, j->g, j->stream, (uint32_t)(j->first + task));
    tri_zp_uniform(&st, share, TRI_PAPER_BITS, 0);
    tri_stream_wipe(&st);
    if (j->id == 2) {
        load_words(x, j->x + at, lanes);
        j->k->zp_bits(bit, x, TRI_PAPER_BITS);
        j->k->zp_sub(share, bit, share, TRI_PAPER_BITS);
        tri_wipe(x, sizeof x);
        tri_wipe(bit, sizeof bit);
    }
    store(j->bits + TRI_PAPER_BITS * at, share, lanes);
    tri_wipe(share, sizeof share);
}

int tri_paper_deal_bits(struct tri_session *s, uint8_t *bits, const tri_ring *x,
                        size_t n, const char *where)
{
    struct job j = { .k = s->cx.k, .id = s->id };
    int rc = TRI_OK;

    if (s->id != 1) {
        j.g = tri_additive_key(s, 2 - s->id);
        j.stream = tri_prg_next(tri_additive_key(s, 2 - s->id));
    }
    for (size_t at = 0; at < n && rc == TRI_OK; at += TRI_PAPER_PIECE) {
        const size_t len = n - at < TRI_PAPER_PIECE ? n - at : TRI_PAPER_PIECE;

        j.bits = bits + TRI_PAPER_BITS * at;
        if (s->id == 1) {
            rc = recv_elements(s, 2, j.bits, TRI_PAPER_BITS * len, where);
            continue;
        }
        j.first = at / TRI_LANES;
        j.n = len;
        j.x = s->id == 2 ? x + at : NULL;
        tri_par_run(s->cx.par, bits_task, &j, blocks(len));
        if (s->id == 2)
            rc = tri_send(s->link, 1, j.bits, TRI_PAPER_BITS * len);
    }
    return rc;
}

/* ---- PrivateCompare ---------------------------------------------------------
 */

static void flow(struct tri_session *s, size_t n)
{
    tri_cost_join(&s->cost, 0, 1, 2, TRI_PAPER_BITS * n);
}

/*
 * Which test of x against which public number, and where it is always true:
 *
 *   ge beta   P2 learns     test       c        always true where
 *    0   0    [x > r]       x > c      r        -
 *    0   1    [x <= r]      c > x      r + 1    r = 2^64 - 1 (r + 1 wraps)
 *    1   0    [x >= r]      x > c      r - 1    r = 0        (r - 1 wraps)
 *    1   1    [x < r]       c > x      r        -
 */
static void choose_test(uint64_t c[TRI_LANES], uint8_t greater[TRI_LANES],
                        uint8_t spec[TRI_LANES], const tri_ring *r,
                        const uint8_t *beta, int ge, size_t lanes)
{
    const uint64_t base = ge ? 1 : 0;

    memset(greater, 0, TRI_LANES);
    memset(spec, 0, TRI_LANES);
    memset(c, 0, TRI_LANES * sizeof *c);
    for (size_t i = 0; i < lanes; i++) {
        const uint64_t b = beta[i];
        /* the corner: r - 1 or r + 1 has wrapped */
        const uint64_t wrapped = tri_is_ones(r[i] - base) & (b ^ base);

        c[i] = r[i] - base + b;
        greater[i] = (uint8_t)(b - 1);
        spec[i] = (uint8_t)(0 - wrapped);
    }
}

static void compare_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const size_t lanes = lanes_of(j, task), at = task * TRI_LANES;
    uint8_t *wire = j->bits + TRI_PAPER_BITS * at;
    _Alignas(TRI_LANES) tri_plane x[TRI_PAPER_BITS], c[TRI_PAPER_BITS],
        mul[TRI_PAPER_BITS], mask[TRI_PAPER_BITS];
    uint8_t greater[TRI_LANES], spec[TRI_LANES], rho[TRI_LANES];
    uint64_t v[TRI_LANES];
    struct tri_stream st;

    (void)worker;
    load(x, wire, lanes);
    choose_test(v, greater, spec, j->r + at, j->beta + at, j->ge, lanes);
    j->k->zp_bits(c, v, TRI_PAPER_BITS);

    tri_stream_open(&st, j->g, j->stream, (uint32_t)(j->first + task));
    tri_zp_uniform(&st, mul, TRI_PAPER_BITS, 1);
    tri_zp_uniform(&st, mask, TRI_PAPER_BITS, 0);
    tri_zp_below(&st, rho, TRI_PAPER_BITS);
    tri_stream_wipe(&st);

    j->k->zp_cmp(mask, x, c, greater, spec, mul, mask, TRI_PAPER_BITS,
                 j->id == 0);
    j->k->zp_rotate(mask, rho, TRI_PAPER_BITS);
    store(wire, mask, lanes);

    tri_wipe(x, sizeof x);
    tri_wipe(c, sizeof c);
    tri_wipe(mul, sizeof mul);
    tri_wipe(mask, sizeof mask);
    tri_wipe(greater, sizeof greater);
    tri_wipe(spec, sizeof spec);
    tri_wipe(rho, sizeof rho);
    tri_wipe(v, sizeof v);
}

static void zero_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const size_t lanes = lanes_of(j, task), at = task * TRI_LANES;
    _Alignas(TRI_LANES) tri_plane a[TRI_PAPER_BITS], b[TRI_PAPER_BITS];
    uint64_t zero;

    (void)worker;
    load(a, j->a + TRI_PAPER_BITS * at, lanes);
    load(b, j->b + TRI_PAPER_BITS * at, lanes);
    zero = j->k->zp_zero(a, b, TRI_PAPER_BITS);
    for (size_t i = 0; i < lanes; i++)
        j->out[at + i] = (uint8_t)(zero >> i & 1);
    tri_wipe(a, sizeof a);
    tri_wipe(b, sizeof b);
}

/* P0, P1: one piece after the other, computed in place and sent. */
static int ask(struct tri_session *s, uint8_t *bits, const tri_ring *r,
               const uint8_t *beta, int ge, size_t n)
{
    struct tri_prg *key = tri_additive_key(s, 1 - s->id);
    struct job j = { .k = s->cx.k, .g = key, .id = s->id, .ge = ge };
    int rc = TRI_OK;

    j.stream = tri_prg_next(key);
    for (size_t at = 0; at < n && rc == TRI_OK; at += TRI_PAPER_PIECE) {
        j.first = at / TRI_LANES;
        j.n = n - at < TRI_PAPER_PIECE ? n - at : TRI_PAPER_PIECE;
        j.bits = bits + TRI_PAPER_BITS * at;
        j.r = r + at;
        j.beta = beta + at;
        tri_par_run(s->cx.par, compare_task, &j, blocks(j.n));
        rc = tri_send(s->link, 2, j.bits, TRI_PAPER_BITS * j.n);
    }
    return rc;
}

/* P2: `a`, `b` have room for a piece. */
static int answer(struct tri_session *s, uint8_t *out, uint8_t *a, uint8_t *b,
                  size_t n)
{
    struct job j = { .k = s->cx.k, .a = a, .b = b };
    int rc = TRI_OK;

    for (size_t at = 0; at < n && rc == TRI_OK; at += TRI_PAPER_PIECE) {
        j.n = n - at < TRI_PAPER_PIECE ? n - at : TRI_PAPER_PIECE;
        j.out = out + at;
        rc = recv_elements(s, 0, a, TRI_PAPER_BITS * j.n, NAME);
        if (rc == TRI_OK)
            rc = recv_elements(s, 1, b, TRI_PAPER_BITS * j.n, NAME);
        if (rc == TRI_OK)
            tri_par_run(s->cx.par, zero_task, &j, blocks(j.n));
    }
    return rc;
}

/*
 * PrivateCompare (SecureNN, Algorithm 3), for ge = 0; ge = 1 reads r - 1 for r.
 *
 *   P0, P1         share x[i] over Z_p, know r and beta
 *   k01            s_i in 1..p-1, u_i in 0..p-1, rotation rho; 64 of each
 *   P_j            d = r (beta = 0) or r + 1 (beta = 1), over its bits d[i]
 *                  w_i = share of x[i] xor d[i]
 *                  c_i = share of 1 - [bit i decides for the test]
 *                                   + sum over k > i of w_k
 *   P0 -> P2       rho(s_i c_i + u_i)       64n bytes   \ one round
 *   P1 -> P2       rho(s_i c_i - u_i)       64n bytes   /
 *   P2             1 iff some sum of the two is 0
 *
 * Correct: let i be the highest bit in which x and d differ. Above i the sums
 * and "decides" are 0, so c = 1. At i the sum is still 0, and c_i = 0 iff bit i
 * decides for the test. Below i the sum is at least 1 and c >= 1 - 1 + 1. No
 * c exceeds 1 + 63 < p, so 0 mod p means 0. x = d: all c = 1, the test (a
 * strict one) is false. r + 1 = 2^64 does not fit into 64 bits: there the test
 * is true for every x, and the parties use one 0 and 63 ones instead, chosen by
 * a mask and not by a branch.
 *
 * Private: P0 and P1 receive nothing. P2 dealt the bits, so it knows both
 * shares of every x[i]. Had it s_i c_i^0 and s_i c_i^1 as they are, their ratio
 * would be free of s_i and tell the d[i] (the paper's algorithm sends them so;
 * a test reads r from them). With u_i, uniform and unknown to P2, the first
 * message is uniform and the second follows from the sum alone. The sums are
 * s_i c_i: uniform and independent non-zero elements, except the single 0 if
 * there is one. So the multiset says no more than the answer, and the only
 * other thing to hide is the place of the 0: a uniform rotation does, the
 * paper's permutation does nothing beyond it. The answer is beta xor [x > r]
 * with beta uniform.
 */
int tri_paper_private_compare(struct tri_session *s, uint8_t *out,
                              uint8_t *bits, const tri_ring *r,
                              const uint8_t *beta, int ge, size_t n)
{
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const size_t piece = n < TRI_PAPER_PIECE ? n : TRI_PAPER_PIECE;
    const size_t room = s->id == 2 ? piece : 0;
    uint8_t *from0, *from1;
    int rc = tri_session_check(s);

    /* n > TRI_PAPER_MAX_N, also where no size_t is */
    if (rc == TRI_OK && n > 0 && (n - 1) >> 16 >> 16 >= TRI_LANES)
        rc = TRI_E_NOMEM;
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &from0, room, TRI_PAPER_BITS);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &from1, room, TRI_PAPER_BITS);
    if (rc != TRI_OK)
        goto out;
    if (s->dry)
        flow(s, n);
    else if (s->id < 2)
        rc = ask(s, bits, r, beta, ge, n);
    else
        rc = answer(s, out, from0, from1, n);

out:
    if (rc != TRI_OK) {
        tri_session_fail(s, rc, NAME, TRI_NOBODY);
        if (out != NULL)
            tri_wipe(out, n);
    }
    tri_arena_release(a, mark);
    return rc;
}
