#include "proto/verify/ands.h"
#include "core/ct.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/verify/field.h"
#include "proto/wire.h"

/*
 * Products of bits: prover P = P_i, V1 = P_{i-1}, V2 = P_{i+1}.
 *
 *   Right iff x*y' + y*x' = e1 + e2 for every gate, x = x_i, x' = x_{i+1}.
 *   P knows x, y, x', y';  V1: x, y, e1;  V2: x', y', e2.
 *
 *   round
 *   0      V1 -> P   seed of the weights theta                      16 bytes
 *   1      P -> V2   the seed again; shares of Q(64..127)           16 + 512
 *   2      V2 -> P   r                                              8
 *   3+2l   P -> V2   shares of q_l(1..2K-1), K = k[l]               8(2K - 1)
 *   4+2l   V2 -> P   r_l                              l < L         8
 *   3+2L   P -> V2   shares of q(1..2K-1) and of q_inf, K = last    16 K
 *          P -> V1   r, r_0, ..., r_{L-1} as P has used them        8(L + 1)
 *   4+2L   V1 -> V2  U(r_F), its share of U(r_F) * V(r_F)           16
 *
 * L = plan.levels; 2L + 5 rounds. Whoever finds an echo wrong stops at once: V2
 * before it sends r, V1 before it opens anything. V2 accepts iff U(r_F) times
 * V(r_F) is what both shares add up to; it knows V.
 *
 *   shares     V1's are drawn from k_i, V2's are what is sent.
 *   challenges theta, r, r_l, r_F from k_{i-1}, which P lacks; P never learns
 *              r_F.
 *   Q          For bit h, Q(h) = sum over words of theta * (x*y' + y*x' at h),
 *              lifted to polynomials of degree < 64 with these bits as values:
 *              deg Q <= 126. On 0..63 nothing is sent: there V1's share is the
 *              sum of theta * e1, V2's the sum of theta * e2.
 *   level 0    Q(r) = <u, v>, u of theta * x(r) and theta * y(r), v of y'(r)
 *              and x'(r). Both verifiers have shares of Q(r), the claim.
 *   level l    u(X), v(X) interpolate K blocks of the vectors on 0..K-1, and
 *              q_l = <u(X), v(X)>. A share of q_l(0) is what makes the values
 *              on 0..K-1 add up to the claim. The next claim is q_l(r_l), the
 *              next vectors are u(r_l), v(r_l).
 *   last       Elements are blocks. U = u + beta_u * Z, V = v + beta_v * Z with
 *              Z the product of X + s over s < K, beta_u from k_i, beta_v from
 *              k_{i+1}; q = U * V has degree 2K, and q_inf = beta_u * beta_v.
 *
 * Sound and private: README.md.
 */

static unsigned next_of(unsigned id)
{
    return (id + 1) % TRI_PARTIES;
}

static unsigned prev_of(unsigned id)
{
    return (id + 2) % TRI_PARTIES;
}

/* ---- life ---------------------------------------------------------------- */

static int take(struct tri_ands *a, void *out, size_t words)
{
    return tri_arena_alloc_far(a->s->cx.arena, out, words, sizeof(uint64_t));
}

static int take_proof(struct tri_ands *a, struct tri_ands_proof *p,
                      unsigned prover)
{
    const size_t groups = (a->plan.groups + 63) / 64 * 64;
    int rc;

    p->prover = prover;
    rc = take(a, &p->q, a->plan.proof);
    if (rc == TRI_OK)
        rc = take(a, &p->w.t, groups);
    return rc == TRI_OK ? take(a, &p->w.e, groups) : rc;
}

