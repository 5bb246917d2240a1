#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/le.h"
#include "proto/verify/ands.h"
#include "proto/verify/field.h"
#include "tests/checks.h"
#include "tests/support/three.h"

/* The check of bit products, with three parties step by step in one thread, so
 * that every message can be read and altered on its way. */

enum { ENTRIES = 3, QUEUE = 8, ARENA = 1 << 23 };

/* Component i and relation i of all products; party p has [p] and [p+1]. */
struct gates {
    size_t words;
    uint64_t *x[3], *y[3], *e1[3], *e2[3];
    int thin; /* the second entry has no x[1] and no y[0] */
};

static void gates_relate(struct gates *g)
{
    for (unsigned i = 0; i < 3; i++)
        for (size_t j = 0, n = (i + 1) % 3; j < g->words; j++)
            g->e1[i][j] = (g->x[i][j] & g->y[n][j]) ^
                          (g->y[i][j] & g->x[n][j]) ^ g->e2[i][j];
}

static void gates_make(struct gates *g, size_t words, uint64_t *rng)
{
    uint64_t *w = calloc(12 * words + 1, sizeof *w);

    if (w == NULL)
        abort();
    g->words = words;
    g->thin = 0;
    for (unsigned i = 0; i < 3; i++) {
        g->x[i] = w + (4 * i + 0) * words;
        g->y[i] = w + (4 * i + 1) * words;
        g->e1[i] = w + (4 * i + 2) * words;
        g->e2[i] = w + (4 * i + 3) * words;
        for (size_t j = 0; j < words; j++) {
            g->x[i][j] = tri_test_rand(rng);
            g->y[i][j] = tri_test_rand(rng);
            g->e2[i][j] = tri_test_rand(rng);
        }
    }
    gates_relate(g);
}

/* Words at cut[0] .. cut[1]-1 as carries of three bits are in a ledger. */
static void gates_thin(struct gates *g, const size_t cut[2])
{
    for (size_t j = cut[0]; j < cut[1]; j++)
        g->x[1][j] = g->y[0][j] = 0;
    g->thin = 1;
    gates_relate(g);
}

static void gates_free(struct gates *g)
{
    free(g->x[0]);
}

/* Party p's view, cut into entries at two places. */
static void entries_of(const struct gates *g, unsigned p, const size_t cut[2],
                       struct tri_verify_ands e[ENTRIES])
{
    const size_t at[ENTRIES + 1] = { 0, cut[0], cut[1], g->words };
    const unsigned next = (p + 1) % 3, prev = (p + 2) % 3;

    for (unsigned i = 0; i < ENTRIES; i++)
        e[i] = (struct tri_verify_ands){
            .x = { g->x[p] + at[i], g->x[next] + at[i] },
            .y = { g->y[p] + at[i], g->y[next] + at[i] },
            .e1 = g->e1[next] + at[i],
            .e2 = g->e2[prev] + at[i],
            .words = at[i + 1] - at[i],
        };
    for (unsigned c = 0; g->thin && c < 2; c++) {
        const unsigned place = (p + c) % 3;

        if (place == 1)
            e[1].x[c] = NULL;
        if (place == 0)
            e[1].y[c] = NULL;
    }
}

/* ---- a wire that can be tampered with --------------------------------------
 */

struct message {
    size_t len;
    uint8_t bytes[2048] __attribute__((aligned(8)));
};

struct world;
/* Sees a message on its way, and may change it. */
typedef void alter_fn(struct world *w, unsigned from, unsigned to,
                      uint64_t *words, size_t n);

struct wire {
    struct message m[3][3][QUEUE];
    unsigned in[3][3], out[3][3]; /* counts */
    uint64_t bytes[3][3];
    unsigned round;
    /* what to alter: in a round, of one sender to one receiver, a bit */
    int armed;
    unsigned at_round, from, to;
    size_t bit; /* of all that is sent there in the round */
    size_t seen, hit;
    alter_fn *alter;
    struct world *world;
};

static int wire_send(struct tri_link *l, unsigned to, const void *buf,
                     size_t len)
{
    struct wire *w = l->self;
    struct message *m = &w->m[l->id][to][w->in[l->id][to]++ % QUEUE];

    if (len > sizeof m->bytes)
        abort();
    memcpy(m->bytes, buf, len);
    m->len = len;
    w->bytes[l->id][to] += len;
    if (w->armed && w->round == w->at_round && l->id == w->from &&
        to == w->to) {
        if (w->bit >= 8 * w->seen && w->bit < 8 * (w->seen + len)) {
            m->bytes[w->bit / 8 - w->seen] ^= (uint8_t)(1 << w->bit % 8);
            w->hit++;
        }
        w->seen += len;
    }
    if (w->alter != NULL)
        w->alter(w->world, l->id, to, (uint64_t *)m->bytes, len / 8);
    return TRI_OK;
}

static int wire_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct wire *w = l->self;
    const struct message *m = &w->m[from][l->id][w->out[from][l->id]++ % QUEUE];

    if (w->out[from][l->id] > w->in[from][l->id] || m->len != len)
        return TRI_E_PROTO;
    memcpy(buf, m->bytes, len);
    return TRI_OK;
}

static int wire_flush(struct tri_link *l)
{
    (void)l;
    return TRI_OK;
}

static const struct tri_link_ops wire_ops = { .send = wire_send,
                                              .recv = wire_recv,
                                              .flush = wire_flush };

/* ---- three parties ---------------------------------------------------------
 */

