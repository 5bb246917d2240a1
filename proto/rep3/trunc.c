#include "proto/rep3/trunc.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/rep3/flight.h"

/* Planes: the upper and the lower one of the two top bits of the components,
 * their majorities, and one more. */
enum { UPPER, LOWER, UPPER_MAJ, LOWER_MAJ, BOTH, PLANES };

enum { TASK = 8192 };

static uint64_t *plane(const struct tri_rep3_trunc *t, unsigned c, unsigned p)
{
    return t->plane[c] + p * t->blocks;
}

int tri_rep3_trunc_alloc(struct tri_engine *e, struct tri_rep3_trunc *t,
                         uint64_t *const z[2], const uint64_t *const x[2],
                         size_t n, unsigned shift)
{
    int rc = TRI_OK;

    *t = (struct tri_rep3_trunc){ .n = n,
                                  .blocks = tri_rep3_blocks(n),
                                  .shift = shift,
                                  .x = { x[0], x[1] },
                                  .z = { z[0], z[1] } };
    for (unsigned c = 0; rc == TRI_OK && c < 2; c++)
        rc = tri_arena_alloc(e->s->cx.arena, &t->plane[c], PLANES * t->blocks,
                             sizeof *t->plane[c]);
    for (unsigned c = 0; rc == TRI_OK && c < 2; c++) {
        const enum tri_rep3_width w = tri_rep3_width(shift);
        struct tri_rep3_number *count = &t->count[c];

        rc = tri_rep3_number_alloc(e, count, n, w);
        for (unsigned i = 0; rc == TRI_OK && i < 2; i++)
            rc = tri_arena_alloc(e->s->cx.arena, &count->out[i], n,
                                 tri_rep3_bytes(w));
    }
    return rc;
}

struct job {
    const struct tri_kernels *k;
    const struct tri_rep3_trunc *t;
    unsigned c;
    uint64_t bias;
    int first; /* non-zero: component 0 */
};

static struct job job_of(const struct tri_engine *e,
                         const struct tri_rep3_trunc *t, unsigned c)
{
    const int first = (int)c == e->const_comp;

    return (struct job){ e->s->cx.k, t, c,
                         first ? tri_rep3_trunc_bias(t->shift) : 0, first };
}

/* The top two bits of 64 words at a time. */
static void take_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const struct tri_rep3_trunc *t = j->t;
    size_t at = task * TASK;
    const size_t end = t->n - at < TASK ? t->n : at + TASK;

    (void)worker;
    for (; at < end; at += 64) {
        const uint64_t *x = t->x[j->c] + at;
        const size_t n = end - at < 64 ? end - at : 64;

        plane(t, j->c, UPPER)[at / 64] = j->k->lane_bits(x, j->bias, 63, n);
        plane(t, j->c, LOWER)[at / 64] = j->k->lane_bits(x, j->bias, 62, n);
    }
}

static void each(struct tri_engine *e, struct tri_rep3_trunc *t,
                 tri_task_fn *fn)
{
    for (unsigned c = 0; c < 2; c++) {
        struct job j = job_of(e, t, c);

        tri_par_run(e->s->cx.par, fn, &j, (t->n + TASK - 1) / TASK);
    }
}

size_t tri_rep3_trunc_prepare(struct tri_engine *e, struct tri_rep3_trunc *t,
                              unsigned round, struct tri_rep3_gate *g)
{
    static const struct tri_adder_gate first[2] = { { UPPER, UPPER },
                                                    { LOWER, LOWER } };
    static const struct tri_adder_gate second[1] = { { UPPER, LOWER_MAJ } };
    const int dry = e->s->dry;
    const unsigned to = round == 1 ? UPPER_MAJ : BOTH;
    size_t gates = 0;

    if (round <= 2) {
        const struct tri_rep3_ands and = {
            .z = { dry ? NULL : plane(t, 0, to), dry ? NULL : plane(t, 1, to) },
            .in = { t->plane[0], t->plane[1] },
            .gate = round == 1 ? first : second,
            .gates = round == 1 ? 2 : 1,
            .blocks = t->blocks,
            .majority = round == 1,
        };

        if (round == 1 && !dry)
            each(e, t, take_task);
        tri_rep3_and(e, &and, g);
        return 1;
    }
    for (unsigned i = 0; i < 2; i++)
        gates += tri_rep3_number_prepare(e, &t->count[i], round - 2, g + gates);
    return gates;
}

/* BOTH = upper ^ lower_maj ^ (upper & lower_maj): their OR. */
static void join(struct tri_rep3_trunc *t)
{
    for (unsigned c = 0; c < 2; c++) {
        const uint64_t *x = plane(t, c, UPPER), *q = plane(t, c, LOWER_MAJ);
        uint64_t *u = plane(t, c, BOTH);

        for (size_t b = 0; b < t->blocks; b++)
            u[b] ^= x[b] ^ q[b];
        t->count[0].bit[c] = plane(t, c, UPPER_MAJ);
        t->count[1].bit[c] = u;
    }
}

/* w[i] = the sum of both counts. */
static void wraps(void *w, const struct tri_rep3_trunc *t, unsigned c,
                  size_t at, size_t n)
{
    const void *c0 = t->count[0].out[c], *c1 = t->count[1].out[c];

#define EACH(T)                    \
    for (size_t i = 0; i < n; i++) \
    ((T *)w)[i] = (T)(((const T *)c0)[at + i] + ((const T *)c1)[at + i])

    if (t->count[0].w == TRI_REP3_16)
        EACH(uint16_t);
    else if (t->count[0].w == TRI_REP3_32)
        EACH(uint32_t);
    else
        EACH(uint64_t);
#undef EACH
}

