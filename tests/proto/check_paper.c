#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/le.h"
#include "core/mem.h"
#include "core/zp.h"
#include "proto/additive.h"
#include "proto/beaver.h"
#include "proto/open.h"
#include "proto/paper/compute_msb.h"
#include "proto/paper/division.h"
#include "proto/paper/dmaxpool.h"
#include "proto/paper/drelu.h"
#include "proto/paper/maxpool.h"
#include "proto/paper/odd.h"
#include "proto/paper/paper.h"
#include "proto/paper/private_compare.h"
#include "proto/paper/relu.h"
#include "proto/paper/select_share.h"
#include "proto/paper/share_convert.h"
#include "proto/paper/truncation.h"
#include "tests/checks.h"
#include "tests/support/three.h"

typedef unsigned long long ull;

static const uint64_t ODD = UINT64_MAX; /* L - 1 */
static const size_t sizes[] = { 0, 1, 63, 64, 65, 300 };
enum { NSIZES = sizeof sizes / sizeof *sizes };

static uint64_t rnd(uint64_t *rng)
{
    return tri_test_rand(rng);
}

/* ---- one protocol on three parties ----------------------------------------
 */

enum op {
    OP_COMPARE_GT,
    OP_COMPARE_GE,
    OP_CONVERT,
    OP_MSB,
    OP_DRELU,
    OP_RELU,
    OP_SELECT,
    OP_DIV,
    OP_MAX,
    OP_DMAX,
    OP_TRUNC
};

static const char *const op_name[] = { "PrivateCompare >",
                                       "PrivateCompare >=",
                                       "ShareConvert",
                                       "ComputeMSB",
                                       "DReLU",
                                       "ReLU",
                                       "SelectShare",
                                       "Division",
                                       "MaxPool",
                                       "DMaxPool",
                                       "Truncation" };

/* What one party does to start or end a run differently. */
typedef void hook_fn(struct tri_session *s);

struct run {
    enum op op;
    size_t n, m;   /* elements; MaxPool: [n x m] */
    unsigned bits; /* Division, Truncation */
    /* shares of up to three operands and two results, [2][at most room] */
    uint64_t *in[3][2], *out[2][2];
    size_t room;
    /* PrivateCompare */
    uint8_t *share[2], *beta, *answer;
    uint64_t *r;
    hook_fn *hook;
    int rc[3], again[3];
    uint64_t next[3][3]; /* streams drawn from each key */
};

static void *memory(size_t n)
{
    void *p = calloc(n + 1, 1);

    if (p == NULL)
        abort();
    return p;
}

static void run_alloc(struct run *p, size_t room)
{
    memset(p, 0, sizeof *p);
    p->room = room;
    for (unsigned j = 0; j < 2; j++) {
        for (unsigned i = 0; i < 3; i++)
            p->in[i][j] = memory(8 * room);
        for (unsigned i = 0; i < 2; i++)
            p->out[i][j] = memory(8 * room);
        p->share[j] = memory(64 * room);
    }
    p->beta = memory(room);
    p->answer = memory(room);
    p->r = memory(8 * room);
}

static void run_free(struct run *p)
{
    for (unsigned j = 0; j < 2; j++) {
        for (unsigned i = 0; i < 3; i++)
            free(p->in[i][j]);
        for (unsigned i = 0; i < 2; i++)
            free(p->out[i][j]);
        free(p->share[j]);
    }
    free(p->beta);
    free(p->answer);
    free(p->r);
}

static int call(struct tri_session *s, struct run *p)
{
    const unsigned j = s->id;
    const int has = j < 2 && !s->dry;
    uint64_t *a = has ? p->in[0][j] : NULL, *b = has ? p->in[1][j] : NULL,
             *c = has ? p->in[2][j] : NULL, *z = has ? p->out[0][j] : NULL,
             *y = has ? p->out[1][j] : NULL;
    int rc;

    switch (p->op) {
    case OP_COMPARE_GT:
    case OP_COMPARE_GE:
        rc = tri_paper_private_compare(s, j == 2 && !s->dry ? p->answer : NULL,
                                       has ? p->share[j] : NULL,
                                       has ? p->r : NULL, has ? p->beta : NULL,
                                       p->op == OP_COMPARE_GE, p->n);
        if (rc == TRI_OK && !s->dry)
            rc = tri_flush(s->link);
        return rc;
    case OP_CONVERT:
        return tri_paper_share_convert(s, z, a, p->n);
    case OP_MSB:
        return tri_paper_compute_msb(s, z, a, p->n);
    case OP_DRELU:
        return tri_paper_drelu(s, z, a, p->n);
    case OP_RELU:
        return tri_paper_relu(s, z, y, a, p->n);
    case OP_SELECT:
        return tri_paper_select_share(s, z, a, b, c, p->n);
    case OP_DIV:
        return tri_paper_division(s, z, a, b, p->n, p->bits);
    case OP_MAX:
        return tri_paper_maxpool(s, z, y, a, p->n, p->m);
    case OP_DMAX:
        return tri_paper_dmaxpool(s, z, a, p->n, p->m);
    case OP_TRUNC:
        tri_paper_truncation(s, z, a, p->n, p->bits);
        return TRI_OK;
    }
    return TRI_E_ARG;
}

static void party(struct tri_engine *e, void *arg)
{
    struct run *p = arg;
    struct tri_session *s = e->s;

    if (p->hook != NULL && !s->dry)
        p->hook(s);
    p->rc[s->id] = call(s, p);
    if (!s->dry && s->dead != TRI_OK)
        p->again[s->id] = call(s, p);
    for (unsigned j = 0; j < TRI_PARTIES && !s->dry; j++)
        p->next[s->id][j] = j == s->id ? 0 : s->prg[j].next;
}

static void setup(struct tri_three *t, struct tri_check *c, uint64_t salt)
{
    tri_three_default(t);
    t->engine = &tri_engine_paper;
    t->arena = (size_t)4 << 20;
    t->seed = c->seed + salt;
}

/* Run it and look at every party's fate. */
static int good(struct tri_check *c, struct tri_three *t, struct run *p)
{
    tri_three_run(t, party, p);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (p->rc[i] != TRI_OK || t->dead[i] != TRI_OK)
            return tri_check_fail(c, "%s n=%zu: P%u failed: %s (%s)",
                                  op_name[p->op], p->n, i,
                                  tri_strerror(p->rc[i]), t->error[i]);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < i; j++)
            if (p->next[i][j] != p->next[j][i])
                return tri_check_fail(c, "%s: P%u and P%u drew differently",
                                      op_name[p->op], j, i);
    return 1;
}

static void share(struct run *p, unsigned i, const uint64_t *x, size_t n,
                  uint64_t *rng)
{
    tri_three_share(p->in[i][0], p->in[i][1], x, n, rng);
}

static uint64_t odd_rnd(uint64_t *rng)
{
    return rnd(rng) % ODD;
}

static void odd_share(struct run *p, const uint64_t *x, size_t n, uint64_t *rng)
{
    for (size_t i = 0; i < n; i++) {
        p->in[0][0][i] = odd_rnd(rng);
        p->in[0][1][i] = tri_odd_sub(x[i], p->in[0][0][i]);
    }
}

static uint64_t opened(const struct run *p, unsigned i, size_t at)
{
    return p->out[i][0][at] + p->out[i][1][at];
}

static const uint64_t edges[] = { 0,
                                  1,
                                  2,
                                  UINT64_MAX,
                                  UINT64_MAX - 1,
                                  UINT64_MAX - 2,
                                  (uint64_t)1 << 63,
                                  ((uint64_t)1 << 63) - 1,
                                  ((uint64_t)1 << 63) + 1,
                                  (uint64_t)1 << 62,
                                  ((uint64_t)1 << 62) - 1,
                                  0 - ((uint64_t)1 << 62),
                                  0 - ((uint64_t)1 << 62) - 1,
                                  0xffffffff,
                                  0xffffffff00000000,
                                  0x5555555555555555 };
enum { NEDGES = sizeof edges / sizeof *edges };

/* A value with |v| < 2^62: 0, +-1, +-2^j, the bounds, random of any size. */
static uint64_t small(uint64_t *rng)
{
    const uint64_t r = rnd(rng);
    const unsigned j = (unsigned)(r >> 8) % 62;
    uint64_t v;

    switch (r & 7) {
    case 0:
        v = (r >> 16) % 2;
        break;
    case 1:
        v = (uint64_t)1 << j;
        break;
    case 2:
        v = ((uint64_t)1 << 62) - 1 - (r >> 16) % 2;
        break;
    case 3:
        v = ((uint64_t)1 << j) - 1;
        break;
    default:
        v = rnd(rng) >> (2 + j);
    }
    return r >> 63 ? 0 - v : v;
}

/* ---- the odd ring
 * ------------------------------------------------------------ */