struct world {
    struct wire w;
    struct tri_kernels k;
    struct tri_link link[3];
    struct tri_session s[3];
    struct tri_arena arena[3];
    struct tri_coins coins[3];
    struct tri_verify_ands entry[3][ENTRIES];
    struct tri_ands a[3];
    uint8_t *block;
    uint64_t batch, drawn;
    int rc[3];        /* of the party's last call        */
    unsigned stopped; /* the round after which all stop  */
    void *arg;        /* of what alters messages     */
};

static void world_make(struct world *w, unsigned cpu, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    tri_kernels_init(&w->k, cpu);
    w->w.world = w;
    w->drawn = UINT64_MAX;
    if (posix_memalign((void **)&w->block, TRI_ALIGN, 3 * ARENA) != 0)
        abort();
    for (unsigned i = 0; i < 3; i++) {
        w->link[i] =
            (struct tri_link){ .ops = &wire_ops, .self = &w->w, .id = i };
        tri_arena_init(&w->arena[i], w->block + (size_t)i * ARENA, ARENA);
        w->s[i] = (struct tri_session){ .id = i, .link = &w->link[i] };
        w->s[i].cx = (struct tri_cx){ &w->k, NULL, &w->arena[i] };
        for (unsigned j = 0; j < 3; j++) {
            uint8_t key[32] = { (uint8_t)(1 + i + j), 0 };

            tri_le_store64(key + 8, seed);
            if (i != j)
                tri_prg_init(&w->s[i].prg[j], &w->k, key, TRI_PRG_CHACHA20);
        }
        tri_coins_init(&w->coins[i], &w->s[i]);
    }
}

static void world_free(struct world *w)
{
    free(w->block);
}

/* One batch; TRI_OK, or the first error of any party. All stop after the round
 * in which one fails. */
static int world_run(struct world *w, const struct gates *g,
                     const size_t cut[2])
{
    int rc = TRI_OK;

    memset(w->w.in, 0, sizeof w->w.in);
    memset(w->w.out, 0, sizeof w->w.out);
    memset(w->w.bytes, 0, sizeof w->w.bytes);
    w->w.seen = w->w.hit = 0;
    for (unsigned i = 0; i < 3; i++) {
        entries_of(g, i, cut, w->entry[i]);
        if (tri_ands_start(&w->a[i], &w->s[i], &w->coins[i], w->batch,
                           w->entry[i], ENTRIES) != TRI_OK)
            abort();
        w->a[i].drawn = w->drawn;
        w->rc[i] = TRI_OK;
    }
    w->batch++;
    for (unsigned r = 0; rc == TRI_OK && r < w->a[0].plan.rounds; r++) {
        w->w.round = w->stopped = r;
        for (unsigned i = 0; i < 3; i++)
            w->rc[i] = tri_ands_send(&w->a[i], r);
        for (unsigned i = 0; i < 3; i++) {
            if (w->rc[i] == TRI_OK)
                w->rc[i] = tri_ands_recv(&w->a[i], r);
            if (rc == TRI_OK)
                rc = w->rc[i];
        }
    }
    return rc;
}

static void world_end(struct world *w)
{
    for (unsigned i = 0; i < 3; i++) {
        tri_ands_end(&w->a[i]);
        tri_arena_drop_far(&w->arena[i]);
    }
}

/* ---- checks ------------------------------------------------------------ */

/* Honest parties are content, whatever the sizes, also with words in several
 * entries; bytes are those of the plan, and no message is left over. */
static void check_honest(struct tri_check *c)
{
    static struct world w;
    uint64_t rng = c->seed;

    world_make(&w, tri_cpu_detect(), c->seed);
    for (unsigned trial = 0; trial < 44; trial++) {
        const size_t words = trial < 12   ? 1 + trial
                             : trial < 42 ? 1 + tri_test_rand(&rng) % 400
                                          : 4000 + trial;
        size_t cut[2] = { tri_test_rand(&rng) % (words + 1), words };
        uint64_t next = 0, prev = 0;
        struct gates g;
        int rc;

        if (trial % 3 == 1)
            cut[1] = cut[0] + tri_test_rand(&rng) % (words - cut[0] + 1);
        gates_make(&g, words, &rng);
        if (trial % 4 == 3)
            gates_thin(&g, cut);
        rc = world_run(&w, &g, cut);
        CHECK(c, rc == TRI_OK, "%zu words, trial %u: %d in round %u, %s", words,
              trial, rc, w.stopped, w.a[0].why ? w.a[0].why : "");
        for (unsigned r = 0; r < w.a[0].plan.rounds; r++) {
            size_t bytes[2];

            tri_ands_flow(&w.a[0].plan, r, bytes);
            next += bytes[0];
            prev += bytes[1];
        }
        for (unsigned i = 0; i < 3; i++) {
            const unsigned n = (i + 1) % 3, p = (i + 2) % 3;

            CHECK(c, w.w.bytes[i][n] == next && w.w.bytes[i][p] == prev,
                  "%zu words: P%u sent other bytes than planned", words, i);
            CHECK(c,
                  w.w.in[i][n] == w.w.out[i][n] &&
                      w.w.in[i][p] == w.w.out[i][p],
                  "%zu words: a message of P%u stays unread", words, i);
        }
        world_end(&w);
        gates_free(&g);
    }
    world_free(&w);
}

/* A single wrong bit of any operand, product or mask, in the first and last
 * word and anywhere, is found, and the right two are named. */