int tri_ands_start(struct tri_ands *a, struct tri_session *s,
                   const struct tri_coins *coins, uint64_t batch,
                   const struct tri_verify_ands *entry, size_t entries)
{
    struct tri_arena *arena = s->cx.arena;
    size_t words = 0;
    int rc;

    memset(a, 0, sizeof *a);
    for (size_t i = 0; i < entries; i++) {
        if (entry[i].words > SIZE_MAX - words)
            return TRI_E_ARG;
        words += entry[i].words;
    }
    rc = tri_ands_plan(&a->plan, words);
    if (rc != TRI_OK)
        return rc;
    a->s = s;
    a->coins = coins;
    a->batch = batch;
    a->drawn = UINT64_MAX;
    a->gates = (struct tri_ands_gates){ .k = s->cx.k,
                                        .par = s->cx.par,
                                        .plan = &a->plan,
                                        .entry = entry,
                                        .entries = entries };
    rc = tri_arena_alloc_far(arena, &a->gates.scratch,
                             tri_par_workers(s->cx.par),
                             sizeof *a->gates.scratch);
    if (rc == TRI_OK)
        rc = tri_arena_alloc_far(arena, &a->sight, 1, sizeof *a->sight);
    if (rc == TRI_OK)
        rc = take_proof(a, &a->mine, s->id);
    if (rc == TRI_OK)
        rc = take_proof(a, &a->first, next_of(s->id));
    if (rc == TRI_OK)
        rc = take_proof(a, &a->other, prev_of(s->id));
    if (rc == TRI_OK)
        rc = take(a, &a->mine.u, 8 * a->plan.room);
    if (rc == TRI_OK)
        rc = take(a, &a->mine.v, 8 * a->plan.room);
    return rc;
}

void tri_ands_end(struct tri_ands *a)
{
    tri_wipe(a, sizeof *a);
}

/* ---- what two parties draw alike ------------------------------------------
 */

static void open_coin(const struct tri_ands *a, struct tri_coin *c,
                      const uint8_t *key, enum tri_coin_domain domain,
                      unsigned prover)
{
    const struct tri_coin_at at = { domain, prover, a->batch, a->plan.id };

    tri_coin_open(c, a->coins, key, &at);
}

static void draw(const struct tri_ands *a, const uint8_t *key,
                 enum tri_coin_domain domain, unsigned prover, uint64_t *out,
                 size_t n)
{
    struct tri_coin c;

    open_coin(a, &c, key, domain, prover);
    tri_coin_words(&c, out, n);
    tri_coin_wipe(&c);
}

/* A challenge: outside the image of G8 (r), or not below 512 (others), so that
 * it is no node of any polynomial here. */
static uint64_t point(const struct tri_ands *a, struct tri_coin *c, int first)
{
    uint64_t r, bad;

    do {
        tri_coin_words(c, &r, 1);
        r = (r & a->drawn) ^ (a->drawn == UINT64_MAX ? 0 : 512);
        bad = first ? tri_field_in_small(a->s->cx.k, r)
                    : tri_ct_mask(tri_ct_is_zero(r >> 9));
    } while (tri_ct_public(bad & 1));
    return r;
}

/* A verifier's challenges, from k_{i-1}. */
static void challenge(const struct tri_ands *a, struct tri_ands_proof *p,
                      const uint8_t *key)
{
    struct tri_coin c;

    open_coin(a, &c, key, TRI_COIN_AND_THETA, p->prover);
    tri_coin_bytes(&c, p->seed, sizeof p->seed);
    tri_coin_wipe(&c);
    open_coin(a, &c, key, TRI_COIN_AND_POINTS, p->prover);
    for (unsigned i = 0; i < a->plan.levels + 2; i++)
        p->point[i] = point(a, &c, i == 0);
    tri_coin_wipe(&c);
}

/* Weights from their seed, which all three parties know. */
static void weigh(const struct tri_ands *a, struct tri_ands_proof *p)
{
    const size_t groups = (a->plan.groups + 63) / 64 * 64;
    uint64_t T[64];
    struct tri_coin c;

    tri_coin_expand(&c, a->coins, p->seed);
    tri_coin_words(&c, p->w.a, 8);
    tri_coin_words(&c, p->w.b, 8);
    tri_coin_words(&c, p->w.t, groups);
    tri_coin_wipe(&c);
    for (size_t i = 0; a->drawn != UINT64_MAX && i < groups; i++) {
        p->w.a[i % 8] &= a->drawn;
        p->w.b[i % 8] &= a->drawn;
        p->w.t[i] &= a->drawn;
    }
    tri_field_tower(a->s->cx.k, T);
    a->s->cx.k->gf_map(p->w.e, 64, p->w.t, T, groups / 64);
}

