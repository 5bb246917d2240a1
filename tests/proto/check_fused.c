#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/chain.h"
#include "core/err.h"
#include "proto/beaver.h"
#include "proto/additive.h"
#include "proto/fused/allpairs.h"
#include "proto/fused/compare.h"
#include "proto/fused/divide.h"
#include "proto/fused/lanes.h"
#include "proto/fused/normalise.h"
#include "proto/fused/relu.h"
#include "proto/fused/powers.h"
#include "proto/fused/rows.h"
#include "proto/fused/select.h"
#include "proto/fused/trunc.h"
#include "proto/open.h"
#include "tests/checks.h"
#include "tests/support/three.h"

static void *memory(size_t n, size_t each)
{
    void *p = calloc(n + 1, each);

    if (p == NULL)
        abort();
    return p;
}

/* ---- one run of the protocols under test ----------------------------------
 */

enum { RELU = 1, SIGN = 2, SELECT = 4, TRUNC = 8, ROWS = 16 };

struct program {
    unsigned ops; /* which of the above; SELECT uses the last bits; ROWS
                     leaves x >> shift in `sign`, its squares in `sel` */
    size_t n;
    unsigned shift;
    const uint64_t *x[2]; /* of relu, trunc and rows         */
    const uint64_t *v[2]; /* of sign                         */
    const uint64_t *y[2]; /* of select                       */

    uint64_t *relu[2], *bit[2], *sign[2], *sel[2], *trunc[2]; /* shares */
    uint64_t *e[2];          /* relu's, or sign's kept share       */
    uint8_t *b[TRI_PARTIES]; /* and what they kept in b            */
    int rc[TRI_PARTIES];     /* first error                        */
    int again[TRI_PARTIES];  /* result of a call after that        */
};

static void program_init(struct program *p, unsigned ops, size_t n,
                         unsigned shift)
{
    memset(p, 0, sizeof *p);
    p->ops = ops;
    p->n = n;
    p->shift = shift;
    for (int i = 0; i < 2; i++) {
        uint64_t *w = memory(9 * n, sizeof *w);
        p->x[i] = w;
        p->v[i] = w + n;
        p->y[i] = w + 2 * n;
        p->relu[i] = w + 3 * n;
        p->bit[i] = w + 4 * n;
        p->sign[i] = w + 5 * n;
        p->sel[i] = w + 6 * n;
        p->trunc[i] = w + 7 * n;
        p->e[i] = w + 8 * n;
    }
    for (int i = 0; i < TRI_PARTIES; i++)
        p->b[i] = memory(n, 1);
}

static void program_free(struct program *p)
{
    for (int i = 0; i < 2; i++)
        free((void *)(uintptr_t)p->x[i]);
    for (int i = 0; i < TRI_PARTIES; i++)
        free(p->b[i]);
}

static void share(const uint64_t *const out[2], const uint64_t *x, size_t n,
                  uint64_t *rng)
{
    tri_three_share((uint64_t *)(uintptr_t)out[0],
                    (uint64_t *)(uintptr_t)out[1], x, n, rng);
}

/* The parties run their calls on arrays of the program itself, so that what a
 * failed call leaves can be looked at. */
static void program_party(struct tri_engine *e, void *arg)
{
    struct program *p = arg;
    struct tri_session *s = e->s;
    const unsigned id = s->id;
    const int holds = id < 2 && !s->dry;
    struct tri_fused_bits own = { holds ? p->e[id] : NULL,
                                  s->dry ? NULL : p->b[id] };
    struct tri_bits bits = { .n = p->n, .own = &own };
    const struct tri_fused_rows rows = { .m = p->n, .shift = p->shift };
    struct tri_ten num = { .n = p->n };
    int rc = TRI_OK;

#define OWN(field) (holds ? p->field[id] : NULL)
    if (p->ops & RELU) {
        rc = tri_fused_relu(e, OWN(relu), &bits, OWN(x), p->n, p->shift);
        num.v[0] = OWN(bit);
        if (rc == TRI_OK)
            e->ops->number(e, &num, &bits);
    }
    if (rc == TRI_OK && (p->ops & SELECT) && !(p->ops & SIGN))
        rc = tri_fused_select(e, OWN(sel), &bits, OWN(y), p->n);
    if (rc == TRI_OK && (p->ops & SIGN)) {
        rc = tri_fused_drelu(e, &bits, OWN(v), p->n);
        num.v[0] = OWN(sign);
        if (rc == TRI_OK)
            e->ops->number(e, &num, &bits);
    }
    if (rc == TRI_OK && (p->ops & SELECT) && (p->ops & SIGN))
        rc = tri_fused_select(e, OWN(sel), &bits, OWN(y), p->n);
    if (rc == TRI_OK && (p->ops & TRUNC))
        rc = tri_fused_trunc(e, OWN(trunc), OWN(x), p->n, p->shift);
    if (rc == TRI_OK && (p->ops & ROWS))
        rc = tri_fused_rows(e, &rows, OWN(sel), OWN(sign), OWN(x));
    if (s->dry)
        return;
    p->rc[id] = rc;
    if (rc != TRI_OK)
        p->again[id] = tri_fused_trunc(e, OWN(trunc), OWN(x), p->n, 1);
#undef OWN
}

/* Payload, rounds and memory of a run against its dry run. */
static int same_cost(struct tri_check *c, const char *what,
                     const struct tri_three *t, tri_three_fn *fn, void *arg)
{
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        size_t peak;
        const struct tri_cost cost = tri_three_dry(t, i, fn, arg, &peak);

        if (t->dead[i] != TRI_OK)
            return tri_check_fail(c, "%s: P%u died: %s (%s)", what, i,
                                  tri_strerror(t->dead[i]), t->error[i]);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            for (unsigned from = 0; from < TRI_PARTIES; from++)
                if (from != j &&
                    t->stats[from].payload[j] != cost.bytes[from][j])
                    return tri_check_fail(
                        c, "%s: P%u sent P%u %llu bytes, dry run of P%u: %llu",
                        what, from, j,
                        (unsigned long long)t->stats[from].payload[j], i,
                        (unsigned long long)cost.bytes[from][j]);
        if (t->stats[i].rounds != cost.depth[i])
            return tri_check_fail(c, "%s: P%u at depth %llu, dry run: %llu",
                                  what, i,
                                  (unsigned long long)t->stats[i].rounds,
                                  (unsigned long long)cost.depth[i]);
        if (peak != t->peak[i])
            return tri_check_fail(c, "%s: P%u used %zu bytes, dry run: %zu",
                                  what, i, t->peak[i], peak);
    }
    return 1;
}

/* ---- values
 * ------------------------------------------------------------------ */

static int64_t floor_shift(uint64_t a, unsigned shift)
{
    return (int64_t)a >> shift;
}

/* got = a / 2^shift, rounded down or up, exact where there is nothing to
 * round. */
static int truncated(uint64_t got, uint64_t a, unsigned shift)
{
    const uint64_t down = (uint64_t)floor_shift(a, shift);
    const uint64_t below = a & (((uint64_t)1 << shift) - 1);

    return got == down || (below != 0 && got == down + 1);
}

/* A legal input: |a| < 2^62 and a >> shift of k bits. */
static uint64_t input(size_t i, unsigned k, unsigned shift, uint64_t *rng)
{
    const unsigned width = k - 1 + shift < 62 ? k - 1 + shift : 62;
    const uint64_t bound = (uint64_t)1 << width; /* exclusive */
    const uint64_t unit = (uint64_t)1 << shift;
    const uint64_t r = tri_test_rand(rng), sign = 0 - (r >> 63);
    uint64_t a;

    switch (i % 8) {
    case 0: /* just inside the bounds */
        a = i % 16 == 0 ? bound - unit : bound - 1;
        if (i % 16 != 0 && width == k - 1 + shift)
            return 0 - a; /* rounded up, a would leave the range */
        break;
    case 1: /* 0, 1, 2, 3 */
        a = (i / 8) % 4;
        break;
    case 2: /* a power of two, and its neighbour */
        a = (uint64_t)1 << r % width;
        a -= i / 8 % 2;
        break;
    case 3: /* around one unit of the result */
        a = unit - 1 + r % 3;
        break;
    default: /* every magnitude */
        a = tri_test_rand(rng) >> (64 - width) >> r % width;
    }
    if (a > bound - unit)
        a = bound - unit;
    return (a ^ sign) - sign;
}