static void check_gates(struct tri_check *c)
{
    static struct world w;
    uint64_t rng = c->seed;

    world_make(&w, tri_cpu_detect(), c->seed);
    for (unsigned trial = 0; trial < 150; trial++) {
        const size_t words =
            1 + tri_test_rand(&rng) % (trial < 148 ? 100 : 2000);
        const size_t cut[2] = { words / 3, words - words / 8 };
        const size_t at = trial % 3 == 0   ? 0
                          : trial % 3 == 1 ? words - 1
                                           : tri_test_rand(&rng) % words;
        const unsigned prover = trial / 3 % 3;
        const uint64_t bit = (uint64_t)1 << tri_test_rand(&rng) % 64;
        struct gates g;
        int rc;

        gates_make(&g, words, &rng);
        if (trial % 2)
            gates_thin(&g, cut);
        if (trial / 9 % 2)
            g.e1[prover][at] ^= bit;
        else
            g.e2[prover][at] ^= bit;
        rc = world_run(&w, &g, cut);
        CHECK(c, rc == TRI_E_CHEAT, "%zu words: word %zu, bit %llx, passes",
              words, at, (unsigned long long)bit);
        for (unsigned i = 0; i < 3; i++) {
            const int blames = i == (prover + 1) % 3;

            CHECK(c, (w.rc[i] == TRI_E_CHEAT) == blames,
                  "P%u says %d of prover %u", i, w.rc[i], prover);
            CHECK(c,
                  !blames || (w.a[i].prover == prover &&
                              w.a[i].beside == (prover + 2) % 3),
                  "P%u blames %u and %u, not %u", i, w.a[i].prover,
                  w.a[i].beside, prover);
        }
        world_end(&w);
        gates_free(&g);
    }
    world_free(&w);
}

/* A single bit of any message is found: exhaustive over rounds, senders and
 * receivers and 8-byte words, with two sizes that have different levels. Before
 * V1 has seen the echo of the points it opens nothing. */
static void check_messages(struct tri_check *c)
{
    static struct world w;
    static const size_t sizes[] = { 3, 700 };
    uint64_t rng = c->seed;

    world_make(&w, tri_cpu_detect(), c->seed);
    for (unsigned s = 0; s < 2; s++) {
        const size_t words = sizes[s], cut[2] = { words, words };
        struct tri_ands_plan plan;
        struct gates g;

        tri_ands_plan(&plan, words);
        gates_make(&g, words, &rng);
        for (unsigned r = 0; r < plan.rounds; r++)
            for (unsigned way = 0; way < 2; way++) {
                size_t bytes[2], step;

                tri_ands_flow(&plan, r, bytes);
                step = s == 0 ? 8 : 200;
                for (size_t byte = 0; byte < bytes[way]; byte += step) {
                    const unsigned from = (unsigned)(tri_test_rand(&rng) % 3);
                    int rc;

                    w.w.armed = 1;
                    w.w.at_round = r;
                    w.w.from = from;
                    w.w.to = (from + 1 + way) % 3;
                    w.w.bit = 8 * byte + tri_test_rand(&rng) % 64;
                    rc = world_run(&w, &g, cut);
                    CHECK(c, w.w.hit == 1, "no such bit");
                    CHECK(c, rc == TRI_E_CHEAT,
                          "%zu words: round %u of %u, P%u to P%u, bit %zu: %d",
                          words, r, plan.rounds, from, w.w.to, w.w.bit, rc);
                    CHECK(c,
                          r == 0 ? w.stopped == 1
                          : way == 1 && r + 1 < plan.rounds
                              ? w.stopped == plan.rounds - 2
                              : 1,
                          "round %u: stopped after %u", r, w.stopped);
                    world_end(&w);
                }
            }
        w.w.armed = 0;
        gates_free(&g);
    }
    world_free(&w);
}

/* ---- a prover that cheats as well as it can -------------------------------
 *
 * One product is wrong by one bit, so that the claim is wrong by `error` at
 * some step; there the prover adds to its polynomial one that makes up for it
 * and is zero at as many challenges as its degree allows. With challenges of 8
 * bits that succeeds often enough to be counted, and as often as the bound
 * says.
 */
enum step { NOWHERE, FIRST, LEVEL_0, LAST, STEPS };

struct liar {
    enum step where;
    unsigned prover, bit; /* the wrong bit, of word 0 */
    int knows;            /* the challenge of that step */
};

/* The i-th challenge that the liar bets on. Not a coset of the nodes: there the
 * values of a lie add up to nothing. */
static uint64_t bet(const struct world *w, const struct liar *l, unsigned i,
                    unsigned point)
{
    if (l->knows && i == 0)
        return w->a[(l->prover + 1) % 3].other.point[point];
    return 512 ^ (37 * i % 256);
}

static uint64_t mul(const struct world *w, uint64_t x, uint64_t y)
{
    return tri_field_mul(&w->k, x, y);
}

/* x^(2^64 - 2). */
static uint64_t inverse(const struct world *w, uint64_t x)
{
    uint64_t z = 1;

    for (unsigned n = 0; n < 63; n++) {
        x = mul(w, x, x);
        z = mul(w, z, x);
    }
    return z;
}

/* What the wrong bit makes of the claim, knowing points up to number n. */
static uint64_t claim_error(const struct world *w, const struct liar *l,
                            unsigned n)
{
    const struct tri_ands *a = &w->a[l->prover];
    uint64_t s[128], L[256], e;

    tri_field_nodes(&w->k, s, 128);
    tri_field_lagrange(&w->k, L, s, 128, a->mine.point[0]);
    e = mul(w, mul(w, a->mine.w.a[0], a->mine.w.b[0]), a->mine.w.e[0]);
    e = mul(w, e, L[l->bit]);
    for (unsigned i = 0; i + 1 < n; i++) {
        tri_field_lagrange(&w->k, L, NULL, 2 * a->plan.k[i],
                           a->mine.point[i + 1]);
        e = mul(w, e, L[0]);
    }
    return e;
}

