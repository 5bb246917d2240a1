#include "proto/verify/ring.h"
#include "core/ct.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/le.h"
#include "core/mem.h"
#include "proto/verify/level.h"
#include "proto/verify/prime.h"

/*
 * For prover P = P_i, V1 = P_{i-1}, V2 = P_{i+1}; every party is each of them
 * once, and a line stands for three messages, of which each party sends one.
 *
 *   round
 *   0        V1 -> P   c_{i-1}                                        16 bytes
 *                      seed0 = H(c_0, c_1, c_2): random sums
 *   1        P  -> V2  H(seed0), shares of the quotients of the sums  32 + 20q
 *   2        V2 -> P   coin 1: the prime, and weights of the sums     16
 *   3 + 2l   P  -> V2  shares of the values of level l                8 (3^s -
 * 1) 4 + 2l   V2 -> P   coin of level l: its point                     16
 *            ... for l = 0 .. L-1, but there is no coin after the last, and
 *   1 + 2L   P  -> V1  H(H(seed0), coin 1, all coins)                 32
 *   2 + 2L   V2 -> V1  v at the point, its share of the claim, H(seed0)  48
 *   3 + 2L   V1 -> P, V2   verdict                                    1
 *
 * L levels, s variables in each, q = 48 (where there are products element by
 * element) and one for each entry of a group of a matrix product.
 */
enum {
    QUOTIENT = 20,
    HASH = 32,
    OPENED = 8 + 8 + HASH,
    FIRST = 2, /* variables of the first level, and of the last one */
    LAST = 4,
    LOW = 6
};

enum domain {
    COIN_SUMS = TRI_COIN_WORDS, /* c_a                                    */
    COIN_PRIME,                 /* coin 1                                 */
    COIN_POINTS,                /* a seed for each level                  */
    COIN_QUOTIENTS,             /* V1's shares of the quotients           */
    COIN_VALUES,                /* ... and of the values                  */
    COIN_BLIND_U,
    COIN_BLIND_V
};

struct tri_ring_proof {
    struct tri_field f;
    uint64_t two64; /* 2^64 mod p */
    uint64_t theta[TRI_SUMS], tau[TRI_GATES_SUMS];
    uint64_t weights[TRI_FIELD_TABLES][16][TRI_ROW];
    uint64_t fold[1 << FIRST];
    uint8_t coin1[TRI_COIN_SEED], point[TRI_RING_LEVELS][TRI_COIN_SEED];
    uint64_t r[TRI_RING_LEVELS][TRI_FIELD_VARS];
    /* V1's share of the values, which the prover knows; V2: its own. */
    uint64_t q[TRI_RING_LEVELS][TRI_FIELD_VALUES];
    /* Verifiers: all coordinates between the first and the last level. */
    uint64_t axis[TRI_RING_LEVELS * TRI_FIELD_VARS], low[1 << LOW];
    unsigned axes;
    uint64_t row[TRI_ROW]; /* ... u or v, folded but for the last level    */
    uint64_t product;      /* V1: <A^T f, B g> of all groups               */
    uint64_t *sides;       /* f and g of each group                        */
    uint8_t *quotients;    /* shares, 20 bytes each; the prover: none      */
};

/* ---- the plan ---------------------------------------------------------------
 */

void tri_ring_count_words(struct tri_ring_count *c, size_t n, int prover)
{
    const size_t rows = tri_gates_rows(n);

    c->segments++;
    c->gate_rows += rows;
    for (int i = 0; i < TRI_PARTIES; i++)
        if (prover == TRI_NOBODY || prover == i)
            c->rows[i] += rows;
}

void tri_ring_count_matrix(struct tri_ring_count *c, const struct tri_bilin *op)
{
    struct tri_matrix_shape s;

    tri_matrix_shape(&s, op);
    c->matrices++;
    c->matrix_rows += 2 * s.groups * s.kp / TRI_ROW;
    c->sums += s.sums;
    c->pairs += s.pairs;
    c->sides += s.groups * (s.na + s.nb);
    if (c->most_pairs < s.pairs)
        c->most_pairs = s.pairs;
    if (c->scratch < s.scratch)
        c->scratch = s.scratch;
}

int tri_ring_plan(struct tri_ring_plan *p, const struct tri_ring_count *c)
{
    const uint64_t all[] = { c->segments,    c->gate_rows, c->rows[0],
                             c->rows[1],     c->rows[2],   c->matrices,
                             c->matrix_rows, c->sums,      c->pairs,
                             c->sides };
    uint8_t bytes[8 * (sizeof all / sizeof *all)];
    uint64_t most = 2;
    unsigned vars = 0, middle;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (most < c->rows[i])
            most = c->rows[i];
    if (c->gate_rows + c->matrix_rows > (uint64_t)1 << 31)
        return TRI_E_ARG;
    memset(p, 0, sizeof *p);
    p->count = *c;
    p->folded = (size_t)(most / 2 + c->matrix_rows / 4);
    while ((p->folded - 1) >> vars != 0)
        vars++;
    middle = (vars + TRI_FIELD_VARS - 1) / TRI_FIELD_VARS;
    p->levels = middle + 2;
    p->vars[0] = FIRST;
    for (unsigned l = 1; l <= middle; l++) /* the small ones first */
        p->vars[l] = (vars * l / middle) - (vars * (l - 1) / middle);
    p->vars[middle + 1] = LAST;
    p->rounds = 2 * p->levels + 4;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        tri_le_store64(bytes + 8 * i, all[i]);
    tri_hash(p->digest, bytes, sizeof bytes);
    return TRI_OK;
}