static int check_one(struct tri_check *c, unsigned k, unsigned shift, size_t n,
                     uint64_t *rng)
{
    const unsigned kk = k < 64 - shift ? k : 64 - shift;
    uint64_t *x = memory(3 * n, sizeof *x), *v = x + n, *y = v + n;
    struct program p;
    struct tri_three t;
    char what[80];

    tri_three_default(&t);
    t.config.k = k;
    t.config.f = shift >= 8 && shift <= 16 ? shift : 16;
    t.seed = tri_test_rand(rng);
    t.arena = (size_t)(n > 1000 ? 4 : 1) << 20;
    snprintf(what, sizeof what, "k=%u shift=%u n=%zu", k, shift, n);
    program_init(&p, RELU | SIGN | SELECT | (shift > 0 ? TRUNC : 0), n, shift);
    for (size_t i = 0; i < n; i++) {
        x[i] = input(i, kk, shift, rng);
        v[i] = (uint64_t)floor_shift(x[i], shift);
        y[i] = tri_test_rand(rng);
    }
    share(p.x, x, n, rng);
    share(p.v, v, n, rng);
    share(p.y, y, n, rng);
    tri_three_run(&t, program_party, &p);
    if (same_cost(c, what, &t, program_party, &p)) {
        for (size_t i = 0; i < n && c->msg[0] == '\0'; i++) {
            const uint64_t relu = p.relu[0][i] + p.relu[1][i];
            const uint64_t bit = p.bit[0][i] + p.bit[1][i];
            const uint64_t sign = p.sign[0][i] + p.sign[1][i];
            const uint64_t e = p.e[0][i] + p.e[1][i];
            const uint64_t sel = p.sel[0][i] + p.sel[1][i];
            const uint64_t tr = p.trunc[0][i] + p.trunc[1][i];
            const long long a = (long long)x[i];

            /* The rounded value is 0 or more, or it is not. */
            if (!(bit == 1 ? truncated(relu, x[i], shift) && relu >> 63 == 0
                           : bit == 0 && relu == 0 && x[i] >> 63 == 1) &&
                !(bit == 1 && relu == 0 && floor_shift(x[i], shift) == -1))
                tri_check_fail(c, "%s: relu(%lld) = %lld, bit %lld", what, a,
                               (long long)relu, (long long)bit);
            if (sign != (v[i] >> 63 ^ 1))
                tri_check_fail(c, "%s: sign(%lld) = %lld", what,
                               (long long)v[i], (long long)sign);
            if (p.b[0][i] != p.b[1][i] || p.b[2][i] != e ||
                (p.b[0][i] ^ p.b[2][i]) != (int)sign)
                tri_check_fail(c, "%s: kept bit at %zu: m %u %u, e %u %lld",
                               what, i, p.b[0][i], p.b[1][i], p.b[2][i],
                               (long long)e);
            if (sel != (sign ? y[i] : 0))
                tri_check_fail(c, "%s: select at %zu", what, i);
            if (shift > 0 && !truncated(tr, x[i], shift))
                tri_check_fail(c, "%s: trunc(%lld) = %lld", what, a,
                               (long long)tr);
        }
    }
    program_free(&p);
    free(x);
    return c->msg[0] == '\0';
}

static void check_values(struct tri_check *c)
{
    static const size_t sizes[] = { 0, 1, 63, 64, 65, 1000, 1023, 1025, 20000 };
    uint64_t rng = c->seed;

    for (unsigned k = 4; k <= 64; k++)
        for (unsigned shift = 0; shift <= 32; shift += k % 4 == 0 ? 1 : 8)
            if (!check_one(c, k, shift, 100, &rng))
                return;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (unsigned shift = 0; shift <= 20; shift += 10)
            if (!check_one(c, 32, shift, sizes[i], &rng) ||
                !check_one(c, 63, shift, sizes[i], &rng))
                return;
}

/* ---- bytes and rounds in closed form
 * ----------------------------------------- */

static void check_cost(struct tri_check *c)
{
    static const struct {
        unsigned ops, k, shift;
        unsigned per64; /* bytes of 64 values */
        unsigned rounds;
    } want[] = {
        /* k = 32: 16 + 14 + 2*8 for the comparison */
        { RELU, 32, 16, 74 * 64, 4 },
        { RELU, 32, 13, 74 * 64, 4 },
        { RELU, 32, 17, 78 * 64, 4 },
        { RELU, 32, 0, 62 * 64, 4 },
        { SIGN, 32, 0, 54 * 64, 4 },
        { SIGN | SELECT, 32, 0, 78 * 64, 5 },
        { TRUNC, 32, 16, 2 * 64 + 16, 1 },
        { TRUNC, 32, 32, 4 * 64 + 16, 1 },
        { TRUNC, 32, 62, 8 * 64 + 16, 1 },
        { ROWS, 32, 16, 40 * 64, 1 },
        /* thirteen digits: 371 bits dealt, 169 in each answer */
        { SIGN, 64, 0, (16 + 8) * 64 + (371 + 2 * 169) * 8, 4 },
        { RELU, 64, 0, (16 + 16) * 64 + (371 + 2 * 169) * 8, 4 },
        /* a shift by 16 leaves 48 bits, so 47 in eleven digits */
        { RELU, 64, 16, (16 + 28) * 64 + (213 + 2 * 121) * 8, 4 },
        /* 57 bits in twelve digits, 3 bits in one */
        { SIGN, 58, 0, (16 + 8) * 64 + (324 + 2 * 144) * 8, 4 },
        { SIGN, 4, 0, (16 + 8) * 64 + (7 + 2) * 8, 4 },
    };

    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        for (size_t n = 64; n <= 40000; n = 9 * n + 64) {
            struct program p;
            struct tri_three t;
            const uint64_t bytes = (uint64_t)want[i].per64 * (n / 64);
            char what[80];

            snprintf(what, sizeof what, "cost: operations %u k=%u shift=%u",
                     want[i].ops, want[i].k, want[i].shift);
            tri_three_default(&t);
            t.config.k = want[i].k;
            program_init(&p, want[i].ops, n, want[i].shift);
            tri_three_run(&t, program_party, &p);
            (void)same_cost(c, what, &t, program_party, &p);
            program_free(&p);
            CHECK(c, tri_three_payload(&t) == bytes,
                  "%s: %llu bytes, formula %llu", what,
                  (unsigned long long)tri_three_payload(&t),
                  (unsigned long long)bytes);
            CHECK(c, t.rounds == want[i].rounds, "%s: %llu rounds", what,
                  (unsigned long long)t.rounds);
            if (c->msg[0] != '\0')
                return;
        }
}

/* ---- a truncation before a ReLU
 * ------------------------------------------------ */

/* The engine's ReLU of shares x of a product, and its bits as numbers. */
struct scaled {
    size_t n;
    uint64_t *x[2], *z[2], *bit[2];
    int rc[TRI_PARTIES];
};

static void scaled_party(struct tri_engine *e, void *arg)
{
    struct scaled *const p = arg;
    const unsigned id = e->s->id;
    const int holds = id < 2 && !e->s->dry;
    const struct tri_ten x = { .n = p->n,
                               .fb = 2 * (int)e->f,
                               .v[0] = holds ? p->x[id] : NULL };
    struct tri_ten z = { .n = p->n,
                         .fb = (int)e->f,
                         .v[0] = holds ? p->z[id] : NULL };
    struct tri_ten bit = { .n = p->n, .v[0] = holds ? p->bit[id] : NULL };
    struct tri_bits bits;
    int rc = e->ops->bits_alloc(e, &bits, p->n);

    if (rc == TRI_OK)
        rc = e->ops->relu(e, &z, &bits, &x);
    if (rc == TRI_OK)
        e->ops->number(e, &bit, &bits);
    p->rc[id] = rc;
}

/* Long vectors on near machines are truncated before, others within. */
static void check_before(struct tri_check *c)
{
    static const struct {
        size_t n;
        uint64_t rtt_ns, rate;
        unsigned per64, rounds;
    } want[] = {
        { 3520, 0, 0, 74 * 64, 4 },
        { 3584, 0, 0, 64 * 64 + 16, 5 },
        { 3584, 58000000, 40000000, 74 * 64, 4 },
        { 115200, 58000000, 40000000, 64 * 64 + 16, 5 },
    };
    uint64_t rng = c->seed;

    for (size_t t = 0; t < sizeof want / sizeof *want; t++) {
        const size_t n = want[t].n;
        uint64_t *const x = memory(7 * n, sizeof *x);
        struct scaled p = { .n = n };
        struct tri_three run;

        for (size_t i = 0; i < n; i++)
            x[i] = input(i, 32, 16, &rng);
        for (unsigned i = 0; i < 2; i++) {
            p.x[i] = x + (1 + i) * n;
            p.z[i] = x + (3 + i) * n;
            p.bit[i] = x + (5 + i) * n;
        }
        tri_three_share(p.x[0], p.x[1], x, n, &rng);
        tri_three_default(&run);
        run.config.rtt_ns = want[t].rtt_ns;
        run.config.rate = want[t].rate;
        tri_three_run(&run, scaled_party, &p);
        (void)same_cost(c, "relu of a product", &run, scaled_party, &p);
        CHECK(c, tri_three_payload(&run) == n / 64 * want[t].per64,
              "relu of %zu products: %llu bytes", n,
              (unsigned long long)tri_three_payload(&run));
        CHECK(c, run.rounds == want[t].rounds,
              "relu of %zu products: %llu rounds", n,
              (unsigned long long)run.rounds);
        for (size_t i = 0; i < n && c->msg[0] == '\0'; i++) {
            const uint64_t z = p.z[0][i] + p.z[1][i];
            const uint64_t bit = p.bit[0][i] + p.bit[1][i];

            if (!(bit == 1   ? truncated(z, x[i], 16) && z >> 63 == 0
                  : bit == 0 ? z == 0 && x[i] >> 63 == 1
                             : 0))
                tri_check_fail(c, "relu of the product %lld: %lld, %lld",
                               (long long)x[i], (long long)z, (long long)bit);
        }
        if (t == 1) { /* the link breaks in the midst of the truncation */
            run.cut_from = 2;
            run.cut_to = 1;
            run.cut_after = n;
            run.deadline_ms = 500;
            memset(p.z[1], 1, n * sizeof *x);
            tri_three_run(&run, scaled_party, &p);
            CHECK(c, p.rc[1] == run.dead[1] && run.dead[1] != TRI_OK,
                  "cut within a truncation: %d, not %d", p.rc[1], run.dead[1]);
            for (size_t i = 0; i < n; i++)
                if (p.z[1][i] != 0)
                    tri_check_fail(c, "cut within a truncation: not wiped");
        }
        free(x);
    }
}