/* Adds c * (product of X + bet) of degree d to the values at 1..n-1 of a
 * message, where c makes the values at 0..half-1 add up to `error`. */
static uint64_t add_lie(const struct world *w, const struct liar *l,
                        uint64_t *q, unsigned half, unsigned degree,
                        unsigned point, uint64_t error)
{
    uint64_t v[256], sum = 0, c;

    for (unsigned x = 0; x < 2 * half; x++) {
        v[x] = 1;
        for (unsigned i = 0; i < degree; i++)
            v[x] = mul(w, v[x], x ^ bet(w, l, i, point));
        sum ^= x < half ? v[x] : 0;
    }
    c = mul(w, error, inverse(w, sum));
    for (unsigned x = 1; x < 2 * half; x++)
        q[x - 1] ^= mul(w, c, v[x]);
    return c;
}

/* The polynomial that is the error at the wrong bit, zero at the other 63 bits
 * and at 64 challenges. */
static void lie_first(const struct world *w, const struct liar *l, uint64_t *q)
{
    const struct tri_ands_weights *t = &w->a[l->prover].mine.w;
    const uint64_t e = mul(w, mul(w, t->a[0], t->b[0]), t->e[0]);
    uint64_t s[128];

    tri_field_nodes(&w->k, s, 128);
    for (unsigned p = 0; p < 64; p++) {
        uint64_t over = e, under = 1;

        for (unsigned i = 0; i < 128; i++) {
            const uint64_t x = i < 64 ? s[i] : bet(w, l, i - 64, 0);

            if (i == l->bit)
                continue;
            over = mul(w, over, s[64 + p] ^ x);
            under = mul(w, under, s[l->bit] ^ x);
        }
        q[p] ^= mul(w, over, inverse(w, under));
    }
}

static void lie(struct world *w, unsigned from, unsigned to, uint64_t *q,
                size_t n)
{
    const struct liar *l = w->arg;
    const struct tri_ands_plan *plan = &w->a[0].plan;
    const unsigned level = (w->w.round - 3) / 2;

    if (from != l->prover || to != (from + 1) % 3)
        return;
    if (w->w.round == 1 && n == TRI_ANDS_Q && l->where == FIRST)
        lie_first(w, l, q);
    if (w->w.round == 3 && l->where == LEVEL_0)
        add_lie(w, l, q, plan->k[0], 2 * plan->k[0] - 1, 1,
                claim_error(w, l, 1));
    if (w->w.round == plan->rounds - 2 && l->where == LAST && level > 0)
        q[n - 1] ^= add_lie(w, l, q, plan->last, 2 * plan->last,
                            plan->levels + 1, claim_error(w, l, level + 1));
}

/* How many of `trials` cheats pass. */
static unsigned passes(struct world *w, struct liar *l, unsigned trials,
                       uint64_t *rng)
{
    const size_t cut[2] = { 1, 1 };
    unsigned n = 0;
    struct gates g;

    w->w.alter = lie;
    w->arg = l;
    gates_make(&g, 1, rng);
    for (unsigned i = 0; i < trials; i++) {
        l->prover = i % 3;
        l->bit = (unsigned)(tri_test_rand(rng) % 64);
        g.e1[l->prover][0] ^= (uint64_t)1 << l->bit;
        n += world_run(w, &g, cut) == TRI_OK;
        world_end(w);
        g.e1[l->prover][0] ^= (uint64_t)1 << l->bit;
    }
    gates_free(&g);
    w->w.alter = NULL;
    return n;
}

/* With challenges of 8 bits a wrong gate passes as often as the terms of the
 * bound say: three factors of its weight, then the degree of the step at which
 * the prover makes up for it. The seed of the test is fixed; of all seeds, 4 in
 * a million are a false alarm. */
static void check_bound(struct tri_check *c)
{
    static struct world w;
    static const struct {
        const char *name;
        enum step where;
        unsigned degree;
    } cases[] = { { "nowhere", NOWHERE, 0 },
                  { "in the first polynomial", FIRST, 64 },
                  { "at level 0", LEVEL_0, 15 },
                  { "in the last step", LAST, 32 } };
    enum { TRIALS = 3000 };
    uint64_t rng = c->seed;

    world_make(&w, tri_cpu_detect(), c->seed);
    w.drawn = 0xff;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct liar l = { .where = cases[i].where };
        const double none = 255.0 / 256, d = cases[i].degree / 256.0;
        const double want = TRIALS * (1 - none * none * none * (1 - d));
        const double got = passes(&w, &l, TRIALS, &rng);

        CHECK(c, (got - want) * (got - want) < 25 * want,
              "lies %s: %.0f of %d pass, the bound says %.0f", cases[i].name,
              got, (int)TRIALS, want);
    }
    world_free(&w);
}

/* With all bits no such lie passes, but every one does if the prover knows the
 * next challenge: none may be known before what it asks about is fixed. */
static void check_known(struct tri_check *c)
{
    static struct world w;
    uint64_t rng = c->seed;

    world_make(&w, tri_cpu_detect(), c->seed);
    for (enum step s = NOWHERE; s < STEPS; s++)
        for (int knows = 0; knows < 2; knows++) {
            struct liar l = { .where = s, .knows = knows };
            const unsigned n = passes(&w, &l, 60, &rng);

            CHECK(c, n == (knows && s != NOWHERE ? 60 : 0),
                  "step %d, challenge %s: %u of 60 lies pass", (int)s,
                  knows ? "known" : "unknown", n);
        }
    world_free(&w);
}