/* ---- mathematics of a level -------------------------------------------------
 */

/* A[64k + h] = a[k] * M[h]. */
static void rows(const struct tri_kernels *k, uint64_t A[512],
                 const uint64_t a[8], const uint64_t M[64])
{
    for (size_t row = 0; row < 8; row++) {
        for (size_t h = 0; h < 64; h++)
            A[64 * row + h] = a[row];
        k->gf_mul(A + 64 * row, A + 64 * row, M, 64);
    }
}

/* The matrix of polynomials with 64 values, at r. */
static void matrix(const struct tri_kernels *k, uint64_t M[64], uint64_t r)
{
    uint64_t s[64];

    tri_field_nodes(k, s, 64);
    tri_field_lagrange(k, M, s, 64, r);
}

/*
 * q(1..2n-1) from G, the products of blocks as gf_gram has them, where q(X) =
 * <u(X), v(X)> and u, v interpolate the blocks on the nodes 0..n-1. Below n it
 * is G[x*n+x]. Above, it is the quadratic form G of Lagrange's polynomials
 * there. At n + j these are those at n in another order: as the nodes are a
 * group, number a at n + j is number a ^ j at n.
 */
static void level_values(const struct tri_kernels *k, uint64_t *q,
                         const uint64_t *G, size_t n)
{
    uint64_t L[TRI_GF_GRAM], h[TRI_GF_GRAM], Gh[TRI_GF_GRAM];

    tri_field_lagrange(k, L, NULL, n, n);
    for (size_t x = 1; x < n; x++)
        q[x - 1] ^= G[x * n + x];
    for (size_t j = 0; j < n; j++) {
        for (size_t a = 0; a < n; a++)
            h[a] = L[a ^ j];
        for (size_t a = 0; a < n; a++)
            Gh[a] = k->gf_dot(h, G + a * n, n);
        q[n + j - 1] ^= k->gf_dot(h, Gh, n);
    }
}

/* The same for the last step, where blocks are single elements and both
 * polynomials are blinded: U(X) = u(X) + beta * Z(X), Z the product of X + s
 * over the nodes. Then what the blinds make of X^2n. */
static void last_values(const struct tri_kernels *k, uint64_t *q,
                        const uint64_t *u, const uint64_t *v,
                        const uint64_t blind[2], size_t n)
{
    const uint64_t z = tri_field_zero(k, n, n); /* of all n + j: Z is linear */
    uint64_t L[TRI_ANDS_NODES], h[TRI_ANDS_NODES], x[TRI_ANDS_NODES],
        y[TRI_ANDS_NODES];

    tri_field_lagrange(k, L, NULL, n, n);
    k->gf_mul(x, u, v, n);
    for (size_t j = 1; j < n; j++)
        q[j - 1] ^= x[j];
    for (size_t j = 0; j < n; j++) {
        for (size_t a = 0; a < n; a++)
            h[a] = L[a ^ j];
        x[j] = k->gf_dot(h, u, n) ^ tri_field_mul(k, blind[0], z);
        y[j] = k->gf_dot(h, v, n) ^ tri_field_mul(k, blind[1], z);
    }
    k->gf_mul(x, x, y, n);
    for (size_t j = 0; j < n; j++)
        q[n + j - 1] ^= x[j];
    q[2 * n - 1] ^= tri_field_mul(k, blind[0], blind[1]);
    tri_wipe(x, sizeof x);
    tri_wipe(y, sizeof y);
}

