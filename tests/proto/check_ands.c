#include <stdlib.h>
#include <string.h>
#include "core/err.h"
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
};

static void gates_make(struct gates *g, size_t words, uint64_t *rng)
{
    uint64_t *w = calloc(12 * words + 1, sizeof *w);

    if (w == NULL)
        abort();
    g->words = words;
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
    for (unsigned i = 0; i < 3; i++)
        for (size_t j = 0, n = (i + 1) % 3; j < words; j++)
            g->e1[i][j] = (g->x[i][j] & g->y[n][j]) ^
                          (g->y[i][j] & g->x[n][j]) ^ g->e2[i][j];
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
}

/* ---- a wire that can be tampered with --------------------------------------
 */

struct message {
    size_t len;
    uint8_t bytes[2048];
};

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
};

struct end {
    struct wire *w;
};

static int wire_send(struct tri_link *l, unsigned to, const void *buf,
                     size_t len)
{
    struct wire *w = ((struct end *)l->self)->w;
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
    return TRI_OK;
}

static int wire_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    struct wire *w = ((struct end *)l->self)->w;
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
    struct end end;
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
    /* called before the messages of a round are sent, after all are received */
    void (*before)(struct world *, unsigned round, void *);
    void (*after)(struct world *, unsigned round, void *);
    void *arg;
};

static void world_make(struct world *w, unsigned cpu, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    tri_kernels_init(&w->k, cpu);
    w->end.w = &w->w;
    w->drawn = UINT64_MAX;
    if (posix_memalign((void **)&w->block, TRI_ALIGN, 3 * ARENA) != 0)
        abort();
    for (unsigned i = 0; i < 3; i++) {
        w->link[i] =
            (struct tri_link){ .ops = &wire_ops, .self = &w->end, .id = i };
        tri_arena_init(&w->arena[i], w->block + (size_t)i * ARENA, ARENA);
        w->s[i] = (struct tri_session){ .id = i, .link = &w->link[i] };
        w->s[i].cx = (struct tri_cx){ &w->k, NULL, &w->arena[i] };
        for (unsigned j = 0; j < 3; j++) {
            uint8_t key[32] = { (uint8_t)(1 + i + j), 0 };

            memcpy(key + 8, &seed, 8);
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
        if (w->before != NULL)
            w->before(w, r, w->arg);
        for (unsigned i = 0; i < 3; i++)
            w->rc[i] = tri_ands_send(&w->a[i], r);
        for (unsigned i = 0; i < 3; i++) {
            if (w->rc[i] == TRI_OK)
                w->rc[i] = tri_ands_recv(&w->a[i], r);
            if (rc == TRI_OK)
                rc = w->rc[i];
        }
        if (w->after != NULL)
            w->after(w, r, w->arg);
    }
    return rc;
}

static void world_end(struct world *w)
{
    for (unsigned i = 0; i < 3; i++)
        tri_ands_end(&w->a[i]);
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
        CHECK(c, w.arena[0].used == 0, "memory is left over");
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
        const size_t cut[2] = { words / 3, words };
        const size_t at = trial % 3 == 0   ? 0
                          : trial % 3 == 1 ? words - 1
                                           : tri_test_rand(&rng) % words;
        const unsigned prover = trial / 3 % 3;
        const uint64_t bit = (uint64_t)1 << tri_test_rand(&rng) % 64;
        struct gates g;
        int rc;

        gates_make(&g, words, &rng);
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

const struct tri_check_entry tri_checks_ands[] = {
    { "ands/honest", check_honest },
    { "ands/gates", check_gates },
    { "ands/messages", check_messages },
};
const size_t tri_checks_ands_n =
    sizeof tri_checks_ands / sizeof *tri_checks_ands;
