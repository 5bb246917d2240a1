#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "proto/bilin.h"
#include "proto/rep3/adder.h"
#include "proto/rep3/rep3.h"
#include "tests/checks.h"
#include "tests/support/three.h"

static void *memory(size_t n, size_t each)
{
    void *p = calloc(n + 1, each);

    if (p == NULL)
        abort();
    return p;
}

static void rep3_default(struct tri_three *t)
{
    tri_three_default(t);
    t->engine = &tri_engine_rep3;
}

/* ---- vectors as all parties hold them -------------------------------------
 */

/* Party i holds v[i][0], component i, and v[i][1], component i+1. */
struct vec {
    size_t n;
    uint64_t *v[TRI_PARTIES][2];
};

static void vec_init(struct vec *x, size_t n)
{
    uint64_t *w = memory(6 * n, sizeof *w);

    x->n = n;
    for (unsigned i = 0; i < 6; i++)
        x->v[i / 2][i % 2] = w + i * n;
}

static void vec_free(struct vec *x)
{
    free(x->v[0][0]);
}

static void vec_share(struct vec *x, const uint64_t *w, uint64_t *rng)
{
    for (size_t i = 0; i < x->n; i++) {
        const uint64_t a = tri_test_rand(rng), b = tri_test_rand(rng);

        x->v[0][0][i] = x->v[2][1][i] = a;
        x->v[1][0][i] = x->v[0][1][i] = b;
        x->v[2][0][i] = x->v[1][1][i] = w[i] - a - b;
    }
}

static uint64_t vec_get(const struct vec *x, size_t i)
{
    return x->v[0][0][i] + x->v[1][0][i] + x->v[2][0][i];
}

/* What two parties hold of one component is the same. */
static int replicated(struct tri_check *c, const char *what,
                      const struct vec *x)
{
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        if (memcmp(x->v[p][1], x->v[(p + 1) % 3][0], 8 * x->n) != 0)
            return tri_check_fail(c, "%s: P%u and P%u differ in a component",
                                  what, p, (p + 1) % 3);
    return 1;
}

/* A tensor on this party's part of x itself. */
static struct tri_ten ten_of(const struct tri_engine *e, const struct vec *x,
                             int fb)
{
    const unsigned id = e->s->id;
    struct tri_ten t = { .shape = tri_shape1((uint32_t)x->n),
                         .n = x->n,
                         .fb = fb };

    for (unsigned c = 0; !e->s->dry && c < 2; c++)
        t.v[c] = x->v[id][c];
    return t;
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

/* ---- the circuit ------------------------------------------------------------
 */

/* The top bit of x0 + x1 + x2, each bit of a word being one case of its own;
 * -1 if the plan reads a wire before its round is over. */
static int top_bits(const struct tri_adder *a, const uint64_t *const x[3],
                    uint64_t *top)
{
    uint64_t w[1024];
    unsigned ready[1024];
    int bad = 0;

    for (unsigned i = 0; i < a->k; i++) {
        w[i] = x[0][i] ^ x[1][i] ^ x[2][i];
        ready[i] = 0;
    }
    for (unsigned r = 1; r <= a->rounds; r++) {
        for (unsigned g = a->first[r]; g < a->first[r + 1]; g++) {
            const unsigned z = a->k + a->leaves + g;
            const struct tri_adder_gate q = a->gate[g];

            ready[z] = r;
            if (r == 1) {
                w[z] = (x[0][q.x] & x[1][q.x]) ^ (x[1][q.x] & x[2][q.x]) ^
                       (x[2][q.x] & x[0][q.x]);
                continue;
            }
            bad |= q.x >= z || q.y >= z || ready[q.x] >= r || ready[q.y] >= r;
            if (!bad)
                w[z] = w[q.x] & w[q.y];
        }
        for (unsigned i = 0; r == 1 && i < a->leaves; i++) {
            const unsigned at = a->k - 2 - i;

            w[a->k + i] = w[at] ^ w[a->k + a->leaves + at - 1];
            ready[a->k + i] = 1;
        }
        for (unsigned f = 0; f < a->folds; f++)
            if (a->fold[f].round == r) {
                bad |= ready[a->fold[f].x] > r || ready[a->fold[f].z] != r;
                w[a->fold[f].z] ^= w[a->fold[f].x];
            }
    }
    *top = w[a->sum] ^ w[a->carry] ^ w[a->out];
    return bad ? -1 : 0;
}

/* As deep as it may be where a round is worth less and less. */
static void check_adder_of(struct tri_check *c, unsigned worth)
{
    uint64_t rng = c->seed;

    for (unsigned k = 4; k <= 64; k++) {
        const uint64_t mask = k == 64 ? ~(uint64_t)0 : ((uint64_t)1 << k) - 1;
        /* all numbers of up to 6 bits, else random ones with long carries */
        const size_t cases = k <= 6 ? (size_t)1 << 3 * k : 64 * 400;
        struct tri_adder a, least;
        unsigned rounds = 2, gates, saved;

        tri_adder_plan(&a, k, worth);
        tri_adder_plan(&least, k, UINT32_MAX / 2);
        while ((1u << (rounds - 1)) - 1 < k - 2)
            rounds++;
        gates = a.first[a.rounds + 1];
        saved = least.first[rounds + 1] - gates;
        CHECK(c, least.rounds == rounds && a.rounds - rounds <= 1,
              "k=%u: %u rounds, not %u", k, a.rounds, rounds);
        CHECK(c, saved >= (a.rounds - rounds) * (worth + 1),
              "k=%u: %u gates in %u rounds", k, gates, a.rounds);
        /* a carry and a gate for each place, and some to save rounds */
        CHECK(c, 2 * k - 3 <= gates && 2 * gates < 7 * k, "k=%u: %u gates", k,
              gates);
        CHECK(c, a.wires == a.k + a.leaves + a.first[a.rounds + 1],
              "k=%u: %u wires", k, a.wires);
        for (size_t at = 0; at < cases; at += 64) {
            uint64_t plane[3][64] = { { 0 } }, want = 0, got;
            const uint64_t *const x[3] = { plane[0], plane[1], plane[2] };

            for (unsigned lane = 0; lane < 64; lane++) {
                uint64_t v[3], sum = 0;

                for (unsigned j = 0; j < 3; j++) {
                    v[j] = k <= 6 ? (at + lane) >> j * k : tri_test_rand(&rng);
                    if (k > 6 && at % 128 == 0 && j == 2)
                        v[j] = (tri_test_rand(&rng) & 1) - sum +
                               (tri_test_rand(&rng) % 3 << (k - 1)) - 1;
                    v[j] &= mask;
                    sum += v[j];
                    for (unsigned w = 0; w < k; w++)
                        plane[j][w] |= (v[j] >> w & 1) << lane;
                }
                want |= (sum >> (k - 1) & 1) << lane;
            }
            CHECK(c, top_bits(&a, x, &got) == 0, "k=%u: wires out of order", k);
            CHECK(c, got == want, "k=%u, case %zu: %llx, not %llx", k, at,
                  (unsigned long long)got, (unsigned long long)want);
        }
    }
}

static void check_adder(struct tri_check *c)
{
    static const unsigned want[][4] = { /* k, worth, gates, rounds */
                                        { 4, 9, 5, 3 },    { 16, 9, 45, 5 },
                                        { 32, 8, 100, 6 }, { 32, 7, 92, 7 },
                                        { 48, 9, 148, 7 }, { 64, 16, 211, 7 },
                                        { 64, 15, 195, 8 }
    };

    check_adder_of(c, 1000);
    check_adder_of(c, 3);
    check_adder_of(c, 0);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct tri_adder a;

        tri_adder_plan(&a, want[i][0], want[i][1]);
        CHECK(c, a.first[a.rounds + 1] == want[i][2] && a.rounds == want[i][3],
              "k=%u, worth %u: %u gates, %u rounds", want[i][0], want[i][1],
              a.first[a.rounds + 1], a.rounds);
    }
}