/* z becomes the m sums of n entries each, entry a of a sum times L[a]. */
static void fold(const struct tri_kernels *k, uint64_t *z, const uint64_t *L,
                 size_t n, size_t m)
{
    for (size_t t = 0; t < m; t++) {
        uint64_t sum[8] = { 0 };

        k->gf_comb(sum, z + 8 * t * n, L, n);
        memcpy(z + 8 * t, sum, sizeof sum);
    }
}

/* ---- a verifier ------------------------------------------------------------
 */

/* A verifier's view of the gates, from its challenges. */
static void open_eye(struct tri_ands *a, struct tri_ands_proof *p, int is_first)
{
    const struct tri_kernels *k = a->s->cx.k;
    struct tri_ands_eye *eye = &a->sight->eye[is_first ? 0 : 1];
    struct tri_ands_lens *lens = &a->sight->lens[is_first ? 0 : 1];
    uint64_t s[128], M[64], L0[8];

    weigh(a, p);
    *eye = (struct tri_ands_eye){
        .w = &p->w,
        .part = { is_first ? TRI_ANDS_X1 : TRI_ANDS_Y0,
                  is_first ? TRI_ANDS_Y1 : TRI_ANDS_X0 },
        .e = is_first ? TRI_ANDS_E1 : TRI_ANDS_E2,
        .weighted = is_first,
        .fold = lens->fold,
        .first = lens->first,
    };
    tri_field_nodes(k, s, 128);
    tri_field_lagrange(k, lens->at, s, 128, p->point[0]);
    rows(k, lens->first, p->w.a, lens->at);
    matrix(k, M, p->point[0]);
    tri_field_lagrange(k, L0, NULL, 8, p->point[1]);
    if (is_first)
        k->gf_mul(L0, L0, p->w.a, 8);
    rows(k, lens->fold, L0, M);
    for (unsigned l = 1; l < a->plan.levels; l++) {
        tri_field_lagrange(k, lens->L[l], NULL, a->plan.k[l], p->point[l + 1]);
        eye->L[l] = lens->L[l];
    }
}

/* The claim after a polynomial of n values, of which all but number 0 are
 * shared: number 0 is what makes the first `half` add up to the claim. */
static uint64_t next_claim(const struct tri_kernels *k, uint64_t claim,
                           const uint64_t *q, size_t half, uint64_t r)
{
    uint64_t L[TRI_FIELD_NODES];

    for (size_t j = 1; j < half; j++)
        claim ^= q[j - 1];
    tri_field_lagrange(k, L, NULL, 2 * half, r);
    return tri_field_mul(k, L[0], claim) ^ k->gf_dot(L + 1, q, 2 * half - 1);
}

/* From what a verifier has seen of the gates and its shares of the proof: what
 * its polynomial of the last step is at r_F, and its share of the product. */
static void verify(struct tri_ands *a, struct tri_ands_proof *p, int is_first,
                   uint64_t *at_rf, uint64_t *share)
{
    const struct tri_ands_plan *plan = &a->plan;
    const struct tri_kernels *k = a->s->cx.k;
    struct tri_ands_eye *eye = &a->sight->eye[is_first ? 0 : 1];
    const uint64_t *at_r = a->sight->lens[is_first ? 0 : 1].at;
    const uint64_t rf = p->point[plan->levels + 1];
    const size_t left = 8 * plan->m[plan->levels];
    const uint64_t *q = p->q + tri_ands_proof_at(plan, plan->levels);
    uint64_t L[TRI_ANDS_NODES], blind, claim;

    for (size_t i = 0; is_first && i < left; i += 8)
        k->gf_mul(eye->left + i, eye->left + i, p->w.b, 8);
    claim =
        k->gf_dot(eye->sum, p->w.b, 8) ^ k->gf_dot(at_r + 64, p->q, TRI_ANDS_Q);
    for (unsigned l = 0; l < plan->levels; l++)
        claim = next_claim(k, claim, p->q + tri_ands_proof_at(plan, l),
                           plan->k[l], p->point[l + 1]);
    *share = next_claim(k, claim, q, plan->last, rf) ^
             tri_field_mul(k, tri_field_zero(k, 2 * plan->last, rf),
                           q[2 * plan->last - 1]);
    draw(a, is_first ? a->coins->next : a->coins->own,
         is_first ? TRI_COIN_AND_BLIND_U : TRI_COIN_AND_BLIND_V, p->prover,
         &blind, 1);
    tri_field_lagrange(k, L, NULL, plan->last, rf);
    *at_rf = k->gf_dot(L, eye->left, left) ^
             tri_field_mul(k, blind, tri_field_zero(k, plan->last, rf));
    tri_wipe(&blind, sizeof blind);
}