static void check_odd(struct tri_check *c)
{
    uint64_t rng = c->seed;

    for (unsigned i = 0; i < 20000; i++) {
        const uint64_t x = i < 256 ? edges[i % NEDGES] : rnd(&rng);
        const uint64_t y = i < 256 ? edges[i / NEDGES] : rnd(&rng);
        const uint64_t a = x % ODD, b = y % ODD;
        const uint64_t sum = a >= ODD - b ? a - (ODD - b) : a + b;

        CHECK(c, tri_wrap(x, y) == (uint64_t)(x + y < x), "wrap %llx %llx",
              (ull)x, (ull)y);
        CHECK(c, tri_is_ones(x) == (x == ODD), "ones %llx", (ull)x);
        CHECK(c, tri_odd(x) == a, "odd %llx", (ull)x);
        CHECK(c, tri_odd_add(a, b) == sum, "add %llx %llx", (ull)a, (ull)b);
        CHECK(c, tri_odd_neg(a) == (ODD - a) % ODD, "neg %llx", (ull)a);
        CHECK(c, tri_odd_add(tri_odd_sub(a, b), b) == a, "sub %llx %llx",
              (ull)a, (ull)b);
    }
}

/* ---- a generator that can be steered
 * ------------------------------------------ */

/* Replaces some words of chosen streams of one key by a constant, so that
 * masks take the values that never come up by chance. */
static struct {
    const struct tri_kernels *real;
    struct {
        unsigned with; /* the key of P0 or P1 with this party */
        uint64_t id, word;
        int first_only; /* only the chunk's words 1 and 3 */
    } rule[6];
    unsigned rules;
} steer;

static void steered(unsigned pair, uint8_t *out, const uint32_t key[8],
                    const uint32_t nonce[3], uint32_t counter, size_t nblocks)
{
    const uint64_t id = nonce[0] | (uint64_t)nonce[1] << 32;

    steer.real->chacha20(out, key, nonce, counter, nblocks);
    for (unsigned i = 0; i < steer.rules; i++) {
        /* a sampler that rejects the word must not reject for ever */
        if (steer.rule[i].with != pair || steer.rule[i].id != id ||
            counter >= 64)
            continue;
        for (size_t w = 0; w < 8 * nblocks; w++)
            if (!steer.rule[i].first_only ||
                (counter == 0 && (w == 1 || w == 3)))
                tri_le_store64(out + 8 * w, steer.rule[i].word);
    }
}

/* Pairs: 1 is k01, 2 is k02, 3 is k12. */
static TRI_DECL_CHACHA20(steered_k01)
{
    steered(1, out, key, nonce, counter, nblocks);
}
static TRI_DECL_CHACHA20(steered_k02)
{
    steered(2, out, key, nonce, counter, nblocks);
}
static TRI_DECL_CHACHA20(steered_k12)
{
    steered(3, out, key, nonce, counter, nblocks);
}

static struct tri_kernels steer_real, steer_table[4];

static void steer_begin(void)
{
    static const tri_chacha20_fn fn[] = { NULL, steered_k01, steered_k02,
                                          steered_k12 };

    tri_kernels_init(&steer_real, tri_cpu_detect());
    steer.real = &steer_real;
    steer.rules = 0;
    for (unsigned i = 1; i < 4; i++) {
        steer_table[i] = steer_real;
        steer_table[i].chacha20 = fn[i];
    }
}

static void steer_to(unsigned pair, uint64_t id, uint64_t word)
{
    steer.rule[steer.rules].with = pair;
    steer.rule[steer.rules].id = id;
    steer.rule[steer.rules].first_only = 0;
    steer.rule[steer.rules++].word = word;
}

static void steer_hook(struct tri_session *s)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        if (j != s->id)
            s->prg[j].k = &steer_table[s->id + j];
}

/* Draws modulo L - 1: what is L - 1 is replaced, everything else stays, and
 * both ends do the same. */
static void check_odd_words(struct tri_check *c)
{
    enum { N = TRI_PRG_CHUNK_WORDS + 70 };
    static uint64_t plain[N + 16], got[2][N];
    const uint8_t key[32] = { 7 };
    struct tri_prg g[3];
    uint64_t rng = c->seed;

    steer_begin();
    steer_to(1, 1, ODD);
    steer.rule[0].first_only = 1;
    tri_prg_init(&g[0], &steer_real, key, TRI_PRG_CHACHA20);
    tri_prg_init(&g[1], &steer_table[1], key, TRI_PRG_CHACHA20);
    tri_prg_init(&g[2], &steer_table[1], key, TRI_PRG_CHACHA20);
    g[0].next = g[1].next = g[2].next = 1 + (rng & 0);
    tri_prg_words(&g[0], NULL, plain, TRI_PRG_CHUNK_WORDS);
    tri_odd_words(&g[1], NULL, got[0], N);
    tri_odd_words(&g[2], NULL, got[1], N);
    CHECK(c, memcmp(got[0], got[1], sizeof got[0]) == 0, "the ends differ");
    for (size_t i = 0; i < TRI_PRG_CHUNK_WORDS; i++) {
        CHECK(c, got[0][i] != ODD, "word %zu is L - 1", i);
        CHECK(c, got[0][i] == plain[i] || i == 1 || i == 3, "word %zu", i);
    }
    CHECK(c, got[0][1] != got[0][3], "both replaced by one word");
    for (size_t i = 0; i < TRI_PRG_CHUNK_WORDS; i++)
        CHECK(c,
              i == 1 || i == 3 ||
                  (got[0][i] != got[0][1] && got[0][i] != got[0][3]),
              "word %zu is used twice", i);
}

/* ---- the formulas, over small rings
 * --------------------------------------------- */

/* The identities of Algorithms 4 and 5 for every value and every mask, with l
 * = 4 bits in place of 64. */
static void check_formulas(struct tri_check *c)
{
    enum { L = 16 };

    for (unsigned a = 0; a < L; a++)
        for (unsigned a0 = 0; a0 < L; a0++)
            for (unsigned r0 = 0; r0 < L; r0++)
                for (unsigned r1 = 0; r1 < L; r1++) {
                    const unsigned a1 = (a + L - a0) % L, r = (r0 + r1) % L;
                    const unsigned t0 = (a0 + r0) % L, t1 = (a1 + r1) % L;
                    const unsigned x = (t0 + t1) % L;
                    const unsigned theta = (a0 + r0) / L + (a1 + r1) / L +
                                           (t0 + t1) / L + (x >= r) - 1 -
                                           (r0 + r1) / L;

                    CHECK(c, theta == (a0 + a1) / L,
                          "theta: a0=%u a1=%u r0=%u r1=%u", a0, a1, r0, r1);
                    CHECK(c, (a0 + a1 + L - 1 - theta) % (L - 1) == a % (L - 1),
                          "convert: a=%u", a);
                }
    for (unsigned a = 0; a < L - 1; a++)
        for (unsigned x = 0; x < L - 1; x++) {
            const unsigned r = (2 * a + x) % (L - 1);

            CHECK(c, ((x > r) ^ (x & 1) ^ (r & 1)) == (a >= L / 2),
                  "msb: a=%u x=%u", a, x);
        }
}

/* ---- Algorithm 3
 * ---------------------------------------------------------------- */

/* Shares of x's bits in the wire's order. */
static void share_bits(struct run *p, const uint64_t *x, size_t n,
                       uint64_t *rng)
{
    for (size_t i = 0; i < n; i++) {
        const size_t block = i / 64 * 64;
        const size_t lanes = n - block < 64 ? n - block : 64;

        for (size_t b = 0; b < 64; b++) {
            const size_t at = 64 * block + b * lanes + (i - block);
            const unsigned s = (unsigned)(rnd(rng) % TRI_PAPER_P);

            p->share[0][at] = (uint8_t)s;
            p->share[1][at] =
                (uint8_t)(((x[i] >> b & 1) + TRI_PAPER_P - s) % TRI_PAPER_P);
        }
    }
}

static void compare_operands(uint64_t *x, uint64_t *r, uint8_t *beta, size_t n,
                             uint64_t *rng)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t k = rnd(rng);

        x[i] = rnd(rng);
        r[i] = rnd(rng);
        beta[i] = (uint8_t)(k & 1);
        switch (k >> 1 & 3) {
        case 0: /* extremes: r = 0, r = 2^64 - 1 and neighbours among them */
            x[i] = edges[(k >> 8) % NEDGES];
            r[i] = edges[(k >> 16) % NEDGES];
            break;
        case 1: /* differ in one bit, or from it down */
            r[i] = x[i] ^ (uint64_t)1 << (k >> 8 & 63);
            if (k >> 16 & 1)
                r[i] ^= rnd(rng) >> (63 - (k >> 8 & 63));
            break;
        case 2: /* near */
            r[i] = x[i] + (k >> 8) % 5 - 2;
            break;
        default:
            break;
        }
    }
}

