#include "proto/verify/ringprove.h"
#include "core/le.h"
#include "core/mem.h"
#include "proto/verify/level.h"
#include "proto/verify/ringcoin.h"

/* out = share - kappa mod 2^160. */
static void mask_quotient(struct tri_coin *coin, const uint64_t kappa[3],
                          uint8_t out[TRI_RING_QUOTIENT])
{
    uint64_t borrow = 0;
    uint8_t share[TRI_RING_QUOTIENT];

    tri_coin_bytes(coin, share, sizeof share);
    for (unsigned i = 0; i < 5; i++) {
        const uint64_t limb = (uint32_t)(kappa[i / 2] >> 32 * (i % 2));
        const uint64_t d = tri_le_load32(share + 4 * i) - limb - borrow;

        tri_le_store32(out + 4 * i, (uint32_t)d);
        borrow = d >> 63;
    }
    tri_wipe(share, sizeof share);
}

void tri_ring_prove_quotients(struct tri_ring_check *c, uint8_t *out)
{
    uint64_t of_gates[TRI_GATES_QUOTIENTS][3];
    struct tri_coin coin;

    tri_gates_quotients(&c->gates, of_gates);
    tri_ring_coin(c, &coin, COIN_QUOTIENTS, TRI_PROVER, TRI_RING_AT);
    for (size_t q = 0; q < tri_ring_gate_quotients(c->plan, c->s->id); q++) {
        mask_quotient(&coin, of_gates[q], out);
        out += TRI_RING_QUOTIENT;
    }
    tri_wipe(of_gates, sizeof of_gates);
    for (size_t i = 0; i < c->plan->count.matrices; i++) {
        const struct tri_matrix *m = &c->matrix[i];
        uint64_t(*kappa)[3] = (uint64_t(*)[3])c->kappa;

        tri_matrix_quotients(m, &c->mx, kappa);
        for (size_t j = 0; j < m->shape.pairs; j++, out += TRI_RING_QUOTIENT)
            mask_quotient(&coin, kappa[j], out);
    }
    tri_coin_wipe(&coin);
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

void tri_ring_fold(struct tri_ring_check *c, unsigned l)
{
    const struct tri_ring_proof *p = &c->proof[TRI_PROVER];
    const size_t each = (size_t)1 << c->plan->vars[l], n = groups(c, l);
    uint64_t w[1 << TRI_FIELD_VARS], row[TRI_ROW << TRI_FIELD_VARS];

    tri_level_weights(&p->f, p->r[l], c->plan->vars[l], w);
    for (size_t i = 0; i < each * TRI_ROW; i++)
        row[i] = w[i / TRI_ROW];
    for (unsigned of = 0; of < 2; of++)
        c->s->cx.k->field_fold(c->narrow[of], NULL, row, each, c->narrow[of],
                               TRI_FIELD_BITS, n, &p->f);
    c->at = n;
}

/* One row is left: its words, and what hides them, become rows of their own. */
static void last_rows(struct tri_ring_check *c)
{
    for (unsigned of = 0; of < 2; of++) {
        uint64_t *row = c->narrow[of];
        uint64_t word[TRI_ROW];

        memcpy(word, row, sizeof word);
        memset(row, 0, TRI_ROW * sizeof *row << TRI_RING_LAST);
        for (size_t i = 0; i < TRI_ROW; i++)
            row[i * TRI_ROW] = word[i];
        row[((1 << TRI_RING_LAST) - 1) * TRI_ROW] =
            tri_ring_blind(c, TRI_PROVER, of);
        tri_wipe(word, sizeof word);
    }
    c->at = 1 << TRI_RING_LAST;
}

void tri_ring_prove_level(struct tri_ring_check *c, unsigned l, uint8_t *out)
{
    const struct tri_ring_proof *p = &c->proof[TRI_PROVER];
    const size_t n = tri_level_values(c->plan->vars[l]);
    uint64_t q[TRI_FIELD_VALUES] = { 0 };

    if (l == 0) {
        tri_gates_values(&c->gates, &p->weights, &p->f, q);
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
