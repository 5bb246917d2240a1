#include "proto/verify/ringplan.h"
#include "core/err.h"
#include "core/hash.h"
#include "core/le.h"
#include "core/mem.h"
#include "proto/verify/gates.h"
#include "proto/verify/level.h"

void tri_ring_count_words(struct tri_ring_count *c, size_t n, int prover)
{
    const size_t groups = tri_gates_groups(n);

    c->segments++;
    c->groups += groups;
    for (int i = 0; i < TRI_PARTIES; i++)
        if (prover == TRI_NOBODY || prover == i)
            c->rows[i] += prover == TRI_NOBODY ? 2 * groups : groups;
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
    const uint64_t all[] = { c->segments,    c->groups,  c->rows[0],
                             c->rows[1],     c->rows[2], c->matrices,
                             c->matrix_rows, c->sums,    c->pairs,
                             c->sides };
    uint8_t bytes[8 * (sizeof all / sizeof *all)];
    uint64_t most = 1;
    unsigned vars = 0, middle;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (most < c->rows[i])
            most = c->rows[i];
    if (most + c->matrix_rows > (uint64_t)1 << 29)
        return TRI_E_ARG;
    memset(p, 0, sizeof *p);
    p->count = *c;
    p->folded = (size_t)(most + c->matrix_rows);
    while ((p->folded - 1) >> vars != 0)
        vars++;
    middle = (vars + TRI_FIELD_VARS - 1) / TRI_FIELD_VARS;
    p->levels = middle + 2;
    p->vars[0] = TRI_RING_FIRST;
    for (unsigned l = 1; l <= middle; l++) /* the small ones first */
        p->vars[l] = (vars * l / middle) - (vars * (l - 1) / middle);
    p->vars[middle + 1] = TRI_RING_LAST;
    p->rounds = 2 * p->levels + 4;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        tri_le_store64(bytes + 8 * i, all[i]);
    tri_hash(p->digest, bytes, sizeof bytes);
    return TRI_OK;
}

size_t tri_ring_gate_quotients(const struct tri_ring_plan *p, unsigned prover)
{
    return p->count.rows[prover] > 0 ? TRI_GATES_QUOTIENTS : 0;
}

size_t tri_ring_quotients(const struct tri_ring_plan *p, unsigned prover)
{
    return tri_ring_gate_quotients(p, prover) + (size_t)p->count.pairs;
}

enum tri_ring_step tri_ring_step_of(const struct tri_ring_plan *p,
                                    unsigned round, unsigned *level)
{
    *level = round < 3 ? 0 : (round - 3) / 2;
    if (round < 3)
        return round == 0   ? TRI_RING_SUMS
               : round == 1 ? TRI_RING_QUOTIENTS
                            : TRI_RING_PRIME;
    if (round + 1 == p->rounds)
        return TRI_RING_VERDICT;
    if (round + 2 == p->rounds)
        return TRI_RING_OPEN;
    return round % 2 == 1 ? TRI_RING_VALUES : TRI_RING_POINT;
}

void tri_ring_bytes(const struct tri_ring_plan *p, unsigned id, unsigned round,
                    uint64_t *to_next, uint64_t *to_prev)
{
    unsigned l;

    *to_next = *to_prev = 0;
    switch (tri_ring_step_of(p, round, &l)) {
    case TRI_RING_SUMS:
        *to_next = TRI_COIN_SEED;
        break;
    case TRI_RING_QUOTIENTS:
        *to_next =
            TRI_RING_HASH + TRI_RING_QUOTIENT * tri_ring_quotients(p, id);
        break;
    case TRI_RING_PRIME:
    case TRI_RING_POINT:
        *to_prev = TRI_COIN_SEED;
        break;
    case TRI_RING_VALUES:
        *to_next = 8 * (tri_level_values(p->vars[l]) - 1);
        *to_prev = l + 1 == p->levels ? TRI_RING_HASH : 0;
        break;
    case TRI_RING_OPEN:
        *to_next = TRI_RING_OPENED;
        break;
    case TRI_RING_VERDICT:
        *to_next = *to_prev = 1;
        break;
    }
}