static void check_compare(struct tri_check *c)
{
    uint64_t rng = c->seed;
    uint64_t *x = memory(8 * 20000);
    struct run p;

    run_alloc(&p, 20000);
    for (unsigned trial = 0; trial < 2 * NSIZES + 3; trial++) {
        struct tri_three t;

        setup(&t, c, trial);
        t.cpu = trial & 1 ? tri_cpu_detect() : 0;
        /* the last ones are longer than a piece, too */
        p.n = trial < 2 * NSIZES ? sizes[trial / 2] : 5000;
        if (trial == 2 * NSIZES + 2)
            p.n = TRI_PAPER_PIECE + 100;
        t.arena = (size_t)16 << 20;
        for (unsigned ge = 0; ge < 2; ge++) {
            p.op = ge ? OP_COMPARE_GE : OP_COMPARE_GT;
            compare_operands(x, p.r, p.beta, p.n, &rng);
            share_bits(&p, x, p.n, &rng);
            if (!good(c, &t, &p))
                goto out;
            for (size_t i = 0; i < p.n; i++) {
                const int test = ge ? x[i] >= p.r[i] : x[i] > p.r[i];

                if (p.answer[i] != (test ^ p.beta[i])) {
                    tri_check_fail(
                        c, "n=%zu ge=%u x=%llx r=%llx beta=%u: got %u", p.n, ge,
                        (ull)x[i], (ull)p.r[i], p.beta[i], p.answer[i]);
                    goto out;
                }
            }
        }
    }
out:
    run_free(&p);
    free(x);
}

/* P2 deals bits of known numbers; P0 and P1 keep their shares. */
struct deal {
    size_t n;
    uint64_t *x;
    uint8_t *share[3];
    int rc[3];
};

static void dealer(struct tri_engine *e, void *arg)
{
    struct deal *d = arg;
    struct tri_session *s = e->s;
    const unsigned j = s->id;

    d->rc[j] =
        tri_paper_deal_bits(s, d->share[j], j == 2 ? d->x : NULL, d->n, "bits");
    if (d->rc[j] == TRI_OK)
        d->rc[j] = tri_flush(s->link);
}

static void check_bits(struct tri_check *c)
{
    enum { N = TRI_PAPER_PIECE + 100 };
    uint64_t rng = c->seed;
    struct deal d = { .n = N, .x = memory(8 * N) };
    struct tri_three t;
    size_t same = 0;

    for (unsigned j = 0; j < 3; j++)
        d.share[j] = memory(64 * N);
    for (size_t i = 0; i < N; i++)
        d.x[i] = i < NEDGES ? edges[i] : rnd(&rng);
    setup(&t, c, 0);
    tri_three_run(&t, dealer, &d);
    if (d.rc[0] != TRI_OK || d.rc[1] != TRI_OK || d.rc[2] != TRI_OK)
        tri_check_fail(c, "dealing bits failed");
    for (size_t i = 0; i < N && c->msg[0] == '\0'; i++) {
        const size_t block = i / 64 * 64;
        const size_t lanes = N - block < 64 ? N - block : 64;

        for (size_t b = 0; b < 64; b++) {
            const size_t at = 64 * block + b * lanes + (i - block);
            const unsigned s0 = d.share[0][at], s1 = d.share[1][at];

            if (s0 >= TRI_PAPER_P || s1 >= TRI_PAPER_P ||
                (s0 + s1) % TRI_PAPER_P != (d.x[i] >> b & 1))
                tri_check_fail(c, "bit %zu of number %zu: %u + %u", b, i, s0,
                               s1);
        }
    }
    /* No piece repeats the draws of another: 1 byte in 127 is the same. */
    for (size_t i = 0; i < 4096; i++)
        same += d.share[0][i] == d.share[0][64 * (size_t)TRI_PAPER_PIECE + i];
    if (same > 100)
        tri_check_fail(c, "the second piece repeats %zu shares", same);
    for (unsigned j = 0; j < 3; j++)
        free(d.share[j]);
    free(d.x);
}

/* ---- Algorithms 4 and 5
 * ------------------------------------------------------------ */

static int convert_right(struct tri_check *c, const struct run *p,
                         const uint64_t *x, const char *what)
{
    for (size_t i = 0; i < p->n; i++) {
        const uint64_t z0 = p->out[0][0][i], z1 = p->out[0][1][i];

        if (z0 == ODD || z1 == ODD)
            return tri_check_fail(c, "%s: share L - 1 at %zu", what, i);
        if (tri_odd_add(z0, z1) != x[i] % ODD)
            return tri_check_fail(c, "%s: %llx became %llx (n=%zu, %zu)", what,
                                  (ull)x[i], (ull)tri_odd_add(z0, z1), p->n, i);
    }
    return 1;
}

static void check_convert(struct tri_check *c)
{
    /* r_0 and r_1: r = 0 with and without alpha, r - 1 and r at both ends */
    static const uint64_t mask[][2] = { { 0, 0 },
                                        { 5, 0 - (uint64_t)5 },
                                        { 1, 0 },
                                        { 0, 1 },
                                        { UINT64_MAX, 0 },
                                        { UINT64_MAX, UINT64_MAX },
                                        { (uint64_t)1 << 63,
                                          (uint64_t)1 << 63 } };
    uint64_t rng = c->seed, x[300];
    struct run p;
    struct tri_three t;

    run_alloc(&p, 300);
    p.op = OP_CONVERT;
    for (unsigned trial = 0; trial < 2 * NSIZES; trial++) {
        setup(&t, c, trial);
        p.n = sizes[trial / 2];
        for (size_t i = 0; i < p.n; i++)
            x[i] = rnd(&rng) & 1 ? rnd(&rng) : edges[rnd(&rng) % NEDGES];
        share(&p, 0, x, p.n, &rng);
        for (size_t i = 0; i < p.n; i += 3) { /* shares at the edges */
            p.in[0][0][i] = edges[rnd(&rng) % NEDGES];
            p.in[0][1][i] = x[i] - p.in[0][0][i];
        }
        if (!good(c, &t, &p) || !convert_right(c, &p, x, "random"))
            goto out;
    }
    /* Streams 0 and 1 of k01 are r_0 and r_1. */
    for (unsigned k = 0; k < sizeof mask / sizeof *mask; k++) {
        steer_begin();
        steer_to(1, 0, mask[k][0]);
        steer_to(1, 1, mask[k][1]);
        setup(&t, c, 100 + k);
        p.hook = steer_hook;
        p.n = 256;
        for (size_t i = 0; i < p.n; i++) {
            p.in[0][0][i] = edges[i / NEDGES];
            p.in[0][1][i] = edges[i % NEDGES];
            x[i] = p.in[0][0][i] + p.in[0][1][i];
        }
        if (!good(c, &t, &p) || !convert_right(c, &p, x, "steered"))
            goto out;
    }
    /* L - 1 has no place in Z_{L-1}: it turns into 0, so that -1 would not be
     * negative any more. */
    p.hook = NULL;
    p.n = 1;
    x[0] = ODD;
    share(&p, 0, x, 1, &rng);
    setup(&t, c, 0);
    if (good(c, &t, &p) && tri_odd_add(p.out[0][0][0], p.out[0][1][0]) != 0)
        tri_check_fail(c, "L - 1 did not become 0");
out:
    run_free(&p);
}

static void check_msb(struct tri_check *c)
{
    uint64_t rng = c->seed, x[300];
    struct run p;
    struct tri_three t;

    run_alloc(&p, 300);
    p.op = OP_MSB;
    for (unsigned trial = 0; trial < 2 * NSIZES; trial++) {
        setup(&t, c, trial);
        p.n = sizes[trial / 2];
        for (size_t i = 0; i < p.n; i++)
            x[i] =
                (rnd(&rng) & 1 ? rnd(&rng) : edges[rnd(&rng) % NEDGES]) % ODD;
        odd_share(&p, x, p.n, &rng);
        if (!good(c, &t, &p))
            goto out;
        for (size_t i = 0; i < p.n; i++)
            if (opened(&p, 0, i) != x[i] >> 63) {
                tri_check_fail(c, "n=%zu: MSB(%llx) = %llx", p.n, (ull)x[i],
                               (ull)opened(&p, 0, i));
                goto out;
            }
    }
    /* r = 2a + x at its ends: 0 (whose other name is L - 1), 1, L - 2. Stream 0
     * of k02 and of k12 is x's. */
    for (unsigned k = 0; k < 3 * NEDGES; k++) {
        static const uint64_t r[] = { 0, 1, UINT64_MAX - 1 };
        const uint64_t a = edges[k / 3] % ODD;
        const uint64_t want = tri_odd_sub(r[k % 3], tri_odd_add(a, a));
        const uint64_t x0 = odd_rnd(&rng);

        steer_begin();
        steer_to(2, 0, x0);
        steer_to(3, 0, tri_odd_sub(want, x0));
        setup(&t, c, 100 + k);
        p.hook = steer_hook;
        p.n = 65;
        for (size_t i = 0; i < p.n; i++)
            x[i] = a;
        odd_share(&p, x, p.n, &rng);
        if (!good(c, &t, &p))
            goto out;
        for (size_t i = 0; i < p.n; i++)
            if (opened(&p, 0, i) != a >> 63) {
                tri_check_fail(c, "r=%llx: MSB(%llx) = %llx", (ull)r[k % 3],
                               (ull)a, (ull)opened(&p, 0, i));
                goto out;
            }
    }
out:
    run_free(&p);
}

