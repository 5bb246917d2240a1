#include "proto/verify/ring.h"
#include "core/ct.h"
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "proto/verify/level.h"
#include "proto/verify/ringcoin.h"
#include "proto/verify/ringjudge.h"
#include "proto/verify/ringprove.h"
#include "proto/verify/ringwalk.h"

/*
 * For prover P = P_i, V1 = P_{i-1}, V2 = P_{i+1}; every party is each of them
 * once, and a line stands for three messages, of which each party sends one.
 *
 *   round
 *   0        V1 -> P   c_{i-1}                                        16 bytes
 *                      seed0 = H(c_0, c_1, c_2): random sums
 *   1        P  -> V2  H(seed0), shares of the quotients of the sums  32 + 20q
 *   2        V2 -> P   coin 1: the prime, and weights of the sums     16
 *   3 + 2l   P  -> V2  shares of the values of level l        8 (3^s - 1)
 *   4 + 2l   V2 -> P   coin of level l: its point                     16
 *            ... for l = 0 .. L-1, but there is no coin after the last, and
 *   1 + 2L   P  -> V1  H(H(seed0), coin 1, all coins)                 32
 *   2 + 2L   V2 -> V1  v at the point, its share of the claim, H(seed0)  48
 *   3 + 2L   V1 -> P, V2   verdict                                    1
 *
 * L levels, s variables in each, q = 142 (where there are products element by
 * element) and one for each entry of a group of a matrix product.
 */

/* ---- memory ---------------------------------------------------------------
 */

static size_t message(const struct tri_ring_plan *p)
{
    size_t q = 0;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (q < tri_ring_quotients(p, i))
            q = tri_ring_quotients(p, i);
    q = TRI_RING_HASH + TRI_RING_QUOTIENT * q;
    return q > 8 * TRI_FIELD_VALUES ? q : 8 * TRI_FIELD_VALUES;
}

static int take_memory(struct tri_ring_check *c, struct tri_arena *a)
{
    const struct tri_ring_count *n = &c->plan->count;
    const size_t narrow = (size_t)((c->plan->folded + 15) * TRI_ROW);
    const unsigned workers = tri_par_workers(c->s->cx.par);
    int rc = tri_arena_alloc_far(a, &c->proof, TRI_ROLES, sizeof *c->proof);

#define TAKE(to, count) \
    if (rc == TRI_OK)   \
    rc = tri_arena_alloc_far(a, to, (size_t)(count), sizeof **(to))
    TAKE(&c->matrix, n->matrices);
    TAKE(&c->group_bits, n->groups);
    TAKE(&c->gates.room, workers);
    TAKE(&c->walker, workers);
    TAKE(&c->tally, TRI_ROLES);
    TAKE(&c->matrix_sums, n->sums);
    TAKE(&c->matrix_c, 3 * n->pairs);
    TAKE(&c->kappa, 3 * n->most_pairs);
    TAKE(&c->sides, TRI_ROLES * n->sides);
    c->mx.each = (size_t)((n->scratch + TRI_ROW - 1) / TRI_ROW * TRI_ROW);
    TAKE(&c->scratch, workers * c->mx.each);
    for (unsigned i = 0; i < 2; i++) {
        TAKE(&c->narrow[i], narrow);
        TAKE(&c->out[i], message(c->plan));
        TAKE(&c->in[i], message(c->plan));
        TAKE(&c->quotients[i], message(c->plan));
    }
#undef TAKE
    return rc;
}

int tri_ring_check_start(struct tri_ring_check *c, struct tri_session *s,
                         const struct tri_coins *coins, uint64_t batch,
                         const struct tri_ring_plan *p,
                         const struct tri_verify_batch *b)
{
    uint64_t *sums, *pairs;
    int rc;

    memset(c, 0, sizeof *c);
    c->s = s;
    c->coins = coins;
    c->plan = p;
    c->batch = batch;
    c->strength = (struct tri_ring_strength){ .gates = TRI_RING_ALL,
                                              .matrices = TRI_RING_ALL,
                                              .prime = TRI_FIELD_BITS };
    rc = take_memory(c, s->cx.arena);
    if (rc != TRI_OK || s->dry)
        return rc;
    memset(c->proof, 0, TRI_ROLES * sizeof *c->proof);
    c->gates = (struct tri_gates){ .k = s->cx.k,
                                   .par = s->cx.par,
                                   .segment = b->words,
                                   .segments = b->words_n,
                                   .bits = c->group_bits,
                                   .room = c->gates.room,
                                   .id = s->id };
    c->mx.k = s->cx.k;
    c->mx.par = s->cx.par;
    c->mx.scratch = c->scratch;
    sums = c->matrix_sums;
    pairs = c->matrix_c;
    for (size_t i = 0; i < b->matrices; i++) {
        struct tri_matrix *m = &c->matrix[i];

        m->entry = &b->matrix[i];
        tri_view_init(&m->view, &m->entry->op);
        tri_matrix_shape(&m->shape, &m->entry->op);
        for (unsigned j = 0; j < 4; j++, sums += m->shape.sums / 4)
            m->sums[j] = sums;
        for (unsigned j = 0; j < 3; j++, pairs += m->shape.pairs)
            m->c[j] = pairs;
    }
    for (unsigned i = 0; i < TRI_ROLES; i++) {
        c->proof[i].sides = c->sides + i * p->count.sides;
        c->proof[i].quotients = i == 0 ? NULL : c->quotients[i - 1];
    }
    return TRI_OK;
}