/* ---- what the verifiers see ------------------------------------------------
 */

enum { VIEW = 160 };

struct view {
    unsigned ones[3][VIEW][64], n[3]; /* [receiver] */
    size_t at[3];
};

/* Counts the bits of all shares and openings, by their place in the run. */
static void look(struct world *w, unsigned from, unsigned to, uint64_t *q,
                 size_t n)
{
    struct view *v = w->arg;
    const unsigned r = w->w.round, last = w->a[0].plan.rounds - 1;

    if (r == last ? to != (from + 2) % 3 : to != (from + 1) % 3 || n < 15)
        return;
    for (size_t i = 0; i < (r == last ? 1 : n) && v->at[to] < VIEW; i++) {
        for (unsigned b = 0; b < 64; b++)
            v->ones[to][v->at[to]][b] += (unsigned)(q[i] >> b & 1);
        v->at[to]++;
    }
}

/* Whatever the gates are, even all zero, when all that is shared is zero, V2
 * sees uniform words: shares, and what V1 opens. The rest of the opening
 * follows from the verdict. */
static void check_view(struct tri_check *c)
{
    static struct world w;
    static struct view v;
    enum { TRIALS = 800 };
    const size_t cut[2] = { 1, 1 };
    struct gates g = { .words = 0 };
    uint64_t rng = c->seed, zero[1] = { 0 };

    memset(&v, 0, sizeof v);
    world_make(&w, tri_cpu_detect(), c->seed);
    w.w.alter = look;
    w.arg = &v;
    g.words = 1;
    for (unsigned i = 0; i < 3; i++)
        g.x[i] = g.y[i] = g.e1[i] = g.e2[i] = zero;
    (void)rng;
    for (unsigned t = 0; t < TRIALS; t++) {
        memset(v.at, 0, sizeof v.at);
        CHECK(c, world_run(&w, &g, cut) == TRI_OK, "trial %u fails", t);
        world_end(&w);
    }
    for (unsigned to = 0; to < 3; to++) {
        CHECK(c, v.at[to] == 64 + 15 + 32 + 1, "%zu words seen", v.at[to]);
        for (size_t i = 0; i < v.at[to]; i++)
            for (unsigned b = 0; b < 64; b++) {
                const double d = v.ones[to][i][b] - TRIALS / 2.0;

                CHECK(c, d * d < 36 * TRIALS / 4.0,
                      "P%u sees bit %u of word %zu set in %u of %d runs", to, b,
                      i, v.ones[to][i][b], (int)TRIALS);
            }
    }
    world_free(&w);
}

/* No challenge is a node, and none comes twice. */
static void check_points(struct tri_check *c)
{
    static struct world w;
    const size_t cut[2] = { 1, 1 };
    uint64_t rng = c->seed, last = 0;
    struct gates g;

    world_make(&w, tri_cpu_detect(), c->seed);
    gates_make(&g, 1, &rng);
    for (unsigned t = 0; t < 100; t++) {
        w.drawn = t % 2 ? UINT64_MAX : 0x7ff; /* one in four is a node */
        world_run(&w, &g, cut);
        for (unsigned i = 0; i < 3; i++) {
            const struct tri_ands_proof *p = &w.a[i].first;
            const struct tri_ands_proof *o = &w.a[(i + 2) % 3].other;

            CHECK(c, p->prover == o->prover, "roles");
            CHECK(c, memcmp(p->point, o->point, sizeof p->point) == 0,
                  "the verifiers of P%u have two challenges", p->prover);
            CHECK(c, tri_field_in_small(&w.k, p->point[0]) == 0, "r in G8");
            for (unsigned n = 1; n < w.a[i].plan.levels + 2; n++)
                CHECK(c, p->point[n] >= 512, "point %u is a node", n);
            CHECK(c, memcmp(p->seed, &last, 8) != 0, "a seed comes twice");
            memcpy(&last, p->seed, 8);
        }
        world_end(&w);
    }
    gates_free(&g);
    world_free(&w);
}

/* ---- the proof, by its definition ---------------------------------------- */

static unsigned small_mul(unsigned x, unsigned y)
{
    unsigned z = 0;

    for (; y != 0; y >>= 1, x = x << 1 ^ (x >> 7) * 0x11b)
        z ^= y & 1 ? x : 0;
    return z;
}

/* Lagrange's polynomial of node j at r, as the formula stands. */
static uint64_t lagrange(const struct world *w, const uint64_t *s, size_t n,
                         size_t j, uint64_t r)
{
    uint64_t over = 1, under = 1;

    for (size_t i = 0; i < n; i++)
        if (i != j) {
            over = mul(w, over, r ^ s[i]);
            under = mul(w, under, s[j] ^ s[i]);
        }
    return mul(w, over, inverse(w, under));
}

/* The polynomial whose values at 0..63 are the bits of x, at 64 + p. */
static unsigned extend(uint64_t x, unsigned p)
{
    static unsigned L[64][64];
    unsigned z = 0;

    for (unsigned h = 0; L[p][0] == 0 && h < 64; h++) {
        unsigned inverse = 1, under = 1, over = 1;

        for (unsigned j = 0; j < 64; j++)
            if (j != h) {
                over = small_mul(over, (64 + p) ^ j);
                under = small_mul(under, h ^ j);
            }
        while (small_mul(inverse, under) != 1)
            inverse++;
        L[p][63 - h] = small_mul(over, inverse);
    }
    for (unsigned h = 0; h < 64; h++)
        z ^= x >> h & 1 ? L[p][63 - h] : 0;
    return z;
}