/* ---- Algorithms 2, 6 and 7
 * ---------------------------------------------------------- */

static void check_relu(struct tri_check *c)
{
    uint64_t rng = c->seed, x[300], y[300], b[300];
    struct run p;

    run_alloc(&p, 300);
    for (unsigned trial = 0; trial < 3 * NSIZES; trial++) {
        struct tri_three t;

        setup(&t, c, trial);
        p.op = (enum op)(OP_DRELU + trial % 3);
        p.n = sizes[trial / 3];
        for (size_t i = 0; i < p.n; i++) {
            x[i] = small(&rng);
            y[i] = rnd(&rng);
            b[i] = rnd(&rng) & 1;
        }
        share(&p, 0, p.op == OP_SELECT ? b : x, p.n, &rng);
        share(&p, 1, x, p.n, &rng);
        share(&p, 2, y, p.n, &rng);
        if (!good(c, &t, &p))
            break;
        for (size_t i = 0; i < p.n; i++) {
            const uint64_t bit = 1 - (x[i] >> 63);
            const uint64_t want = p.op == OP_DRELU  ? bit
                                  : p.op == OP_RELU ? bit * x[i]
                                                    : (b[i] ? y[i] : x[i]);

            if (opened(&p, 0, i) != want ||
                (p.op == OP_RELU && opened(&p, 1, i) != bit)) {
                tri_check_fail(c, "%s n=%zu: %llx gives %llx", op_name[p.op],
                               p.n, (ull)x[i], (ull)opened(&p, 0, i));
                break;
            }
        }
    }
    run_free(&p);
}

/* ---- Algorithm 8
 * --------------------------------------------------------------------- */

/* floor(x 2^bits / y), as at school. */
static uint64_t shifted_by(uint64_t x, unsigned bits, uint64_t y)
{
    uint64_t q = x / y, r = x % y;

    for (; bits > 0; bits--) {
        const int carry = (r >> 63) != 0;

        r <<= 1;
        q <<= 1;
        if (carry || r >= y) {
            r -= y;
            q |= 1;
        }
    }
    return q;
}

static void check_divide(struct tri_check *c)
{
    static const unsigned bits[] = { 16, 0, 1, 13, 61 };
    const uint64_t top = ((uint64_t)1 << 62) - 1;
    uint64_t rng = c->seed, x[300], y[300];
    struct run p;

    run_alloc(&p, 300);
    p.op = OP_DIV;
    for (unsigned trial = 0; trial < 4 + NSIZES; trial++) {
        struct tri_three t;

        setup(&t, c, trial);
        p.n = trial < NSIZES ? sizes[trial] : 40;
        p.bits = trial < NSIZES ? bits[0] : bits[trial + 1 - NSIZES];
        for (size_t i = 0; i < p.n; i++) {
            y[i] = 1 + (rnd(&rng) >> (2 + rnd(&rng) % 62));
            if (y[i] > top || i % 8 == 0)
                y[i] = top;
            if (i % 8 == 1)
                y[i] = 1;
            x[i] = rnd(&rng) % (y[i] + 1);
            if (i % 3 == 0)
                x[i] = y[i] - (i / 3) % 2;
            if (i % 7 == 0)
                x[i] = (i / 7) % 2;
            if (x[i] > y[i])
                x[i] = y[i];
        }
        share(&p, 0, x, p.n, &rng);
        share(&p, 1, y, p.n, &rng);
        if (!good(c, &t, &p))
            break;
        for (size_t i = 0; i < p.n; i++) {
            const uint64_t want = shifted_by(x[i], p.bits, y[i]);

            if (opened(&p, 0, i) != want) {
                tri_check_fail(c, "%llu / %llu at %u bits: %llu, not %llu",
                               (ull)x[i], (ull)y[i], p.bits,
                               (ull)opened(&p, 0, i), (ull)want);
                break;
            }
        }
    }
    run_free(&p);
}

/* ---- Algorithms 9, 10 and 12
 * ------------------------------------------------------------- */

/* For MaxPool, values whose differences stay below 2^62; many ties. */
static uint64_t pooled(uint64_t *rng, unsigned kind)
{
    const uint64_t half = (uint64_t)1 << 61;

    switch (kind) {
    case 0:
        return rnd(rng) % 3 - 1;
    case 1:
        return rnd(rng) & 1 ? half - 1 : 0 - half;
    default:
        return (rnd(rng) >> 2) - half;
    }
}

static void check_max(struct tri_check *c)
{
    static const size_t ns[] = { 1, 2, 3, 4, 5, 7, 8, 16 };
    static const size_t ms[] = { 0, 1, 70 };
    uint64_t rng = c->seed, x[16 * 70], best[70], at[70];
    struct run p;

    run_alloc(&p, 16 * 70);
    for (unsigned trial = 0; trial < 24; trial++) {
        struct tri_three t;

        setup(&t, c, trial);
        p.n = ns[trial / 3];
        p.m = ms[trial % 3];
        for (size_t i = 0; i < p.n * p.m; i++)
            x[i] = pooled(&rng, (unsigned)(i % p.m % 3));
        for (size_t k = 0; k < p.m; k++) {
            best[k] = x[k];
            at[k] = 0;
            for (size_t i = 1; i < p.n; i++)
                if ((int64_t)x[i * p.m + k] > (int64_t)best[k]) {
                    best[k] = x[i * p.m + k];
                    at[k] = i;
                }
        }
        share(&p, 0, x, p.n * p.m, &rng);
        p.op = OP_MAX;
        if (!good(c, &t, &p))
            break;
        for (size_t k = 0; k < p.m; k++)
            if (opened(&p, 0, k) != best[k] || opened(&p, 1, k) != at[k]) {
                tri_check_fail(c,
                               "n=%zu place %zu: %llx at %llu, not %llx at "
                               "%llu",
                               p.n, k, (ull)opened(&p, 0, k),
                               (ull)opened(&p, 1, k), (ull)best[k], (ull)at[k]);
                goto out;
            }
        /* every index in turn */
        for (size_t k = 0; k < p.m; k++)
            at[k] = k % p.n;
        share(&p, 0, at, p.m, &rng);
        p.op = OP_DMAX;
        if (!good(c, &t, &p))
            break;
        for (size_t i = 0; i < p.n * p.m; i++)
            if (opened(&p, 0, i) != (at[i % p.m] == i / p.m)) {
                tri_check_fail(c, "n=%zu index %llu: place %zu holds %llx", p.n,
                               (ull)at[i % p.m], i / p.m,
                               (ull)opened(&p, 0, i));
                goto out;
            }
    }
out:
    run_free(&p);
}

/* ---- Algorithm 11
 * ---------------------------------------------------------------------------
 */

static void check_trunc(struct tri_check *c)
{
    static const unsigned shift[] = { 1, 8, 13, 16, 40 };
    uint64_t rng = c->seed, x[300];
    struct run p;
    struct tri_three t;

    run_alloc(&p, 300);
    p.op = OP_TRUNC;
    for (unsigned trial = 0; trial < 5 * NSIZES; trial++) {
        setup(&t, c, trial);
        p.n = sizes[trial / 5];
        p.bits = shift[trial % 5];
        for (size_t i = 0; i < p.n; i++) /* small: a wrap in 2^-24 of cases */
            x[i] = (uint64_t)((int64_t)rnd(&rng) >> (24 + i % 40));
        share(&p, 0, x, p.n, &rng);
        if (!good(c, &t, &p))
            goto out;
        for (size_t i = 0; i < p.n; i++) {
            const int64_t exact = (int64_t)x[i] >> p.bits;
            const int64_t off = (int64_t)opened(&p, 0, i) - exact;

            if (off < 0 || off > 1) {
                tri_check_fail(c, "%lld >> %u is off by %lld", (long long)x[i],
                               p.bits, (long long)off);
                goto out;
            }
        }
    }
    /* The failure that the paper accepts: a_0 below a, so that u - a wraps. */
    p.n = 1;
    p.bits = 16;
    p.in[0][0][0] = 5;
    p.in[0][1][0] = ((uint64_t)1 << 20) - 5;
    if (good(c, &t, &p) && opened(&p, 0, 0) - 16 + ((uint64_t)1 << 48) > 2 &&
        opened(&p, 0, 0) - 16 - ((uint64_t)1 << 48) > 2)
        tri_check_fail(c, "a wrap gives %llx", (ull)opened(&p, 0, 0));
out:
    run_free(&p);
}

/* ---- costs
 * ------------------------------------------------------------------------------------
 */

/* Bits per element that the paper publishes, in units of l log p and l; and
 * what this implementation is meant to send. */
struct price {
    enum op op;
    size_t n, m, elements; /* call; elements that the prices count */
    unsigned bits;
    unsigned lp, l, rounds;             /* published, an upper bound */
    unsigned our_lp, our_l, our_rounds; /* exact */
};