/* ---- the rounding of truncation
 * ---------------------------------------------- */

/* Truncation never misses and has no bias, where the shift of each share fails
 * with probability |a| / 2^64. */
static void check_rounding(struct tri_check *c)
{
    enum { N = 1 << 18, RUNS = 40 };
    uint64_t *x = memory(N, sizeof *x), rng = c->seed;
    double error = 0, rerror = 0, werror = 0, rn = 0, expected = 0, failed = 0;

    for (unsigned run = 0; run < RUNS && c->msg[0] == '\0'; run++) {
        const unsigned shift = run % 32 + 1;
        const double unit = ldexp(1, -(int)shift);
        const int relu = run % 8 == 0;
        struct program p;
        struct tri_three t;

        tri_three_default(&t);
        t.seed = tri_test_rand(&rng);
        t.config.k = 64;
        program_init(&p, (relu ? RELU : 0) | TRUNC | ROWS, N, shift);
        for (size_t i = 0; i < N; i++) {
            const uint64_t r = tri_test_rand(&rng);
            /* half over the full range, half large */
            x[i] = (uint64_t)((int64_t)r >> 1);
            if (i & 1)
                x[i] ^= ((x[i] >> 63 ^ x[i] >> 61 ^ 1) & 1) << 61;
            if (x[i] == (uint64_t)1 << 63 >> 0 ||
                x[i] == (uint64_t)0 - ((uint64_t)1 << 62))
                x[i] = 0;
        }
        share(p.x, x, N, &rng);
        tri_three_run(&t, program_party, &p);
        for (size_t i = 0; i < N; i++) {
            const uint64_t tr = p.trunc[0][i] + p.trunc[1][i];
            const uint64_t re = p.relu[0][i] + p.relu[1][i];
            const uint64_t row = p.sign[0][i] + p.sign[1][i];
            const uint64_t local =
                (p.x[0][i] >> shift) - ((0 - p.x[1][i]) >> shift);
            const int64_t miss =
                (int64_t)(local - (uint64_t)floor_shift(x[i], shift));

            if (t.dead[0] != TRI_OK || !truncated(tr, x[i], shift)) {
                tri_check_fail(c, "trunc(%lld, %u) = %lld", (long long)x[i],
                               shift, (long long)tr);
                break;
            }
            if (!truncated(row, x[i], shift) ||
                p.sel[0][i] + p.sel[1][i] != row * row) {
                tri_check_fail(c, "rows: %lld >> %u = %lld", (long long)x[i],
                               shift, (long long)row);
                break;
            }
            error += (double)(int64_t)((tr << shift) - x[i]) * unit;
            werror += (double)(int64_t)((row << shift) - x[i]) * unit;
            if (relu && x[i] >> 63 == 0) {
                rerror += (double)(int64_t)((re << shift) - x[i]) * unit;
                rn++;
            }
            expected += fabs((double)(int64_t)x[i]) * 0x1p-64;
            failed += miss < -1 || miss > 1;
        }
        program_free(&p);
    }
    free(x);
    if (c->msg[0] != '\0')
        return;
    /* One rounding has a variance of at most 1/4. */
    const double n = (double)N * RUNS, sigma = 0.5 / sqrt(n);
    CHECK(c, fabs(error / n) < 5 * sigma,
          "truncation has bias %g (5 sigma: %g)", error / n, 5 * sigma);
    CHECK(c, fabs(werror / n) < 5 * sigma, "rows have bias %g (5 sigma: %g)",
          werror / n, 5 * sigma);
    CHECK(c, fabs(rerror / rn) < 2.5 / sqrt(rn),
          "relu's truncation has bias %g (5 sigma: %g)", rerror / rn,
          2.5 / sqrt(rn));
    CHECK(c, fabs(failed - expected) < 5 * sqrt(expected),
          "local truncation failed %g times, predicted %g", failed, expected);
}

/* ---- what a party sees
 * --------------------------------------------------------- */

/* What a corrupt P2 sends to P1 in place of its shares of [x_i >= j]. */
enum lie {
    HONEST,
    ZEROS,
    ONES,
    HALF, /* 1 iff j is in the upper half of the digit's values    */
    TOP,  /* in the three highest digits alone: 1 iff j is even    */
    NOISE,
    LIES
};

/* A link that keeps a copy of all messages, and may alter what is dealt. */
struct tap {
    struct tri_link l; /* what the session uses */
    struct tri_link *in;
    uint8_t *got[TRI_PARTIES], *put[TRI_PARTIES];
    size_t ngot[TRI_PARTIES], nput[TRI_PARTIES];
    enum lie lie;
    const struct tri_chain *chain;
    uint8_t *altered[8];
    size_t n;
};

static uint8_t *append(uint8_t *to, size_t *n, const void *buf, size_t len)
{
    uint8_t *p = realloc(to, *n + len);

    if (p == NULL)
        abort();
    memcpy(p + *n, buf, len);
    *n += len;
    return p;
}

/* In a message of whole groups. */
static void deal_lies(const struct tap *t, uint8_t *m, size_t len)
{
    const struct tri_chain *const c = t->chain;
    uint64_t rng = 1;

    while (len > 0)
        for (unsigned i = 0; i < c->digits; i++)
            for (unsigned j = 1; j < 1u << c->w[i]; j++) {
                const unsigned one = t->lie == ONES   ? 1
                                     : t->lie == HALF ? j >> (c->w[i] - 1)
                                                      : (j & 1) ^ 1;

                for (size_t b = 0; b < sizeof(tri_plane); b++)
                    if (t->lie == NOISE)
                        m[b] = (uint8_t)tri_test_rand(&rng);
                    else if (t->lie != TOP || i + 3 >= c->digits)
                        m[b] = (uint8_t)(t->lie == ZEROS ? 0 : 0 - one);
                m += sizeof(tri_plane);
                len -= sizeof(tri_plane);
            }
}

static int tap_send(struct tri_link *l, unsigned to, const void *buf,
                    size_t len)
{
    struct tap *t = l->self;

    t->put[to] = append(t->put[to], &t->nput[to], buf, len);
    if (t->lie != HONEST && to == 1) {
        uint8_t *const m = t->altered[t->n++] = memory(len, 1);

        memcpy(m, buf, len);
        deal_lies(t, m, len);
        buf = m;
    }
    return tri_send(t->in, to, buf, len);
}

static int tap_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct tap *t = l->self;
    const int rc = tri_recv(t->in, from, buf, len);

    if (rc == TRI_OK)
        t->got[from] = append(t->got[from], &t->ngot[from], buf, len);
    return rc;
}

static int tap_flush(struct tri_link *l)
{
    return tri_flush(((struct tap *)l->self)->in);
}

static int tap_poll(struct tri_link *l)
{
    return tri_poll(((struct tap *)l->self)->in);
}

static const struct tri_link_ops tap_ops = {
    .send = tap_send, .recv = tap_recv, .flush = tap_flush, .poll = tap_poll
};

static void tap_open(struct tap *t, struct tri_session *s)
{
    t->in = s->link;
    t->l = (struct tri_link){ .ops = &tap_ops, .self = t, .id = s->id };
    s->link = &t->l;
}

static void tap_close(struct tap *t, struct tri_session *s)
{
    s->link = t->in;
}

static void tap_free(struct tap *t)
{
    for (int i = 0; i < TRI_PARTIES; i++) {
        free(t->got[i]);
        free(t->put[i]);
    }
    for (size_t i = 0; i < t->n; i++)
        free(t->altered[i]);
}

/* Chi-square of counts that should all be equal, as a distance from its mean
 * in standard deviations. */
static double chi_square(const size_t *count, size_t bins)
{
    double total = 0, sum = 0;

    for (size_t i = 0; i < bins; i++)
        total += (double)count[i];
    for (size_t i = 0; i < bins; i++) {
        const double want = total / (double)bins;
        sum += ((double)count[i] - want) * ((double)count[i] - want) / want;
    }
    return (sum - (double)(bins - 1)) / sqrt(2 * (double)(bins - 1));
}

static int uniform(struct tri_check *c, const char *what, const size_t *count,
                   size_t bins)
{
    const double far = chi_square(count, bins);

    if (!(far < 6))
        return tri_check_fail(c, "%s: not uniform (%g sigma)", what, far);
    return 1;
}

/* Every byte position of words. */
static int uniform_words(struct tri_check *c, const char *what,
                         const uint8_t *w, size_t n)
{
    for (size_t at = 0; at < 8; at++) {
        size_t count[256] = { 0 };

        for (size_t i = 0; i < n; i++)
            count[w[8 * i + at]]++;
        if (!uniform(c, what, count, 256))
            return 0;
    }
    return 1;
}

struct view {
    size_t n;
    const uint64_t *x[2];
    struct tap tap[TRI_PARTIES];
    uint64_t *r, *y; /* as tri_fused_compare leaves them */
    uint8_t *m[TRI_PARTIES];
    struct tri_chain chain;
    int relu; /* run tri_fused_relu with shift 16 */
    int rc[TRI_PARTIES];
};