/* The vectors of level 0 of party 1's proof: element ((2g+part)*8+k)*8 + i. */
static void vectors(const struct world *w, const struct gates *g, uint64_t *u,
                    uint64_t *v)
{
    const struct tri_ands_proof *p = &w->a[1].mine;
    uint64_t s[64], M[64];

    tri_field_nodes(&w->k, s, 64);
    for (size_t h = 0; h < 64; h++)
        M[h] = lagrange(w, s, 64, h, p->point[0]);
    for (size_t i = 0; i < g->words; i++) {
        const uint64_t in[4] = { g->x[1][i], g->y[1][i], g->y[2][i],
                                 g->x[2][i] };
        const uint64_t t =
            mul(w, mul(w, p->w.a[i / 8 % 8], p->w.b[i % 8]), p->w.e[i / 64]);

        for (unsigned part = 0; part < 2; part++) {
            const size_t at = (2 * (i / 64) + part) * 64 + i % 64;

            u[at] = v[at] = 0;
            for (unsigned h = 0; h < 64; h++) {
                u[at] ^= in[part] >> h & 1 ? M[h] : 0;
                v[at] ^= in[2 + part] >> h & 1 ? M[h] : 0;
            }
            u[at] = mul(w, u[at], t);
        }
    }
}

/* z [8m]: n blocks of m entries of 8 (entry t of block k at t*n + k), at x. */
static void blocks_at(const struct world *w, uint64_t *z, const uint64_t *u,
                      size_t n, size_t m, uint64_t x)
{
    uint64_t s[32];

    memset(z, 0, 64 * m);
    for (size_t k = 0; k < n; k++)
        s[k] = k;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < 8 * m; i++)
            z[i] ^=
                mul(w, lagrange(w, s, n, k, x), u[(i / 8 * n + k) * 8 + i % 8]);
}

/* U(x) for a vector of n elements and its blind. */
static uint64_t last_at(const struct world *w, const uint64_t *u, size_t n,
                        uint64_t blind, uint64_t x)
{
    uint64_t s[TRI_ANDS_NODES], z = 0;

    for (size_t k = 0; k < n; k++)
        s[k] = k;
    for (size_t k = 0; k < n; k++) {
        z ^= mul(w, lagrange(w, s, n, k, x), u[k]);
        blind = mul(w, blind, x ^ k);
    }
    return z ^ blind;
}

/* Both shares of the proof of party 1 together, against the definition. */
static void check_proof(struct tri_check *c)
{
    enum { WORDS = 600, MOST = 10 * 128 + 32 * 64 };
    static struct world w;
    static uint64_t u[MOST], v[MOST], x[MOST], y[MOST];
    const size_t cut[2] = { WORDS, WORDS };
    uint64_t rng = c->seed, blind[2], s[256];
    const struct tri_ands_plan *plan = &w.a[1].plan;
    const uint64_t *q[2];
    struct gates g;
    size_t at = 0;

    world_make(&w, tri_cpu_detect(), c->seed);
    gates_make(&g, WORDS, &rng);
    CHECK(c, world_run(&w, &g, cut) == TRI_OK, "fails");
    CHECK(c, plan->levels == 2 && plan->last == 128 && plan->k[1] == 2,
          "another plan");
    q[0] = w.a[1].mine.q; /* was sent */
    tri_le_words(w.a[1].mine.q, 8 * plan->proof, 8);
    q[1] = w.a[0].first.q;
    tri_field_nodes(&w.k, s, 256);
    for (unsigned p = 0; p < 64; p++, at++) {
        const struct tri_ands_weights *t = &w.a[1].mine.w;
        uint64_t want = 0;

        for (size_t i = 0; i < WORDS; i++)
            want ^= mul(
                &w,
                mul(&w, mul(&w, t->a[i / 8 % 8], t->b[i % 8]), t->e[i / 64]),
                s[small_mul(extend(g.x[1][i], p), extend(g.y[2][i], p)) ^
                  small_mul(extend(g.y[1][i], p), extend(g.x[2][i], p))]);
        CHECK(c, (q[0][at] ^ q[1][at]) == want, "Q at 64 + %u", p);
    }
    memset(u, 0, sizeof u);
    memset(v, 0, sizeof v);
    vectors(&w, &g, u, v);
    for (unsigned l = 0; l < 2; l++) {
        const size_t n = plan->k[l], m = plan->m[l + 1];

        for (uint64_t X = 1; X < 2 * n; X++, at++) {
            blocks_at(&w, x, u, n, m, X);
            blocks_at(&w, y, v, n, m, X);
            CHECK(c, (q[0][at] ^ q[1][at]) == w.k.gf_dot(x, y, 8 * m),
                  "level %u at %u", l, (unsigned)X);
        }
        blocks_at(&w, x, u, n, m, w.a[1].mine.point[l + 1]);
        blocks_at(&w, y, v, n, m, w.a[1].mine.point[l + 1]);
        memset(u, 0, sizeof u);
        memset(v, 0, sizeof v);
        memcpy(u, x, 64 * m);
        memcpy(v, y, 64 * m);
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct tri_coin_at place = { i == 0 ? TRI_COIN_AND_BLIND_U
                                                  : TRI_COIN_AND_BLIND_V,
                                           1, w.batch - 1, plan->id };
        struct tri_coin coin;

        tri_coin_open(&coin, &w.coins[1],
                      i == 0 ? w.coins[1].own : w.coins[1].next, &place);
        tri_coin_words(&coin, &blind[i], 1);
    }
    for (uint64_t X = 1; X < 256; X++, at++)
        CHECK(c,
              (q[0][at] ^ q[1][at]) == mul(&w, last_at(&w, u, 128, blind[0], X),
                                           last_at(&w, v, 128, blind[1], X)),
              "last at %u", (unsigned)X);
    CHECK(c, (q[0][at] ^ q[1][at]) == mul(&w, blind[0], blind[1]), "X^256");
    CHECK(c, at + 1 == plan->proof, "%zu values, not %zu", at + 1, plan->proof);
    CHECK(c,
          w.a[0].opening[0] ==
              last_at(&w, u, 128, blind[0], w.a[0].first.point[3]),
          "what V1 opens");
    world_end(&w);
    gates_free(&g);
    world_free(&w);
}