static const struct price prices[] = {
    { OP_COMPARE_GT, 300, 0, 300, 0, 2, 0, 1, 2, 0, 1 },
    { OP_CONVERT, 300, 0, 300, 0, 4, 6, 4, 3, 4, 4 },
    { OP_MSB, 300, 0, 300, 0, 4, 13, 5, 3, 9, 4 },
    { OP_DRELU, 300, 0, 300, 0, 8, 19, 8, 6, 13, 8 },
    { OP_RELU, 300, 0, 300, 0, 8, 24, 10, 6, 18, 9 },
    { OP_SELECT, 300, 0, 300, 0, 0, 5, 2, 0, 5, 1 },
    /* 17 quotient bits; the last product is not made */
    { OP_DIV, 20, 0, 20, 16, 8 * 17, 24 * 17, 170, 6 * 17, 18 * 17 - 5, 152 },
    { OP_MAX, 4, 50, 50, 0, 8 * 3, 29 * 3, 27, 6 * 3, 23 * 3, 27 },
    { OP_MAX, 9, 10, 10, 0, 8 * 8, 29 * 8, 72, 6 * 8, 23 * 8, 72 },
    { OP_DMAX, 4, 50, 50, 0, 0, 2 * 5, 2, 0, 6, 2 },
    { OP_DMAX, 9, 50, 50, 0, 0, 2 * 10, 2, 0, 18, 2 },
    { OP_TRUNC, 300, 0, 300, 16, 0, 0, 0, 0, 0, 0 },
};

static int priced(struct tri_check *c, const struct price *q, struct run *p)
{
    const char *name = op_name[q->op];
    const uint64_t max = 8 * (8 * (uint64_t)q->lp + q->l) * q->elements;
    const uint64_t exact =
        8 * (8 * (uint64_t)q->our_lp + q->our_l) * q->elements;
    struct tri_three t;

    p->op = q->op;
    p->n = q->n;
    p->m = q->m;
    p->bits = q->bits;
    setup(&t, c, q->op);
    if (!good(c, &t, p))
        return 0;
    if (tri_three_payload(&t) != exact || exact > max)
        return tri_check_fail(c, "%s: %llu bytes, meant %llu, at most %llu",
                              name, (ull)tri_three_payload(&t), (ull)exact,
                              (ull)max);
    if (t.rounds != q->our_rounds || q->our_rounds > q->rounds)
        return tri_check_fail(c, "%s: %llu rounds, meant %u, at most %u", name,
                              (ull)t.rounds, q->our_rounds, q->rounds);
    for (unsigned id = 0; id < TRI_PARTIES; id++) {
        size_t peak;
        const struct tri_cost dry = tri_three_dry(&t, id, party, p, &peak);

        for (unsigned i = 0; i < TRI_PARTIES; i++)
            for (unsigned j = 0; j < TRI_PARTIES; j++)
                if (i != j && t.stats[i].payload[j] != dry.bytes[i][j])
                    return tri_check_fail(
                        c, "%s: P%u to P%u %llu bytes, flow says %llu", name, i,
                        j, (ull)t.stats[i].payload[j], (ull)dry.bytes[i][j]);
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            if (t.stats[i].rounds != dry.depth[i])
                return tri_check_fail(c, "%s: P%u depth %llu, flow says %llu",
                                      name, i, (ull)t.stats[i].rounds,
                                      (ull)dry.depth[i]);
        if (peak != t.peak[id])
            return tri_check_fail(c, "%s: P%u used %zu bytes, dry run says %zu",
                                  name, id, t.peak[id], peak);
    }
    return 1;
}

static void check_costs(struct tri_check *c)
{
    struct run p;

    run_alloc(&p, 500);
    for (unsigned i = 0; i < 500; i++)
        p.in[1][0][i] = 1; /* a divisor */
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++)
        if (!priced(c, &prices[i], &p))
            break;
    run_free(&p);
}

/* ---- threads and kernels
 * ------------------------------------------------------------------------ */

/* Tasks on two threads, one from each end, with four worker numbers. */
struct two {
    tri_task_fn *fn;
    void *arg;
    size_t from, to;
    unsigned worker;
};

static void *half(void *arg)
{
    struct two *h = arg;

    for (size_t i = h->to; i-- > h->from;)
        h->fn(h->arg, i, h->worker);
    return NULL;
}

static void run_two(void *self, tri_task_fn *fn, void *arg, size_t n)
{
    struct two h[2] = { { fn, arg, 0, n / 2, 1 }, { fn, arg, n / 2, n, 3 } };
    pthread_t th;

    (void)self;
    if (pthread_create(&th, NULL, half, &h[0]) != 0)
        abort();
    half(&h[1]);
    pthread_join(th, NULL);
}

static void check_threads(struct tri_check *c)
{
    static const struct tri_par par = { 4, NULL, run_two };
    static const enum op ops[] = { OP_CONVERT, OP_MSB, OP_RELU, OP_MAX };
    enum { N = 300 };
    static uint64_t first[4][2 * N];
    struct run p;
    uint64_t rng = c->seed, x[4 * N];

    run_alloc(&p, 4 * N);
    for (unsigned i = 0; i < 4 * N; i++)
        x[i] = small(&rng) / 2;
    for (unsigned k = 0; k < 4; k++)
        for (unsigned how = 0; how < 3; how++) {
            struct tri_three t;
            uint64_t *o = first[k];

            rng = c->seed;
            share(&p, 0, x, 4 * N, &rng);
            if (ops[k] == OP_MSB)
                odd_share(&p, x, 4 * N, &rng);
            setup(&t, c, 0);
            t.par = how == 1 ? &par : NULL;
            t.cpu = how == 2 ? 0 : tri_cpu_detect();
            p.op = ops[k];
            p.n = ops[k] == OP_MAX ? 4 : N;
            p.m = N;
            if (!good(c, &t, &p))
                goto out;
            if (how == 0)
                for (unsigned j = 0; j < 2; j++)
                    memcpy(o + j * N, p.out[0][j], 8 * N);
            for (unsigned j = 0; j < 2; j++)
                if (memcmp(o + j * N, p.out[0][j], 8 * N) != 0) {
                    tri_check_fail(c, "%s: P%u's shares depend on %s",
                                   op_name[p.op], j,
                                   how == 1 ? "threads" : "kernels");
                    goto out;
                }
        }
out:
    run_free(&p);
}

/* ---- a curious helper
 * -----------------------------------------------------------------------------
 */

enum { P = TRI_PAPER_P, BITS = TRI_PAPER_BITS };

/* What P2 has of one comparison: the shares it dealt and what it received. */
struct view {
    unsigned b[2][BITS], y[2][BITS];
};

static unsigned mod_p(unsigned x)
{
    return x % P;
}

/* P2 tries out bit i of the public number: does the ratio of what came from
 * P1 and P0 fit? `sum` are the shares of the sum over higher bits. s_i
 * drops out, so a wrong guess fits once in 127 times. */
static unsigned search(const struct view *v, unsigned rho, unsigned greater,
                       int i, const unsigned sum[2], uint64_t d, uint64_t want,
                       unsigned *hit)
{
    unsigned found = 0;

    if (i < 0) {
        *hit |= d == want;
        return 1;
    }
    for (unsigned bit = 0; bit < 2; bit++) {
        const unsigned at = ((unsigned)i + rho) % BITS;
        unsigned e[2], next[2];

        for (unsigned j = 0; j < 2; j++) {
            const unsigned one = j == 0, x = v->b[j][i];
            const unsigned decides =
                greater ? (bit ? 0 : x) : (bit ? one + P - x : 0);

            e[j] = mod_p(one + 2 * P - decides + sum[j]);
            next[j] = mod_p(sum[j] + (bit ? one + P - x : x));
        }
        if (mod_p(v->y[0][at] * e[1]) == mod_p(v->y[1][at] * e[0]) &&
            found < 1000)
            found += search(v, rho, greater, i - 1, next,
                            d | (uint64_t)bit << i, want, hit);
    }
    return found;
}

/* All rotations and both tests. Returns the candidates for the public number
 * that are left; *hit: it is among them. */
static unsigned attack(const struct view *v, uint64_t want, unsigned *hit)
{
    const unsigned none[2] = { 0, 0 };
    unsigned found = 0;

    *hit = 0;
    for (unsigned rho = 0; rho < BITS; rho++)
        for (unsigned greater = 0; greater < 2; greater++)
            found += search(v, rho, greater, BITS - 1, none, 0, want, hit);
    return found;
}

/* 64 comparisons of x with d by the kernels, all as P0 and P1 do it but with
 * masks u only on demand: the messages as the algorithm is printed. */