static size_t gate_quotients(const struct tri_ring_plan *p, unsigned prover)
{
    return p->count.rows[prover] > 0 ? TRI_SUMS : 0;
}

static size_t quotients(const struct tri_ring_plan *p, unsigned prover)
{
    return gate_quotients(p, prover) + (size_t)p->count.pairs;
}

/* What a round is for: level l has values and a point. */
enum step { SUMS, QUOTIENTS, PRIME, VALUES, POINT, OPEN, VERDICT };

static enum step step_of(const struct tri_ring_plan *p, unsigned round,
                         unsigned *level)
{
    *level = round < 3 ? 0 : (round - 3) / 2;
    if (round < 3)
        return round == 0 ? SUMS : round == 1 ? QUOTIENTS : PRIME;
    if (round + 1 == p->rounds)
        return VERDICT;
    if (round + 2 == p->rounds)
        return OPEN;
    return round % 2 == 1 ? VALUES : POINT;
}

void tri_ring_bytes(const struct tri_ring_plan *p, unsigned id, unsigned round,
                    uint64_t *to_next, uint64_t *to_prev)
{
    unsigned l;

    *to_next = *to_prev = 0;
    switch (step_of(p, round, &l)) {
    case SUMS:
        *to_next = TRI_COIN_SEED;
        break;
    case QUOTIENTS:
        *to_next = HASH + QUOTIENT * quotients(p, id);
        break;
    case PRIME:
    case POINT:
        *to_prev = TRI_COIN_SEED;
        break;
    case VALUES:
        *to_next = 8 * (tri_level_values(p->vars[l]) - 1);
        *to_prev = l + 1 == p->levels ? HASH : 0;
        break;
    case OPEN:
        *to_next = OPENED;
        break;
    case VERDICT:
        *to_next = *to_prev = 1;
        break;
    }
}

/* ---- memory ---------------------------------------------------------------
 */

static size_t message(const struct tri_ring_plan *p)
{
    size_t q = 0;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (q < quotients(p, i))
            q = quotients(p, i);
    q = HASH + QUOTIENT * q;
    return q > 8 * TRI_FIELD_VALUES ? q : 8 * TRI_FIELD_VALUES;
}

