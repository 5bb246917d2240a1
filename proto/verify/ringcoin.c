#include "proto/verify/ringcoin.h"
#include "core/hash.h"
#include "core/mem.h"
#include "proto/verify/level.h"
#include "proto/verify/prime.h"

/* The coin of a proof in which this party has `role`, which knows the key. */
void tri_ring_coin(const struct tri_ring_check *c, struct tri_coin *coin,
                   enum tri_ring_domain d, enum tri_role role,
                   enum tri_ring_key key)
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

void tri_ring_draw_coin0(struct tri_ring_check *c)
{
    /* k_p, which is k_{i-1} of P_{p+1}; and k_{p+1}, which is that of P_{p-1}:
     * what these two receive. */
    static const enum tri_role role[2] = { TRI_V1, TRI_V2 };
    struct tri_coin coin;

    for (unsigned i = 0; i < 2; i++) {
        tri_ring_coin(c, &coin, COIN_SUMS, role[i], TRI_RING_BEFORE);
        tri_coin_bytes(&coin, c->coin0[(c->s->id + i) % TRI_PARTIES],
                       TRI_COIN_SEED);
        tri_coin_wipe(&coin);
    }
}

/* Everything random that the three proofs have in common. */
void tri_ring_draw_sums(struct tri_ring_check *c)
{
    uint8_t h[TRI_HASH_BYTES];
    struct tri_hash hash;
    struct tri_coin coin;

    tri_hash_init(&hash, NULL, 0);
    tri_hash_update(&hash, c->coin0, sizeof c->coin0);
    tri_hash_final(&hash, h);
    memcpy(c->seed0, h, TRI_COIN_SEED);
    tri_hash(c->seed_hash, c->seed0, TRI_COIN_SEED);
    tri_coin_expand(&coin, c->coins, c->seed0);
    c->gates.row[0] = c->gates.lane[0] = 1;
    tri_coin_words(&coin, c->gates.row + 1, TRI_GATES_ROWS - 1);
    tri_coin_words(&coin, c->gates.lane + 1, TRI_ROW - 1);
    tri_coin_words(&coin, c->group_bits, (size_t)c->plan->count.groups);
    for (size_t i = 0; i < c->plan->count.groups; i++)
        c->group_bits[i] &= c->strength.gates;
    for (size_t i = 1; i < TRI_GATES_ROWS; i++)
        c->gates.row[i] &= c->strength.gates;
    for (size_t i = 1; i < TRI_ROW; i++)
        c->gates.lane[i] &= c->strength.gates;
    c->mx.kept = c->strength.matrices;
    for (size_t i = 0; i < c->plan->count.matrices; i++)
        tri_matrix_project(&c->matrix[i], &c->mx, &coin);
    tri_coin_wipe(&coin);
}

/* Coin 1 is known: prime, weights, and shares of the values. */
void tri_ring_draw_prime(struct tri_ring_check *c, enum tri_role role)
{
    struct tri_ring_proof *p = &c->proof[role];
    const struct tri_field *f = &p->f;
    const uint64_t wide[2] = { 0, 1 };
    struct tri_coin coin;
    uint64_t X;

    tri_coin_expand(&coin, c->coins, p->coin1);
    tri_field_draw(&p->f, &coin, c->strength.prime);
    p->two64 = tri_field_wide(f, wide);
    tri_field_elements(f, &coin, &X, 1);
    tri_field_elements(f, &coin, p->sides, (size_t)c->plan->count.sides);
    tri_coin_wipe(&coin);
    tri_gates_weigh(&p->weights, &c->gates, f, X);
    if (role == TRI_V2)
        return;
    tri_ring_coin(c, &coin, COIN_VALUES, role, TRI_RING_AT);
    for (unsigned l = 0; l < c->plan->levels; l++)
        tri_field_elements(f, &coin, p->q[l] + 1,
                           tri_level_values(c->plan->vars[l]) - 1);
    tri_coin_wipe(&coin);
}

/* The point of a level, from its seed. At the last level no coordinate is 0:
 * the weight of what hides the rows is the product of all. */
void tri_ring_draw_point(struct tri_ring_check *c, struct tri_ring_proof *p,
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
        tri_level_weights(&p->f, p->r[0], TRI_RING_FIRST, p->weights.fold);
}

/* The weights of 2^k rows, k <= LOW, and coordinates of what is above them. */
static void row_tables(const struct tri_ring_check *c, struct tri_ring_proof *p)
{
    unsigned bit = 0;

    for (unsigned l = 1; l + 1 < c->plan->levels; l++)
        for (unsigned j = 0; j < c->plan->vars[l]; j++)
            p->axis[bit++] = p->r[l][j];
    p->axes = bit;
    tri_level_weights(&p->f, p->axis, bit < TRI_RING_LOW ? bit : TRI_RING_LOW,
                      p->low);
}

/* A verifier knows all coins of a proof. */
void tri_ring_draw_challenges(struct tri_ring_check *c, enum tri_role role)
{
    struct tri_ring_proof *p = &c->proof[role];
    struct tri_coin coin;

    tri_ring_coin(c, &coin, COIN_PRIME, role, TRI_RING_BEFORE);
    tri_coin_bytes(&coin, p->coin1, sizeof p->coin1);
    tri_coin_wipe(&coin);
    tri_ring_coin(c, &coin, COIN_POINTS, role, TRI_RING_BEFORE);
    tri_coin_bytes(&coin, p->point, sizeof p->point);
    tri_coin_wipe(&coin);
    tri_ring_draw_prime(c, role);
    for (unsigned l = 0; l < c->plan->levels; l++)
        tri_ring_draw_point(c, p, l);
    row_tables(c, p);
}

uint64_t tri_ring_blind(const struct tri_ring_check *c, enum tri_role role,
                        unsigned side)
{
    struct tri_coin coin;
    uint64_t z;

    tri_ring_coin(c, &coin, side == 0 ? COIN_BLIND_U : COIN_BLIND_V, role,
                  side == 0 ? TRI_RING_AT : TRI_RING_AFTER);
    tri_field_elements(&c->proof[role].f, &coin, &z, 1);
    tri_coin_wipe(&coin);
    return z;
}

void tri_ring_echo(const struct tri_ring_check *c,
                   const struct tri_ring_proof *p, uint8_t out[TRI_RING_HASH])
{
    struct tri_hash h;

    tri_hash_init(&h, NULL, 0);
    tri_hash_update(&h, c->seed_hash, TRI_RING_HASH);
    tri_hash_update(&h, p->coin1, sizeof p->coin1);
    tri_hash_update(&h, p->point, (c->plan->levels - 1) * sizeof p->point[0]);
    tri_hash_final(&h, out);
}
