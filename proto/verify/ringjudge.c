#include "proto/verify/ringjudge.h"
#include "core/le.h"
#include "core/mem.h"
#include "proto/verify/level.h"
#include "proto/verify/prime.h"
#include "proto/verify/ringcoin.h"

static uint64_t quotient_mod(const struct tri_field *f,
                             const uint8_t c[TRI_RING_QUOTIENT])
{
    const uint64_t w[2] = { tri_le_load64(c), tri_le_load64(c + 8) };
    const uint64_t top[2] = { 0, tri_le_load32(c + 16) };
    uint64_t t = tri_field_wide(f, top);

    t = tri_field_mul(f, t, (uint64_t)1 << 32);
    t = tri_field_mul(f, t, (uint64_t)1 << 32);
    return tri_field_add(f, t, tri_field_wide(f, w));
}

/* A verifier's share of <u, v>, of the gates alone. */
static uint64_t gates_share(const struct tri_ring_check *c, enum tri_role role)
{
    const struct tri_ring_proof *p = &c->proof[role];
    const struct tri_field *f = &p->f;
    const unsigned prover = tri_role_prover(c->s->id, role);
    const uint64_t direct = tri_gates_share(&c->tally[role], &p->weights, f);
    uint64_t quotient = 0;

    for (size_t i = 0; i < tri_ring_gate_quotients(c->plan, prover); i++)
        quotient = tri_field_add(
            f, quotient,
            tri_field_mul(
                f, p->weights.power[i],
                quotient_mod(f, p->quotients + i * TRI_RING_QUOTIENT)));
    quotient = tri_field_mul(f, quotient, p->two64);
    return role == TRI_V2 ? tri_field_sub(f, direct, quotient)
                          : tri_field_add(f, direct, quotient);
}

/* ... and of the matrix products. */
static uint64_t matrices_share(const struct tri_ring_check *c,
                               enum tri_role role)
{
    const struct tri_ring_proof *p = &c->proof[role];
    const struct tri_field *f = &p->f;
    const unsigned prover = tri_role_prover(c->s->id, role);
    const uint8_t *q = p->quotients + tri_ring_gate_quotients(c->plan, prover) *
                                          TRI_RING_QUOTIENT;
    const uint64_t *w = p->sides;
    uint64_t direct = 0, quotient = 0;

    for (size_t i = 0; i < c->plan->count.matrices; i++) {
        const struct tri_matrix *m = &c->matrix[i];
        const size_t na = m->shape.na, nb = m->shape.nb;
        const uint64_t *e = m->c[role];

        for (size_t g = 0; g < m->shape.groups; g++, w += na + nb)
            for (size_t a = 0; a < na; a++)
                for (size_t b = 0; b < nb; b++, e++, q += TRI_RING_QUOTIENT) {
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

void tri_ring_axis(void *arg, enum tri_role role, size_t at, size_t n,
                   uint64_t *w)
{
    const struct tri_ring_check *c = arg;
    const struct tri_ring_proof *p = &c->proof[role];
    const struct tri_field *f = &p->f;
    size_t len;

    /* Runs of rows with the same upper coordinates. */
    for (size_t i = 0; i < n; i += len) {
        const size_t from = (at + i) % (1 << TRI_RING_LOW);
        uint64_t high = 1;
        uint64_t run[1 << TRI_RING_LOW] = { 0 };

        len = (1 << TRI_RING_LOW) - from;
        len = len < n - i ? len : n - i;
        for (unsigned b = TRI_RING_LOW; b < p->axes; b++)
            high = tri_field_mul(f, high,
                                 (at + i) >> b & 1
                                     ? p->axis[b]
                                     : tri_field_sub(f, 1, p->axis[b]));
        c->s->cx.k->field_comb(run, &high, 1, p->low + from, TRI_FIELD_BITS, 0,
                               0, 1, (len + TRI_ROW - 1) / TRI_ROW * TRI_ROW,
                               f);
        memcpy(w + i, run, len * sizeof *w);
    }
}

/* u or v at the last point. */
uint64_t tri_ring_opening(const struct tri_ring_check *c, enum tri_role role)
{
    const struct tri_ring_proof *p = &c->proof[role];
    uint64_t w[1 << TRI_RING_LAST], z;

    tri_level_weights(&p->f, p->r[c->plan->levels - 1], TRI_RING_LAST, w);
    z = tri_field_mul(&p->f, w[(1 << TRI_RING_LAST) - 1],
                      tri_ring_blind(c, role, role == TRI_V1 ? 0 : 1));
    for (size_t i = 0; i < TRI_ROW; i++)
        z = tri_field_add(&p->f, z, tri_field_mul(&p->f, w[i], p->row[i]));
    return z;
}

/* A verifier's share of the claim after the last level. */
uint64_t tri_ring_last_claim(const struct tri_ring_check *c, enum tri_role role)
{
    struct tri_ring_proof *p = &c->proof[role];
    uint64_t claim = gates_share(c, role);

    for (unsigned l = 0; l < c->plan->levels; l++) {
        const unsigned s = c->plan->vars[l];

        tri_level_first(&p->f, p->q[l], s, l == 0 ? p->weights.row : NULL,
                        claim, l + 1 == c->plan->levels);
        claim = tri_level_at(&p->f, p->q[l], s, p->r[l]);
        if (l == 0)
            claim = tri_field_add(&p->f, claim, matrices_share(c, role));
    }
    return claim;
}