static int cheat(struct tri_ands *a, const struct tri_ands_proof *p,
                 unsigned beside, const char *why)
{
    a->prover = p->prover;
    a->beside = beside;
    a->why = why;
    return TRI_E_CHEAT;
}

/* ---- the prover ------------------------------------------------------------
 */

static void prove_first(struct tri_ands *a)
{
    struct tri_ands_proof *p = &a->mine;
    uint64_t q[TRI_ANDS_Q];

    weigh(a, p);
    draw(a, a->coins->own, TRI_COIN_AND_MASK, p->prover, p->q, a->plan.proof);
    open_eye(a, &a->first, 1);
    open_eye(a, &a->other, 0);
    tri_ands_first(&a->gates, &p->w, q, a->sight->eye, TRI_ANDS_EYES);
    for (size_t i = 0; i < TRI_ANDS_Q; i++)
        p->q[i] ^= q[i];
    tri_wipe(q, sizeof q);
}

/* u and v after level l - 1. */
static void prove_fold(struct tri_ands *a, unsigned l)
{
    const struct tri_ands_plan *plan = &a->plan;
    const struct tri_kernels *k = a->s->cx.k;
    struct tri_ands_proof *p = &a->mine;
    const size_t have = plan->m[l];
    uint64_t L[TRI_GF_GRAM], A[512], B[512];

    tri_field_lagrange(k, L, NULL, plan->k[l - 1], p->point[l]);
    if (l == 1) {
        rows(k, B, L, a->M);
        k->gf_mul(L, L, p->w.a, 8);
        rows(k, A, L, a->M);
        tri_ands_fold(&a->gates, &p->w, A, B, p->u, p->v);
    } else {
        fold(k, p->u, L, plan->k[l - 1], have);
        fold(k, p->v, L, plan->k[l - 1], have);
    }
    memset(p->u + 8 * have, 0, 64 * (plan->room - have));
    memset(p->v + 8 * have, 0, 64 * (plan->room - have));
}

static void prove_level(struct tri_ands *a, unsigned l)
{
    const struct tri_kernels *k = a->s->cx.k;
    struct tri_ands_proof *p = &a->mine;
    uint64_t *q = p->q + tri_ands_proof_at(&a->plan, l);
    uint64_t G[TRI_GF_GRAM * TRI_GF_GRAM] = { 0 };

    if (l == 0) {
        matrix(k, a->M, p->point[0]);
        tri_ands_gram(&a->gates, &p->w, a->M, G);
    } else {
        prove_fold(a, l);
        k->gf_gram(G, p->u, p->v, a->plan.k[l], a->plan.m[l + 1]);
    }
    level_values(k, q, G, a->plan.k[l]);
    tri_wipe(G, sizeof G);
}

static void prove_last(struct tri_ands *a)
{
    struct tri_ands_proof *p = &a->mine;
    uint64_t blind[2];

    prove_fold(a, a->plan.levels);
    draw(a, a->coins->own, TRI_COIN_AND_BLIND_U, p->prover, &blind[0], 1);
    draw(a, a->coins->next, TRI_COIN_AND_BLIND_V, p->prover, &blind[1], 1);
    last_values(a->s->cx.k, p->q + tri_ands_proof_at(&a->plan, a->plan.levels),
                p->u, p->v, blind, a->plan.last);
    tri_wipe(blind, sizeof blind);
}