static void messages(struct view v[TRI_LANES], struct tri_prg *g,
                     const uint64_t *x, const uint64_t *d, int masked)
{
    _Alignas(64) static tri_plane bit[BITS], share[2][BITS], digit[BITS],
        mul[BITS], mask[BITS], out[2][BITS];
    static const uint8_t greater[TRI_LANES], spec[TRI_LANES];
    struct tri_kernels k;
    struct tri_stream st;
    uint8_t rho[TRI_LANES];

    tri_kernels_init(&k, 0);
    tri_stream_open(&st, g, tri_prg_next(g), 0);
    tri_zp_uniform(&st, share[0], BITS, 0);
    tri_zp_uniform(&st, mul, BITS, 1);
    tri_zp_uniform(&st, mask, BITS, 0);
    tri_zp_below(&st, rho, BITS);
    if (!masked)
        memset(mask, 0, sizeof mask);
    k.zp_bits(bit, x, BITS);
    k.zp_sub(share[1], bit, share[0], BITS);
    k.zp_bits(digit, d, BITS);
    for (unsigned j = 0; j < 2; j++) {
        k.zp_cmp(out[j], share[j], digit, greater, spec, mul, mask, BITS,
                 j == 0);
        k.zp_rotate(out[j], rho, BITS);
    }
    for (size_t lane = 0; lane < TRI_LANES; lane++)
        for (size_t i = 0; i < BITS; i++)
            for (unsigned j = 0; j < 2; j++) {
                v[lane].b[j][i] = share[j][i][lane];
                v[lane].y[j][i] = out[j][i][lane];
            }
}

/* Honest P0 and P1, a P2 that keeps what it receives. */
struct wire {
    struct run run;
    uint8_t *got[2];
};

static void listener(struct tri_engine *e, void *arg)
{
    struct wire *w = arg;
    struct tri_session *s = e->s;

    if (s->id < 2) {
        w->run.rc[s->id] = call(s, &w->run);
        return;
    }
    for (unsigned j = 0; j < 2; j++)
        for (size_t at = 0; at < w->run.n; at += TRI_PAPER_PIECE) {
            const size_t left = w->run.n - at;
            const size_t len = left < TRI_PAPER_PIECE ? left : TRI_PAPER_PIECE;

            w->run.rc[2] |=
                tri_recv(s->link, j, w->got[j] + BITS * at, BITS * len);
        }
}

static int listen(struct tri_check *c, struct wire *w, uint64_t salt)
{
    struct tri_three t;

    setup(&t, c, salt);
    t.arena = (size_t)16 << 20;
    tri_three_run(&t, listener, w);
    if (w->run.rc[0] != TRI_OK || w->run.rc[1] != TRI_OK ||
        w->run.rc[2] != TRI_OK)
        return tri_check_fail(c, "listening failed");
    return 1;
}

static void wire_alloc(struct wire *w, size_t n)
{
    run_alloc(&w->run, n);
    w->run.n = n;
    w->run.op = OP_COMPARE_GT;
    w->got[0] = memory(BITS * n);
    w->got[1] = memory(BITS * n);
}

static void wire_free(struct wire *w)
{
    run_free(&w->run);
    free(w->got[0]);
    free(w->got[1]);
}

/* The attack reads r from the messages as the paper prints them, and finds
 * nothing in ours: neither from the kernels with u nor on the wire. */
static void check_curious(struct tri_check *c)
{
    static struct view v[TRI_LANES];
    const uint8_t key[32] = { 9 };
    uint64_t rng = c->seed, x[TRI_LANES], d[TRI_LANES];
    struct tri_kernels k;
    struct tri_prg g;
    struct wire w;
    unsigned hit, hits[3] = { 0 }, left[3] = { 0 };

    tri_kernels_init(&k, 0);
    tri_prg_init(&g, &k, key, TRI_PRG_CHACHA20);
    wire_alloc(&w, TRI_LANES);
    for (unsigned how = 0; how < 3; how++) {
        for (size_t i = 0; i < TRI_LANES; i++) {
            x[i] = rnd(&rng);
            d[i] = rnd(&rng);
        }
        if (how < 2) {
            messages(v, &g, x, d, how == 1);
        } else {
            share_bits(&w.run, x, TRI_LANES, &rng);
            for (size_t i = 0; i < TRI_LANES; i++) {
                w.run.beta[i] = (uint8_t)(rnd(&rng) & 1);
                w.run.r[i] = d[i] - w.run.beta[i];
            }
            for (size_t i = 0; i < BITS * TRI_LANES; i++)
                for (unsigned j = 0; j < 2; j++)
                    v[i % TRI_LANES].b[j][i / TRI_LANES] = w.run.share[j][i];
            if (!listen(c, &w, 1))
                break;
            for (size_t i = 0; i < BITS * TRI_LANES; i++)
                for (unsigned j = 0; j < 2; j++)
                    v[i % TRI_LANES].y[j][i / TRI_LANES] = w.got[j][i];
        }
        for (size_t i = 0; i < TRI_LANES; i++) {
            left[how] += attack(&v[i], d[i], &hit);
            hits[how] += hit;
        }
    }
    wire_free(&w);
    CHECK(c, c->msg[0] == '\0', "%s", c->msg);
    CHECK(c, hits[0] == TRI_LANES && left[0] < 3 * TRI_LANES,
          "the attack itself: %u of %d numbers found, %u candidates", hits[0],
          TRI_LANES, left[0]);
    CHECK(c, hits[1] == 0 && left[1] == 0,
          "masked kernels: %u numbers found, %u candidates", hits[1], left[1]);
    CHECK(c, hits[2] == 0 && left[2] == 0,
          "on the wire: %u numbers found, %u candidates", hits[2], left[2]);
}

/* ---- what masks what -------------------------------------------------------
 */

static void prepare(struct run *p, enum op op, uint64_t seed)
{
    uint64_t rng = seed, bit[60], x[60], y[60];

    for (unsigned i = 0; i < 60; i++) {
        bit[i] = rnd(&rng) & 1;
        x[i] = small(&rng) >> 3;
        y[i] = x[i] + (rnd(&rng) >> 4);
    }
    p->op = op;
    p->n = op == OP_MAX || op == OP_DMAX ? 3 : 60;
    p->m = 20;
    p->bits = 2;
    share(p, 0, op == OP_SELECT || op == OP_DMAX ? bit : x, 60, &rng);
    share(p, 1, y, 60, &rng);
    share(p, 2, x, 60, &rng);
    if (op == OP_MSB)
        odd_share(p, x, 60, &rng);
}

/* Every output moves with a last draw from k01, P0's up, P1's down. */
static void check_refresh(struct tri_check *c)
{
    static const enum op ops[] = { OP_MSB, OP_RELU, OP_SELECT,
                                   OP_DIV, OP_MAX,  OP_DMAX };
    static const uint64_t word = 0x0123456789abcdef;
    uint64_t out[2][60];
    struct tri_three t;
    struct run p;

    run_alloc(&p, 60);
    for (unsigned k = 0; k < sizeof ops / sizeof *ops; k++)
        for (unsigned how = 0; how < 3; how++) {
            const uint64_t last = p.next[0][1] - 1;
            const size_t n = ops[k] == OP_MAX ? 20 : 60;

            prepare(&p, ops[k], c->seed);
            setup(&t, c, k);
            p.hook = NULL;
            if (how > 0) {
                p.hook = steer_hook;
                steer_begin();
                steer_to(1, last, how == 1 ? 0 : word);
            }
            if (!good(c, &t, &p))
                goto out;
            for (size_t i = 0; i < n; i++) {
                if (how == 1) {
                    out[0][i] = p.out[0][0][i];
                    out[1][i] = p.out[0][1][i];
                }
                if (how == 2 && (p.out[0][0][i] - out[0][i] != word ||
                                 out[1][i] - p.out[0][1][i] != word)) {
                    tri_check_fail(c, "%s: the output is not fresh",
                                   op_name[p.op]);
                    goto out;
                }
            }
        }
    /* ShareConvert, over Z_{L-1}: k01's stream 2 */
    for (unsigned how = 0; how < 2; how++) {
        prepare(&p, OP_CONVERT, c->seed);
        setup(&t, c, 0);
        p.hook = steer_hook;
        steer_begin();
        steer_to(1, 2, how == 0 ? 0 : word);
        if (!good(c, &t, &p))
            goto out;
        for (size_t i = 0; i < 60; i++) {
            const uint64_t z0 = p.out[0][0][i], z1 = p.out[0][1][i];

            if (how == 1 && (tri_odd_sub(z0, out[0][i]) != word ||
                             tri_odd_sub(out[1][i], z1) != word)) {
                tri_check_fail(c, "ShareConvert: the output is not fresh");
                goto out;
            }
            out[0][i] = z0;
            out[1][i] = z1;
        }
    }
out:
    run_free(&p);
}

/* The bits eta'' (k01's stream 3) and beta (stream 0) are fair, and it is them
 * that decide which test is made. */
