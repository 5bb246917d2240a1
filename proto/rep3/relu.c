#include "proto/rep3/relu.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/rep3/drelu.h"
#include "proto/rep3/number.h"
#include "proto/rep3/product.h"
#include "proto/rep3/trunc.h"

/* Signs of x >> shift as numbers in b; beside them z = x >> shift. */
static int signs(struct tri_engine *e, uint64_t *const b[2],
                 uint64_t *const z[2], const uint64_t *const x[2], size_t n,
                 unsigned shift)
{
    const unsigned left = 64 - shift;
    const unsigned k = e->config.k < left ? e->config.k : left;
    struct tri_rep3_gate g[1 + TRI_REP3_TRUNC_GATES];
    struct tri_rep3_drelu d;
    struct tri_rep3_number c;
    struct tri_rep3_trunc t;
    int rc = tri_rep3_drelu_alloc(e, &d, n, k);

    if (rc == TRI_OK)
        rc = tri_rep3_number_alloc(e, &c, n, TRI_REP3_64);
    if (rc == TRI_OK && shift > 0)
        rc = tri_rep3_trunc_alloc(e, &t, z, x, n, shift);
    if (rc != TRI_OK)
        return rc;
    tri_rep3_drelu_take(e, &d, x, shift > 0 ? tri_rep3_trunc_bias(shift) : 0,
                        shift, shift > 0 ? tri_rep3_trunc_add(shift) : 0);
    for (unsigned i = 0; i < 2; i++) {
        c.bit[i] = d.bit[i];
        c.out[i] = b[i];
    }
    for (unsigned r = 1; rc == TRI_OK && r <= d.adder.rounds + 2; r++) {
        const int truncates = shift > 0 && r <= TRI_REP3_TRUNC_ROUNDS;
        const unsigned after = r > d.adder.rounds ? r - d.adder.rounds : 0;
        size_t gates = 1;

        if (after == 0)
            tri_rep3_drelu_prepare(e, &d, r, g);
        else
            gates = tri_rep3_number_prepare(e, &c, after, g);
        if (truncates)
            gates += tri_rep3_trunc_prepare(e, &t, r, g + gates);
        rc = tri_rep3_exchange(e, g, gates);
        if (rc != TRI_OK)
            break;
        if (after == 0)
            tri_rep3_drelu_finish(e, &d, r);
        else
            tri_rep3_number_finish(e, &c, after);
        if (truncates)
            tri_rep3_trunc_finish(e, &t, r);
    }
    return rc;
}

/*
 * The sign as a number: the circuit (drelu.c) and the conversion (number.c):
 * k = 32: 37.5 + 24 bytes, 6 + 2 rounds.
 */
int tri_rep3_sign(struct tri_engine *e, struct tri_bits *bits,
                  const uint64_t *const x[2], size_t n)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    uint64_t *const none[2] = { NULL, NULL };
    const struct tri_rep3_bits own = tri_rep3_bits(bits);
    int rc = tri_session_check(e->s);

    if (rc == TRI_OK)
        rc = signs(e, own.b, none, x, n, 0);
    if (rc != TRI_OK)
        tri_rep3_fail(e, rc, "sign", own.b, n);
    tri_arena_release(a, mark);
    return rc;
}

/*
 * ReLU with truncation by f, or without (f = 0):
 *
 *   rounds 1 .. R      the sign of x >> f on min(k, 64 - f) bits   (drelu.c)
 *   rounds 1 .. 4      z = x >> f, exact up to its rounding         (trunc.c)
 *   rounds R+1, R+2    the sign's bit as a number                   (number.c)
 *   round R+3          bit * z                                      (product.c)
 *
 * k = 32, f <= 16: 37.5 + 13.125 + 24 + 24 = 98.625 bytes, R + 3 = 9 rounds;
 * f = 0: 85.5 bytes.
 *
 * Correct: what the circuit adds up are the components that trunc.c shifts,
 * without W*2^(64-f), which is 0 mod 2^(64-f): the sign is that of the rounded
 * value itself. Every part of trunc.c is done before round R+3, as R >= 3.
 * Private: composed of protocols that reveal nothing.
 */
int tri_rep3_relu(struct tri_engine *e, uint64_t *const z[2],
                  struct tri_bits *bits, const uint64_t *const x[2], size_t n,
                  unsigned shift)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct tri_rep3_bits own = tri_rep3_bits(bits);
    const uint64_t *const *from = shift > 0 ? (const uint64_t *const *)z : x;
    int rc = tri_session_check(e->s);

    for (unsigned c = 0; bits == NULL && rc == TRI_OK && c < 2; c++)
        rc = tri_arena_alloc(a, &own.b[c], n, sizeof *own.b[c]);
    if (rc == TRI_OK)
        rc = signs(e, own.b, z, x, n, shift);
    if (rc == TRI_OK)
        rc = tri_rep3_mul(e, z, (const uint64_t *const *)own.b, from, n);
    if (rc != TRI_OK) {
        tri_rep3_fail(e, rc, "relu", z, n);
        tri_rep3_fail(e, rc, "relu", own.b, n);
    }
    tri_arena_release(a, mark);
    return rc;
}

/*
 * A kept bit times a value: a product (product.c), 24 bytes, 1 round. The
 * bit's components are used as they are, any number of times.
 */
int tri_rep3_select(struct tri_engine *e, uint64_t *const z[2],
                    const struct tri_bits *bits, const uint64_t *const x[2],
                    size_t n)
{
    const struct tri_rep3_bits own = tri_rep3_bits(bits);
    int rc = tri_session_check(e->s);

    if (rc == TRI_OK)
        rc = tri_rep3_mul(e, z, (const uint64_t *const *)own.b, x, n);
    if (rc != TRI_OK)
        tri_rep3_fail(e, rc, "select", z, n);
    return rc;
}
