#include "proto/rep3/relu.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/rep3/drelu.h"
#include "proto/rep3/flight.h"
#include "proto/rep3/number.h"
#include "proto/rep3/product.h"
#include "proto/rep3/trunc.h"

/* Three floors lose two units at most: what is added so that 0 stays 0 or
 * more. */
enum { FLOORS = 2 };

/* One piece of a call. */
struct part {
    struct tri_rep3_drelu d;
    struct tri_rep3_number c;
    struct tri_rep3_trunc t;
};

struct work {
    unsigned shift, signs; /* rounds of a sign's circuit              */
    unsigned drop;         /* last bits that are not compared         */
    int stays;             /* the signs do                            */
    uint64_t *const *z;    /* results, or NULL: the signs alone       */
    const uint64_t *const *x;
    size_t n;
    struct part part[TRI_REP3_PIECES];
};

/* Memory, where the sign's numbers go to b. */
static int part_alloc(struct tri_engine *e, struct work *w, size_t i,
                      const struct tri_adder *circuit, uint64_t *const b[2])
{
    const struct tri_rep3_piece at = tri_rep3_piece(w->n, i);
    uint64_t *const none[2] = { NULL, NULL };
    uint64_t *const *const to = w->z == NULL ? none : w->z;
    uint64_t *const bits[2] = TRI_REP3_FROM(b, at.at);
    uint64_t *const z[2] = TRI_REP3_FROM(to, at.at);
    const uint64_t *const x[2] = TRI_REP3_FROM(w->x, at.at);
    struct part *p = &w->part[i];
    int rc = tri_rep3_drelu_alloc(e, &p->d, circuit, at.n);

    if (rc == TRI_OK)
        rc = tri_rep3_number_alloc(e, &p->c, at.n, TRI_REP3_64);
    if (rc == TRI_OK && w->shift > 0)
        rc = tri_rep3_trunc_alloc(e, &p->t, z, x, at.n, w->shift);
    for (unsigned c = 0; rc == TRI_OK && c < 2; c++) {
        p->c.bit[c] = p->d.bit[c];
        p->c.out[c] = bits[c];
    }
    return rc;
}

/* The last round: bit * z. */
static size_t multiply(struct tri_engine *e, const struct work *w, size_t i,
                       struct tri_rep3_gate *g)
{
    const struct tri_rep3_piece at = tri_rep3_piece(w->n, i);
    uint64_t *const z[2] = TRI_REP3_FROM(w->z, at.at);
    const uint64_t *const x[2] = TRI_REP3_FROM(w->x, at.at);
    const uint64_t *const from[2] = { w->shift > 0 ? z[0] : x[0],
                                      w->shift > 0 ? z[1] : x[1] };
    const uint64_t *const bits[2] = { w->part[i].c.out[0],
                                      w->part[i].c.out[1] };

    return tri_rep3_mul_prepare(e, z, bits, from, at.n, w->stays, g);
}

static size_t prepare(struct tri_engine *e, void *self, size_t i,
                      unsigned round, struct tri_rep3_gate *g)
{
    struct work *w = self;
    struct part *p = &w->part[i];
    const size_t at = tri_rep3_piece(w->n, i).at;
    const uint64_t *const x[2] = TRI_REP3_FROM(w->x, at);
    size_t gates = 1;

    if (round == 1 && w->shift > 0)
        tri_rep3_drelu_take(e, &p->d, x, tri_rep3_trunc_bias(w->shift),
                            w->shift, tri_rep3_trunc_add(w->shift));
    else if (round == 1)
        tri_rep3_drelu_take(e, &p->d, x, 0, w->drop, w->drop > 0 ? FLOORS : 0);
    if (round <= w->signs)
        tri_rep3_drelu_prepare(e, &p->d, round, g);
    else if (round <= w->signs + 2)
        gates = tri_rep3_number_prepare(e, &p->c, round - w->signs, g);
    else
        gates = multiply(e, w, i, g);
    if (w->shift > 0 && round <= TRI_REP3_TRUNC_ROUNDS)
        gates += tri_rep3_trunc_prepare(e, &p->t, round, g + gates);
    return gates;
}