static void check_coins(struct tri_check *c)
{
    enum { N = 300 };
    static uint64_t out[2][N];
    struct run p;

    run_alloc(&p, N);
    for (unsigned k = 0; k < 6; k++) {
        const unsigned how = k % 3;
        unsigned same[2] = { 0, 0 };
        uint64_t rng = c->seed, x[N];
        struct tri_three t;

        for (unsigned i = 0; i < N; i++)
            x[i] = small(&rng);
        p.op = k < 3 ? OP_CONVERT : OP_MSB;
        p.n = N;
        p.hook = NULL;
        odd_share(&p, x, N, &rng);
        setup(&t, c, 0);
        if (how < 2) {
            p.hook = steer_hook;
            steer_begin();
            steer_to(1, k < 3 ? 3 : 0, how ? UINT64_MAX : 0);
        }
        if (!good(c, &t, &p))
            break;
        for (unsigned i = 0; i < N; i++) {
            if (how < 2)
                out[how][i] = p.out[0][0][i];
            else
                for (unsigned b = 0; b < 2; b++)
                    same[b] += p.out[0][0][i] == out[b][i];
        }
        /* 150 +- 6 * 8.7 */
        if (how == 2 &&
            (same[0] + same[1] != N || same[0] < 98 || same[1] < 98)) {
            tri_check_fail(c, "%s: %u times 0, %u times 1", op_name[p.op],
                           same[0], same[1]);
            break;
        }
    }
    run_free(&p);
}

/* Honest parties but one, which keeps its first messages. */
struct tap {
    struct run run;
    unsigned who;
    uint64_t *got[2];
};

static void tapper(struct tri_engine *e, void *arg)
{
    struct tap *w = arg;
    struct tri_session *s = e->s;
    const size_t bytes = 8 * (w->run.op == OP_DMAX ? w->run.m : w->run.n);

    if (s->id != w->who) {
        w->run.hook(s);
        (void)call(s, &w->run);
    } else {
        for (unsigned j = 0; j < 2; j++)
            if (j != s->id)
                (void)tri_recv(s->link, j, (uint8_t *)w->got[j], bytes);
    }
}

/* Each share that leaves a party is under a mask of its own that the receiver
 * does not know: forced to a constant, it shows. */
static void check_masks(struct tri_check *c)
{
    static const struct {
        enum op op;
        unsigned to, twice;      /* the receiver; 1: 2a is sent, over Z_{L-1} */
        unsigned pair[2], id[2]; /* the masks of P0 and P1 */
    } how[] = { { OP_CONVERT, 2, 0, { 1, 1 }, { 0, 1 } },
                { OP_DMAX, 2, 0, { 1, 1 }, { 0, 1 } },
                { OP_MSB, 1, 1, { 2, 3 }, { 0, 0 } },
                { OP_MSB, 0, 1, { 2, 3 }, { 0, 0 } } };
    static const uint64_t word[2] = { 0x0123456789abcdef, 0x7777777755555555 };
    struct tap w;

    run_alloc(&w.run, 60);
    w.got[0] = memory(8 * 60);
    w.got[1] = memory(8 * 60);
    for (unsigned k = 0; k < sizeof how / sizeof *how; k++) {
        struct tri_three t;

        prepare(&w.run, how[k].op, c->seed);
        setup(&t, c, k);
        steer_begin();
        for (unsigned j = 0; j < 2; j++)
            steer_to(how[k].pair[j], how[k].id[j], word[j]);
        w.run.hook = steer_hook;
        w.who = how[k].to;
        tri_three_run(&t, tapper, &w);
        for (unsigned j = 0; j < 2; j++)
            for (size_t i = 0; i < 20 && j != w.who; i++) {
                const uint64_t a = w.run.in[0][j][i];
                const uint64_t want =
                    how[k].twice ? tri_odd_add(tri_odd_add(a, a), word[j])
                                 : a + word[j];

                if (tri_le64(w.got[j][i]) != want)
                    tri_check_fail(c, "%s: P%u sends P%u %llx, not %llx",
                                   op_name[w.run.op], j, w.who,
                                   (ull)tri_le64(w.got[j][i]), (ull)want);
            }
    }
    run_free(&w.run);
    free(w.got[0]);
    free(w.got[1]);
}

/* Pearson's statistic of counts against the uniform distribution. */
static double chi2(const unsigned *count, unsigned from, unsigned to)
{
    double sum = 0, total = 0;

    for (unsigned i = from; i < to; i++)
        total += count[i];
    total /= to - from;
    for (unsigned i = from; i < to; i++)
        sum += (count[i] - total) * (count[i] - total) / total;
    return sum;
}

/* Statistics of P2's view for one x, one sharing and one (r, beta), many times
 * over. */
struct stats {
    unsigned from0[P];    /* P0's bytes                                  */
    unsigned sum[P];      /* sums; [0]: zeros                            */
    unsigned place[BITS]; /* of the zero                              */
    unsigned ratio[P];    /* of P1's byte to P0's, where that is not 0   */
};

static int collect(struct tri_check *c, struct stats *st, uint64_t x,
                   uint64_t r, unsigned beta, uint64_t salt)
{
    enum { N = 20000 };
    unsigned inverse[P] = { 0 }, same = 0;
    uint64_t rng = c->seed, one[N];
    struct wire w;
    int ok;

    memset(st, 0, sizeof *st);
    for (unsigned i = 1; i < P; i++)
        for (unsigned j = 1; j < P; j++)
            if (mod_p(i * j) == 1)
                inverse[i] = j;
    wire_alloc(&w, N);
    for (size_t i = 0; i < N; i++) {
        one[i] = x;
        w.run.r[i] = r;
        w.run.beta[i] = (uint8_t)beta;
    }
    /* one sharing for all: that of the first number */
    share_bits(&w.run, one, N, &rng);
    for (size_t block = 0; block < N; block += 64) {
        const size_t lanes = N - block < 64 ? N - block : 64;

        for (size_t b = 0; b < BITS; b++)
            for (size_t i = 0; i < lanes; i++)
                for (unsigned j = 0; j < 2; j++)
                    w.run.share[j][64 * block + b * lanes + i] =
                        w.run.share[j][64 * b];
    }
    ok = listen(c, &w, salt);
    for (size_t i = 0; ok && i < 4096; i++) /* pieces draw apart */
        same += w.got[0][i] == w.got[0][BITS * (size_t)TRI_PAPER_PIECE + i];
    if (same > 100)
        ok = tri_check_fail(c, "the second piece repeats %u bytes", same);
    for (size_t i = 0; ok && i < N * BITS; i++) {
        const size_t block = i / 4096 * 64;
        const size_t lanes = N - block < 64 ? N - block : 64;
        const unsigned y0 = w.got[0][i], y1 = w.got[1][i];

        st->from0[y0]++;
        st->sum[mod_p(y0 + y1)]++;
        if (mod_p(y0 + y1) == 0)
            st->place[i % 4096 / lanes]++;
        if (y0 != 0)
            st->ratio[mod_p(y1 * inverse[y0])]++;
    }
    wire_free(&w);
    return ok;
}

/* Bounds: mean + 6 standard deviations of chi^2 with that many degrees. */
static void check_view(struct tri_check *c)
{
    const uint64_t x = 0x123456789abcdef0;
    /* x > r, beta = 0 or x <= r, beta = 1: answer 1. Else answer 0. The last
     * two are the corner r = 2^64 - 1. */
    static const struct {
        uint64_t r;
        unsigned beta, answer;
    } secret[] = {
        { 0x023456789abcdef0, 0, 1 }, { 0x123456789abcdef1, 1, 1 },
        { 0x123456789abcdef0, 0, 0 }, { 0x023456789abcdef0, 1, 0 },
        { UINT64_MAX, 1, 1 },         { UINT64_MAX, 0, 0 },
    };
    static struct stats st[6];

    for (unsigned i = 0; i < 6; i++) {
        if (!collect(c, &st[i], x, secret[i].r, secret[i].beta, i))
            return;
        CHECK(c, st[i].sum[0] == 20000 * secret[i].answer, "%u zeros in %u",
              st[i].sum[0], i);
        CHECK(c, chi2(st[i].from0, 0, P) < 126 + 6 * 15.9, "P0's bytes, %u: %f",
              i, chi2(st[i].from0, 0, P));
        CHECK(c, chi2(st[i].sum, 1, P) < 125 + 6 * 15.8, "sums, %u: %f", i,
              chi2(st[i].sum, 1, P));
        if (secret[i].answer)
            CHECK(c, chi2(st[i].place, 0, BITS) < 63 + 6 * 11.3,
                  "place of the zero, %u: %f", i, chi2(st[i].place, 0, BITS));
        /* y1 / y0 = (sum - y0) / y0 with y0 uniform: -1 where the sum is 0,
         * else anything but -1. */
        CHECK(c, chi2(st[i].ratio, 0, P - 1) < 125 + 6 * 15.8, "ratios, %u: %f",
              i, chi2(st[i].ratio, 0, P - 1));
    }
}

/* ---- failures
 * ---------------------------------------------------------------------------------------
 */

static int zero(const uint64_t *v, size_t n)
{
    uint64_t any = 0;

    for (size_t i = 0; i < n; i++)
        any |= v[i];
    return any == 0;
}