static void view_party(struct tri_engine *e, void *arg)
{
    struct view *v = arg;
    struct tri_session *s = e->s;
    const unsigned id = s->id;
    uint64_t *z = memory(2 * v->n, sizeof *z);
    uint64_t *r = z, *y = z + v->n;
    const struct tri_fused_cmp out = { .r = id == 0   ? v->r
                                            : id == 1 ? r
                                                      : NULL,
                                       .y = id == 2 ? v->y : NULL,
                                       .m = v->m[id] };

    tap_open(&v->tap[id], s);
    if (v->relu)
        v->rc[id] = tri_fused_relu(e, id < 2 ? y : NULL, NULL,
                                   id < 2 ? v->x[id] : NULL, v->n, 16);
    else
        v->rc[id] =
            tri_fused_compare(e, &out, id < 2 ? v->x[id] : NULL, v->n, 0);
    (void)tri_flush(s->link); /* altered messages go away with the tap */
    tap_close(&v->tap[id], s);
    free(z);
}

static void view_init(struct view *v, size_t n, unsigned k)
{
    memset(v, 0, sizeof *v);
    v->n = n;
    tri_chain_plan(&v->chain, k - 1);
    v->tap[2].chain = &v->chain;
    v->r = memory(4 * n, sizeof *v->r);
    v->y = v->r + n;
    v->x[0] = v->r + 2 * n;
    v->x[1] = v->r + 3 * n;
    for (int i = 0; i < TRI_PARTIES; i++)
        v->m[i] = memory(n, 1);
}

static void view_free(struct view *v)
{
    free(v->r);
    for (int i = 0; i < TRI_PARTIES; i++) {
        free(v->m[i]);
        tap_free(&v->tap[i]);
    }
}

/* Bits of n comparisons, one row for each kind of bit: first those that
 * somebody sees, then secrets. */
struct bits {
    size_t n, seen, all;
    uint64_t *row[576];
};

static uint64_t *new_row(struct bits *b, int secret)
{
    b->row[b->all] = memory(b->n / 64, sizeof(uint64_t));
    b->seen += !secret;
    return b->row[b->all++];
}

static void bits_free(struct bits *b)
{
    for (size_t i = 0; i < b->all; i++)
        free(b->row[i]);
}

/* The planes of a message of whole groups. */
static void add_message(struct bits *b, const uint8_t *m, unsigned planes)
{
    enum { GROUP = TRI_CHAIN_LANES / 64 };

    for (unsigned p = 0; p < planes; p++) {
        uint64_t *const row = new_row(b, 0);

        for (size_t i = 0; i < b->n / 64; i++)
            memcpy(row + i,
                   m + (i / GROUP * planes + p) * sizeof(tri_plane) +
                       i % GROUP * 8,
                   8);
    }
}

static void add_words(struct bits *b, const uint64_t *v, unsigned bits,
                      int secret)
{
    for (unsigned bit = 0; bit < bits; bit++) {
        uint64_t *const row = new_row(b, secret);

        for (size_t i = 0; i < b->n; i++)
            row[i / 64] |= (v[i] >> bit & 1) << i % 64;
    }
}

/* How far the exclusive or of rows is from half ones, in standard deviations;
 * NULLs are none. */
static double bias(const struct bits *b, const uint64_t *x, const uint64_t *y,
                   const uint64_t *z)
{
    size_t ones = 0;

    for (size_t i = 0; i < b->n / 64; i++)
        ones += (size_t)__builtin_popcountll(x[i] ^ (y == NULL ? 0 : y[i]) ^
                                             (z == NULL ? 0 : z[i]));
    return fabs(2.0 * (double)ones - (double)b->n) / sqrt((double)b->n);
}

/* The largest such distance: of what is seen, bit by bit and in pairs, alone
 * and together with each secret. The first secret is tried with all pairs. */
static double dependence(const struct bits *b)
{
    double most = 0;

    for (size_t i = 0; i < b->seen; i++) {
        most = fmax(most, bias(b, b->row[i], NULL, NULL));
        for (size_t j = 0; j < i; j++) {
            most = fmax(most, bias(b, b->row[i], b->row[j], NULL));
            if (b->seen < b->all)
                most =
                    fmax(most, bias(b, b->row[i], b->row[j], b->row[b->seen]));
        }
        for (size_t j = b->seen; j < b->all; j++)
            most = fmax(most, bias(b, b->row[i], b->row[j], NULL));
    }
    return most;
}

/*
 * P2's view of n comparisons: what P0 and P1 send it, and what it computes.
 * Either of the same value under the same shares, so that all that varies is
 * masks; or of random values, and then together with the sign, the value and
 * R', which it must not depend on, whatever P2 deals.
 */
static void view_of_p2(struct tri_check *c, unsigned k, const uint64_t *a,
                       enum lie lie)
{
    enum { N = 32 * 1024 };
    struct view v;
    struct tri_three t;
    struct bits b = { .n = N };
    uint64_t rng = c->seed + k, *w = memory(N, sizeof *w);
    char what[80];

    snprintf(what, sizeof what, "view of P2, k=%u, %s values, lie %d", k,
             a == NULL ? "random" : "equal", (int)lie);
    tri_three_default(&t);
    t.config.k = k;
    t.seed = c->seed + k;
    view_init(&v, N, k);
    v.tap[2].lie = lie;
    for (size_t i = 0; i < N; i++) {
        const uint64_t value = a != NULL ? *a : tri_test_rand(&rng);

        w[i] = value;
        ((uint64_t *)(uintptr_t)v.x[0])[i] =
            a != NULL ? 0 : tri_test_rand(&rng);
        ((uint64_t *)(uintptr_t)v.x[1])[i] = value - v.x[0][i];
    }
    tri_three_run(&t, view_party, &v);
    if (v.rc[0] != TRI_OK || v.rc[1] != TRI_OK || v.rc[2] != TRI_OK)
        tri_check_fail(c, "%s: failed", what);
    for (unsigned i = 0; i < 2 && c->msg[0] == '\0'; i++)
        if (v.tap[2].ngot[i] != N * 8 + tri_chain_bytes(v.chain.answer, N))
            tri_check_fail(c, "%s: %zu bytes", what, v.tap[2].ngot[i]);
        else if (uniform_words(c, what, v.tap[2].got[i], N))
            add_message(&b, v.tap[2].got[i] + 8 * N, v.chain.answer);
    if (c->msg[0] == '\0' && uniform_words(c, what, (uint8_t *)v.y, N)) {
        double most;

        add_words(&b, v.y, 64, 0);
        for (size_t i = 0; i < N; i++)
            v.y[i] = v.m[2][i];
        add_words(&b, v.y, 1, 0);
        if (a == NULL) {
            for (size_t i = 0; i < N; i++)
                v.y[i] = w[i] >> (k - 1);
            add_words(&b, v.y, 1, 1);
            add_words(&b, w, k, 1);
            for (size_t i = 0; i < N; i++)
                v.y[i] = v.r[i] + TRI_FUSED_BIAS;
            add_words(&b, v.y, k, 1);
            for (size_t i = 0; i < N; i++)
                v.y[i] = v.m[0][i];
            add_words(&b, v.y, 1, 1);
        }
        most = dependence(&b);
        if (!(most < 6.5))
            tri_check_fail(c, "%s: not uniform (%g sigma)", what, most);
    }
    bits_free(&b);
    view_free(&v);
    free(w);
}

/* P1's view: the dealt bits, and the results of ReLU. */
static void view_of_p1(struct tri_check *c)
{
    enum { N = 64 * 512, WIRE = 14 };
    struct view v;
    struct tri_three t;
    struct bits b = { .n = N };
    double most;

    tri_three_default(&t);
    t.seed = c->seed;
    view_init(&v, N, 32);
    v.relu = 1;
    tri_three_run(&t, view_party, &v);
    const struct tap *const p1 = &v.tap[1];
    const size_t piece = tri_fused_min(N, tri_fused_piece(N));
    if (p1->ngot[2] != N * (WIRE + 28) || p1->ngot[0] != 0 ||
        v.tap[0].ngot[1] != 0 || v.tap[0].ngot[2] != 0) {
        tri_check_fail(c, "view of P1: %zu bytes", p1->ngot[2]);
    } else {
        add_message(&b, p1->got[2], 8 * WIRE);
        most = dependence(&b);
        if (!(most < 6.5))
            tri_check_fail(c, "view of P1: dealt bits (%g sigma)", most);
    }
    /* three words and two halves of each value, piece by piece */
    for (size_t at = 0; at < N && c->msg[0] == '\0'; at += piece) {
        const uint8_t *w = p1->got[2] + N * WIRE + at * 28;

        for (size_t i = 0; i < 3 && c->msg[0] == '\0'; i++)
            (void)uniform_words(c, "view of P1: results", w + i * 8 * piece,
                                piece);
        if (c->msg[0] == '\0')
            (void)uniform_words(c, "view of P1: wraps", w + 24 * piece,
                                piece / 2);
    }
    bits_free(&b);
    view_free(&v);
}

/* A product of zeros, shared as zeros: what comes in and what is left. */
enum { VIEW_M = 64, VIEW_K = 512 };

struct view_product {
    struct tap tap[TRI_PARTIES];
    uint64_t *z[2];
};

static void view_product_party(struct tri_engine *e, void *arg)
{
    static const struct tri_bilin op = {
        .kind = TRI_BILIN_MATMUL, .m = VIEW_M, .n = VIEW_M, .k = VIEW_K
    };
    struct view_product *const v = arg;
    const unsigned id = e->s->id;
    const int fb = (int)e->f;
    struct tri_ten x, y, z;

    if (tri_ten_alloc(e, &x, tri_shape2(VIEW_M, VIEW_K), fb + 1, 0) ||
        tri_ten_alloc(e, &y, tri_shape2(VIEW_K, VIEW_M), fb, 1) ||
        tri_ten_alloc(e, &z, tri_shape2(VIEW_M, VIEW_M), 0, 0))
        return;
    if (id < 2) {
        memset(x.v[0], 0, x.n * sizeof(uint64_t));
        memset(y.v[0], 0, y.n * sizeof(uint64_t));
    }
    tap_open(&v->tap[id], e->s);
    if (e->ops->bilin(e, &op, &z, &x, &y) == TRI_OK && id < 2)
        memcpy(v->z[id], z.v[0], z.n * sizeof(uint64_t));
    tap_close(&v->tap[id], e->s);
}