static int take_memory(struct tri_ring_check *c, struct tri_arena *a)
{
    const struct tri_ring_count *n = &c->plan->count;
    const size_t narrow = (c->plan->folded + 15) * TRI_ROW;
    const size_t scratch =
        n->scratch > TRI_GATES_SCRATCH ? n->scratch : TRI_GATES_SCRATCH;
    int rc = tri_arena_alloc(a, &c->proof, TRI_ROLES, sizeof *c->proof);

#define TAKE(to, count) \
    if (rc == TRI_OK)   \
    rc = tri_arena_alloc(a, to, count, sizeof **(to))
    TAKE(&c->matrix, n->matrices);
    TAKE(&c->row_bits, n->gate_rows);
    TAKE(&c->sum_bits, TRI_SUMS * TRI_GATES_SUMS / 64);
    TAKE(&c->gate_sums, TRI_ROLES * 2 * TRI_GATES_SUMS);
    TAKE(&c->matrix_sums, n->sums);
    TAKE(&c->matrix_c, 3 * n->pairs);
    TAKE(&c->kappa, 3 * n->most_pairs);
    TAKE(&c->sides, TRI_ROLES * n->sides);
    TAKE(&c->scratch, scratch);
    TAKE(&c->spare, narrow);
    for (unsigned i = 0; i < 2; i++) {
        TAKE(&c->wide[i], n->matrix_rows * TRI_ROW);
        TAKE(&c->narrow[i], narrow);
        TAKE(&c->chunk[i], TRI_MATRIX_CHUNK);
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
                                   .segment = b->words,
                                   .segments = b->words_n,
                                   .bits = c->row_bits,
                                   .scratch = c->scratch,
                                   .id = s->id };
    c->mx.k = s->cx.k;
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

/* ---- coins ------------------------------------------------------------------
 */

/* Which of the three keys: k_{i-1}, k_i or k_{i+1} of prover P_i. */
enum key { BEFORE, AT, AFTER };

/* The coin of a proof in which this party has `role`, which knows the key. */
static void open_coin(const struct tri_ring_check *c, struct tri_coin *coin,
                      enum domain d, enum tri_role role, enum key key)
{
    const unsigned prover = tri_role_prover(c->s->id, role);
    const unsigned at = (prover + (unsigned)key + 2) % TRI_PARTIES;
    const struct tri_coin_at place = { .domain = (enum tri_coin_domain)d,
                                       .prover = prover,
                                       .batch = c->batch,
                                       .plan = c->plan->digest };

    tri_coin_open(coin, c->coins,
                  at == c->s->id ? c->coins->own : c->coins->next, &place);
}

static void draw_coin0(struct tri_ring_check *c)
{
    /* k_p, which is k_{i-1} of P_{p+1}; and k_{p+1}, which is that of P_{p-1}:
     * what these two receive. */
    static const enum tri_role role[2] = { TRI_V1, TRI_V2 };
    struct tri_coin coin;

    for (unsigned i = 0; i < 2; i++) {
        open_coin(c, &coin, COIN_SUMS, role[i], BEFORE);
        tri_coin_bytes(&coin, c->coin0[(c->s->id + i) % TRI_PARTIES],
                       TRI_COIN_SEED);
        tri_coin_wipe(&coin);
    }
}

/* Everything random that the three proofs have in common. */
static void draw_sums(struct tri_ring_check *c)
{
    const size_t words = TRI_SUMS * TRI_GATES_SUMS / 64;
    uint8_t h[TRI_HASH_BYTES];
    struct tri_hash hash;
    struct tri_coin coin;

    tri_hash_init(&hash, NULL, 0);
    tri_hash_update(&hash, c->coin0, sizeof c->coin0);
    tri_hash_final(&hash, h);
    memcpy(c->seed0, h, TRI_COIN_SEED);
    tri_hash(c->seed_hash, c->seed0, TRI_COIN_SEED);
    tri_coin_expand(&coin, c->coins, c->seed0);
    tri_coin_words(&coin, c->sum_bits, words);
    tri_coin_words(&coin, c->row_bits, c->plan->count.gate_rows);
    for (size_t i = 0; i < c->plan->count.gate_rows; i++)
        c->row_bits[i] &= c->strength.gates;
    c->mx.kept = c->strength.matrices;
    for (size_t i = 0; i < c->plan->count.matrices; i++)
        tri_matrix_project(&c->matrix[i], &c->mx, &coin);
    tri_coin_wipe(&coin);
}

/* Coin 1 is known: prime, weights, and shares of the values. */
static void draw_prime(struct tri_ring_check *c, enum tri_role role)
{
    struct tri_ring_proof *p = &c->proof[role];
    const struct tri_field *f = &p->f;
    const uint64_t wide[2] = { 0, 1 };
    struct tri_coin coin;

    tri_coin_expand(&coin, c->coins, p->coin1);
    tri_field_draw(&p->f, &coin, c->strength.prime);
    p->two64 = tri_field_wide(f, wide);
    tri_field_elements(f, &coin, p->theta, TRI_SUMS);
    tri_field_elements(f, &coin, p->sides, c->plan->count.sides);
    tri_coin_wipe(&coin);

    for (size_t i = 0; i < TRI_GATES_SUMS; i++) {
        p->tau[i] = 0;
        for (size_t q = 0; q < TRI_SUMS; q++) {
            const uint64_t *bits = c->sum_bits + q * TRI_GATES_SUMS / 64;

            p->tau[i] = tri_field_add(
                f, p->tau[i], p->theta[q] & (0 - (bits[i / 64] >> i % 64 & 1)));
        }
    }
    for (size_t t = 0; t < TRI_FIELD_TABLES; t++)
        for (size_t j = 0; j < 16; j++)
            for (size_t i = 0; i < TRI_ROW; i++) {
                uint64_t s = 0;

                for (size_t b = 0; b < 4; b++)
                    s = tri_field_add(f, s,
                                      p->tau[(4 * t + b) * TRI_ROW + i] &
                                          (0 - (uint64_t)(j >> b & 1)));
                p->weights[t][j][i] = s;
            }
    if (role == TRI_V2)
        return;
    open_coin(c, &coin, COIN_VALUES, role, AT);
    for (unsigned l = 0; l < c->plan->levels; l++)
        tri_field_elements(f, &coin, p->q[l] + 1,
                           tri_level_values(c->plan->vars[l]) - 1);
    tri_coin_wipe(&coin);
}

/* The point of a level, from its seed. At the last level no coordinate is 0:
 * the weight of what hides the rows is the product of all. */
static void draw_point(struct tri_ring_check *c, struct tri_ring_proof *p,
                       unsigned l)
{
    const int last = l + 1 == c->plan->levels;
    struct tri_coin coin;

    tri_coin_expand(&coin, c->coins, p->point[l]);
    for (unsigned j = 0; j < c->plan->vars[l]; j++)
        do
            tri_field_elements(&p->f, &coin, &p->r[l][j], 1);
        while (last && p->r[l][j] == 0);
    tri_coin_wipe(&coin);
    if (l == 0)
        tri_level_weights(&p->f, p->r[0], FIRST, p->fold);
}

/* The weights of 2^k rows, k <= LOW, and coordinates of what is above them. */
static void row_tables(const struct tri_ring_check *c, struct tri_ring_proof *p)
{
    unsigned bit = 0;

    for (unsigned l = 1; l + 1 < c->plan->levels; l++)
        for (unsigned j = 0; j < c->plan->vars[l]; j++)
            p->axis[bit++] = p->r[l][j];
    p->axes = bit;
    tri_level_weights(&p->f, p->axis, bit < LOW ? bit : LOW, p->low);
}

/* A verifier knows all coins of a proof. */
static void draw_challenges(struct tri_ring_check *c, enum tri_role role)
{
    struct tri_ring_proof *p = &c->proof[role];
    struct tri_coin coin;

    open_coin(c, &coin, COIN_PRIME, role, BEFORE);
    tri_coin_bytes(&coin, p->coin1, sizeof p->coin1);
    tri_coin_wipe(&coin);
    open_coin(c, &coin, COIN_POINTS, role, BEFORE);
    tri_coin_bytes(&coin, p->point, sizeof p->point);
    tri_coin_wipe(&coin);
    draw_prime(c, role);
    for (unsigned l = 0; l < c->plan->levels; l++)
        draw_point(c, p, l);
    row_tables(c, p);
}

static uint64_t blind(const struct tri_ring_check *c, enum tri_role role,
                      unsigned side)
{
    struct tri_coin coin;
    uint64_t z;

    open_coin(c, &coin, side == 0 ? COIN_BLIND_U : COIN_BLIND_V, role,
              side == 0 ? AT : AFTER);
    tri_field_elements(&c->proof[role].f, &coin, &z, 1);
    tri_coin_wipe(&coin);
    return z;
}

static void echo(const struct tri_ring_check *c, const struct tri_ring_proof *p,
                 uint8_t out[HASH])
{
    struct tri_hash h;

    tri_hash_init(&h, NULL, 0);
    tri_hash_update(&h, c->seed_hash, HASH);
    tri_hash_update(&h, p->coin1, sizeof p->coin1);
    tri_hash_update(&h, p->point, (c->plan->levels - 1) * sizeof p->point[0]);
    tri_hash_final(&h, out);
}

/* ---- quotients
 * ----------------------------------------------------------------
 */

/* z += x * 2^32 where `x` is in two's complement, or z += x. */
static void add_part(uint64_t z[3], uint64_t x, int upper)
{
    const uint64_t sign = upper ? 0 - (x >> 63) : 0;
    const uint64_t t[3] = { upper ? x << 32 : x,
                            upper ? x >> 32 | sign << 32 : 0, sign };
    uint64_t carry = 0;

    for (unsigned i = 0; i < 3; i++) {
        const uint64_t s = z[i] + t[i];
        const uint64_t over = s < t[i];

        z[i] = s + carry;
        carry = over | (z[i] < carry);
    }
}

/* out = share - kappa mod 2^160. */
static void mask_quotient(struct tri_coin *coin, const uint64_t kappa[3],
                          uint8_t out[QUOTIENT])
{
    uint64_t borrow = 0;
    uint8_t share[QUOTIENT];

    tri_coin_bytes(coin, share, sizeof share);
    for (unsigned i = 0; i < 5; i++) {
        const uint64_t limb = (uint32_t)(kappa[i / 2] >> 32 * (i % 2));
        const uint64_t d = tri_le_load32(share + 4 * i) - limb - borrow;

        tri_le_store32(out + 4 * i, (uint32_t)d);
        borrow = d >> 63;
    }
    tri_wipe(share, sizeof share);
}

static uint64_t *gate_sums(const struct tri_ring_check *c, enum tri_role role)
{
    return c->gate_sums + 2 * (size_t)role * TRI_GATES_SUMS;
}

/* Where the lower part of sum i stands; the upper one is a row behind it. */
static size_t lower(size_t i)
{
    return i / TRI_ROW * 2 * TRI_ROW + i % TRI_ROW;
}

static void prove_quotients(struct tri_ring_check *c, uint8_t *out)
{
    const uint64_t *s = gate_sums(c, TRI_PROVER);
    struct tri_coin coin;

    open_coin(c, &coin, COIN_QUOTIENTS, TRI_PROVER, AT);
    for (size_t q = 0; q < gate_quotients(c->plan, c->s->id); q++) {
        const uint64_t *bits = c->sum_bits + q * TRI_GATES_SUMS / 64;
        uint64_t kappa[3] = { 0 };

        for (size_t i = 0; i < TRI_GATES_SUMS; i++) {
            const uint64_t mask = 0 - (bits[i / 64] >> i % 64 & 1);

            add_part(kappa, s[lower(i)] & mask, 0);
            add_part(kappa, s[lower(i) + TRI_ROW] & mask, 1);
        }
        mask_quotient(&coin, kappa, out);
        out += QUOTIENT;
    }
    for (size_t i = 0; i < c->plan->count.matrices; i++) {
        const struct tri_matrix *m = &c->matrix[i];
        uint64_t(*kappa)[3] = (uint64_t(*)[3])c->kappa;

        tri_matrix_quotients(m, &c->mx, kappa);
        for (size_t j = 0; j < m->shape.pairs; j++, out += QUOTIENT)
            mask_quotient(&coin, kappa[j], out);
    }
    tri_coin_wipe(&coin);
}

static uint64_t quotient_mod(const struct tri_field *f,
                             const uint8_t c[QUOTIENT])
{
    const uint64_t w[2] = { tri_le_load64(c), tri_le_load64(c + 8) };
    const uint64_t top[2] = { 0, tri_le_load32(c + 16) };
    uint64_t t = tri_field_wide(f, top);

    t = tri_field_mul(f, t, (uint64_t)1 << 32);
    t = tri_field_mul(f, t, (uint64_t)1 << 32);
    return tri_field_add(f, t, tri_field_wide(f, w));
}

/* A verifier's share of <u, v>. */
static uint64_t statement(const struct tri_ring_check *c, enum tri_role role)
{
    const struct tri_ring_proof *p = &c->proof[role];
    const struct tri_field *f = &p->f;
    const unsigned prover = tri_role_prover(c->s->id, role);
    const uint8_t *q = p->quotients;
    const uint64_t *w = p->sides;
    const uint64_t *s = gate_sums(c, role);
    uint64_t direct = 0, quotient = 0;

    for (size_t i = 0; i < TRI_GATES_SUMS; i++) {
        uint64_t t = tri_field_mul(f, p->tau[i], (uint64_t)1 << 32);

        t = tri_field_mul(f, t, s[lower(i) + TRI_ROW]);
        direct = tri_field_add(f, direct, t);
        direct =
            tri_field_add(f, direct, tri_field_mul(f, p->tau[i], s[lower(i)]));
    }
    for (size_t i = 0; i < gate_quotients(c->plan, prover); i++, q += QUOTIENT)
        quotient = tri_field_add(
            f, quotient, tri_field_mul(f, p->theta[i], quotient_mod(f, q)));
    for (size_t i = 0; i < c->plan->count.matrices; i++) {
        const struct tri_matrix *m = &c->matrix[i];
        const size_t na = m->shape.na, nb = m->shape.nb;
        const uint64_t *e = m->c[role];

        for (size_t g = 0; g < m->shape.groups; g++, w += na + nb)
            for (size_t a = 0; a < na; a++)
                for (size_t b = 0; b < nb; b++, e++, q += QUOTIENT) {
                    const uint64_t t = tri_field_mul(f, w[a], w[na + b]);

                    direct = tri_field_add(f, direct, tri_field_mul(f, t, *e));
                    quotient = tri_field_add(
                        f, quotient, tri_field_mul(f, t, quotient_mod(f, q)));
                }
    }
    quotient = tri_field_mul(f, quotient, p->two64);
    if (role == TRI_V2)
        return tri_field_sub(f, direct, quotient);
    direct = tri_field_sub(f, direct, p->product);
    return tri_field_add(f, direct, quotient);
}

/* ---- u and v
 * ------------------------------------------------------------------
 */

static struct tri_gates_proof gates_proof(const struct tri_ring_proof *p)
{
    return (struct tri_gates_proof){ .f = &p->f,
                                     .weights = p->weights,
                                     .fold = p->fold };
}

/* Both sides of every group, some words at a time. */
struct walk {
    size_t matrix, group, at, n;
    const uint64_t *w; /* f of the group, then g                           */
    size_t row;        /* of the group's first row, in rows of 8 words     */
};

static int step_on(const struct tri_ring_check *c, struct walk *k)
{
    const struct tri_matrix_shape *s;

    if (k->matrix == c->plan->count.matrices)
        return 0;
    s = &c->matrix[k->matrix].shape;
    k->at += k->n;
    if (k->at == s->kp) {
        k->at = 0;
        k->w += s->na + s->nb;
        k->row += 2 * s->kp / TRI_ROW;
        if (++k->group == s->groups) {
            k->group = 0;
            if (++k->matrix == c->plan->count.matrices)
                return 0;
            s = &c->matrix[k->matrix].shape;
        }
    }
    k->n = s->kp - k->at < TRI_MATRIX_CHUNK ? s->kp - k->at : TRI_MATRIX_CHUNK;
    return 1;
}

/* One side's words of a step, and the number of their first row: u has X first,
 * v has Y first. */
static size_t side(const struct tri_ring_check *c, const struct walk *k,
                   const struct tri_field *f, unsigned of, unsigned component,
                   unsigned xy, uint64_t *out)
{
    const struct tri_matrix *m = &c->matrix[k->matrix];

    tri_matrix_side(m, &c->mx, xy, component, k->group,
                    k->w + (xy == 0 ? 0 : m->shape.na), k->at, k->n, out, f);
    return k->row + ((xy == of ? 0 : m->shape.kp) + k->at) / TRI_ROW;
}

/* The prover's u and v of all matrices. */
static void spread(struct tri_ring_check *c)
{
    const struct tri_ring_proof *p = &c->proof[TRI_PROVER];
    uint64_t *buf = c->chunk[0];

    for (struct walk k = { .w = p->sides }; step_on(c, &k);)
        for (unsigned of = 0; of < 2; of++)
            for (unsigned xy = 0; xy < 2; xy++) {
                const size_t row = side(c, &k, &p->f, of, of, xy, buf);

                memcpy(c->wide[of] + row * TRI_ROW, buf, k.n * sizeof *buf);
            }
}

static void values0(struct tri_ring_check *c, uint64_t *q)
{
    const struct tri_ring_proof *p = &c->proof[TRI_PROVER];
    const struct tri_gates_proof gp = gates_proof(p);

    tri_gates_values(&c->gates, &gp, q);
    spread(c);
    c->s->cx.k->field_values(q, c->wide[0], c->wide[1], FIRST,
                             c->plan->count.matrix_rows / 4, &p->f);
}

struct keep {
    uint64_t *to;
};

static void keep(void *arg, uint64_t *row, size_t at, size_t rows)
{
    const struct keep *k = arg;

    memcpy(k->to + at * TRI_ROW, row, rows * TRI_ROW * sizeof *row);
}

static void fold0(struct tri_ring_check *c)
{
    const struct tri_ring_proof *p = &c->proof[TRI_PROVER];
    const struct tri_gates_proof gp = gates_proof(p);
    const size_t rows = c->plan->count.matrix_rows / 4;

    for (unsigned of = 0; of < 2; of++) {
        struct keep k = { c->narrow[of] };
        size_t at;

        memset(k.to, 0, c->plan->folded * TRI_ROW * sizeof *k.to);
        at = tri_gates_fold(&c->gates, TRI_PROVER, of, &gp, keep, &k);
        c->s->cx.k->field_comb(k.to + at * TRI_ROW, p->fold, 4, c->wide[of],
                               4 * TRI_ROW, TRI_ROW, rows, TRI_ROW, &p->f);
    }
    c->at = c->plan->folded;
}

/* Rows behind the end are zeros, up to a whole group of level l. */
static size_t groups(struct tri_ring_check *c, unsigned l)
{
    const size_t each = (size_t)1 << c->plan->vars[l];
    const size_t n = (c->at + each - 1) / each;

    for (unsigned of = 0; of < 2; of++)
        memset(c->narrow[of] + c->at * TRI_ROW, 0,
               (n * each - c->at) * TRI_ROW * sizeof(uint64_t));
    return n;
}

static void fold(struct tri_ring_check *c, unsigned l)
{
    const struct tri_ring_proof *p = &c->proof[TRI_PROVER];
    const size_t each = (size_t)1 << c->plan->vars[l], n = groups(c, l);
    uint64_t w[1 << TRI_FIELD_VARS];

    tri_level_weights(&p->f, p->r[l], c->plan->vars[l], w);
    for (unsigned of = 0; of < 2; of++) {
        memset(c->spare, 0, n * TRI_ROW * sizeof *c->spare);
        c->s->cx.k->field_comb(c->spare, w, each, c->narrow[of], each * TRI_ROW,
                               TRI_ROW, n, TRI_ROW, &p->f);
        memcpy(c->narrow[of], c->spare, n * TRI_ROW * sizeof *c->spare);
    }
    c->at = n;
}

/* One row is left: its words, and what hides them, become rows of their own. */
static void last_rows(struct tri_ring_check *c)
{
    for (unsigned of = 0; of < 2; of++) {
        uint64_t *row = c->narrow[of];
        uint64_t word[TRI_ROW];

        memcpy(word, row, sizeof word);
        memset(row, 0, TRI_ROW * sizeof *row << LAST);
        for (size_t i = 0; i < TRI_ROW; i++)
            row[i * TRI_ROW] = word[i];
        row[((1 << LAST) - 1) * TRI_ROW] = blind(c, TRI_PROVER, of);
        tri_wipe(word, sizeof word);
    }
    c->at = 1 << LAST;
}

static void prove_level(struct tri_ring_check *c, unsigned l, uint8_t *out)
{
    const struct tri_ring_proof *p = &c->proof[TRI_PROVER];
    const size_t n = tri_level_values(c->plan->vars[l]);
    uint64_t q[TRI_FIELD_VALUES] = { 0 };

    if (l == 0) {
        values0(c, q);
    } else {
        if (l + 1 == c->plan->levels)
            last_rows(c);
        c->s->cx.k->field_values(q, c->narrow[0], c->narrow[1],
                                 c->plan->vars[l], groups(c, l), &p->f);
    }
    for (size_t i = 1; i < n; i++)
        tri_le_store64(out + 8 * (i - 1),
                       tri_field_sub(&p->f, q[i], p->q[l][i]));
    tri_wipe(q, sizeof q);
}

/* ---- verifiers
 * ----------------------------------------------------------------
 */

/* Weights of folded rows at .. at + n in the one row that is left in the end.
 */
static void row_weights(const struct tri_ring_proof *p, size_t at, size_t n,
                        uint64_t *w)
{
    const struct tri_field *f = &p->f;
    uint64_t high = 0;

    for (size_t i = 0; i < n; i++) {
        const size_t row = at + i;

        if (i == 0 || row % (1 << LOW) == 0) {
            high = 1;
            for (unsigned b = LOW; b < p->axes; b++)
                high = tri_field_mul(f, high,
                                     row >> b & 1
                                         ? p->axis[b]
                                         : tri_field_sub(f, 1, p->axis[b]));
        }
        w[i] = tri_field_mul(f, high, p->low[row % (1 << LOW)]);
    }
}

struct gather {
    const struct tri_ring_check *c;
    struct tri_ring_proof *p;
};

static void gather_rows(void *arg, uint64_t *row, size_t at, size_t rows)
{
    const struct gather *g = arg;
    uint64_t w[TRI_GATES_BLOCK];

    row_weights(g->p, at, rows, w);
    g->c->s->cx.k->field_comb(g->p->row, w, rows, row, 0, TRI_ROW, 1, TRI_ROW,
                              &g->p->f);
}

/* This verifier's side, u for V1 and v for V2, folded to one row. */
static void verifier_row(struct tri_ring_check *c, enum tri_role role)
{
    const unsigned of = role == TRI_V1 ? 0 : 1, component = 1 - of;
    struct tri_ring_proof *p = &c->proof[role];
    const struct tri_gates_proof gp = gates_proof(p);
    struct gather g = { c, p };
    const size_t first =
        tri_gates_fold(&c->gates, role, of, &gp, gather_rows, &g);

    for (struct walk k = { .w = p->sides }; step_on(c, &k);) {
        for (unsigned xy = 0; xy < 2; xy++) {
            uint64_t *x = c->chunk[xy], folded[TRI_MATRIX_CHUNK / 4] = { 0 };
            const size_t row = side(c, &k, &p->f, of, component, xy, x);
            const size_t n = k.n / TRI_ROW / 4;

            c->s->cx.k->field_comb(folded, p->fold, 4, x, 4 * TRI_ROW, TRI_ROW,
                                   n, TRI_ROW, &p->f);
            gather_rows(&g, folded, first + row / 4, n);
            tri_wipe(folded, sizeof folded);
        }
        if (role == TRI_V1)
            c->s->cx.k->field_values(&p->product, c->chunk[0], c->chunk[1], 0,
                                     k.n / TRI_ROW, &p->f);
    }
}

/* u or v at the last point. */
static uint64_t opening(const struct tri_ring_check *c, enum tri_role role)
{
    const struct tri_ring_proof *p = &c->proof[role];
    uint64_t w[1 << LAST], z;

    tri_level_weights(&p->f, p->r[c->plan->levels - 1], LAST, w);
    z = tri_field_mul(&p->f, w[(1 << LAST) - 1],
                      blind(c, role, role == TRI_V1 ? 0 : 1));
    for (size_t i = 0; i < TRI_ROW; i++)
        z = tri_field_add(&p->f, z, tri_field_mul(&p->f, w[i], p->row[i]));
    return z;
}

/* A verifier's share of the claim after the last level. */
static uint64_t last_claim(const struct tri_ring_check *c, enum tri_role role)
{
    struct tri_ring_proof *p = &c->proof[role];
    uint64_t claim = statement(c, role);

    for (unsigned l = 0; l < c->plan->levels; l++) {
        const unsigned s = c->plan->vars[l];

        tri_level_first(&p->f, p->q[l], s, claim, l + 1 == c->plan->levels);
        claim = tri_level_at(&p->f, p->q[l], s, p->r[l]);
    }
    return claim;
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

static void prepare(struct tri_ring_check *c, enum step step, unsigned l)
{
    uint8_t *next = c->out[0], *prev = c->out[1];
    const struct tri_ring_proof *as2 = &c->proof[TRI_V2];
    struct tri_coin coin;

    switch (step) {
    case SUMS:
        draw_coin0(c);
        memcpy(next, c->coin0[c->s->id], TRI_COIN_SEED);
        return;
    case QUOTIENTS:
        draw_sums(c);
        memset(c->gate_sums, 0,
               TRI_ROLES * 2 * TRI_GATES_SUMS * sizeof *c->gate_sums);
        for (enum tri_role r = TRI_PROVER; r < TRI_ROLES; r++)
            tri_gates_sum(&c->gates, r, gate_sums(c, r));
        memcpy(next, c->seed_hash, HASH);
        prove_quotients(c, next + HASH);
        return;
    case PRIME:
        draw_challenges(c, TRI_V1);
        draw_challenges(c, TRI_V2);
        open_coin(c, &coin, COIN_QUOTIENTS, TRI_V1, AT);
        tri_coin_bytes(&coin, c->proof[TRI_V1].quotients,
                       QUOTIENT * quotients(c->plan, next_of(c)));
        tri_coin_wipe(&coin);
        memcpy(prev, as2->coin1, TRI_COIN_SEED);
        return;
    case VALUES:
        prove_level(c, l, next);
        if (l + 1 == c->plan->levels)
            echo(c, &c->proof[TRI_PROVER], prev);
        return;
    case POINT:
        memcpy(prev, as2->point[l], TRI_COIN_SEED);
        return;
    case OPEN:
        tri_le_store64(next, opening(c, TRI_V2));
        tri_le_store64(next + 8, last_claim(c, TRI_V2));
        memcpy(next + 16, c->seed_hash, HASH);
        return;
    case VERDICT:
        *next = *prev = c->right;
        return;
    }
}

int tri_ring_check_send(struct tri_ring_check *c, unsigned round)
{
    uint64_t to_next, to_prev;
    unsigned l;
    const enum step step = step_of(c->plan, round, &l);
    int rc;

    if (c->s->dry)
        return TRI_OK;
    tri_ring_bytes(c->plan, c->s->id, round, &to_next, &to_prev);
    prepare(c, step, l);
    rc = tri_send(c->s->link, next_of(c), c->out[0], to_next);
    if (rc == TRI_OK)
        rc = tri_send(c->s->link, prev_of(c), c->out[1], to_prev);
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
    if (!tri_ct_public(tri_ct_equal(in + 16, c->seed_hash, HASH)))
        return cheat(c, TRI_V1, prover | v2, "the verifiers' sums differ");
    u = opening(c, TRI_V1);
    claim = tri_field_add(&p->f, last_claim(c, TRI_V1), e[1]);
    u = tri_field_sub(&p->f, tri_field_mul(&p->f, u, e[0]), claim);
    c->right = (uint8_t)tri_ct_public(tri_ct_is_zero(u));
    if (!c->right)
        c->blame = (struct tri_ring_blame){ .prover = next_of(c),
                                            .parties = prover | v2,
                                            .what = "a product is wrong" };
    return TRI_OK;
}

static int digest(struct tri_ring_check *c, enum step step, unsigned l)
{
    const uint8_t *next = c->in[0], *prev = c->in[1];
    const unsigned a = 1u << next_of(c), b = 1u << prev_of(c);
    struct tri_ring_proof *mine = &c->proof[TRI_PROVER];
    uint8_t hash[HASH];

    switch (step) {
    case SUMS:
        memcpy(c->coin0[prev_of(c)], prev, TRI_COIN_SEED);
        return TRI_OK;
    case QUOTIENTS:
        memcpy(c->proof[TRI_V2].quotients, prev + HASH,
               QUOTIENT * quotients(c->plan, prev_of(c)));
        if (!tri_ct_public(tri_ct_equal(prev, c->seed_hash, HASH)))
            return cheat(c, TRI_V2, a | b, "a prover's sums are others");
        return TRI_OK;
    case PRIME:
        memcpy(mine->coin1, next, TRI_COIN_SEED);
        draw_prime(c, TRI_PROVER);
        return TRI_OK;
    case VALUES:
        if (!elements(&c->proof[TRI_V2].f, c->proof[TRI_V2].q[l] + 1, prev,
                      tri_level_values(c->plan->vars[l]) - 1))
            return cheat(c, TRI_V2, b, "a number of a proof is none");
        if (l + 1 < c->plan->levels)
            return TRI_OK;
        echo(c, &c->proof[TRI_V1], hash);
        if (!tri_ct_public(tri_ct_equal(next, hash, HASH)))
            return cheat(c, TRI_V1, a | b, "a prover had other coins");
        return TRI_OK;
    case POINT:
        memcpy(mine->point[l], next, TRI_COIN_SEED);
        draw_point(c, mine, l);
        if (l > 0) {
            fold(c, l);
            return TRI_OK;
        }
        fold0(c);
        verifier_row(c, TRI_V1);
        verifier_row(c, TRI_V2);
        return TRI_OK;
    case OPEN:
        return judge(c, prev);
    case VERDICT:
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
    const enum step step = step_of(c->plan, round, &l);
    int rc = TRI_OK;

    if (c->s->dry)
        return TRI_OK;
    for (unsigned i = 0; rc == TRI_OK && i < 2; i++) {
        uint64_t to_next, to_prev;

        tri_ring_bytes(c->plan, peer[i], round, &to_next, &to_prev);
        rc =
            tri_recv(c->s->link, peer[i], c->in[i], i == 0 ? to_prev : to_next);
    }
    if (rc == TRI_OK)
        rc = tri_flush(c->s->link);
    return rc == TRI_OK ? digest(c, step, l) : rc;
}
