#include "proto/rep3/drelu.h"
#include "core/err.h"
#include "core/mem.h"

/*
 * The sign of x on k bits: the top bit of x_0 + x_1 + x_2 mod 2^k, by the
 * circuit of adder.c. The bits of the three components, side by side, are a
 * sharing of their exclusive or.
 *
 *   round 1        the k-1 carries of three bits            (and.c)
 *   round r        the gates of the circuit's round r       (and.c)
 *   local          [x >= 0] = not (s_{k-1} ^ c_{k-2} ^ carry)
 *
 * k = 32: 100 gates, 37.5 bytes a value, 6 rounds; 92 gates, 34.5 bytes and 7
 * rounds where that is less work for the link.
 *
 * Correct: while |x| < 2^(k-1), the top bit mod 2^k is x's sign.
 * Private: AND gates only.
 */

/* z = x ^ y. */
static void fold(const struct tri_engine *e, uint64_t *z, const uint64_t *x,
                 const uint64_t *y, size_t n)
{
    e->s->cx.k->xor_bytes((void *)z, (const void *)x, (const void *)y,
                          n * sizeof *z);
}

/* Where the wire begins. */
static uint64_t *at(const struct tri_rep3_drelu *d, unsigned c, unsigned wire)
{
    return d->wire[c] + wire * d->blocks;
}

/* Gates on n values that take a link as long as a round. */
static unsigned round_worth(const struct tri_engine *e, size_t n)
{
    /* ns of processor time that a byte of a gate costs anywhere */
    enum { BYTE_NS = 1, MOST = 20 }; /* no round saves more than MOST */
    const double gate =
        8 * (double)tri_rep3_blocks(n) * (1e9 / tri_rate(e) + BYTE_NS);
    const double wait = tri_rtt(e) / 2;

    return wait < gate * MOST ? (unsigned)(wait / gate) : MOST;
}

const struct tri_adder *tri_rep3_circuit(const struct tri_engine *e,
                                         struct tri_adder *spare, size_t n,
                                         unsigned k)
{
    struct tri_rep3 *r = tri_rep3_self(e);
    struct tri_adder *a = r == NULL ? spare : &r->adder;
    const unsigned worth = round_worth(e, n);

    if (r == NULL || a->k != k || a->worth != worth)
        tri_adder_plan(a, k, worth);
    return a;
}

int tri_rep3_drelu_alloc(struct tri_engine *e, struct tri_rep3_drelu *d,
                         const struct tri_adder *circuit, size_t n)
{
    struct tri_arena *a = e->s->cx.arena;
    int rc;

    d->adder = circuit;
    d->n = n;
    d->blocks = tri_rep3_blocks(n);
    rc = tri_arena_alloc(a, &d->wire[0], d->adder->wires * d->blocks,
                         sizeof *d->wire[0]);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &d->wire[1], d->adder->wires * d->blocks,
                             sizeof *d->wire[1]);
    for (unsigned c = 0; rc == TRI_OK && c < 2; c++)
        d->bit[c] = e->s->dry ? NULL : at(d, c, d->adder->out);
    return rc;
}

void tri_rep3_drelu_take(struct tri_engine *e, struct tri_rep3_drelu *d,
                         const uint64_t *const x[2], uint64_t bias,
                         unsigned shift, uint64_t add)
{
    if (e->s->dry)
        return;
    for (unsigned c = 0; c < 2; c++) {
        const int first = (int)c == e->const_comp;
        const struct tri_rep3_slice s = {
            .plane = d->wire[c],
            .x = x[c],
            .n = d->n,
            .bias = first ? bias : 0,
            .add = first ? add : 0,
            .shift = shift,
            .planes = d->adder->k,
        };

        tri_rep3_slice(e, &s);
    }
}

void tri_rep3_drelu_prepare(struct tri_engine *e, struct tri_rep3_drelu *d,
                            unsigned round, struct tri_rep3_gate *g)
{
    const struct tri_adder *a = d->adder;
    const unsigned first = a->first[round];
    const unsigned wire = a->k + a->leaves + first;
    const int dry = e->s->dry;
    const struct tri_rep3_ands and = {
        .z = { dry ? NULL : at(d, 0, wire), dry ? NULL : at(d, 1, wire) },
        .in = { d->wire[0], d->wire[1] },
        .gate = a->gate + first,
        .gates = a->first[round + 1] - first,
        .blocks = d->blocks,
        .majority = round == 1,
    };

    tri_rep3_and(e, &and, g);
}

void tri_rep3_drelu_finish(struct tri_engine *e, struct tri_rep3_drelu *d,
                           unsigned round)
{
    const struct tri_adder *a = d->adder;
    const size_t n = d->blocks;

    if (e->s->dry)
        return;
    for (unsigned c = 0; c < 2; c++) {
        uint64_t *const bit = d->bit[c];

        /* p of leaf i, at place w = k-2-i: s_w ^ c_{w-1} */
        for (unsigned i = 0; round == 1 && i < a->leaves; i++) {
            const unsigned w = a->k - 2 - i;

            fold(e, at(d, c, a->k + i), at(d, c, w),
                 at(d, c, a->k + a->leaves + w - 1), n);
        }
        for (unsigned i = 0; i < a->folds; i++)
            if (a->fold[i].round == round)
                fold(e, at(d, c, a->fold[i].z), at(d, c, a->fold[i].z),
                     at(d, c, a->fold[i].x), n);
        if (round != a->rounds)
            continue;
        fold(e, bit, bit, at(d, c, a->sum), n);
        fold(e, bit, bit, at(d, c, a->carry), n);
        for (size_t b = 0; (int)c == e->const_comp && b < n; b++)
            bit[b] = ~bit[b];
    }
}

void tri_rep3_drelu_wipe(const struct tri_engine *e, struct tri_rep3_drelu *d)
{
    for (unsigned c = 0; !e->s->dry && c < 2; c++)
        tri_wipe(d->wire[c], (d->adder->k + d->adder->leaves) * d->blocks *
                                 sizeof *d->wire[c]);
}