static void finish(struct tri_engine *e, void *self, size_t i, unsigned round)
{
    struct work *w = self;
    struct part *p = &w->part[i];

    if (round <= w->signs)
        tri_rep3_drelu_finish(e, &p->d, round);
    else if (round <= w->signs + 2)
        tri_rep3_number_finish(e, &p->c, round - w->signs);
    if (w->shift > 0 && round <= TRI_REP3_TRUNC_ROUNDS)
        tri_rep3_trunc_finish(e, &p->t, round);
}

/* Signs of x >> shift as numbers in b, and their products with it, if there is
 * a z; or, with shift 0, signs of x >> drop and products with x. */
static int signs(struct tri_engine *e, uint64_t *const b[2], uint64_t *const *z,
                 const uint64_t *const x[2], size_t n, unsigned shift,
                 unsigned drop, int stays)
{
    const unsigned left = 64 - (shift > 0 ? shift : drop);
    const unsigned k = e->config.k < left ? e->config.k : left;
    struct tri_adder spare;
    const struct tri_adder *circuit = tri_rep3_circuit(e, &spare, n, k);
    struct work w = { .shift = shift,
                      .signs = circuit->rounds,
                      .drop = drop,
                      .stays = stays,
                      .z = z,
                      .x = x,
                      .n = n };
    const struct tri_rep3_flight f = { .pieces = tri_rep3_pieces(n),
                                       .rounds = w.signs + (z == NULL ? 2 : 3),
                                       .self = &w,
                                       .prepare = prepare,
                                       .finish = finish };
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < f.pieces; i++)
        rc = part_alloc(e, &w, i, circuit, b);
    if (rc == TRI_OK)
        rc = tri_rep3_fly(e, &f);
    for (size_t i = 0; rc == TRI_OK && i < f.pieces; i++) {
        tri_rep3_drelu_wipe(e, &w.part[i].d);
        tri_rep3_number_wipe(e, &w.part[i].c);
        if (shift > 0)
            tri_rep3_trunc_wipe(e, &w.part[i].t);
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
    const struct tri_rep3_bits own = tri_rep3_bits(bits);
    int rc = tri_session_check(e->s);

    if (rc == TRI_OK)
        rc = signs(e, own.b, NULL, x, n, 0, 0, 0);
    if (rc != TRI_OK) {
        tri_rep3_fail(e, rc, "sign", own.b, n);
        tri_arena_release(a, mark);
        return rc;
    }
    tri_arena_drop(a, mark);
    return TRI_OK;
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
 *
 * With bits->drop = d (f = 0) the sign is that of the sum of x_j >> d, and 2,
 * on min(k, 64 - d) bits: floor(x / 2^d) plus 0, 1 or 2, as the floors of the
 * components lose 0, 1 or 2 against that of their sum; the product is with x as
 * it is.
 * Private: composed of protocols that reveal nothing.
 */
int tri_rep3_relu(struct tri_engine *e, uint64_t *const z[2],
                  struct tri_bits *bits, const uint64_t *const x[2], size_t n,
                  unsigned shift)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct tri_rep3_bits own = tri_rep3_bits(bits);
    int rc = tri_session_check(e->s);

    for (unsigned c = 0; bits == NULL && rc == TRI_OK && c < 2; c++)
        rc = tri_arena_alloc(a, &own.b[c], n, sizeof *own.b[c]);
    if (rc == TRI_OK)
        rc = signs(e, own.b, z, x, n, shift, bits == NULL ? 0 : bits->drop,
                   bits != NULL && bits->stays);
    if (rc != TRI_OK) {
        tri_rep3_fail(e, rc, "relu", z, n);
        tri_rep3_fail(e, rc, "relu", own.b, n);
        tri_arena_release(a, mark);
        return rc;
    }
    for (unsigned c = 0; bits == NULL && !e->s->dry && c < 2; c++)
        tri_wipe(own.b[c], n * sizeof *own.b[c]);
    tri_arena_drop(a, mark);
    return TRI_OK;
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
        rc = tri_rep3_mul(e, z, (const uint64_t *const *)own.b, x, n,
                          bits->stays);
    if (rc != TRI_OK)
        tri_rep3_fail(e, rc, "select", z, n);
    return rc;
}