/* One direction breaks after some bytes: whoever fails has wiped its outputs
 * and is dead from then on. */
static void check_cut(struct tri_check *c)
{
    static const struct {
        enum op op;
        size_t n, m, results, results2;
    } what[] = {
        { OP_COMPARE_GT, 100, 0, 0, 0 }, { OP_CONVERT, 100, 0, 100, 0 },
        { OP_MSB, 100, 0, 100, 0 },      { OP_DRELU, 100, 0, 100, 0 },
        { OP_RELU, 100, 0, 100, 100 },   { OP_SELECT, 100, 0, 100, 0 },
        { OP_DIV, 30, 0, 30, 0 },        { OP_MAX, 3, 30, 30, 30 },
        { OP_DMAX, 3, 30, 90, 0 }
    };
    uint64_t rng = c->seed;
    unsigned failed = 0;
    struct run p;

    run_alloc(&p, 128);
    for (unsigned i = 0; i < 128; i++)
        p.in[0][0][i] = p.in[1][0][i] = 1;
    for (unsigned trial = 0; trial < 180; trial++) {
        const unsigned k = trial % 9;
        struct tri_three t;
        uint64_t sent;

        p.op = what[k].op;
        p.n = what[k].n;
        p.m = what[k].m;
        p.bits = 2;
        setup(&t, c, trial);
        t.cut_from = (unsigned)(rnd(&rng) % 3);
        t.cut_to = (t.cut_from + 1 + (unsigned)(rnd(&rng) & 1)) % 3;
        tri_three_run(&t, party, &p); /* uncut: how many bytes there are */
        sent = t.stats[t.cut_from].sent[t.cut_to];
        if (sent == 0)
            continue;
        t.cut_after = rnd(&rng) % sent;
        for (unsigned j = 0; j < 2; j++)
            for (unsigned o = 0; o < 2; o++)
                memset(p.out[o][j], 0x55, 8 * p.room);
        memset(p.answer, 0x55, p.room);
        memset(p.rc, 0, sizeof p.rc);
        tri_three_run(&t, party, &p);
        for (unsigned j = 0; j < 3; j++) {
            if (p.rc[j] == TRI_OK && t.dead[j] == TRI_OK)
                continue;
            failed++;
            if (p.rc[j] == TRI_OK || t.dead[j] != p.rc[j] ||
                p.again[j] != TRI_E_DEAD) {
                tri_check_fail(c, "%s: P%u returned %d, dead %d, then %d",
                               op_name[p.op], j, p.rc[j], t.dead[j],
                               p.again[j]);
                goto out;
            }
            if (j < 2 && (!zero(p.out[0][j], what[k].results) ||
                          !zero(p.out[1][j], what[k].results2))) {
                tri_check_fail(c, "%s: P%u keeps outputs", op_name[p.op], j);
                goto out;
            }
            if (j == 2 && p.op == OP_COMPARE_GT &&
                !zero((const uint64_t *)p.answer, p.n / 8)) {
                tri_check_fail(c, "P2 keeps answers");
                goto out;
            }
        }
        if (t.dead[t.cut_from] == TRI_OK && t.dead[t.cut_to] == TRI_OK) {
            tri_check_fail(c, "%s: nobody noticed the cut", op_name[p.op]);
            goto out;
        }
    }
    if (failed < 100)
        tri_check_fail(c, "only %u failures", failed);
out:
    run_free(&p);
}

/* A party that breaks the rules, towards one that has to notice. */
struct forge {
    struct run run;
    unsigned who;  /* the liar */
    uint8_t byte;  /* an element of Z_p, or not */
    uint64_t word; /* an element of Z_{L-1}, or not */
};

static void send_bytes(struct tri_session *s, unsigned to, size_t n,
                       uint8_t odd_one)
{
    uint8_t *b = memory(n);

    memset(b, odd_one == 127 ? 127 : 0, n);
    b[n - 1] = odd_one;
    (void)tri_send(s->link, to, b, n);
    (void)tri_flush(s->link);
    free(b);
}

static void send_words(struct tri_session *s, unsigned to, size_t n, uint64_t w)
{
    uint64_t *b = memory(8 * n);

    b[n / 2] = w;
    (void)tri_send(s->link, to, (const uint8_t *)b, 8 * n);
    (void)tri_flush(s->link);
    free(b);
}

static void forger(struct tri_engine *e, void *arg)
{
    struct forge *f = arg;
    struct tri_session *s = e->s;
    const size_t n = f->run.n;
    uint64_t *w;

    if (s->id != f->who) {
        f->run.rc[s->id] = call(s, &f->run);
        return;
    }
    if (f->run.op == OP_COMPARE_GT) { /* P0 or P1 to P2 */
        send_bytes(s, 2, 64 * n, f->byte);
    } else if (f->run.op == OP_CONVERT) { /* P2 to P1 */
        w = memory(8 * n);
        (void)tri_recv(s->link, 0, (uint8_t *)w, 8 * n);
        (void)tri_recv(s->link, 1, (uint8_t *)w, 8 * n);
        send_bytes(s, 1, 64 * n, f->byte);
        send_words(s, 1, n, f->word);
        free(w);
    } else { /* ComputeMSB: P0 to P1 or P1 to P0 */
        w = memory(8 * n);
        send_words(s, 1 - s->id, n, f->word);
        (void)tri_recv(s->link, 1 - s->id, (uint8_t *)w, 8 * n);
        free(w);
    }
}

static void check_forged(struct tri_check *c)
{
    static const struct {
        enum op op;
        unsigned liar, victim;
        uint8_t byte;
        uint64_t word;
        int want;
    } how[] = {
        { OP_COMPARE_GT, 0, 2, 126, 0, TRI_OK },
        { OP_COMPARE_GT, 0, 2, 127, 0, TRI_E_PROTO },
        { OP_COMPARE_GT, 1, 2, 128, 0, TRI_E_PROTO },
        { OP_COMPARE_GT, 1, 2, 255, 0, TRI_E_PROTO },
        /* without a lie the run ends with the liar's silence */
        { OP_CONVERT, 2, 1, 126, UINT64_MAX - 1, TRI_E_IO },
        { OP_CONVERT, 2, 1, 127, 0, TRI_E_PROTO },
        { OP_CONVERT, 2, 1, 255, 0, TRI_E_PROTO },
        { OP_CONVERT, 2, 1, 126, UINT64_MAX, TRI_E_PROTO },
        { OP_MSB, 0, 1, 0, UINT64_MAX, TRI_E_PROTO },
        { OP_MSB, 1, 0, 0, UINT64_MAX, TRI_E_PROTO },
    };
    struct forge f;

    run_alloc(&f.run, 200);
    f.run.n = 100;
    for (unsigned k = 0; k < sizeof how / sizeof *how; k++) {
        struct tri_three t;

        setup(&t, c, k);
        f.run.op = how[k].op;
        f.who = how[k].liar;
        f.byte = how[k].byte;
        f.word = how[k].word;
        memset(f.run.rc, 0, sizeof f.run.rc);
        for (unsigned j = 0; j < 2; j++)
            memset(f.run.share[j], 0, 64 * f.run.n);
        memset(f.run.out[0][0], 0x55, 8 * f.run.n);
        memset(f.run.out[0][1], 0x55, 8 * f.run.n);
        tri_three_run(&t, forger, &f);
        if (f.run.rc[how[k].victim] != how[k].want ||
            t.dead[how[k].victim] != how[k].want) {
            tri_check_fail(c, "%s, forgery %u: P%u returned %d, not %d",
                           op_name[f.run.op], k, how[k].victim,
                           f.run.rc[how[k].victim], how[k].want);
            break;
        }
        if (how[k].victim < 2 && !zero(f.run.out[0][how[k].victim], f.run.n)) {
            tri_check_fail(c, "forgery %u: outputs are not wiped", k);
            break;
        }
    }
    run_free(&f.run);
}

const struct tri_check_entry tri_checks_paper[] = {
    { "paper: odd ring", check_odd },
    { "paper: draws modulo L - 1", check_odd_words },
    { "paper: formulas over small rings", check_formulas },
    { "paper: bits are dealt", check_bits },
    { "paper: PrivateCompare", check_compare },
    { "paper: ShareConvert", check_convert },
    { "paper: ComputeMSB", check_msb },
    { "paper: DReLU, ReLU, SelectShare", check_relu },
    { "paper: Division", check_divide },
    { "paper: MaxPool and its derivative", check_max },
    { "paper: Truncation", check_trunc },
    { "paper: costs", check_costs },
    { "paper: threads and kernels", check_threads },
    { "paper: curious helper", check_curious },
    { "paper: view of the helper", check_view },
    { "paper: outputs are fresh", check_refresh },
    { "paper: fair coins", check_coins },
    { "paper: masks", check_masks },
    { "paper: broken link", check_cut },
    { "paper: forged messages", check_forged },
};
const size_t tri_checks_paper_n =
    sizeof tri_checks_paper / sizeof *tri_checks_paper;