static void views_of_product(struct tri_check *c)
{
    enum { IN = VIEW_M * VIEW_K, OUT = VIEW_M * VIEW_M };
    struct view_product v = { .z = { memory(OUT, 8), memory(OUT, 8) } };
    struct tri_three t;

    tri_three_default(&t);
    t.seed = c->seed;
    tri_three_run(&t, view_product_party, &v);
    for (unsigned i = 0; i < 2 && c->msg[0] == '\0'; i++) {
        if (v.tap[i].ngot[1 - i] != 16 * IN ||
            v.tap[i].ngot[2] != (i == 1 ? 8 * OUT : 0) || v.tap[2].ngot[i] != 0)
            tri_check_fail(c, "view of P%u in a product: %zu and %zu bytes", i,
                           v.tap[i].ngot[1 - i], v.tap[i].ngot[2]);
        else if (uniform_words(c, "openings of a product", v.tap[i].got[1 - i],
                               2 * IN))
            (void)uniform_words(c, "shares of a product",
                                (const uint8_t *)v.z[i], OUT);
    }
    if (c->msg[0] == '\0')
        (void)uniform_words(c, "what P2 deals for a product", v.tap[1].got[2],
                            OUT);
    for (int i = 0; i < OUT && c->msg[0] == '\0'; i++)
        if (v.z[0][i] + v.z[1][i] != 0)
            tri_check_fail(c, "zero times zero at %d", i);
    for (int i = 0; i < TRI_PARTIES; i++)
        tap_free(&v.tap[i]);
    free(v.z[0]);
    free(v.z[1]);
}

/* Zeros, shared as zeros: times the sign bits of zeros, or the gradient of a
 * maximum of four, which is opened on its way. */
enum { VIEW_N = 1 << 15 };

static void view_select_party(struct tri_engine *e, void *arg)
{
    struct view_product *const v = arg;
    const unsigned id = e->s->id;
    struct tri_bits bits;
    struct tri_ten x;

    if (tri_ten_alloc(e, &x, tri_shape1(VIEW_N), 0, 0) ||
        e->ops->bits_alloc(e, &bits, VIEW_N) || tri_ten_zero(e, &x) ||
        e->ops->sign(e, &bits, &x))
        return;
    tap_open(&v->tap[id], e->s);
    (void)tri_fused_select(e, id < 2 ? v->z[id] : NULL, &bits, x.v[0], VIEW_N);
    tap_close(&v->tap[id], e->s);
}

static void view_descend_party(struct tri_engine *e, void *arg)
{
    struct view_product *const v = arg;
    const unsigned id = e->s->id;
    struct tri_maxn st;
    struct tri_ten x, z, dx;

    if (tri_ten_alloc(e, &x, tri_shape1(VIEW_N), 0, 0) ||
        tri_ten_alloc(e, &dx, x.shape, 0, TRI_TEN_OPEN) ||
        tri_ten_alloc(e, &z, tri_shape1(VIEW_N / 4), 0, 0) ||
        e->ops->maxn_alloc(e, &st, 4, VIEW_N / 4) || tri_ten_zero(e, &x) ||
        e->ops->maxn(e, &z, &st, &x))
        return;
    tap_open(&v->tap[id], e->s);
    if (e->ops->maxn_grad(e, &dx, &st, &z) == TRI_OK && id < 2)
        memcpy(v->z[id], dx.cache, VIEW_N * sizeof(uint64_t));
    tap_close(&v->tap[id], e->s);
}

static void view_rows_party(struct tri_engine *e, void *arg)
{
    static const struct tri_fused_rows rows = { .m = VIEW_N, .shift = 16 };
    struct view_product *const v = arg;
    const unsigned id = e->s->id;
    struct tri_ten x, t;

    if (tri_ten_alloc(e, &x, tri_shape1(VIEW_N), 0, 0) ||
        tri_ten_alloc(e, &t, x.shape, 0, 0) || tri_ten_zero(e, &x))
        return;
    tap_open(&v->tap[id], e->s);
    (void)tri_fused_rows(e, &rows, id < 2 ? v->z[id] : NULL, t.v[0], x.v[0]);
    tap_close(&v->tap[id], e->s);
}

/* P0 and P1 see `opened` words of each other, P1 `dealt` ones of P2. */
static void view_bits(struct tri_check *c, const char *what, tri_three_fn *fn,
                      size_t opened, size_t dealt)
{
    struct view_product v = { .z = { memory(VIEW_N, 8), memory(VIEW_N, 8) } };
    struct tri_three t;

    tri_three_default(&t);
    t.seed = c->seed;
    t.arena = 8 << 20;
    tri_three_run(&t, fn, &v);
    for (unsigned i = 0; i < 2 && c->msg[0] == '\0'; i++) {
        if (v.tap[i].ngot[1 - i] != 8 * opened ||
            v.tap[i].ngot[2] != (i == 1 ? 8 * dealt : 0) ||
            v.tap[2].ngot[i] != 0)
            tri_check_fail(c, "%s: view of P%u: %zu and %zu bytes", what, i,
                           v.tap[i].ngot[1 - i], v.tap[i].ngot[2]);
        else if (uniform_words(c, what, v.tap[i].got[1 - i], opened))
            (void)uniform_words(c, what, (const uint8_t *)v.z[i], VIEW_N);
    }
    if (c->msg[0] == '\0')
        (void)uniform_words(c, what, v.tap[1].got[2], dealt);
    for (int i = 0; i < TRI_PARTIES; i++)
        tap_free(&v.tap[i]);
    free(v.z[0]);
    free(v.z[1]);
}

static void check_views(struct tri_check *c)
{
    static const uint64_t value[] = { 5, 0, (uint64_t)-70000, (uint64_t)1 << 40,
                                      (uint64_t)-3 };
    static const unsigned width[] = { 32, 32, 33, 64, 4 };

    for (size_t i = 0; i < sizeof width / sizeof *width; i++)
        if (c->msg[0] == '\0')
            view_of_p2(c, width[i], &value[i], HONEST);
    if (c->msg[0] == '\0')
        view_of_p1(c);
    if (c->msg[0] == '\0')
        views_of_product(c);
    if (c->msg[0] == '\0')
        view_bits(c, "selection", view_select_party, VIEW_N, VIEW_N);
    if (c->msg[0] == '\0')
        view_bits(c, "gradient of a maximum", view_descend_party, VIEW_N,
                  3 * VIEW_N / 4);
    if (c->msg[0] == '\0')
        view_bits(c, "truncated product", view_rows_party, VIEW_N, 3 * VIEW_N);
}

/* ---- a corrupt P2
 * ---------------------------------------------------------------- */

/* The answers as they would be without their pads, to a P2 that deals HALF:
 * what has to be found if it is there. */
static double without_pads(uint64_t *rng)
{
    enum { N = 16 * TRI_CHAIN_LANES, BITS = 23 };
    static struct tri_stream common, p0;
    struct bits b = { .n = N };
    struct tri_kernels k;
    struct tri_chain chain;
    uint64_t *c = memory(N, sizeof *c);
    uint8_t *dealt, *answer[2];
    double most;

    tri_kernels_init(&k, tri_cpu_detect());
    tri_chain_plan(&chain, BITS);
    dealt = memory(chain.dealt, sizeof(tri_plane));
    deal_lies(&(struct tap){ .lie = HALF, .chain = &chain }, dealt,
              chain.dealt * sizeof(tri_plane));
    for (unsigned j = 0; j < 2; j++)
        answer[j] =
            memory(N / TRI_CHAIN_LANES * chain.answer, sizeof(tri_plane));
    for (size_t at = 0; at < N; at += TRI_CHAIN_LANES) {
        _Alignas(64) tri_plane y[32] = { { 0 } }, beta;
        const uint64_t same = tri_test_rand(rng);

        for (size_t i = 0; i < TRI_CHAIN_LANES; i++) {
            c[at + i] = tri_test_rand(rng);
            for (unsigned bit = 0; bit < BITS; bit++)
                y[bit][i / 8] =
                    (uint8_t)(y[bit][i / 8] | (c[at + i] >> bit & 1) << i % 8);
        }
        for (unsigned j = 0; j < 2; j++) {
            uint64_t drawn = same;
            size_t to = 0;

            common.at = p0.at = 0;
            p0.end = (uint32_t)(chain.dealt * sizeof(tri_plane));
            for (size_t i = 0; i < p0.end; i++)
                p0.buf[i] = (uint8_t)tri_test_rand(&drawn);
            for (unsigned i = 0; i < chain.digits; i++) {
                const size_t W = chain.digits - i, names = 2 * W - 1;
                const size_t rows = i == 0 ? W : 2 * W;

                for (size_t l = 0; l < names * sizeof(tri_plane); l++)
                    common.buf[to++] = (uint8_t)tri_test_rand(&drawn);
                memset(common.buf + to, 0, rows * sizeof(tri_plane));
                to += rows * sizeof(tri_plane);
            }
            common.end = (uint32_t)to;
            tri_chain_answer(&k, &chain, answer[j] + at / 8 * chain.answer,
                             &beta, (const tri_plane *)y, &common,
                             j == 0 ? &p0 : NULL, j == 0 ? NULL : dealt,
                             TRI_CHAIN_LANES);
        }
    }
    for (unsigned j = 0; j < 2; j++)
        add_message(&b, answer[j], chain.answer);
    add_words(&b, c, BITS, 1);
    most = dependence(&b);
    bits_free(&b);
    free(c);
    free(dealt);
    free(answer[0]);
    free(answer[1]);
    return most;
}