/* ---- rounds ----------------------------------------------------------------
 */

int tri_ands_send(struct tri_ands *a, unsigned round)
{
    const struct tri_ands_plan *plan = &a->plan;
    const unsigned next = next_of(a->s->id), prev = prev_of(a->s->id);
    const unsigned level = (round - 3) / 2, end = plan->rounds - 1;
    struct tri_link *l = a->s->link;
    struct tri_ands_proof *p = &a->mine;
    size_t bytes[2];
    int rc;

    tri_ands_flow(plan, round, bytes);
    if (round == 0) {
        challenge(a, &a->first, a->coins->own);
        challenge(a, &a->other, a->coins->next);
        draw(a, a->coins->next, TRI_COIN_AND_MASK, next, a->first.q,
             plan->proof);
        return tri_send(l, next, a->first.seed, bytes[0]);
    }
    if (round == 1) {
        prove_first(a);
        rc = tri_send(l, next, p->seed, TRI_COIN_SEED);
        return rc != TRI_OK ? rc : tri_send_words(l, next, p->q, TRI_ANDS_Q);
    }
    if (round == end) {
        verify(a, &a->first, 1, &a->opening[0], &a->opening[1]);
        return tri_send_words(l, prev, a->opening, 2);
    }
    if (round % 2 == 0) {
        a->said = a->other.point[round / 2 - 1];
        return tri_send_words(l, prev, &a->said, 1);
    }
    if (level < plan->levels)
        prove_level(a, level);
    else
        prove_last(a);
    rc = tri_send_words(l, next, p->q + tri_ands_proof_at(plan, level),
                        bytes[0] / 8);
    return rc == TRI_OK ? tri_send_words(l, prev, p->point, bytes[1] / 8) : rc;
}

int tri_ands_recv(struct tri_ands *a, unsigned round)
{
    const struct tri_ands_plan *plan = &a->plan;
    const unsigned next = next_of(a->s->id), prev = prev_of(a->s->id);
    const unsigned level = (round - 3) / 2, end = plan->rounds - 1;
    struct tri_link *l = a->s->link;
    struct tri_ands_proof *p = &a->other;
    uint64_t at[2], share;
    size_t bytes[2];
    int rc;

    tri_ands_flow(plan, round, bytes);
    if (round == 0)
        return tri_recv(l, prev, a->mine.seed, bytes[0]);
    if (round == 1) {
        rc = tri_recv(l, prev, a->seed_echo, TRI_COIN_SEED);
        if (rc == TRI_OK)
            rc = tri_recv_words(l, prev, p->q, TRI_ANDS_Q);
        if (rc == TRI_OK &&
            !tri_ct_public(tri_ct_equal(a->seed_echo, p->seed, TRI_COIN_SEED)))
            return cheat(a, p, next, "the weights are not those drawn");
        return rc;
    }
    if (round == end) {
        rc = tri_recv_words(l, next, a->opened, 2);
        if (rc != TRI_OK)
            return rc;
        verify(a, p, 0, &at[0], &share);
        at[1] = tri_field_mul(a->s->cx.k, at[0], a->opened[0]);
        if (!tri_ct_public(tri_ct_is_zero(at[1] ^ share ^ a->opened[1])))
            return cheat(a, p, next, "products of bits are wrong");
        return TRI_OK;
    }
    if (round % 2 == 0)
        return tri_recv_words(l, next, &a->mine.point[round / 2 - 1], 1);
    rc = tri_recv_words(l, prev, p->q + tri_ands_proof_at(plan, level),
                        bytes[0] / 8);
    if (rc == TRI_OK)
        rc = tri_recv_words(l, next, a->echo, bytes[1] / 8);
    if (rc == TRI_OK && level == plan->levels &&
        !tri_ct_public(tri_ct_equal(a->echo, a->first.point, bytes[1])))
        return cheat(a, &a->first, prev, "the points are not those drawn");
    return rc;
}