/* ---- a verifier that guesses ----------------------------------------------
 *
 * V1 opens U + 1, and a share that is off by what it thinks that V is: V2
 * accepts iff that is so. V1 knows everything about V but one bit of an
 * operand, and the blind.
 */
struct guess {
    const struct gates *g; /* what it takes the gates for        */
    int knows;             /* the blind as well: as if none were */
};

static void guess(struct world *w, unsigned from, unsigned to, uint64_t *q,
                  size_t n)
{
    const struct guess *t = w->arg;
    const struct tri_ands_plan *plan = &w->a[1].plan;
    const struct tri_coin_at place = { TRI_COIN_AND_BLIND_V, 1, w->batch - 1,
                                       plan->id };
    uint64_t u[128] = { 0 }, v[128] = { 0 }, x[128], blind = 0;
    struct tri_coin coin;

    if (w->w.round + 1 != plan->rounds || from != 0 || to != 2 || n != 2)
        return;
    vectors(w, t->g, u, v);
    blocks_at(w, x, v, plan->k[0], plan->m[1], w->a[1].mine.point[1]);
    tri_coin_open(&coin, &w->coins[1], w->coins[1].next, &place);
    tri_coin_words(&coin, &blind, 1);
    q[0] ^= 1;
    q[1] ^= last_at(w, x, plan->last, t->knows ? blind : 0,
                    w->a[0].first.point[plan->levels + 1]);
}

/* Gates in which a bit of V2's is `bit`; V1 sees the same of them. */
static void gates_secret(struct gates *g, uint64_t bit)
{
    g->x[2][0] = (g->x[2][0] & ~(uint64_t)1) | bit;
    g->e2[1][0] =
        (g->x[1][0] & g->y[2][0]) ^ (g->y[1][0] & g->x[2][0]) ^ g->e1[1][0];
    g->e1[2][0] =
        (g->x[2][0] & g->y[0][0]) ^ (g->y[2][0] & g->x[0][0]) ^ g->e2[2][0];
}

/* The verdict tells V1 nothing; without the blind it would tell the bit. */
static void check_guess(struct tri_check *c)
{
    enum { TRIALS = 100 };
    static struct world w;
    const size_t cut[2] = { 1, 1 };
    uint64_t rng = c->seed;
    struct gates g, idea;
    struct guess t = { .g = &idea };

    world_make(&w, tri_cpu_detect(), c->seed);
    gates_make(&g, 1, &rng);
    gates_make(&idea, 1, &rng);
    g.y[1][0] |= 1; /* else the bit is in no product */
    gates_relate(&g);
    w.w.alter = guess;
    w.arg = &t;
    for (unsigned trial = 0; trial < TRIALS; trial++) {
        const uint64_t bit = tri_test_rand(&rng) & 1;

        gates_secret(&g, bit);
        for (unsigned i = 0; i < 3; i++) {
            idea.x[i][0] = g.x[i][0];
            idea.y[i][0] = g.y[i][0];
        }
        idea.x[2][0] |= 1;
        for (t.knows = 0; t.knows < 2; t.knows++) {
            const int rc = world_run(&w, &g, cut);

            CHECK(c, w.stopped + 1 == w.a[0].plan.rounds, "stops early");
            CHECK(c,
                  rc == (t.knows && bit ? TRI_OK : TRI_E_CHEAT) &&
                      w.rc[0] == TRI_OK && w.rc[1] == TRI_OK,
                  "bit %u, %s the blind: %d", (unsigned)bit,
                  t.knows ? "knowing" : "not knowing", rc);
            world_end(&w);
        }
    }
    gates_free(&g);
    gates_free(&idea);
    world_free(&w);
}

/* ---- threads, memory, links --------------------------------------------- */

/* Tasks in reverse, on several workers. */
static void backwards(void *self, tri_task_fn *fn, void *arg, size_t n)
{
    (void)self;
    for (size_t t = n; t-- > 0;)
        fn(arg, t, (unsigned)(t % 3));
}