/* Whatever P2 deals, it learns nothing. */
static void check_helper(struct tri_check *c)
{
    uint64_t rng = c->seed;
    const double far = without_pads(&rng);

    CHECK(c, far > 50, "without pads P2 should learn R': %g sigma", far);
    for (enum lie lie = HONEST; lie < LIES && c->msg[0] == '\0'; lie++)
        view_of_p2(c, 32, NULL, lie);
    if (c->msg[0] == '\0')
        view_of_p2(c, 64, NULL, TOP);
}

/* ---- threads
 * ----------------------------------------------------------------------- */

/* Workers that start in every run and take tasks from the end; any number of
 * parties may use them at once. */
struct crew {
    tri_task_fn *fn;
    void *arg;
    size_t left;
};

struct hand {
    struct crew *crew;
    unsigned worker;
    pthread_t thread;
};

static void *hand_main(void *arg)
{
    const struct hand *h = arg;

    for (;;) {
        const size_t t =
            __atomic_fetch_sub(&h->crew->left, 1, __ATOMIC_ACQ_REL);
        if (t == 0 || t > SIZE_MAX / 2)
            return NULL;
        h->crew->fn(h->crew->arg, t - 1, h->worker);
    }
}

static void crew_run(void *self, tri_task_fn *fn, void *arg, size_t n)
{
    const unsigned workers = *(const unsigned *)self;
    struct crew crew = { fn, arg, n };
    struct hand hand[8];

    for (unsigned i = 0; i < workers; i++) {
        hand[i] = (struct hand){ .crew = &crew, .worker = i };
        if (pthread_create(&hand[i].thread, NULL, hand_main, &hand[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < workers; i++)
        pthread_join(hand[i].thread, NULL);
}

static void check_threads(struct tri_check *c)
{
    enum { N = 20000 };
    struct program p, q;
    uint64_t *x = memory(N, sizeof *x), rng = c->seed;

    for (unsigned workers = 2; workers <= 5; workers += 3) {
        unsigned count = workers;
        const struct tri_par par = { workers, &count, crew_run };
        struct tri_three t;
        const uint64_t seed = rng;

        tri_three_default(&t);
        for (int second = 0; second < 2; second++) {
            struct program *const r = second ? &q : &p;

            rng = seed;
            program_init(r, RELU | SIGN | SELECT | TRUNC, N, 13);
            for (size_t i = 0; i < N; i++)
                x[i] = input(i, 32, 13, &rng);
            share(r->x, x, N, &rng);
            share(r->v, x, N, &rng);
            share(r->y, x, N, &rng);
            t.par = second ? &par : NULL;
            tri_three_run(&t, program_party, r);
            if (r->rc[0] != TRI_OK || r->rc[1] != TRI_OK || r->rc[2] != TRI_OK)
                tri_check_fail(c, "%u threads: failed", workers);
        }
        for (int i = 0; i < 2; i++)
            if (memcmp(p.x[i], q.x[i], 9 * N * sizeof *x) != 0)
                tri_check_fail(c, "%u threads: P%d has other shares", workers,
                               i);
        for (int i = 0; i < TRI_PARTIES; i++)
            if (memcmp(p.b[i], q.b[i], N) != 0)
                tri_check_fail(c, "%u threads: P%d has other bits", workers, i);
        program_free(&p);
        program_free(&q);
    }
    free(x);
}

/* ---- failures
 * ------------------------------------------------------------------------ */

static int all_zero(const void *v, size_t n)
{
    const uint8_t *b = v;
    uint8_t any = 0;

    for (size_t i = 0; i < n; i++)
        any |= b[i];
    return any == 0;
}

/* After a failed call a party's outputs are wiped, and it stays dead. */
static int buried(struct tri_check *c, const char *what,
                  const struct program *p, unsigned id, int dead)
{
    const size_t bytes = p->n * sizeof(uint64_t);
    int clean = 1;

    if (p->again[id] != TRI_E_DEAD || dead == TRI_OK)
        return tri_check_fail(c, "%s: P%u failed with %d and goes on", what, id,
                              p->rc[id]);
    if (p->ops & SELECT) /* cut while selecting, or before */
        return (id < 2 && !all_zero(p->e[id], bytes) &&
                !all_zero(p->sel[id], bytes))
                   ? tri_check_fail(c, "%s: P%u leaves outputs", what, id)
                   : 1;
    if (p->ops & (RELU | SIGN))
        clean = all_zero(p->b[id], p->n);
    if (id < 2 && (p->ops & RELU))
        clean = clean && all_zero(p->relu[id], bytes);
    if (id < 2 && (p->ops & (RELU | SIGN)))
        clean = clean && all_zero(p->e[id], bytes);
    if (id < 2 && (p->ops & TRUNC))
        clean = clean && all_zero(p->trunc[id], bytes);
    if (id < 2 && (p->ops & ROWS))
        clean = clean && all_zero(p->sel[id], bytes) &&
                all_zero(p->sign[id], bytes);
    if (!clean)
        return tri_check_fail(c, "%s: P%u leaves outputs", what, id);
    return 1;
}

static void check_cut(struct tri_check *c)
{
    static const struct {
        unsigned op, from, to;
    } ways[] = { { RELU, 0, 2 },          { RELU, 1, 2 },  { RELU, 2, 1 },
                 { SIGN, 0, 2 },          { SIGN, 1, 2 },  { SIGN, 2, 1 },
                 { SIGN | SELECT, 2, 1 }, { TRUNC, 0, 1 }, { TRUNC, 1, 0 },
                 { TRUNC, 2, 1 },         { ROWS, 0, 1 },  { ROWS, 1, 0 },
                 { ROWS, 2, 1 } };
    uint64_t rng = c->seed;

    for (size_t i = 0; i < 8 * sizeof ways / sizeof *ways; i++) {
        const size_t w = i % (sizeof ways / sizeof *ways);
        const size_t n = 1 + tri_test_rand(&rng) % 20000;
        struct program p;
        struct tri_three t;
        char what[80];

        program_init(&p, ways[w].op, n, 16);
        for (unsigned id = 0; id < TRI_PARTIES; id++) {
            memset(p.b[id], 0xa5, n); /* outputs that must not survive */
            if (id < 2)
                memset(p.relu[id], 0xa5, 6 * n * sizeof(uint64_t));
        }
        tri_three_default(&t);
        t.cut_from = ways[w].from;
        t.cut_to = ways[w].to;
        const uint64_t total = tri_three_dry(&t, 0, program_party, &p, NULL)
                                   .bytes[ways[w].from][ways[w].to];
        t.cut_after = tri_test_rand(&rng) % total;
        snprintf(what, sizeof what,
                 "operation %u, P%u to P%u cut at %llu of %llu", ways[w].op,
                 ways[w].from, ways[w].to, (unsigned long long)t.cut_after,
                 (unsigned long long)total);
        tri_three_run(&t, program_party, &p);
        if (p.rc[ways[w].to] == TRI_OK)
            tri_check_fail(c, "%s: P%u did not notice", what, ways[w].to);
        for (unsigned id = 0; id < TRI_PARTIES; id++)
            if (p.rc[id] != TRI_OK)
                (void)buried(c, what, &p, id, t.dead[id]);
        program_free(&p);
        if (c->msg[0] != '\0')
            return;
    }
}

/* Arguments out of range touch nothing and leave the session alive. */
static void args_party(struct tri_engine *e, void *arg)
{
    int *bad = arg;
    struct tri_session *s = e->s;
    uint64_t a[2] = { 1, 2 }, z[2] = { 3, 4 };
    uint8_t b[2] = { 5, 6 };
    struct tri_fused_bits own = { z, b };
    struct tri_bits bits = { .n = 2, .own = &own };
    struct tri_bits other = { .n = 1, .own = &own };
    struct tri_engine_config config = e->config;
    struct tri_engine third;
    const struct tri_fused_rows rows[] = { { 1, 1, 0 },
                                           { 1, 1, 33 },
                                           { 2, TRI_FUSED_MAX_N / 2, 1 } };
    struct tri_ten x = { tri_shape1(1), .n = 2, .v = { a, NULL } };
    struct tri_ten one = { tri_shape1(1), .n = 1, .v = { a, NULL } };
    struct tri_ten out = { .n = 2, .fb = 16, .v = { z, NULL } };
    tri_ring *const powers[TRI_FUSED_TOP] = { NULL, NULL, z, z };

    bad[s->id] = tri_fused_relu(e, z, &bits, a, 2, 33) != TRI_E_ARG ||
                 tri_fused_relu(e, z, &other, a, 2, 16) != TRI_E_ARG ||
                 tri_fused_drelu(e, &other, a, 2) != TRI_E_ARG ||
                 tri_fused_select(e, z, &other, a, 2) != TRI_E_ARG ||
                 tri_fused_trunc(e, z, a, 2, 0) != TRI_E_ARG ||
                 tri_fused_trunc(e, z, a, 2, 63) != TRI_E_ARG;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        bad[s->id] |= tri_fused_rows(e, &rows[i], z, NULL, a) != TRI_E_ARG;
    for (x.fb = 0; x.fb <= 18; x.fb += 18)
        bad[s->id] |= e->ops->exp(e, &out, &x) != TRI_E_ARG || out.fb != 16;
    for (unsigned wrong = 0; wrong < 4; wrong++)
        bad[s->id] |= tri_fused_powers(e, powers, a, 2,
                                       wrong == 0   ? 0
                                       : wrong == 1 ? 63
                                                    : 9,
                                       wrong == 2   ? 2
                                       : wrong == 3 ? 5
                                                    : 3) != TRI_E_ARG;
    for (x.fb = 20; x.fb <= 53; x.fb += 33)
        bad[s->id] |= tri_fused_normalise(e, &out, &x) != TRI_E_ARG;
    x.fb = 52;
    out.fb = 17;
    bad[s->id] |= tri_fused_normalise(e, &out, &x) != TRI_E_ARG;
    out.fb = 16;
    bad[s->id] |= tri_fused_normalise(e, &out, &one) != TRI_E_ARG;
    x.shape.d[0] = 0;
    bad[s->id] |= tri_fused_normalise(e, &out, &x) != TRI_E_ARG;
    x.shape.d[0] = 1;
    x.n = out.n = TRI_ROW_MOST + 1;
    bad[s->id] |= tri_fused_normalise(e, &out, &x) != TRI_E_ARG;
    x.n = out.n = 2;
    x.fb = 0;
    out.fb = 17;
    bad[s->id] |= tri_fused_div(e, &out, &x, &one) != TRI_E_ARG;
    out.fb = 16;
    out.n = 1;
    bad[s->id] |= tri_fused_div(e, &out, &x, &one) != TRI_E_ARG;
    config.k = 3;
    bad[s->id] |= tri_engine_start(&third, e->kind, s, &config) != TRI_E_ARG;
    config.k = 65;
    bad[s->id] |= tri_engine_start(&third, e->kind, s, &config) != TRI_E_ARG;
    bad[s->id] |= z[0] != 3 || z[1] != 4 || b[0] != 5 || b[1] != 6;
    bad[s->id] |= s->dead != TRI_OK;
}

static void check_failures(struct tri_check *c)
{
    struct tri_three t;
    int bad[TRI_PARTIES] = { 0 };

    tri_three_default(&t);
    tri_three_run(&t, args_party, bad);
    CHECK(c, !bad[0] && !bad[1] && !bad[2], "arguments out of range pass");
    check_cut(c);
}

/* ---- division
 * -------------------------------------------------------------------------- */

enum { DIV_M = 40, DIV_COLS = 10, DIV_N = DIV_M * DIV_COLS };

struct div_arg {
    int fb;
    const uint64_t *x[2], *y[2];
    uint64_t z[2][DIV_N];
    int rc[TRI_PARTIES];
};

static void div_party(struct tri_engine *e, void *arg)
{
    struct div_arg *p = arg;
    const unsigned id = e->s->id;
    struct tri_ten x, y, z;

    if (tri_ten_alloc(e, &x, tri_shape2(DIV_M, DIV_COLS), 16, 0) ||
        tri_ten_alloc(e, &y, tri_shape1(DIV_M), 16, 0) ||
        tri_ten_alloc(e, &z, tri_shape2(DIV_M, DIV_COLS), p->fb, 0)) {
        p->rc[id] = TRI_E_NOMEM;
        return;
    }
    if (!e->s->dry && id < 2) {
        memcpy(x.v[0], p->x[id], sizeof p->z[0]);
        memcpy(y.v[0], p->y[id], DIV_M * sizeof(uint64_t));
    }
    const int rc = tri_fused_div(e, &z, &x, &y);
    if (e->s->dry)
        return;
    p->rc[id] = rc;
    if (id < 2)
        memcpy(p->z[id], z.v[0], sizeof p->z[0]);
}

static void check_division(struct tri_check *c)
{
    static const unsigned ks[] = { 4,  5,  8,  16, 24, 31, 32,
                                   33, 34, 48, 61, 62, 63, 64 };
    static uint64_t x[DIV_N], y[DIV_M], xs[2][DIV_N], ys[2][DIV_M];
    uint64_t rng = c->seed;
    double worst = 0;

    for (size_t ki = 0; ki < sizeof ks / sizeof *ks; ki++)
        for (int fb = 8; fb <= 16; fb += ks[ki] == 32 ? 1 : 4) {
            const unsigned bits = ks[ki] - 2;
            static struct div_arg p;
            struct tri_three t;
            char what[80];

            snprintf(what, sizeof what, "division k=%u fb=%d", ks[ki], fb);
            tri_three_default(&t);
            t.config.k = ks[ki];
            t.seed = tri_test_rand(&rng);
            for (size_t i = 0; i < DIV_M; i++) {
                const uint64_t top = (uint64_t)1 << bits;

                y[i] = tri_test_rand(&rng) % top >> tri_test_rand(&rng) % bits;
                if (i < 4) /* 1, the largest, a power of two, below one */
                    y[i] = i == 0 ? 1 : i == 1 ? top - 1 : top / 2 - (i & 1);
                y[i] += y[i] == 0;
                for (size_t j = 0; j < DIV_COLS; j++)
                    x[i * DIV_COLS + j] =
                        j == 0   ? 0
                        : j == 1 ? y[i]
                        : j == 2 ? y[i] - 1
                        : j == 3 ? y[i] > 1
                                 : tri_test_rand(&rng) % (y[i] + 1);
            }
            tri_three_share(xs[0], xs[1], x, DIV_N, &rng);
            tri_three_share(ys[0], ys[1], y, DIV_M, &rng);
            p = (struct div_arg){ .fb = fb,
                                  .x = { xs[0], xs[1] },
                                  .y = { ys[0], ys[1] } };
            tri_three_run(&t, div_party, &p);
            if (!same_cost(c, what, &t, div_party, &p))
                return;
            CHECK(c, t.rounds == 9 + (ks[ki] > 32), "%s: %llu rounds", what,
                  (unsigned long long)t.rounds);
            for (size_t i = 0; i < DIV_N; i++) {
                const double got = (double)(int64_t)(p.z[0][i] + p.z[1][i]);
                const double want =
                    ldexp((double)x[i] / (double)y[i / DIV_COLS], fb);

                if (fb == 16 && fabs(got - want) > worst)
                    worst = fabs(got - want);
                CHECK(c, fabs(got - want) <= 1.1 + ldexp(0.5, fb - 16),
                      "%s: %llu / %llu = %g, not %g", what,
                      (unsigned long long)x[i],
                      (unsigned long long)y[i / DIV_COLS], got, want);
                CHECK(c, x[i] != 0 || got == 0, "%s: 0 / %llu = %g", what,
                      (unsigned long long)y[i / DIV_COLS], got);
            }
        }
    CHECK(c, worst > 0.5, "division is exact: the bound is not tested");
}

/* ---- rows -------------------------------------------------------------- */

enum { ROWS_MOST = 24 * (TRI_ROW_MOST + 1) };

struct rows_arg {
    struct tri_fused_rows rows;
    int fb;               /* of the quotients; 0: products              */
    const uint64_t *x[2]; /* [y | x], or x at scale 20 + shift          */
    uint64_t z[2][ROWS_MOST], t[2][ROWS_MOST];
    int rc[TRI_PARTIES];
};

static void rows_party(struct tri_engine *e, void *arg)
{
    struct rows_arg *const p = arg;
    const unsigned id = e->s->id;
    const int live = id < 2 && !e->s->dry;
    const struct tri_fused_rows r = p->rows;
    const struct tri_shape shape =
        tri_shape2((uint32_t)r.m, (uint32_t)r.cols + (p->fb == 0));
    struct tri_ten x = { shape, .n = r.m * shape.d[1] }, z = x;

    x.fb = 20 + (int)r.shift;
    z.fb = p->fb;
    x.v[0] = live ? (void *)(uintptr_t)p->x[id] : NULL;
    z.v[0] = live ? p->z[id] : NULL;
    p->rc[id] = p->fb != 0 ? e->ops->normalise(e, &z, &x)
                           : tri_fused_rows(e, &r, z.v[0],
                                            live ? p->t[id] : NULL, x.v[0]);
}

static uint64_t joined(const uint64_t v[2][ROWS_MOST], size_t i)
{
    return v[0][i] + v[1][i];
}

/* Products of rows, each with its own y, of every width. */
static void check_rows(struct tri_check *c)
{
    static uint64_t x[ROWS_MOST], xs[2][ROWS_MOST];
    static struct rows_arg p;
    uint64_t rng = c->seed;

    for (unsigned shift = 1; shift <= 32; shift++)
        for (size_t cols = 0; cols <= 10; cols += 5) {
            const size_t m = 1 + shift % 24, n = m + m * cols;
            struct tri_three t;
            char what[80];

            snprintf(what, sizeof what, "rows: %zu of %zu, shift %u", m, cols,
                     shift);
            tri_three_default(&t);
            t.seed = tri_test_rand(&rng);
            for (size_t i = 0; i < n; i++)
                x[i] = input(i, 64, shift, &rng);
            tri_three_share(xs[0], xs[1], x, n, &rng);
            p = (struct rows_arg){ .rows = { m, cols, shift },
                                   .x = { xs[0], xs[1] } };
            tri_three_run(&t, rows_party, &p);
            if (!same_cost(c, what, &t, rows_party, &p))
                return;
            CHECK(c,
                  t.rounds == 1 &&
                      tri_three_payload(&t) == 40 * m + 44 * m * cols,
                  "%s: %llu rounds, %llu bytes", what,
                  (unsigned long long)t.rounds,
                  (unsigned long long)tri_three_payload(&t));
            for (size_t i = 0; i < n; i++) {
                const uint64_t got = joined(p.t, i);
                const uint64_t y = joined(p.t, i < m ? i : (i - m) / cols);

                CHECK(c, truncated(got, x[i], shift), "%s: %lld gives %lld",
                      what, (long long)x[i], (long long)got);
                CHECK(c, joined(p.z, i) == got * y, "%s: product %zu", what, i);
            }
        }
}

/* Sums from 1, one number alone, to the length of the row, all of them 1. */
static void check_normalise(struct tri_check *c)
{
    static const struct {
        size_t n;
        unsigned rounds;
    } rows[] = { { 1, 4 },  { 2, 4 },  { 3, 4 },  { 4, 5 }, { 10, 5 },
                 { 11, 6 }, { 31, 6 }, { 32, 7 }, { 64, 7 } };
    enum { M = 24 };
    static uint64_t x[ROWS_MOST], xs[2][ROWS_MOST];
    static struct rows_arg p;
    uint64_t rng = c->seed;
    double worst = 0;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned run = 0; run < 40; run++) {
            const size_t n = rows[i].n;
            const unsigned shift = run % 32 + 1;
            const int fb = run % 2 ? 16 : 8 + (int)(run % 9);
            struct tri_three t;
            char what[80];

            snprintf(what, sizeof what, "rows of %zu at scale %u to %d", n,
                     20 + shift, fb);
            tri_three_default(&t);
            t.config.k = run % 4 ? 32 : 4 + run; /* it compares nothing */
            t.seed = tri_test_rand(&rng);
            for (size_t k = 0; k < M * n; k++) {
                const uint64_t one = (uint64_t)1 << (20 + shift);
                const size_t r = k / n;

                x[k] = k % n == r % n ? one
                       : r < 2        ? one * r
                       : r < 4        ? tri_test_rand(&rng) % (r - 1)
                                      : tri_test_rand(&rng) % (one + 1) >>
                                     tri_test_rand(&rng) % (20 + shift);
            }
            tri_three_share(xs[0], xs[1], x, M * n, &rng);
            p = (struct rows_arg){ .rows = { M, n, shift },
                                   .fb = fb,
                                   .x = { xs[0], xs[1] } };
            tri_three_run(&t, rows_party, &p);
            if (!same_cost(c, what, &t, rows_party, &p))
                return;
            CHECK(c, t.rounds == rows[i].rounds, "%s: %llu rounds", what,
                  (unsigned long long)t.rounds);
            CHECK(c,
                  tri_three_payload(&t) ==
                      80 * M + (t.rounds / 2) * M * (84 + 44 * n) +
                          ((t.rounds - 3) / 2) * 64 * M +
                          (fb == 16 ? 4U : 8U) * M * n + 2 * ((M * n + 7) / 8),
                  "%s: %llu bytes", what,
                  (unsigned long long)tri_three_payload(&t));
            for (size_t k = 0; k < M * n; k++) {
                const double got = (double)(int64_t)joined(p.z, k);
                double sum = 0, want;

                for (size_t j = k - k % n; j < k - k % n + n; j++)
                    sum += (double)x[j];
                want = ldexp((double)x[k] / sum, fb);
                if (fb == 16)
                    worst = fmax(worst, fabs(got - want));
                CHECK(c, fabs(got - want) < (fb == 16 ? 2 : 1.5),
                      "%s: %g / %g = %g, not %g", what, (double)x[k], sum, got,
                      want);
            }
        }
    CHECK(c, worst > 1, "the bound is not tested");
}

/* ---- powers, and exponentials ------------------------------------------- */

enum { POWERS = 3000 };

struct power_arg {
    int fb;              /* of the exponentials; 0: powers */
    unsigned shift, top; /* of these                       */
    uint64_t x[2][POWERS], z[2][TRI_FUSED_TOP][POWERS];
};

static void power_party(struct tri_engine *e, void *arg)
{
    struct power_arg *const p = arg;
    const unsigned id = e->s->id;
    const int live = id < 2 && !e->s->dry;
    struct tri_ten x = { tri_shape1(POWERS), .n = POWERS, .fb = p->fb }, z = x;
    tri_ring *power[TRI_FUSED_TOP] = { NULL };

    for (unsigned k = 0; live && k < p->top; k++)
        power[k] = p->z[id][k];
    x.v[0] = live ? p->x[id] : NULL;
    z.v[0] = live ? p->z[id][0] : NULL;
    if (p->fb == 0)
        (void)tri_fused_powers(e, power, x.v[0], POWERS, p->shift, p->top);
    else if (e->ops->exp(e, &z, &x) == TRI_OK && z.fb != 51)
        (void)tri_session_fail(e->s, TRI_E_ARG, "scale", TRI_NOBODY);
}

static int run_powers(struct tri_check *c, const char *what,
                      struct power_arg *p, const uint64_t *x, unsigned bytes,
                      unsigned rounds, uint64_t *rng)
{
    struct tri_three t;

    tri_three_default(&t);
    t.seed = tri_test_rand(rng);
    tri_three_share(p->x[0], p->x[1], x, POWERS, rng);
    tri_three_run(&t, power_party, p);
    if (!same_cost(c, what, &t, power_party, p))
        return 0;
    if (t.rounds != rounds || tri_three_payload(&t) != bytes * POWERS)
        return tri_check_fail(c, "%s: %llu rounds, %llu bytes", what,
                              (unsigned long long)t.rounds,
                              (unsigned long long)tri_three_payload(&t));
    return 1;
}

static void check_powers(struct tri_check *c)
{
    static uint64_t x[POWERS];
    static struct power_arg p;
    uint64_t rng = c->seed;

    for (p.shift = 1; p.shift <= 62; p.shift++) {
        size_t up = 0;

        p.top = TRI_FUSED_TOP - p.shift % 2;
        for (size_t i = 0; i < POWERS; i++)
            x[i] = input(i, 64, p.shift, &rng);
        if (!run_powers(c, "powers", &p, x, 16 * (p.top + 1), 1, &rng))
            return;
        for (size_t i = 0; i < POWERS; i++) {
            const uint64_t got = p.z[0][0][i] + p.z[1][0][i];
            uint64_t power = got;

            CHECK(c, truncated(got, x[i], p.shift), "shift %u: %lld", p.shift,
                  (long long)x[i]);
            for (unsigned k = 1; k < p.top; k++) {
                power *= got;
                CHECK(c, p.z[0][k][i] + p.z[1][k][i] == power,
                      "shift %u: power %u of %lld", p.shift, k + 1,
                      (long long)x[i]);
            }
            up += got != (uint64_t)floor_shift(x[i], p.shift);
        }
        CHECK(c, p.shift > 60 || up > POWERS / 10, "shift %u: always down",
              p.shift);
    }
}

/* The whole range at every scale, also what is clamped; 0 gives 1. */
static void check_exp(struct tri_check *c)
{
    static uint64_t x[POWERS];
    static struct power_arg p;
    uint64_t rng = c->seed;
    double worst = 0;

    for (p.fb = 1; p.fb <= 17; p.fb++) {
        const double unit = ldexp(1, p.fb < 15 ? -30 : -15);

        for (size_t i = 0; i < POWERS; i++)
            x[i] = i == 0   ? 0
                   : i == 1 ? 0 - (uint64_t)1
                   : i == 2 ? 0 - (UINT64_C(1) << 31) + ((tri_ring)16 << p.fb)
                   : i % 2
                       ? 0 - (uint64_t)(ldexp(20.0 * (double)i, p.fb) / POWERS)
                       : 0 - tri_test_rand(&rng) % (UINT64_C(3) << p.fb);
        if (!run_powers(c, "exponentials", &p, x, 230, 6, &rng))
            return;
        for (size_t i = 0; i < POWERS; i++) {
            const double got =
                ldexp((double)(int64_t)(p.z[0][0][i] + p.z[1][0][i]), -51);
            const double want = exp(ldexp((double)(int64_t)x[i], -p.fb));
            const double off = fabs(got - want);

            CHECK(c, off < 8e-5 + unit && got >= 0,
                  "fb %d: exp(%lld) = %g, not %g", p.fb,
                  (long long)(int64_t)x[i], got, want);
            CHECK(c, x[i] != 0 || got == 1, "fb %d: exp(0) = %.12f", p.fb, got);
            worst = fmax(worst, off);
        }
    }
    CHECK(c, worst > 5e-5, "the bound is not tested: %g", worst);
}

const struct tri_check_entry tri_checks_fused[] = {
    { "fused: values", check_values },
    { "fused: cost", check_cost },
    { "fused: truncation before a ReLU", check_before },
    { "fused: rounding", check_rounding },
    { "fused: views", check_views },
    { "fused: corrupt helper", check_helper },
    { "fused: threads", check_threads },
    { "fused: failures", check_failures },
    { "fused: division", check_division },
    { "fused: rows", check_rows },
    { "fused: rows by their sums", check_normalise },
    { "fused: powers", check_powers },
    { "fused: exponentials", check_exp },
};
const size_t tri_checks_fused_n =
    sizeof tri_checks_fused / sizeof *tri_checks_fused;