static int cheat(struct tri_ring_check *c, enum tri_role role, unsigned parties,
                 const char *what)
{
    c->blame =
        (struct tri_ring_blame){ .prover = tri_role_prover(c->s->id, role),
                                 .parties = parties,
                                 .what = what };
    return TRI_E_CHEAT;
}

/* ---- rounds -----------------------------------------------------------------
 */

static unsigned next_of(const struct tri_ring_check *c)
{
    return (c->s->id + 1) % TRI_PARTIES;
}

static unsigned prev_of(const struct tri_ring_check *c)
{
    return (c->s->id + 2) % TRI_PARTIES;
}

/* Level 0 is over: what it leaves of the gates, and the matrix products. */
static void end_gates(struct tri_ring_check *c)
{
    struct tri_gates_end end = { .u = c->narrow[0],
                                 .v = c->narrow[1],
                                 .tally = c->tally,
                                 .axis = tri_ring_axis,
                                 .arg = c };

    for (enum tri_role r = TRI_PROVER; r < TRI_ROLES; r++) {
        end.w[r] = &c->proof[r].weights;
        end.f[r] = &c->proof[r].f;
    }
    tri_gates_end(&c->gates, &end);
    for (enum tri_role r = TRI_V1; r < TRI_ROLES; r++)
        tri_gates_row(&c->tally[r], r, end.w[r], end.f[r], c->proof[r].row);
    tri_ring_matrices(c, end.rows);
}

static void prepare(struct tri_ring_check *c, enum tri_ring_step step,
                    unsigned l)
{
    uint8_t *next = c->out[0], *prev = c->out[1];
    const struct tri_ring_proof *as2 = &c->proof[TRI_V2];
    struct tri_coin coin;

    switch (step) {
    case TRI_RING_SUMS:
        tri_ring_draw_coin0(c);
        memcpy(next, c->coin0[c->s->id], TRI_COIN_SEED);
        return;
    case TRI_RING_QUOTIENTS:
        tri_ring_draw_sums(c);
        memcpy(next, c->seed_hash, TRI_RING_HASH);
        tri_ring_prove_quotients(c, next + TRI_RING_HASH);
        return;
    case TRI_RING_PRIME:
        tri_ring_draw_challenges(c, TRI_V1);
        tri_ring_draw_challenges(c, TRI_V2);
        tri_ring_coin(c, &coin, COIN_QUOTIENTS, TRI_V1, TRI_RING_AT);
        tri_coin_bytes(&coin, c->proof[TRI_V1].quotients,
                       TRI_RING_QUOTIENT *
                           tri_ring_quotients(c->plan, next_of(c)));
        tri_coin_wipe(&coin);
        memcpy(prev, as2->coin1, TRI_COIN_SEED);
        return;
    case TRI_RING_VALUES:
        tri_ring_prove_level(c, l, next);
        if (l + 1 == c->plan->levels)
            tri_ring_echo(c, &c->proof[TRI_PROVER], prev);
        return;
    case TRI_RING_POINT:
        memcpy(prev, as2->point[l], TRI_COIN_SEED);
        return;
    case TRI_RING_OPEN:
        tri_le_store64(next, tri_ring_opening(c, TRI_V2));
        tri_le_store64(next + 8, tri_ring_last_claim(c, TRI_V2));
        memcpy(next + 16, c->seed_hash, TRI_RING_HASH);
        return;
    case TRI_RING_VERDICT:
        *next = *prev = c->right;
        return;
    }
}

int tri_ring_check_send(struct tri_ring_check *c, unsigned round)
{
    uint64_t to_next, to_prev;
    unsigned l;
    const enum tri_ring_step step = tri_ring_step_of(c->plan, round, &l);
    int rc;

    if (c->s->dry)
        return TRI_OK;
    tri_ring_bytes(c->plan, c->s->id, round, &to_next, &to_prev);
    prepare(c, step, l);
    rc = tri_send(c->s->link, next_of(c), c->out[0], (size_t)to_next);
    if (rc == TRI_OK)
        rc = tri_send(c->s->link, prev_of(c), c->out[1], (size_t)to_prev);
    return rc;
}