/* z = ((x + bias) >> shift) - (bias >> shift) - W*2^(64-shift), + 1 in
 * component 0. */
static void shift_task(void *arg, size_t task, unsigned worker)
{
    const struct job *j = arg;
    const struct tri_rep3_trunc *t = j->t;
    size_t at = task * TASK;
    const size_t end = t->n - at < TASK ? t->n : at + TASK;
    uint64_t w[64];
    const struct tri_lane_wrap wrap = {
        .w = w,
        .width = (unsigned)tri_rep3_bytes(t->count[0].w),
        .shift = t->shift,
        .c = j->bias,
        .f = ~(uint64_t)0,
    };

    (void)worker;
    for (; at < end; at += 64) {
        const size_t n = end - at < 64 ? end - at : 64;
        uint64_t *z = t->z[j->c] + at;

        wraps(w, t, j->c, at, n);
        j->k->lane_trunc(z, t->x[j->c] + at, &wrap, n);
        if (j->first)
            j->k->addc(z, z, 1, n);
    }
    tri_wipe(w, sizeof w);
}

void tri_rep3_trunc_finish(struct tri_engine *e, struct tri_rep3_trunc *t,
                           unsigned round)
{
    if (e->s->dry)
        return;
    if (round == 2)
        join(t);
    for (unsigned i = 0; round > 2 && i < 2; i++)
        tri_rep3_number_finish(e, &t->count[i], round - 2);
    if (round == TRI_REP3_TRUNC_ROUNDS)
        each(e, t, shift_task);
}

void tri_rep3_trunc_wipe(const struct tri_engine *e,
                         const struct tri_rep3_trunc *t)
{
    for (unsigned c = 0; !e->s->dry && c < 2; c++) {
        const struct tri_rep3_number *count = &t->count[c];

        tri_wipe(t->plane[c], PLANES * t->blocks * sizeof *t->plane[c]);
        tri_rep3_number_wipe(e, count);
        for (unsigned i = 0; i < 2; i++)
            tri_wipe(count->out[i], t->n * tri_rep3_bytes(count->w));
    }
}

static size_t prepare(struct tri_engine *e, void *self, size_t piece,
                      unsigned round, struct tri_rep3_gate *g)
{
    struct tri_rep3_trunc *t = self;

    return tri_rep3_trunc_prepare(e, t + piece, round, g);
}

static void finish(struct tri_engine *e, void *self, size_t piece,
                   unsigned round)
{
    struct tri_rep3_trunc *t = self;

    tri_rep3_trunc_finish(e, t + piece, round);
}

/*
 * z = x / 2^f for |x| <= 2^62 - 2^f. Component 0 gets + 2^62 + 2^(f-1); then, X
 * being the sum that is meant and W in {0, 1, 2} the wraps of the components'
 * sum over 2^64,
 *
 *   x_0 + x_1 + x_2 = X + W*2^64,   0 <= X < 2^63
 *   z_j = (x_j >> f) - W_j*2^(64-f),  component 0: + 1 - 2^(62-f)
 *
 * W from the top two bits: a_j, b_j the upper and the lower one of component j,
 * H = sum of 2*a_j + b_j. The low bits carry less than 3 into them, so H is
 * within 4W-2 .. 4W+1, and W = [H >= 2] + [H >= 6]. With m = maj(a), q = maj(b)
 * and v = a_0^a_1^a_2, by the number of ones among the a_j:
 *
 *   none: [q]    one: 1    two: 1 + [q]    three: 2      W = m + (v or q)
 *
 *   round 1        m, q = maj(b)                         2 gates (and.c)
 *   round 2        v and q                               1 gate
 *   rounds 3, 4    m and (v or q) as numbers (number.c)  in Z_{2^16} for f <=
 * 16
 *
 * Bytes of a value: 9/8 of AND gates and 6 elements of 2, 4 or 8 bytes: 13.125
 * for f <= 16. W matters mod 2^f alone.
 *
 * Correct: three floors lose 3*(1 - 2^-f)/2 units on average; 1/2 is added
 * before and 1 after: unbiased up to 1.5*2^-f units, and off by at most 1.5
 * units. Private: AND gates and conversions only. P_i knows x_i + x_{i+1} and
 * so part of the rounding: a truncated value that is opened is floor((X - s) /
 * 2^f) with s known to it.
 */
int tri_rep3_trunc(struct tri_engine *e, uint64_t *const z[2],
                   const uint64_t *const x[2], size_t n, unsigned shift)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct tri_rep3_trunc t[TRI_REP3_PIECES];
    const struct tri_rep3_flight f = { .pieces = tri_rep3_pieces(n),
                                       .rounds = TRI_REP3_TRUNC_ROUNDS,
                                       .self = t,
                                       .prepare = prepare,
                                       .finish = finish };
    int rc = tri_session_check(e->s);

    for (size_t i = 0; rc == TRI_OK && i < f.pieces; i++) {
        const struct tri_rep3_piece p = tri_rep3_piece(n, i);
        uint64_t *const to[2] = TRI_REP3_FROM(z, p.at);
        const uint64_t *const from[2] = TRI_REP3_FROM(x, p.at);

        rc = tri_rep3_trunc_alloc(e, &t[i], to, from, p.n, shift);
    }
    if (rc == TRI_OK)
        rc = tri_rep3_fly(e, &f);
    if (rc != TRI_OK) {
        tri_rep3_fail(e, rc, "truncation", z, n);
        tri_arena_release(a, mark);
        return rc;
    }
    for (size_t i = 0; i < f.pieces; i++)
        tri_rep3_trunc_wipe(e, &t[i]);
    tri_arena_drop(a, mark);
    return rc;
}