/* The proof does not depend on the threads, nor on where entries end. */
static void check_threads(struct tri_check *c)
{
    static struct world w;
    static const struct tri_par par = { 3, NULL, backwards };
    static uint64_t one[4096];
    const size_t words = 20000;
    uint64_t rng = c->seed;
    struct gates g;

    world_make(&w, tri_cpu_detect(), c->seed);
    gates_make(&g, words, &rng);
    for (unsigned t = 0; t < 3; t++) {
        const size_t cut[2] = { t ? 7000 : words, t ? 7300 : words };

        for (unsigned i = 0; i < 3; i++)
            w.s[i].cx.par = t == 2 ? &par : NULL;
        w.batch = 5;
        CHECK(c, world_run(&w, &g, cut) == TRI_OK, "run %u", t);
        CHECK(c, w.a[1].plan.proof <= sizeof one / 8, "room");
        if (t == 0)
            memcpy(one, w.a[1].mine.q, 8 * w.a[1].plan.proof);
        CHECK(c, memcmp(one, w.a[1].mine.q, 8 * w.a[1].plan.proof) == 0,
              "run %u has another proof", t);
        world_end(&w);
    }
    gates_free(&g);
    world_free(&w);
}

struct linked {
    struct gates g;
    int rc[3];
    unsigned rounds;
    size_t used[3];
};

static int drive(struct tri_ands *a, struct tri_link *link)
{
    int rc = TRI_OK;

    for (unsigned r = 0; rc == TRI_OK && r < a->plan.rounds; r++) {
        rc = tri_ands_send(a, r);
        if (rc == TRI_OK)
            rc = tri_ands_recv(a, r);
        if (rc == TRI_OK)
            rc = tri_flush(link);
    }
    return rc;
}

static void linked_party(struct tri_engine *e, void *arg)
{
    struct linked *j = arg;
    const unsigned id = e->s->id;
    const size_t cut[2] = { j->g.words / 2, j->g.words / 2 + 1 };
    const size_t before = e->s->cx.arena->far;
    struct tri_verify_ands entry[ENTRIES];
    struct tri_coins coins;
    struct tri_ands a;

    tri_coins_init(&coins, e->s);
    entries_of(&j->g, id, cut, entry);
    j->rc[id] = tri_ands_start(&a, e->s, &coins, 0, entry, ENTRIES);
    if (j->rc[id] == TRI_OK && a.drawn != UINT64_MAX)
        j->rc[id] = TRI_E_RANGE; /* a weaker check than it should be */
    if (j->rc[id] == TRI_OK) {
        j->used[id] = e->s->cx.arena->far - before;
        j->rc[id] = drive(&a, e->s->link);
        j->rounds = a.plan.rounds;
        tri_ands_end(&a);
    }
    tri_coins_wipe(&coins);
}

/* Three threads over links: bytes, rounds and memory are those of the plan. */
static void check_links(struct tri_check *c)
{
    static const size_t sizes[] = { 1, 500, 40000 };
    uint64_t rng = c->seed;

    for (unsigned i = 0; i < 3; i++) {
        struct tri_ands_plan plan;
        struct tri_verify_ands entry = { .words = sizes[i] };
        struct tri_arena arena;
        struct tri_session dry = { .dry = 1 };
        uint64_t bytes = 0;
        struct tri_ands a;
        struct linked j;
        struct tri_three t;

        tri_three_default(&t);
        gates_make(&j.g, sizes[i], &rng);
        tri_three_run(&t, linked_party, &j);
        tri_ands_plan(&plan, sizes[i]);
        for (unsigned r = 0; r < plan.rounds; r++) {
            size_t b[2];

            tri_ands_flow(&plan, r, b);
            bytes += 3 * (b[0] + b[1]);
        }
        tri_arena_measure(&arena);
        dry.cx = (struct tri_cx){ NULL, NULL, &arena };
        CHECK(c, tri_ands_start(&a, &dry, NULL, 0, &entry, 1) == TRI_OK, "dry");
        for (unsigned p = 0; p < 3; p++) {
            CHECK(c, j.rc[p] == TRI_OK && t.dead[p] == 0, "P%u: %d (%s)", p,
                  j.rc[p], t.error[p]);
            CHECK(c, j.used[p] == arena.far, "P%u took %zu bytes, not %zu", p,
                  j.used[p], arena.far);
        }
        CHECK(c, tri_three_payload(&t) == bytes, "%llu bytes, not %llu",
              (unsigned long long)tri_three_payload(&t),
              (unsigned long long)bytes);
        CHECK(c, t.rounds == plan.rounds && j.rounds == plan.rounds,
              "%llu rounds, not %u", (unsigned long long)t.rounds, plan.rounds);
        gates_free(&j.g);
    }
}

/* No words, no check; nor with too little memory. */
static void check_refused(struct tri_check *c)
{
    static uint8_t block[1 << 12] __attribute__((aligned(64)));
    struct tri_verify_ands entry = { .words = 0 };
    struct tri_kernels k;
    struct tri_arena arena;
    struct tri_session s = { .id = 0 };
    struct tri_ands a;

    tri_kernels_init(&k, 0);
    tri_arena_init(&arena, block, sizeof block);
    s.cx = (struct tri_cx){ &k, NULL, &arena };
    CHECK(c, tri_ands_start(&a, &s, NULL, 0, &entry, 1) == TRI_E_ARG, "none");
    entry.words = 1;
    CHECK(c, tri_ands_start(&a, &s, NULL, 0, &entry, 1) == TRI_E_NOMEM, "room");
}

const struct tri_check_entry tri_checks_ands[] = {
    { "ands/honest", check_honest },     { "ands/gates", check_gates },
    { "ands/messages", check_messages }, { "ands/bound", check_bound },
    { "ands/known", check_known },       { "ands/view", check_view },
    { "ands/points", check_points },     { "ands/proof", check_proof },
    { "ands/guess", check_guess },       { "ands/threads", check_threads },
    { "ands/links", check_links },       { "ands/refused", check_refused },
};
const size_t tri_checks_ands_n =
    sizeof tri_checks_ands / sizeof *tri_checks_ands;