/* ---- one run of the protocols under test ------------------------------------
 */

enum { RELU = 1, SIGN = 2, SELECT = 4, TRUNC = 8 };

struct program {
    unsigned ops;
    size_t n;
    int shift;
    struct vec x, v, y; /* of relu and trunc; of sign; of select */
    struct vec relu, bit, sign, sel, trunc;
    int rc[TRI_PARTIES], again[TRI_PARTIES];
};

static struct vec *vec_of(struct program *p, unsigned i)
{
    struct vec *const all[] = { &p->x,   &p->v,    &p->y,   &p->relu,
                                &p->bit, &p->sign, &p->sel, &p->trunc };

    return all[i];
}

enum { VECS = 8, FIRST_OUT = 3 };

static void program_init(struct program *p, unsigned ops, size_t n, int shift)
{
    memset(p, 0, sizeof *p);
    p->ops = ops;
    p->n = n;
    p->shift = shift;
    for (unsigned i = 0; i < VECS; i++)
        vec_init(vec_of(p, i), n);
}

static void program_free(struct program *p)
{
    for (unsigned i = 0; i < VECS; i++)
        vec_free(vec_of(p, i));
}

static void program_party(struct tri_engine *e, void *arg)
{
    struct program *p = arg;
    const unsigned id = e->s->id;
    const int dry = e->s->dry;
    struct tri_ten x = ten_of(e, &p->x, p->shift), v = ten_of(e, &p->v, 0);
    struct tri_ten y = ten_of(e, &p->y, 0), relu = ten_of(e, &p->relu, 0);
    struct tri_ten sel = ten_of(e, &p->sel, 0), tr = ten_of(e, &p->trunc, 0);
    struct tri_rep3_bits rb = { { p->bit.v[id][0], p->bit.v[id][1] } };
    struct tri_rep3_bits sb = { { p->sign.v[id][0], p->sign.v[id][1] } };
    struct tri_bits bit = { .n = p->n, .own = dry ? NULL : &rb };
    struct tri_bits sign = { .n = p->n, .own = dry ? NULL : &sb };
    int rc = TRI_OK;

    if (p->ops & RELU)
        rc = e->ops->relu(e, &relu, &bit, &x);
    if (rc == TRI_OK && (p->ops & SIGN))
        rc = e->ops->sign(e, &sign, &v);
    if (rc == TRI_OK && (p->ops & SELECT))
        rc = e->ops->select(e, &sel, &sign, &y);
    if (rc == TRI_OK && (p->ops & TRUNC))
        rc = e->ops->trunc(e, &tr, &x);
    if (dry)
        return;
    p->rc[id] = rc;
    if (rc != TRI_OK)
        p->again[id] = e->ops->select(e, &sel, &sign, &y);
}

/* ---- values
 * ------------------------------------------------------------------
 */

/* got = a / 2^shift, off by at most 1.5. */
static int truncated(uint64_t got, uint64_t a, unsigned shift)
{
    const int64_t down = (int64_t)a >> shift;
    const double low = (double)(a & (((uint64_t)1 << shift) - 1));
    const double d = (double)(int64_t)(got - (uint64_t)down);

    if (shift == 0)
        return got == a;
    return fabs(d - ldexp(low, -(int)shift)) <= 1.5;
}