/* Elements of a message; 1 if all are below p. */
static int elements(const struct tri_field *f, uint64_t *to, const uint8_t *in,
                    size_t n)
{
    uint64_t bad = 0;

    for (size_t i = 0; i < n; i++) {
        to[i] = tri_le_load64(in + 8 * i);
        bad |= ~tri_field_above(f->p, to[i]);
    }
    return (int)tri_ct_public(tri_ct_is_zero(bad));
}

/* V1: whether what V2 opens makes u(r) v(r) the claim. */
static int judge(struct tri_ring_check *c, const uint8_t *in)
{
    const struct tri_ring_proof *p = &c->proof[TRI_V1];
    const unsigned prover = 1u << next_of(c), v2 = 1u << prev_of(c);
    uint64_t e[2], u, claim;

    if (!elements(&p->f, e, in, 2))
        return cheat(c, TRI_V1, v2, "a number of an opening is none");
    if (!tri_ct_public(tri_ct_equal(in + 16, c->seed_hash, TRI_RING_HASH)))
        return cheat(c, TRI_V1, prover | v2, "the verifiers' sums differ");
    u = tri_ring_opening(c, TRI_V1);
    claim = tri_field_add(&p->f, tri_ring_last_claim(c, TRI_V1), e[1]);
    u = tri_field_sub(&p->f, tri_field_mul(&p->f, u, e[0]), claim);
    c->right = (uint8_t)tri_ct_public(tri_ct_is_zero(u));
    if (!c->right)
        c->blame = (struct tri_ring_blame){ .prover = next_of(c),
                                            .parties = prover | v2,
                                            .what = "a product is wrong" };
    return TRI_OK;
}

static int digest(struct tri_ring_check *c, enum tri_ring_step step, unsigned l)
{
    const uint8_t *next = c->in[0], *prev = c->in[1];
    const unsigned a = 1u << next_of(c), b = 1u << prev_of(c);
    struct tri_ring_proof *mine = &c->proof[TRI_PROVER];
    uint8_t hash[TRI_RING_HASH];

    switch (step) {
    case TRI_RING_SUMS:
        memcpy(c->coin0[prev_of(c)], prev, TRI_COIN_SEED);
        return TRI_OK;
    case TRI_RING_QUOTIENTS:
        memcpy(c->proof[TRI_V2].quotients, prev + TRI_RING_HASH,
               TRI_RING_QUOTIENT * tri_ring_quotients(c->plan, prev_of(c)));
        if (!tri_ct_public(tri_ct_equal(prev, c->seed_hash, TRI_RING_HASH)))
            return cheat(c, TRI_V2, a | b, "a prover's sums are others");
        return TRI_OK;
    case TRI_RING_PRIME:
        memcpy(mine->coin1, next, TRI_COIN_SEED);
        tri_ring_draw_prime(c, TRI_PROVER);
        return TRI_OK;
    case TRI_RING_VALUES:
        if (!elements(&c->proof[TRI_V2].f, c->proof[TRI_V2].q[l] + 1, prev,
                      tri_level_values(c->plan->vars[l]) - 1))
            return cheat(c, TRI_V2, b, "a number of a proof is none");
        if (l + 1 < c->plan->levels)
            return TRI_OK;
        tri_ring_echo(c, &c->proof[TRI_V1], hash);
        if (!tri_ct_public(tri_ct_equal(next, hash, TRI_RING_HASH)))
            return cheat(c, TRI_V1, a | b, "a prover had other coins");
        return TRI_OK;
    case TRI_RING_POINT:
        memcpy(mine->point[l], next, TRI_COIN_SEED);
        tri_ring_draw_point(c, mine, l);
        if (l > 0) {
            tri_ring_fold(c, l);
            return TRI_OK;
        }
        end_gates(c);
        return TRI_OK;
    case TRI_RING_OPEN:
        return judge(c, prev);
    case TRI_RING_VERDICT:
        break;
    }
    if (!c->right)
        return TRI_E_CHEAT;
    if (*prev != 1)
        return cheat(c, TRI_PROVER, a | b,
                     "a proof of this party's is refused");
    if (*next != 1)
        return cheat(c, TRI_V2, a | b, "a verifier refuses a proof");
    return TRI_OK;
}

int tri_ring_check_recv(struct tri_ring_check *c, unsigned round)
{
    const unsigned peer[2] = { next_of(c), prev_of(c) };
    unsigned l;
    const enum tri_ring_step step = tri_ring_step_of(c->plan, round, &l);
    int rc = TRI_OK;

    if (c->s->dry)
        return TRI_OK;
    for (unsigned i = 0; rc == TRI_OK && i < 2; i++) {
        uint64_t to_next, to_prev;

        tri_ring_bytes(c->plan, peer[i], round, &to_next, &to_prev);
        rc = tri_recv(c->s->link, peer[i], c->in[i],
                      (size_t)(i == 0 ? to_prev : to_next));
    }
    if (rc == TRI_OK)
        rc = tri_flush(c->s->link);
    return rc == TRI_OK ? digest(c, step, l) : rc;
}