/* A legal input: its rounded shift fits k bits, |a| <= 2^62 - 2^shift. */
static uint64_t input(size_t i, unsigned k, unsigned shift, uint64_t *rng)
{
    const unsigned width = k - 1 + shift < 62 ? k - 1 + shift : 62;
    const uint64_t unit = (uint64_t)1 << shift;
    const uint64_t room = k - 1 + shift > 62 ? unit : 2 * unit;
    const uint64_t bound = ((uint64_t)1 << width) - (shift == 0 ? 1 : room);
    const uint64_t r = tri_test_rand(rng), sign = 0 - (r >> 63);
    uint64_t a;

    switch (i % 8) {
    case 0: /* just inside the bounds */
        a = bound - i / 8 % 3;
        break;
    case 1: /* 0, 1, 2, 3 */
        a = i / 8 % 4;
        break;
    case 2: /* a power of two, and its neighbour */
        a = (uint64_t)1 << r % width;
        a -= i / 8 % 2;
        break;
    case 3: /* around one and two units of the result */
        a = unit * (1 + r / 3 % 2) - 1 + r % 3;
        break;
    default: /* every magnitude */
        a = tri_test_rand(rng) >> (64 - width) >> r % width;
    }
    if (a > bound)
        a = bound;
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

    rep3_default(&t);
    t.config.k = k;
    t.seed = tri_test_rand(rng);
    t.arena = (size_t)(n > 1000 ? 32 : 1) << 20;
    snprintf(what, sizeof what, "k=%u shift=%u n=%zu", k, shift, n);
    program_init(&p, RELU | SIGN | SELECT | TRUNC, n, (int)shift);
    for (size_t i = 0; i < n; i++) {
        x[i] = input(i, kk, shift, rng);
        v[i] = (uint64_t)((int64_t)x[i] >> shift);
        y[i] = tri_test_rand(rng);
    }
    vec_share(&p.x, x, rng);
    vec_share(&p.v, v, rng);
    vec_share(&p.y, y, rng);
    tri_three_run(&t, program_party, &p);
    if (same_cost(c, what, &t, program_party, &p)) {
        for (unsigned i = 0; i < VECS; i++)
            (void)replicated(c, what, vec_of(&p, i));
        for (size_t i = 0; i < n && c->msg[0] == '\0'; i++) {
            const uint64_t relu = vec_get(&p.relu, i);
            const uint64_t bit = vec_get(&p.bit, i);
            const uint64_t sign = vec_get(&p.sign, i);
            const uint64_t tr = vec_get(&p.trunc, i);
            const long long a = (long long)x[i];
            const int near = fabs((double)a) <= ldexp(1.5, (int)shift);

            if (bit > 1 ||
                (bit == 1 &&
                 (!truncated(relu, x[i], shift) || relu >> 63 != 0)) ||
                (bit == 0 && relu != 0) ||
                (bit != (x[i] >> 63 ^ 1) && !(shift > 0 && near)))
                tri_check_fail(c, "%s: relu(%lld) = %lld, bit %lld", what, a,
                               (long long)relu, (long long)bit);
            if (sign != (v[i] >> 63 ^ 1))
                tri_check_fail(c, "%s: sign(%lld) = %lld", what,
                               (long long)v[i], (long long)sign);
            if (vec_get(&p.sel, i) != (sign ? y[i] : 0))
                tri_check_fail(c, "%s: select at %zu", what, i);
            if (!truncated(tr, x[i], shift))
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
    static const size_t sizes[] = { 0, 1, 63, 64, 65, 1000, 8192, 40000 };
    uint64_t rng = c->seed;

    for (unsigned k = 4; k <= 64; k++)
        for (unsigned shift = 0; shift <= 32; shift += k % 8 == 0 ? 1 : 8)
            if (!check_one(c, k, shift, 100, &rng))
                return;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (unsigned shift = 0; shift <= 20; shift += 10)
            if (!check_one(c, 32, shift, sizes[i], &rng))
                return;
}

/* Components at random: every case of wraps, many times over. */
static void check_exact(struct tri_check *c)
{
    enum { N = 500000, RUNS = 20 };
    static const int shifts[] = { 16, 13, 1, 8, 17, 30, 40, 62 };
    uint64_t *x = memory(N, sizeof *x), rng = c->seed;
    double sum = 0;

    for (unsigned run = 0; run < RUNS && c->msg[0] == '\0'; run++) {
        const int shift = run < 8 ? shifts[run] : 16;
        const uint64_t bound = ((uint64_t)1 << 62) - ((uint64_t)1 << shift);
        struct program p;
        struct tri_three t;

        rep3_default(&t);
        t.seed = rng;
        t.arena = (size_t)128 << 20;
        program_init(&p, TRUNC, N, shift);
        for (size_t i = 0; i < N; i++) {
            const uint64_t r = tri_test_rand(&rng), s = 0 - (r >> 63);

            x[i] = i % 4 == 0 ? bound : (r >> 2) >> (i % 4 == 1 ? 0 : r % 62);
            if (x[i] > bound)
                x[i] = bound;
            x[i] = (x[i] ^ s) - s;
        }
        vec_share(&p.x, x, &rng);
        tri_three_run(&t, program_party, &p);
        if (p.rc[0] != TRI_OK)
            tri_check_fail(c, "truncation: %s", tri_strerror(p.rc[0]));
        (void)replicated(c, "truncation", &p.trunc);
        for (size_t i = 0; i < N && c->msg[0] == '\0'; i++) {
            const uint64_t got = vec_get(&p.trunc, i);

            if (!truncated(got, x[i], (unsigned)shift))
                tri_check_fail(c, "trunc(%lld, %d) = %lld", (long long)x[i],
                               shift, (long long)got);
            if (shift == 16)
                sum +=
                    (double)(int64_t)(got - (uint64_t)((int64_t)x[i] >> 16)) -
                    (double)(x[i] & 0xffff) / 65536;
        }
        program_free(&p);
    }
    free(x);
    /* a value's error has a deviation of 0.5 */
    CHECK(c, fabs(sum) < 6 * 0.5 * sqrt(13.0 * N), "biased: %g over %d values",
          sum, 13 * N);
}

/* ---- bytes and rounds in closed form
 * ----------------------------------------- */

static void check_cost(struct tri_check *c)
{
    /* bits and elements of 64 values; rounds */
    static const struct {
        unsigned ops, k;
        int shift;
        unsigned per64, rounds;
        uint64_t rtt_ns;
    } want[] = {
        /* 100 gates of 3 bits, 24 bytes a conversion, 24 a product */
        { SIGN, 32, 0, 100 * 24 + 24 * 64, 8, 0 },
        { RELU, 32, 0, 100 * 24 + 48 * 64, 9, 0 },
        /* and 3 gates and 6 elements */
        { RELU, 32, 16, 103 * 24 + 60 * 64, 9, 0 },
        { RELU, 32, 13, 103 * 24 + 60 * 64, 9, 0 },
        { RELU, 32, 17, 103 * 24 + 72 * 64, 9, 0 },
        { TRUNC, 32, 16, 3 * 24 + 12 * 64, 4, 0 },
        { TRUNC, 32, 32, 3 * 24 + 24 * 64, 4, 0 },
        { TRUNC, 32, 62, 3 * 24 + 48 * 64, 4, 0 },
        { SIGN | SELECT, 32, 0, 100 * 24 + 48 * 64, 9, 0 },
        { SIGN, 4, 0, 5 * 24 + 24 * 64, 5, 0 },
        { SIGN, 64, 0, 211 * 24 + 24 * 64, 9, 0 },
        { RELU, 4, 16, 8 * 24 + 60 * 64, 6, 0 },
        /* a network so near that gates count, and a far one */
        { SIGN, 32, 0, 92 * 24 + 24 * 64, 9, 1 },
        { SIGN, 32, 0, 100 * 24 + 24 * 64, 8, 58000000 },
        /* 64 - 16 bits: 148 gates */
        { RELU, 64, 16, 151 * 24 + 60 * 64, 10, 0 },
    };

    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        for (size_t n = 64; n <= 40000; n = 9 * n + 64) {
            struct program p;
            struct tri_three t;
            char what[80];

            snprintf(what, sizeof what, "cost: operations %u k=%u shift=%d",
                     want[i].ops, want[i].k, want[i].shift);
            rep3_default(&t);
            t.config.k = want[i].k;
            t.config.rtt_ns = want[i].rtt_ns;
            program_init(&p, want[i].ops, n, want[i].shift);
            tri_three_run(&t, program_party, &p);
            (void)same_cost(c, what, &t, program_party, &p);
            program_free(&p);
            CHECK(c, tri_three_payload(&t) == (uint64_t)want[i].per64 * n / 64,
                  "%s: %llu bytes, formula %llu", what,
                  (unsigned long long)tri_three_payload(&t),
                  (unsigned long long)want[i].per64 * n / 64);
            CHECK(c, t.rounds == want[i].rounds, "%s: %llu rounds, not %u",
                  what, (unsigned long long)t.rounds, want[i].rounds);
        }
}

/* ---- products ---------------------------------------------------------------
 */

struct product {
    struct tri_bilin op;
    struct vec x, y, z;
    int rc[TRI_PARTIES];
};

static void product_party(struct tri_engine *e, void *arg)
{
    struct product *p = arg;
    struct tri_ten x = ten_of(e, &p->x, 1), y = ten_of(e, &p->y, 2);
    struct tri_ten z = ten_of(e, &p->z, 0);
    const int rc = e->ops->bilin(e, &p->op, &z, &x, &y);

    if (!e->s->dry)
        p->rc[e->s->id] = rc != TRI_OK ? rc : z.fb == 3 ? TRI_OK : TRI_E_ARG;
}

static void one_product(struct tri_check *c, const struct tri_bilin *op,
                        uint64_t *rng)
{
    const size_t size = (size_t)64 << 20;
    struct product p = { .op = *op };
    struct tri_three t;
    struct tri_kernels k;
    struct tri_arena a;
    void *block = NULL;
    size_t nx, ny, nz;
    char what[64];

    tri_bilin_sizes(op, &nx, &ny, &nz);
    snprintf(what, sizeof what, "product kind %d (%zu, %zu -> %zu)",
             (int)op->kind, nx, ny, nz);
    rep3_default(&t);
    t.seed = tri_test_rand(rng);
    uint64_t *x = memory(nx, 8), *y = memory(ny, 8), *z = memory(nz, 8);
    vec_init(&p.x, nx);
    vec_init(&p.y, ny);
    vec_init(&p.z, nz);
    for (size_t i = 0; i < nx; i++)
        x[i] = tri_test_rand(rng);
    for (size_t i = 0; i < ny; i++)
        y[i] = tri_test_rand(rng);
    vec_share(&p.x, x, rng);
    vec_share(&p.y, y, rng);
    if (posix_memalign(&block, TRI_ALIGN, size) != 0)
        abort();
    tri_arena_init(&a, block, size);
    tri_kernels_init(&k, tri_cpu_detect());
    (void)tri_bilin_ring(&(const struct tri_cx){ &k, NULL, &a }, op, z, x, y);
    tri_three_run(&t, product_party, &p);
    if (same_cost(c, what, &t, product_party, &p) &&
        replicated(c, what, &p.z)) {
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            if (p.rc[i] != TRI_OK)
                tri_check_fail(c, "%s: P%u: %d", what, i, p.rc[i]);
        if (tri_three_payload(&t) != 24 * nz || t.rounds != (nz > 0))
            tri_check_fail(c, "%s: %llu bytes, %llu rounds", what,
                           (unsigned long long)tri_three_payload(&t),
                           (unsigned long long)t.rounds);
        for (size_t i = 0; i < nz && c->msg[0] == '\0'; i++)
            if (vec_get(&p.z, i) != z[i])
                tri_check_fail(c, "%s differs at %zu", what, i);
    }
    free(block);
    free(x);
    free(y);
    free(z);
    vec_free(&p.x);
    vec_free(&p.y);
    vec_free(&p.z);
}

static void check_products(struct tri_check *c)
{
    static const uint32_t conv[][9] = {
        { 3, 8, 9, 2, 3, 3, 5, 1, 1 },
        { 2, 7, 7, 3, 5, 5, 4, 2, 2 },
        { 40, 28, 28, 6, 5, 5, 16, 1, 0 }, /* more than one slice */
    };
    static const size_t mul[] = { 0, 1, 255, 20000 };
    static const size_t mat[][3] = {
        { 1, 1, 1 }, { 7, 10, 33 }, { 65, 3, 9 }, { 0, 3, 4 }, { 1200, 64, 900 }
    };
    uint64_t rng = c->seed;

    for (size_t i = 0; i < sizeof mul / sizeof *mul; i++)
        one_product(
            c, &(struct tri_bilin){ .kind = TRI_BILIN_MUL, .n = mul[i] }, &rng);
    for (size_t i = 0; i < sizeof mat / sizeof *mat; i++)
        for (int t = 0; t < 4 && c->msg[0] == '\0'; t++) {
            const struct tri_bilin op = { .kind = TRI_BILIN_MATMUL,
                                          .tx = t & 1,
                                          .ty = t >> 1,
                                          .m = mat[i][0],
                                          .n = mat[i][1],
                                          .k = mat[i][2] };
            one_product(c, &op, &rng);
        }
    for (size_t i = 0; i < sizeof conv / sizeof *conv; i++)
        for (int k = TRI_BILIN_CONV; k <= TRI_BILIN_CONV_DW; k++) {
            const uint32_t *g = conv[i];
            struct tri_bilin op = { .kind = (enum tri_bilin_kind)k,
                                    .conv = { .b = g[0],
                                              .h = g[1],
                                              .w = g[2],
                                              .c = g[3],
                                              .kh = g[4],
                                              .kw = g[5],
                                              .o = g[6],
                                              .stride = g[7],
                                              .pad = g[8] } };
            CHECK(c, tri_conv_init(&op.conv) == TRI_OK, "convolution %zu", i);
            one_product(c, &op, &rng);
            if (c->msg[0] != '\0')
                return;
        }
}

/* ---- doors ------------------------------------------------------------------
 */

enum { DOOR_N = 100 };

struct doors {
    unsigned audience;
    struct vec x, held, out;
    int rc[TRI_PARTIES];
    double seen[TRI_PARTIES][DOOR_N];
    uint8_t name[TRI_PARTIES][16];
    unsigned liar; /* a party that holds another value of its component 0 */
};

static void doors_party(struct tri_engine *e, void *arg)
{
    struct doors *d = arg;
    const unsigned id = e->s->id;
    const tri_ring *in[2] = { NULL };
    tri_ring *part[2] = { NULL };
    double seen[DOOR_N];
    struct tri_ten x;
    int rc = tri_ten_alloc(e, &x, tri_shape1(DOOR_N), 16, 0);

    for (unsigned c = 0; c < 2; c++) {
        in[c] = d->x.v[id][c];
        part[c] = d->out.v[id][c];
    }
    if (rc == TRI_OK)
        rc = tri_import(e, &x, 0, DOOR_N, in);
    if (rc == TRI_OK)
        rc = tri_export(e, &x, 0, DOOR_N, part);
    if (rc == TRI_OK)
        rc = e->ops->refresh(e, &x);
    for (unsigned c = 0; rc == TRI_OK && !e->s->dry && c < 2; c++)
        memcpy(d->held.v[id][c], x.v[c], 8 * DOOR_N);
    if (rc == TRI_OK && !e->s->dry && d->liar == id)
        ((tri_ring *)x.v[0])[DOOR_N - 1]++;
    if (rc == TRI_OK)
        rc = tri_open(e, e->s->dry ? seen : d->seen[id], &x, d->audience);
    if (rc == TRI_OK && d->liar > 2) {
        uint8_t name[16];

        tri_engine_name(e, e->s->dry ? name : d->name[id], 16);
    }
    if (!e->s->dry)
        d->rc[id] = rc;
}

static void check_doors(struct tri_check *c)
{
    static struct doors d;
    uint64_t rng = c->seed, w[DOOR_N];

    vec_init(&d.x, DOOR_N);
    vec_init(&d.held, DOOR_N);
    vec_init(&d.out, DOOR_N);
    for (unsigned turn = 0; turn < 11 && c->msg[0] == '\0'; turn++) {
        const unsigned set = turn < 8 ? turn : TRI_OPEN_ALL;
        unsigned listeners = 0;
        struct tri_three t;
        char what[40];

        snprintf(what, sizeof what, "doors, turn %u", turn);
        for (size_t i = 0; i < DOOR_N; i++)
            w[i] = (tri_test_rand(&rng) >> 30) - ((uint64_t)1 << 33);
        vec_share(&d.x, w, &rng);
        d.audience = set;
        d.liar = turn < 8 ? 3 : turn - 8;
        rep3_default(&t);
        t.seed = tri_test_rand(&rng);
        tri_three_run(&t, doors_party, &d);
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            listeners += set >> i & 1;
        if (turn >= 8) {
            /* P_liar tells its lie to the next party, and the one before it
             * has a digest of the right value. */
            const unsigned victim = (d.liar + 1) % 3;

            if (d.rc[victim] == TRI_OK || t.dead[victim] != TRI_E_CHEAT ||
                strstr(t.where[victim], "sent different values") == NULL)
                tri_check_fail(c, "%s: P%u believes P%u", what, victim, d.liar);
            continue;
        }
        if (!same_cost(c, what, &t, doors_party, &d) ||
            !replicated(c, what, &d.held) || !replicated(c, what, &d.out))
            break;
        if (tri_three_payload(&t) !=
            2 * 24 * DOOR_N + listeners * (8 * DOOR_N + 32) + 16 + 192)
            tri_check_fail(c, "%s: %llu bytes", what,
                           (unsigned long long)tri_three_payload(&t));
        for (unsigned p = 0; p < TRI_PARTIES; p++)
            for (size_t i = 0; i < DOOR_N; i++) {
                if (d.seen[p][i] !=
                    (set >> p & 1 ? tri_fixed_decode(w[i], 16) : 0))
                    tri_check_fail(c, "%s: P%u sees %g", what, p, d.seen[p][i]);
                if (vec_get(&d.out, i) != w[i] || vec_get(&d.held, i) != w[i])
                    tri_check_fail(c, "%s: fresh shares at %zu", what, i);
                if (d.out.v[p][0][i] == d.x.v[p][0][i] ||
                    d.held.v[p][0][i] == d.x.v[p][0][i] ||
                    d.held.v[p][0][i] == d.out.v[p][0][i])
                    tri_check_fail(c, "%s: P%u's share is not fresh", what, p);
            }
        if (memcmp(d.name[0], d.name[1], 16) != 0 ||
            memcmp(d.name[0], d.name[2], 16) != 0 ||
            d.name[0][0] + d.name[0][1] + d.name[0][2] + d.name[0][3] == 0)
            tri_check_fail(c, "%s: names", what);
    }
    vec_free(&d.x);
    vec_free(&d.held);
    vec_free(&d.out);
}

/* ---- maximum, division ------------------------------------------------------
 */

/* Maximum of rows of x with its gradient of dz; or z = x / y. */
struct rows {
    size_t n, m;
    int fb; /* of x */
    struct vec x, y, z, dx;
    int divides, rc[TRI_PARTIES];
};

static void rows_party(struct tri_engine *e, void *arg)
{
    struct rows *r = arg;
    struct tri_ten x = ten_of(e, &r->x, r->fb), y = ten_of(e, &r->y, 0);
    struct tri_ten z = ten_of(e, &r->z, 16), dx = ten_of(e, &r->dx, 0);
    struct tri_maxn st;
    int rc;

    if (r->divides) {
        rc = e->ops->div(e, &z, &x, &y);
    } else {
        rc = e->ops->maxn_alloc(e, &st, r->n, r->m);
        if (rc == TRI_OK)
            rc = e->ops->maxn(e, &z, &st, &x);
        if (rc == TRI_OK)
            rc = e->ops->maxn_grad(e, &dx, &st, &y);
    }
    r->rc[e->s->id] = rc;
}

static void rows_run(struct tri_check *c, const char *what, struct rows *r,
                     unsigned k, uint64_t *rng)
{
    struct tri_three t;

    rep3_default(&t);
    t.config.k = k;
    t.seed = tri_test_rand(rng);
    tri_three_run(&t, rows_party, r);
    (void)same_cost(c, what, &t, rows_party, r);
    (void)replicated(c, what, &r->z);
}

static void rows_init(struct rows *r, int divides, size_t nx, size_t ny,
                      size_t nz)
{
    *r = (struct rows){ .divides = divides };
    vec_init(&r->x, nx);
    vec_init(&r->y, ny);
    vec_init(&r->z, nz);
    vec_init(&r->dx, nx);
}

static void rows_free(struct rows *r)
{
    vec_free(&r->x);
    vec_free(&r->y);
    vec_free(&r->z);
    vec_free(&r->dx);
}

/* Few values, so that most maxima are ties, and the ends of the range: the
 * gradient goes to the first one, and to no other. */
static void check_max(struct tri_check *c)
{
    enum { M = 65 };
    uint64_t rng = c->seed;

    for (size_t n = 1; n <= 10 && c->msg[0] == '\0'; n++)
        for (unsigned k = 4; k <= 64; k += 20) {
            const int64_t end = (int64_t)1 << (k - 3 < 60 ? k - 3 : 60);
            int64_t x[10 * M];
            uint64_t g[M];
            struct rows r;

            rows_init(&r, 0, n * M, M, M);
            r.n = n;
            r.m = M;
            for (size_t i = 0; i < n * M; i++)
                x[i] = tri_test_rand(&rng) % 2
                           ? end * ((int64_t)(tri_test_rand(&rng) % 3) - 1)
                           : (int64_t)(tri_test_rand(&rng) % 3) - 1;
            for (size_t i = 0; i < M; i++)
                g[i] = tri_test_rand(&rng);
            vec_share(&r.x, (const uint64_t *)x, &rng);
            vec_share(&r.y, g, &rng);
            rows_run(c, "maximum", &r, k, &rng);
            for (size_t m = 0; m < M; m++) {
                size_t first = 0;

                for (size_t i = 1; i < n; i++)
                    if (x[i * M + m] > x[first * M + m])
                        first = i;
                if (vec_get(&r.z, m) != (uint64_t)x[first * M + m])
                    tri_check_fail(c, "maximum of %zu, k=%u", n, k);
                for (size_t i = 0; i < n; i++)
                    if (vec_get(&r.dx, i * M + m) != (i == first ? g[m] : 0))
                        tri_check_fail(c,
                                       "maximum of %zu: gradient at %zu, "
                                       "the first is %zu",
                                       n, i, first);
            }
            rows_free(&r);
        }
}

/* Numbers as wide as products, of which comparisons leave out the last bits:
 * equal ones, the gradient going to the first, ones that differ by less than
 * three units, and others. */
static void check_wide_max(struct tri_check *c)
{
    enum { M = 65, N = 5, F = 16 };
    const int64_t unit = (int64_t)1 << F;
    uint64_t rng = c->seed;

    for (unsigned k = 4; k <= 64 && c->msg[0] == '\0'; k += 20)
        for (unsigned turn = 0; turn < 6; turn++) {
            const unsigned width = k + F - 3 < 60 ? k + F - 3 : 60;
            int64_t x[N * M];
            uint64_t g[M];
            struct rows r;
            int chose_less = 0;

            rows_init(&r, 0, N * M, M, M);
            r.n = N;
            r.m = M;
            r.fb = 2 * F;
            for (size_t i = 0; i < N * M; i++) {
                const uint64_t w = tri_test_rand(&rng);
                const int64_t base = i < M || turn % 3 == 2
                                         ? (int64_t)w >> (64 - width)
                                         : x[i % M] / unit * unit;

                x[i] = turn % 3 == 1 && i >= M ? base + (int64_t)(w % (3 << F))
                       : i < M                 ? base / unit * unit
                                               : base;
            }
            for (size_t i = 0; i < M; i++)
                g[i] = tri_test_rand(&rng);
            vec_share(&r.x, (const uint64_t *)x, &rng);
            vec_share(&r.y, g, &rng);
            rows_run(c, "wide maximum", &r, k, &rng);
            for (size_t m = 0; m < M; m++) {
                const int64_t z = (int64_t)vec_get(&r.z, m);
                size_t most = 0, hit = N;

                for (size_t i = 1; i < N; i++)
                    if (x[i * M + m] > x[most * M + m])
                        most = i;
                for (size_t i = N; i-- > 0;)
                    if (vec_get(&r.dx, i * M + m) != 0)
                        hit = i;
                /* three levels, two units each */
                if (hit == N || z != x[hit * M + m] ||
                    x[most * M + m] - z > 6 * unit ||
                    (turn % 3 == 0 && hit != 0))
                    tri_check_fail(c, "wide maximum: k=%u, place %zu", k, m);
                for (size_t i = 0; i < N; i++)
                    if (vec_get(&r.dx, i * M + m) != (i == hit ? g[m] : 0))
                        tri_check_fail(c, "wide maximum: gradient at %zu", i);
                chose_less += hit != most;
            }
            CHECK(c, turn % 3 != 1 || chose_less > 0,
                  "the last bits are compared");
            rows_free(&r);
        }
}

/* All widths of comparison; divisors at both ends and about powers of two. */
static void check_division(struct tri_check *c)
{
    enum { COLS = 6 };
    uint64_t rng = c->seed;

    for (unsigned k = 4; k <= 64 && c->msg[0] == '\0'; k++) {
        const size_t m = 3 * (k - 2) + 1;
        uint64_t x[3 * 64 * COLS], y[3 * 64];
        struct rows r;

        rows_init(&r, 1, m * COLS, m, m * COLS);
        for (size_t i = 0; i < m; i++) {
            const uint64_t p = (uint64_t)1 << (i / 3);

            y[i] = i % 3 == 0 ? p : i % 3 == 1 ? p + p / 2 : 2 * p - 1;
            if (i == m - 1)
                y[i] = 1;
            x[i * COLS] = 0;
            x[i * COLS + 1] = y[i];
            x[i * COLS + 2] = y[i] - 1;
            x[i * COLS + 3] = 1;
            x[i * COLS + 4] = y[i] / 2;
            x[i * COLS + 5] = tri_test_rand(&rng) % (y[i] + 1);
        }
        vec_share(&r.x, x, &rng);
        vec_share(&r.y, y, &rng);
        rows_run(c, "division", &r, k, &rng);
        for (size_t i = 0; i < m * COLS; i++) {
            const double want = ldexp((double)x[i] / (double)y[i / COLS], 16);
            const double got = (double)(int64_t)vec_get(&r.z, i);

            if (!(fabs(got - want) <= 2.0))
                tri_check_fail(c, "k=%u: %llu / %llu = %g, not %g", k,
                               (unsigned long long)x[i],
                               (unsigned long long)y[i / COLS], got, want);
        }
        rows_free(&r);
    }
}

/* ---- views
 * -------------------------------------------------------------------
 */

/* A link that keeps what arrives. */
struct tap {
    struct tri_link l, *in;
    uint8_t *got;
    size_t n;
};

static int tap_send(struct tri_link *l, unsigned to, const void *buf,
                    size_t len)
{
    return tri_send(((struct tap *)l->self)->in, to, buf, len);
}

static int tap_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct tap *t = l->self;
    const int rc = tri_recv(t->in, from, buf, len);
    uint8_t *more = realloc(t->got, t->n + len);

    if (more == NULL)
        abort();
    t->got = more;
    if (rc == TRI_OK)
        memcpy(t->got + t->n, buf, len);
    t->n += rc == TRI_OK ? len : 0;
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

struct view {
    struct program p;
    struct tap tap[TRI_PARTIES];
};

static void view_party(struct tri_engine *e, void *arg)
{
    struct view *v = arg;
    struct tap *t = &v->tap[e->s->id];

    *t = (struct tap){ .in = e->s->link };
    t->l = (struct tri_link){
        .ops = &tap_ops, .self = t, .id = e->s->id, .blamed = TRI_NOBODY
    };
    e->s->link = &t->l;
    program_party(e, &v->p);
    e->s->link = t->in;
}

/* All components are the same constants for all values, so that whatever is
 * sent without a mask is not uniform: bytes at every place of every message of
 * N elements. */
static void check_views(struct tri_check *c)
{
    enum { N = 64 * 2048 };
    static const unsigned ops[] = { RELU, SIGN, TRUNC, SIGN | SELECT };

    for (size_t o = 0; o < sizeof ops / sizeof *ops; o++) {
        struct view v;
        struct tri_three t;

        program_init(&v.p, ops[o], N,
                     ops[o] == RELU || ops[o] == TRUNC ? 16 : 0);
        for (unsigned i = 0; i < FIRST_OUT; i++)
            for (unsigned p = 0; p < TRI_PARTIES; p++)
                for (size_t w = 0; w < 2 * N; w++)
                    vec_of(&v.p, i)->v[p][w / N][w % N] =
                        (p + w / N) % 3 == 0 ? 7 : 0;
        rep3_default(&t);
        t.seed = c->seed + o;
        t.arena = (size_t)200 << 20;
        tri_three_run(&t, view_party, &v);
        for (unsigned p = 0; p < TRI_PARTIES && c->msg[0] == '\0'; p++) {
            enum { WINDOW = 32768 };
            const struct tap *tap = &v.tap[p];

            if (v.p.rc[p] != TRI_OK || tap->n < N)
                tri_check_fail(c, "views: P%u: %d, %zu bytes", p, v.p.rc[p],
                               tap->n);
            for (size_t at = 0; at + WINDOW <= tap->n; at += WINDOW) {
                size_t count[256] = { 0 };
                double chi = 0;

                for (size_t i = 0; i < WINDOW; i++)
                    count[tap->got[at + i]]++;
                for (size_t i = 0; i < 256; i++) {
                    const double d = (double)count[i] - WINDOW / 256;

                    chi += d * d / (WINDOW / 256);
                }
                if (!(fabs(chi - 255) < 7 * sqrt(2 * 255.0))) {
                    tri_check_fail(c,
                                   "views: operations %u, P%u, bytes at %zu "
                                   "are not uniform (%g)",
                                   ops[o], p, at, chi);
                    break;
                }
            }
        }
        for (unsigned p = 0; p < TRI_PARTIES; p++)
            free(v.tap[p].got);
        program_free(&v.p);
    }
}

/* ---- threads, failures
 * -------------------------------------------------------
 */

struct crew {
    tri_task_fn *fn;
    void *arg;
    size_t left;
};

static void *hand_main(void *arg)
{
    struct crew *const crew = arg;

    for (;;) {
        const size_t t = __atomic_fetch_sub(&crew->left, 1, __ATOMIC_ACQ_REL);

        if (t == 0 || t > SIZE_MAX / 2)
            return NULL;
        crew->fn(crew->arg, t - 1, 0);
    }
}

/* Four threads; no task of these protocols uses its worker's number. */
static void crew_run(void *self, tri_task_fn *fn, void *arg, size_t n)
{
    struct crew crew = { fn, arg, n };
    pthread_t hand[4];

    (void)self;
    for (unsigned i = 0; i < 4; i++)
        if (pthread_create(&hand[i], NULL, hand_main, &crew) != 0)
            abort();
    for (unsigned i = 0; i < 4; i++)
        pthread_join(hand[i], NULL);
}

static void check_threads(struct tri_check *c)
{
    enum { N = 20000 };
    const struct tri_par par = { 4, NULL, crew_run };
    uint64_t *x = memory(N, sizeof *x), rng = c->seed;
    struct program p[2];
    struct tri_three t;

    rep3_default(&t);
    for (int second = 0; second < 2; second++) {
        rng = c->seed;
        program_init(&p[second], RELU | SIGN | SELECT | TRUNC, N, 13);
        for (size_t i = 0; i < N; i++)
            x[i] = input(i, 32, 13, &rng);
        vec_share(&p[second].x, x, &rng);
        vec_share(&p[second].v, x, &rng);
        vec_share(&p[second].y, x, &rng);
        t.par = second ? &par : NULL;
        tri_three_run(&t, program_party, &p[second]);
    }
    for (unsigned i = 0; i < VECS; i++)
        if (memcmp(vec_of(&p[0], i)->v[0][0], vec_of(&p[1], i)->v[0][0],
                   6 * 8 * N) != 0)
            tri_check_fail(c, "other shares with threads in vector %u", i);
    program_free(&p[0]);
    program_free(&p[1]);
    free(x);
}

static int all_zero(const uint64_t *v, size_t n)
{
    uint64_t any = 0;

    for (size_t i = 0; i < n; i++)
        any |= v[i];
    return any == 0;
}

static void check_failures(struct tri_check *c)
{
    /* operation, and which of the outputs it writes */
    static const unsigned ops[][3] = { { RELU, 3, 4 },
                                       { SIGN, 5, 5 },
                                       { TRUNC, 7, 7 } };
    uint64_t rng = c->seed;

    for (unsigned turn = 0; turn < 36; turn++) {
        const unsigned *op = ops[turn % 3];
        const size_t n = 1 + tri_test_rand(&rng) % 20000;
        struct program p;
        struct tri_three t;
        uint64_t total;

        program_init(&p, op[0], n, 16);
        for (unsigned i = FIRST_OUT; i < VECS; i++)
            memset(vec_of(&p, i)->v[0][0], 0xa5, 6 * 8 * n);
        rep3_default(&t);
        t.cut_from = turn / 3 % 3;
        t.cut_to = (t.cut_from + 2) % 3;
        total = tri_three_dry(&t, 0, program_party, &p, NULL)
                    .bytes[t.cut_from][t.cut_to];
        t.cut_after = tri_test_rand(&rng) % total;
        tri_three_run(&t, program_party, &p);
        if (p.rc[t.cut_to] == TRI_OK)
            tri_check_fail(c, "cut: P%u did not notice", t.cut_to);
        for (unsigned id = 0; id < TRI_PARTIES; id++) {
            if (p.rc[id] == TRI_OK)
                continue;
            if (p.again[id] != TRI_E_DEAD || t.dead[id] != p.rc[id])
                tri_check_fail(c, "cut: P%u lives on", id);
            for (unsigned o = op[1]; o <= op[2]; o++)
                for (unsigned k = 0; k < 2; k++)
                    if (!all_zero(vec_of(&p, o)->v[id][k], n))
                        tri_check_fail(c, "cut: P%u keeps results", id);
        }
        program_free(&p);
        if (c->msg[0] != '\0')
            return;
    }
}

const struct tri_check_entry tri_checks_rep3[] = {
    { "rep3: circuit", check_adder },
    { "rep3: values", check_values },
    { "rep3: truncation", check_exact },
    { "rep3: cost", check_cost },
    { "rep3: products", check_products },
    { "rep3: doors", check_doors },
    { "rep3: maximum", check_max },
    { "rep3: division", check_division },
    { "rep3: wide maximum", check_wide_max },
    { "rep3: views", check_views },
    { "rep3: threads", check_threads },
    { "rep3: failures", check_failures },
};
const size_t tri_checks_rep3_n =
    sizeof tri_checks_rep3 / sizeof *tri_checks_rep3;
