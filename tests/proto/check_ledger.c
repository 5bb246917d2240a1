#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "proto/bilin.h"
#include "proto/nn/kind.h"
#include "proto/nn/train.h"
#include "proto/rep3/copies.h"
#include "proto/rep3/ledger.h"
#include "proto/rep3/rep3.h"
#include "proto/tournament.h"
#include "tests/checks.h"
#include "tests/support/three.h"

/*
 * The ledgers of all three parties, side by side at the end of every batch:
 * each relation is checked in the clear.
 */

/* ---- a program of every protocol ------------------------------------------
 */

enum { N = 150, ROWS = 5 };

struct program {
    tri_ring share[TRI_PARTIES][N];
    double out[TRI_PARTIES][N];
    tri_ring file[TRI_PARTIES][2][N]; /* fresh shares */
    int rc[TRI_PARTIES];
};

/* Values of about 1 at scale 8, positive. */
static void program_fill(struct program *p, uint64_t *rng)
{
    for (size_t i = 0; i < N; i++) {
        p->share[0][i] = tri_test_rand(rng);
        p->share[1][i] = tri_test_rand(rng);
        p->share[2][i] =
            100 + tri_test_rand(rng) % 200 - p->share[0][i] - p->share[1][i];
    }
}

static int products(struct tri_engine *e, struct tri_ten *x, struct tri_ten *z)
{
    struct tri_conv conv = { .b = 2,
                             .h = 5,
                             .w = 5,
                             .c = 2,
                             .kh = 3,
                             .kw = 3,
                             .o = 3,
                             .stride = 1,
                             .pad = 1 };
    const struct tri_bilin op[] = {
        { .kind = TRI_BILIN_MUL, .n = N },
        { .kind = TRI_BILIN_MATMUL, .m = 15, .k = 10, .n = 10 },
        { .kind = TRI_BILIN_MATMUL, .tx = 1, .m = 2, .k = 50, .n = 3 },
        { .kind = TRI_BILIN_CONV },
        { .kind = TRI_BILIN_CONV_DX },
        { .kind = TRI_BILIN_CONV_DW },
    };
    int rc = tri_conv_init(&conv);

    for (size_t i = 0; rc == TRI_OK && i < sizeof op / sizeof *op; i++) {
        struct tri_bilin o = op[i];
        struct tri_ten a, b, c;
        size_t nx, ny, nz;

        o.conv = conv;
        tri_bilin_sizes(&o, &nx, &ny, &nz);
        a = tri_ten_slice(e, x, 0, nx);
        b = tri_ten_slice(e, x, 0, ny);
        c = tri_ten_slice(e, z, 0, nz);
        rc = e->ops->bilin(e, &o, &c, &a, &b);
    }
    return rc;
}

static int comparisons(struct tri_engine *e, struct tri_ten *x,
                       struct tri_ten *z)
{
    struct tri_ten most = tri_ten_slice(e, z, 0, N / ROWS);
    struct tri_ten sum = tri_ten_slice(e, x, 0, ROWS);
    struct tri_bits bits;
    struct tri_maxn st;
    int rc = e->ops->bits_alloc(e, &bits, N);

    for (int fb = 8; rc == TRI_OK && fb >= 0; fb -= 4) {
        z->fb = fb;
        rc = e->ops->relu(e, z, &bits, x);
    }
    if (rc == TRI_OK)
        rc = e->ops->sign(e, &bits, x);
    if (rc == TRI_OK)
        rc = e->ops->select(e, z, &bits, x);
    for (int shift = 16; rc == TRI_OK && shift < 62; shift += 20) {
        z->fb = 8 - shift;
        rc = e->ops->trunc(e, z, x);
    }
    z->fb = most.fb = 8;
    if (rc == TRI_OK)
        rc = e->ops->maxn_alloc(e, &st, ROWS, N / ROWS);
    if (rc == TRI_OK)
        rc = e->ops->maxn(e, &most, &st, x);
    if (rc == TRI_OK)
        rc = e->ops->maxn_grad(e, z, &st, &most);
    e->ops->addc(e, &sum, &sum, 40);
    if (rc == TRI_OK)
        rc = e->ops->div(e, z, x, &sum);
    return rc;
}

static void program_party(struct tri_engine *e, void *arg)
{
    struct program *const p = arg;
    const unsigned id = e->s->id;
    const tri_ring *const in[2] = { p->share[id], p->share[(id + 1) % 3] };
    double seen[N], one = 1, *const out = e->s->dry ? seen : p->out[id];
    tri_ring *const file[2] = { p->file[id][0], p->file[id][1] };
    struct tri_ten x, z, c;
    int rc = tri_ten_alloc(e, &x, tri_shape1(N), 8, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &z, tri_shape1(N), 8, 0);
    if (rc == TRI_OK)
        rc = tri_import(e, &x, 0, N, in);
    if (rc == TRI_OK)
        rc = products(e, &x, &z);
    c = tri_ten_slice(e, &x, 0, 1);
    if (rc == TRI_OK)
        rc = e->ops->constant(e, &c, &one);
    if (rc == TRI_OK)
        rc = comparisons(e, &x, &z);
    if (rc == TRI_OK)
        rc = e->ops->refresh(e, &x);
    if (rc == TRI_OK)
        rc = tri_export(e, &x, 0, N, file);
    if (rc == TRI_OK)
        rc = tri_open(e, out, &x, TRI_OPEN_ALL);
    if (!e->s->dry)
        p->rc[id] = rc;
}

/* ---- all three ledgers at once ---------------------------------------------
 */

/* Bytes of products that a party sends; and one word that it sends changed. */
struct tap {
    struct tri_link l, *in;
    uint64_t sent[TRI_PARTIES], alter_at;
    unsigned to;
    uint8_t alter;
};

static struct view {
    pthread_barrier_t all;
    struct tri_engine *e[TRI_PARTIES];
    struct tri_verify_batch b[TRI_PARTIES];
    struct tap tap[TRI_PARTIES];
    uint64_t batches, gates;     /* so far */
    uint64_t wrong;              /* relations that do not hold */
    uint64_t bytes[TRI_PARTIES]; /* of messages in the ledger */
    uint64_t other[TRI_PARTIES]; /* bytes of digests and openings */
    int parties_differ, stop;
} view;

static int tap_send(struct tri_link *l, unsigned to, const void *buf,
                    size_t len)
{
    struct tap *const t = l->self;

    /* The buffer itself, as who computes something else would have it. */
    if (t->alter != 0 && t->alter_at >= t->sent[to] &&
        t->alter_at < t->sent[to] + len && to == t->to) {
        ((uint8_t *)(uintptr_t)buf)[t->alter_at - t->sent[to]] ^= t->alter;
        t->alter = 0;
    }
    t->sent[to] += len;
    return tri_send(t->in, to, buf, len);
}

static int tap_recv(struct tri_link *l, unsigned from, void *buf, size_t len)
{
    return tri_recv(((struct tap *)l->self)->in, from, buf, len);
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

/* Both holders have the same of what they should: u of P_i and v of P_j. */
static void same(const void *u, const void *v, size_t bytes)
{
    view.parties_differ |= u == NULL || v == NULL || memcmp(u, v, bytes) != 0;
}

/* The same, where nobody may have anything: zeros. */
static void same_bits(const uint64_t *u, const uint64_t *v, size_t n)
{
    if (u != NULL || v != NULL)
        same(u, v, n * sizeof *u);
}

static uint64_t bits(const uint64_t *x, size_t w)
{
    return x == NULL ? 0 : x[w];
}

static void see_ands(unsigned i, size_t at)
{
    const struct tri_verify_ands *const p = &view.b[i].ands[at];
    const struct tri_verify_ands *const v1 = &view.b[(i + 2) % 3].ands[at];
    const struct tri_verify_ands *const v2 = &view.b[(i + 1) % 3].ands[at];

    same_bits(p->x[0], v1->x[1], p->words);
    same_bits(p->y[0], v1->y[1], p->words);
    for (size_t w = 0; w < p->words; w++) {
        uint64_t t = (bits(p->x[0], w) & bits(p->y[1], w)) ^
                     (bits(p->y[0], w) & bits(p->x[1], w)) ^ v1->e1[w] ^
                     v2->e2[w];

        for (; t != 0; t &= t - 1)
            view.wrong++;
    }
    view.gates += 64 * p->words;
    view.bytes[i] += 8 * p->words;
}

/* Element w of an array of words. */
static uint64_t word(const struct tri_verify_words *v, const void *x, size_t w)
{
    return v->bytes == 2   ? ((const uint16_t *)x)[w]
           : v->bytes == 4 ? ((const uint32_t *)x)[w]
                           : ((const uint64_t *)x)[w];
}

/* Element w of an operand, and its bytes. */
static uint64_t of_x(const struct tri_verify_words *v, unsigned c, size_t w)
{
    return v->planes & 1 ? ((const uint64_t *)v->x[c])[w / 64] >> w % 64 & 1
                         : word(v, v->x[c], w);
}

static uint64_t of_y(const struct tri_verify_words *v, unsigned c, size_t w)
{
    return v->planes & 2 ? ((const uint64_t *)v->y[c])[w / 64] >> w % 64 & 1
                         : word(v, v->y[c], w);
}

static size_t operand_bytes(const struct tri_verify_words *v, unsigned bit)
{
    return v->planes & bit ? (v->n + 63) / 64 * 8 : v->n * v->bytes;
}

static void see_words(unsigned i, size_t at)
{
    const struct tri_verify_words *const p = &view.b[i].words[at];
    const struct tri_verify_words *const v1 = &view.b[(i + 2) % 3].words[at];
    const struct tri_verify_words *const v2 = &view.b[(i + 1) % 3].words[at];
    const unsigned up = 64 - p->bits;
    const int all = p->prover == TRI_NOBODY;

    if (p->n != v1->n || p->n != v2->n || p->bits != v1->bits ||
        p->bits != v2->bits || p->bytes != v1->bytes || p->bytes != v2->bytes ||
        p->planes != v1->planes || p->planes != v2->planes) {
        view.parties_differ = 1;
        return;
    }
    if (!all && p->prover != (int)i)
        return;
    same(p->x[0], v1->x[1], operand_bytes(p, 1));
    same(p->y[1], v2->y[0], operand_bytes(p, 2));
    same(p->mask[1], v2->mask[0], p->n * p->bytes);
    if (all) {
        same(p->y[0], v1->y[1], p->n * p->bytes);
        same(p->x[1], v2->x[0], p->n * p->bytes);
        same(p->mask[0], v1->mask[1], p->n * p->bytes);
    } else {
        view.parties_differ |= p->y[0] != NULL || p->z != NULL ||
                               v1->mask[1] != NULL || v2->z != NULL;
    }
    for (size_t w = 0; w < p->n; w++) {
        const uint64_t e1 = all ? word(p, v1->z, w) -
                                      of_x(v1, 1, w) * of_y(v1, 1, w) -
                                      word(p, v1->mask[1], w)
                                : word(p, v1->z, w);
        const uint64_t cross = all ? of_y(p, 0, w) * of_x(p, 1, w) : 0;

        view.wrong += (of_x(p, 0, w) * of_y(p, 1, w) + cross - e1 -
                       word(p, v2->mask[0], w))
                          << up !=
                      0;
    }
    view.gates += p->n;
    view.bytes[i] += p->bits / 8 * p->n;
}

static void see_matrix(unsigned i, size_t at)
{
    const struct tri_verify_matrix *const p = &view.b[i].matrix[at];
    const struct tri_verify_matrix *const v1 = &view.b[(i + 2) % 3].matrix[at];
    const struct tri_verify_matrix *const v2 = &view.b[(i + 1) % 3].matrix[at];
    static _Alignas(64) uint8_t block[1 << 20];
    struct tri_arena a;
    const struct tri_cx cx = { view.e[i]->s->cx.k, NULL, &a };
    uint64_t *t, *sum;
    size_t nx, ny, nz;

    tri_bilin_sizes(&p->op, &nx, &ny, &nz);
    tri_arena_init(&a, block, sizeof block);
    t = calloc(nz, sizeof *t);
    sum = calloc(ny, sizeof *sum);
    if (t == NULL || sum == NULL)
        abort();
    same(p->x[0], v1->x[1], nx * sizeof(uint64_t));
    same(p->y[0], v1->y[1], ny * sizeof(uint64_t));
    for (size_t j = 0; j < ny; j++)
        sum[j] = p->y[0][j] + p->y[1][j];
    if (tri_bilin_ring(&cx, &p->op, t, p->x[0], sum) != TRI_OK ||
        tri_bilin_ring(&cx, &p->op, t, p->x[1], p->y[0]) != TRI_OK)
        abort();
    for (size_t j = 0; j < nz; j++)
        view.wrong += t[j] != v1->z[j] - v1->mask[1][j] + v2->mask[0][j];
    view.gates += nz;
    view.bytes[i] += 8 * nz;
    free(t);
    free(sum);
}

static int next_batch(struct tri_engine *e)
{
    const int rc = tri_copies_compare(e);

    tri_ledger_clear(e);
    return rc;
}

/* Operands that differ do not hide a relation that does not hold. */
static void see_all(void)
{
    const struct tri_verify_batch *const b = view.b;

    for (unsigned i = 0; i < TRI_PARTIES; i++)
        if (b[i].ands_n != b[0].ands_n || b[i].words_n != b[0].words_n ||
            b[i].matrices != b[0].matrices) {
            view.parties_differ = 1;
            return;
        }
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        for (size_t at = 0; at < b[i].ands_n; at++)
            see_ands(i, at);
        for (size_t at = 0; at < b[i].words_n; at++)
            see_words(i, at);
        for (size_t at = 0; at < b[i].matrices; at++)
            see_matrix(i, at);
    }
}

/* In place of the verification: the parties meet. */
static int meet(struct tri_engine *e)
{
    const unsigned id = e->s->id;
    struct tri_arena *const a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    int rc = tri_ledger_batch(e, &view.b[id]);

    if (rc != TRI_OK || e->s->dry) {
        tri_arena_release(a, mark);
        return rc == TRI_OK ? next_batch(e) : rc;
    }
    view.e[id] = e;
    pthread_barrier_wait(&view.all);
    if (id == 0)
        see_all();
    view.batches += id == 0 && view.b[0].ands_n + view.b[0].words_n > 0;
    pthread_barrier_wait(&view.all);
    tri_arena_release(a, mark);
    if (view.stop && view.wrong > 0)
        return tri_session_fail(e->s, TRI_E_CHEAT, "seen", TRI_NOBODY);
    return next_batch(e);
}

/* A program whose messages pass through the tap. */
struct tapped {
    void (*party)(struct tri_engine *e, void *arg);
    void *arg;
};

static void tapped_party(struct tri_engine *e, void *arg)
{
    const struct tapped *const p = arg;
    struct tap *const t = &view.tap[e->s->id];

    t->in = e->s->link;
    t->l = (struct tri_link){
        .ops = &tap_ops, .self = t, .id = e->s->id, .blamed = TRI_NOBODY
    };
    e->s->link = &t->l;
    p->party(e, p->arg);
    e->s->link = t->in;
}

static struct tri_engine_ops meeting_ops;
static struct tri_engine_kind meeting;

static void prepare(struct tri_three *t, size_t ledger)
{
    memset(&view, 0, sizeof view);
    if (pthread_barrier_init(&view.all, NULL, TRI_PARTIES) != 0)
        abort();
    meeting_ops = *tri_engine_rep3.ops;
    meeting_ops.verify = meet;
    meeting = tri_engine_rep3;
    meeting.ops = &meeting_ops;
    tri_three_default(t);
    t->engine = &meeting;
    t->config.active = 1;
    t->config.ledger = ledger;
}

/* Every product of every protocol is in the ledger, once, and right. */
static void check_complete(struct tri_check *c)
{
    static const size_t ledgers[] = { 0, 1, 10000, 200000 };
    static struct program p;
    struct tapped tapped = { program_party, &p };
    uint64_t rng = c->seed, gates = 0, batches = 0;

    program_fill(&p, &rng);
    for (size_t l = 0; l < sizeof ledgers / sizeof *ledgers; l++) {
        struct tri_three t;

        prepare(&t, ledgers[l]);
        tri_three_run(&t, tapped_party, &tapped);
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            /* one comparison before the first product, one for the constant,
             * and the opening */
            const uint64_t other = 2 * 64 + 8 * N + 32;
            size_t peak;
            const struct tri_cost cost =
                tri_three_dry(&t, i, program_party, &p, &peak);

            CHECK(c, p.rc[i] == TRI_OK, "P%u: %d, %s", i, p.rc[i], t.where[i]);
            const uint64_t sent =
                view.tap[i].sent[0] + view.tap[i].sent[1] + view.tap[i].sent[2];

            CHECK(c, sent == view.bytes[i] + other,
                  "ledger %zu: P%u sends %llu bytes, %llu are entered and %llu "
                  "others",
                  ledgers[l], i, (unsigned long long)sent,
                  (unsigned long long)view.bytes[i], (unsigned long long)other);
            CHECK(c, peak == t.peak[i], "ledger %zu: P%u took %zu, planned %zu",
                  ledgers[l], i, t.peak[i], peak);
            CHECK(c, cost.depth[i] == t.stats[i].rounds, "rounds of P%u", i);
        }
        CHECK(c, !view.parties_differ, "the parties' ledgers do not fit");
        CHECK(c, view.wrong == 0, "%llu of %llu relations do not hold",
              (unsigned long long)view.wrong, (unsigned long long)view.gates);
        CHECK(c, l == 0 || view.gates == gates, "%llu gates, not %llu",
              (unsigned long long)view.gates, (unsigned long long)gates);
        gates = view.gates;
        CHECK(c, (l == 0) == (view.batches == 1), "%llu batches",
              (unsigned long long)view.batches);
        CHECK(c, l < 2 || view.batches < batches, "%llu batches, %llu before",
              (unsigned long long)view.batches, (unsigned long long)batches);
        batches = view.batches;
    }
}

/* One bit that a party sends otherwise makes one relation fail, that of its
 * gate. */
static void check_altered(struct tri_check *c)
{
    static struct program p;
    struct tapped tapped = { program_party, &p };
    uint64_t rng = c->seed, total[TRI_PARTIES];
    unsigned seen = 0;
    struct tri_three t;

    program_fill(&p, &rng);
    prepare(&t, 1);
    tri_three_run(&t, tapped_party, &tapped);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        total[i] = view.tap[i].sent[(i + 2) % 3];
    for (unsigned turn = 0; turn < 120; turn++) {
        const unsigned who = turn % 3;
        /* after the first digest, before that of the opening */
        const uint64_t from = 32, to = total[who] - 32;

        prepare(&t, 1);
        view.stop = 1;
        view.tap[who].to = (who + 2) % 3;
        view.tap[who].alter = (uint8_t)(1u << tri_test_rand(&rng) % 8);
        view.tap[who].alter_at = from + tri_test_rand(&rng) % (to - from);
        tri_three_run(&t, tapped_party, &tapped);
        if (view.tap[who].alter != 0 ||
            strstr(t.where[(who + 2) % 3], "different copies") != NULL)
            continue; /* it was a digest of the constant */
        seen++;
        CHECK(c, view.wrong == 1 && !view.parties_differ,
              "byte %llu of %llu of P%u: %llu relations fail",
              (unsigned long long)view.tap[who].alter_at,
              (unsigned long long)total[who], who,
              (unsigned long long)view.wrong);
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            CHECK(c, p.rc[i] != TRI_OK, "P%u goes on", i);
    }
    CHECK(c, seen > 100, "%u words altered", seen);
}

/* ---- long vectors, in pieces ------------------------------------------------
 */

enum { LONG = 40000 }; /* two pieces of unequal length */

struct pieces {
    tri_ring share[TRI_PARTIES][LONG];
    int rc[TRI_PARTIES];
};

/* What overwrites its operands while pieces of it are on their way. */
static void pieces_party(struct tri_engine *e, void *arg)
{
    struct pieces *const p = arg;
    const unsigned id = e->s->id;
    const tri_ring *const in[2] = { p->share[id], p->share[(id + 1) % 3] };
    const struct tri_bilin mul = { .kind = TRI_BILIN_MUL, .n = LONG };
    double seen[64];
    struct tri_bits bits;
    struct tri_ten x, z, some;
    int rc = tri_ten_alloc(e, &x, tri_shape1(LONG), 8, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &z, tri_shape1(LONG), 8, 0);
    if (rc == TRI_OK)
        rc = e->ops->bits_alloc(e, &bits, LONG);
    if (rc == TRI_OK)
        rc = tri_import(e, &x, 0, LONG, in);
    for (int fb = 8; rc == TRI_OK && fb >= 4; fb -= 4) {
        z.fb = fb;
        rc = e->ops->relu(e, &z, &bits, &x);
    }
    if (rc == TRI_OK)
        rc = e->ops->bilin(e, &mul, &z, &z, &x);
    if (rc == TRI_OK)
        rc = e->ops->select(e, &z, &bits, &z);
    x.fb = 8;
    z.fb = 4;
    if (rc == TRI_OK)
        rc = e->ops->trunc(e, &z, &x);
    some = tri_ten_slice(e, &z, 0, 64);
    if (rc == TRI_OK)
        rc = tri_open(e, seen, &some, TRI_OPEN_ALL);
    if (!e->s->dry)
        p->rc[id] = rc;
}

static void check_pieces(struct tri_check *c)
{
    static const size_t ledgers[] = { 0, 1, 200000, 2000000 };
    static struct pieces p;
    struct tapped tapped = { pieces_party, &p };
    uint64_t rng = c->seed, gates = 0, all[TRI_PARTIES] = { 0 };
    struct tri_three t;

    for (size_t i = 0; i < LONG; i++) {
        p.share[0][i] = tri_test_rand(&rng);
        p.share[1][i] = tri_test_rand(&rng);
        p.share[2][i] =
            tri_test_rand(&rng) % 512 - 256 - p.share[0][i] - p.share[1][i];
    }
    for (size_t l = 0; l < sizeof ledgers / sizeof *ledgers; l++) {
        prepare(&t, ledgers[l]);
        t.arena = (size_t)64 << 20;
        tri_three_run(&t, tapped_party, &tapped);
        CHECK(c, !view.parties_differ && view.wrong == 0,
              "ledger %zu: %llu of %llu relations do not hold", ledgers[l],
              (unsigned long long)view.wrong, (unsigned long long)view.gates);
        CHECK(c, l == 0 || view.gates == gates, "%llu gates, not %llu",
              (unsigned long long)view.gates, (unsigned long long)gates);
        gates = view.gates;
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            size_t peak;
            const struct tri_cost cost =
                tri_three_dry(&t, i, pieces_party, &p, &peak);

            CHECK(c, p.rc[i] == TRI_OK, "P%u: %d, %s", i, p.rc[i], t.where[i]);
            CHECK(c, peak == t.peak[i], "ledger %zu: P%u took %zu, planned %zu",
                  ledgers[l], i, t.peak[i], peak);
            CHECK(c, cost.depth[i] == t.stats[i].rounds, "rounds of P%u", i);
            all[i] = view.tap[i].sent[(i + 2) % 3];
        }
    }
    for (unsigned turn = 0; turn < 24; turn++) {
        const unsigned who = turn % 3, to = (who + 2) % 3;

        prepare(&t, ledgers[1 + turn / 3 % 3]);
        t.arena = (size_t)64 << 20;
        view.stop = 1;
        view.tap[who].to = to;
        view.tap[who].alter = (uint8_t)(1u << tri_test_rand(&rng) % 8);
        view.tap[who].alter_at = 32 + tri_test_rand(&rng) % (all[who] - 64);
        tri_three_run(&t, tapped_party, &tapped);
        /* In a long batch what it says and what it goes on with may both be
         * part of later products: then the parties' operands differ as well. */
        CHECK(c,
              turn / 3 % 3 == 0 ? view.wrong == 1 && !view.parties_differ
                                : view.wrong > 0,
              "byte %llu of P%u: %llu relations fail",
              (unsigned long long)view.tap[who].alter_at, who,
              (unsigned long long)view.wrong);
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            CHECK(c, p.rc[i] != TRI_OK, "P%u goes on", i);
    }
}

/* ---- operands that are overwritten ------------------------------------------
 */

enum { SIDE = 8, SQUARE = SIDE * SIDE, WAYS = 16 };

struct written {
    tri_ring share[TRI_PARTIES][SQUARE];
    unsigned by; /* which operation */
    int rc[TRI_PARTIES];
    int where[TRI_PARTIES][3];  /* operands left in place: before the first of
                                   them is written to, then the other, after */
    uint64_t sent[TRI_PARTIES]; /* bytes to the party before, by then */
};

/* Values from `least`, 200 of them. */
static void written_fill(struct written *p, tri_ring least, uint64_t *rng)
{
    for (size_t i = 0; i < SQUARE; i++) {
        p->share[0][i] = tri_test_rand(rng);
        p->share[1][i] = tri_test_rand(rng);
        p->share[2][i] =
            least + tri_test_rand(rng) % 200 - p->share[0][i] - p->share[1][i];
    }
}

/* What is verified are the operands as they were: relations hold, but for one
 * where party `who` alters a word of a product: a byte of the last `of` that it
 * has sent when the first operand is written to, in a run without it. */
static void written_run(struct tri_check *c, struct tri_three *t,
                        struct tapped *tapped, int who, uint64_t of,
                        uint64_t *rng)
{
    const struct written *const p = tapped->arg;

    prepare(t, 0);
    if (who != TRI_NOBODY) {
        view.tap[who].to = (unsigned)(who + 2) % 3;
        view.tap[who].alter = 1;
        view.tap[who].alter_at = p->sent[who] - 1 - tri_test_rand(rng) % of;
        view.stop = 1;
    }
    tri_three_run(t, tapped_party, tapped);
    CHECK(c, view.wrong == (who != TRI_NOBODY) && !view.parties_differ,
          "operation %u, lie of P%d: %llu relations fail", p->by, who,
          (unsigned long long)view.wrong);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        CHECK(c, (p->rc[i] == TRI_OK) == (who == TRI_NOBODY),
              "operation %u: P%u: %d, %s", p->by, i, p->rc[i], t->where[i]);
}

/* Operation `by` on x, by a view of it or of a part. */
static int write_to(struct tri_engine *e, struct tri_ten *x, unsigned by,
                    const tri_ring *const in[2])
{
    const struct tri_bilin op = { .kind = TRI_BILIN_MUL, .n = SQUARE };
    const struct tri_copy c = { .dim = { 1, 1, 1, SIDE },
                                .zoff = 3,
                                .zstep = { 0, 0, 0, 1 },
                                .xstep = { 0, 0, 0, 1 } };
    struct tri_ten last = tri_ten_slice(e, x, SQUARE - 1, 1), all, other;
    struct tri_bits bits;
    struct tri_maxn st;
    const double one = 1;
    int rc = tri_ten_alloc(e, &other, x->shape, 8, 0);
    if (rc == TRI_OK)
        rc = tri_ten_zero(e, &other);
    if (rc == TRI_OK)
        rc = tri_ten_view(&all, x, tri_shape1(SQUARE));
    if (rc == TRI_OK)
        rc = e->ops->bits_alloc(e, &bits, SQUARE);
    if (rc == TRI_OK)
        rc = e->ops->maxn_alloc(e, &st, 2, SQUARE / 2);
    if (rc == TRI_OK)
        rc = e->ops->sign(e, &bits, x);
    if (rc != TRI_OK)
        return rc;
    all.fb = last.fb = 8;
    switch (by) {
    case 0:
        return e->ops->constant(e, &last, &one);
    case 1:
        e->ops->add(e, &all, &all, &all);
        return TRI_OK;
    case 2:
        e->ops->sub(e, &all, &all, &all);
        return TRI_OK;
    case 3:
        e->ops->addc(e, &last, &last, 5);
        return TRI_OK;
    case 4:
        e->ops->scale(e, &all, &all, 3, 0);
        return TRI_OK;
    case 5:
        e->ops->copy(e, &all, &other, &c);
        return TRI_OK;
    case 6:
        return e->ops->bilin(e, &op, &all, &other, &other);
    case 7:
        all.fb = 4;
        return e->ops->trunc(e, &all, x);
    case 8:
        return e->ops->relu(e, &all, NULL, x);
    case 9:
        return e->ops->select(e, &all, &bits, &other);
    case 10:
        e->ops->number(e, &all, &bits);
        return TRI_OK;
    case 11:
        all = tri_ten_slice(e, x, 7, SQUARE / 2);
        return e->ops->maxn(e, &all, &st, &other);
    case 12:
        last = tri_ten_slice(e, &other, 0, SQUARE / 2);
        rc = e->ops->maxn(e, &last, &st, x);
        return rc == TRI_OK ? e->ops->maxn_grad(e, &all, &st, &last) : rc;
    case 13:
        e->ops->addc(e, &other, &other, 1);
        last = tri_ten_slice(e, &other, 0, SIDE);
        return e->ops->div(e, &all, &other, &last);
    case 14:
        return tri_import(e, x, 9, SIDE, in);
    case 15:
        return e->ops->refresh(e, &all);
    default:
        return TRI_E_ARG;
    }
}

/* Operands of products that the ledger has not copied: 16 for each component
 * that stands in x, and one for each in y. */
static int in_place(struct tri_engine *e, const struct tri_ten *x,
                    const struct tri_ten *y)
{
    struct tri_arena *const a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct tri_verify_batch b;
    int n = 0;

    if (tri_ledger_batch(e, &b) != TRI_OK)
        abort();
    for (size_t i = 0; !e->s->dry && i < b.matrices; i++)
        for (unsigned c = 0; c < 2; c++) {
            const struct tri_verify_matrix *const m = &b.matrix[i];

            n += 16 * ((m->x[c] == x->v[c]) + (m->y[c] == x->v[c]));
            n += (m->x[c] == y->v[c]) + (m->y[c] == y->v[c]);
        }
    tri_arena_release(a, mark);
    return n;
}

/* x * y, of tensors that stay, twice, and then something else in x, and y. */
static void written_party(struct tri_engine *e, void *arg)
{
    struct written *const p = arg;
    const unsigned id = e->s->id;
    const tri_ring *const in[2] = { p->share[id], p->share[(id + 1) % 3] };
    const struct tri_bilin op = {
        .kind = TRI_BILIN_MATMUL, .m = SIDE, .k = SIDE, .n = SIDE
    };
    const struct tri_shape square = tri_shape2(SIDE, SIDE);
    int dry[3], *const where = e->s->dry ? dry : p->where[id];
    struct tri_ten x, y, z;
    double seen[SQUARE];
    int rc = tri_ten_alloc(e, &x, square, 8, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &y, square, 8, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &z, square, 8, 0);
    x.stays = y.stays = 1;
    if (rc == TRI_OK)
        rc = tri_import(e, &x, 0, SQUARE, in);
    if (rc == TRI_OK)
        rc = tri_import(e, &y, 0, SQUARE, in);
    if (rc == TRI_OK)
        rc = e->ops->bilin(e, &op, &z, &x, &y);
    if (rc == TRI_OK)
        rc = e->ops->bilin(e, &op, &z, &y, &x);
    where[0] = in_place(e, &x, &y);
    if (!e->s->dry)
        p->sent[id] = view.tap[id].sent[(id + 2) % 3];
    if (rc == TRI_OK)
        rc = write_to(e, &x, p->by, in);
    where[1] = in_place(e, &x, &y);
    if (rc == TRI_OK)
        rc = write_to(e, &y, p->by, in);
    where[2] = in_place(e, &x, &y);
    if (rc == TRI_OK)
        rc = tri_open(e, seen, &z, TRI_OPEN_ALL);
    if (!e->s->dry)
        p->rc[id] = rc;
}

/* Before they are overwritten, nothing is copied. */
static void check_written(struct tri_check *c)
{
    static struct written p;
    struct tapped tapped = { written_party, &p };
    uint64_t rng = c->seed;
    struct tri_three t;

    written_fill(&p, 1, &rng);
    for (p.by = 0; p.by < WAYS; p.by++) {
        written_run(c, &t, &tapped, TRI_NOBODY, 0, &rng);
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            CHECK(c,
                  p.where[i][0] == 4 * 16 + 4 && p.where[i][1] == 4 &&
                      p.where[i][2] == 0,
                  "operation %u: P%u has %d in place, then %d, %d", p.by, i,
                  p.where[i][0], p.where[i][1], p.where[i][2]);
        for (int who = 0; who < TRI_PARTIES; who++) /* either product */
            written_run(c, &t, &tapped, who, 2 * 8 * SQUARE, &rng);
    }
}

/* ---- bits that are kept -----------------------------------------------------
 */

/* Products that have the bits in place. */
static int by_bits(struct tri_engine *e, const struct tri_bits *bits)
{
    struct tri_arena *const a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const struct tri_rep3_bits own = tri_rep3_bits(bits);
    struct tri_verify_batch b;
    int n = 0;

    if (tri_ledger_batch(e, &b) != TRI_OK)
        abort();
    for (size_t i = 0; !e->s->dry && i < b.words_n; i++)
        n += b.words[i].x[0] == own.b[0] && b.words[i].x[1] == own.b[1];
    tri_arena_release(a, mark);
    return n;
}

/* Bits of x, by sign or relu, or of its first half against the second. */
static int compare(struct tri_engine *e, unsigned by, struct tri_ten *z,
                   struct tri_bits *bits, struct tri_maxn *st,
                   const struct tri_ten *x)
{
    return by == 0   ? e->ops->sign(e, bits, x)
           : by == 1 ? e->ops->relu(e, z, bits, x)
                     : e->ops->maxn(e, z, st, x);
}

/* Products of bits that stay, which then become other bits. */
static void kept_party(struct tri_engine *e, void *arg)
{
    struct written *const p = arg;
    const unsigned id = e->s->id;
    const tri_ring *const in[2] = { p->share[id], p->share[(id + 1) % 3] };
    const size_t n = p->by == 2 ? SQUARE / 2 : SQUARE;
    int dry[3], *const where = e->s->dry ? dry : p->where[id];
    struct tri_ten x, z, part, to;
    struct tri_bits own, *bits = &own, none;
    struct tri_maxn st;
    double seen[SQUARE];
    int rc = tri_ten_alloc(e, &x, tri_shape1(SQUARE), 8, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &z, tri_shape1(SQUARE), 8, 0);
    if (rc == TRI_OK)
        rc = e->ops->bits_alloc(e, &own, SQUARE);
    if (rc == TRI_OK)
        rc = e->ops->maxn_alloc(e, &st, 2, SQUARE / 2);
    if (rc == TRI_OK)
        rc = tri_import(e, &x, 0, SQUARE, in);
    own.stays = st.stays = 1;
    if (p->by == 2)
        bits = tri_tournament_bits(&st, 0, n, &none);
    part = tri_ten_slice(e, &x, 0, n);
    to = tri_ten_slice(e, &z, 0, n);
    if (rc == TRI_OK)
        rc = compare(e, p->by, &to, bits, &st, &x);
    if (rc == TRI_OK)
        rc = e->ops->select(e, &to, bits, &part);
    where[0] = by_bits(e, bits);
    if (!e->s->dry)
        p->sent[id] = view.tap[id].sent[(id + 2) % 3];
    if (rc == TRI_OK)
        rc = compare(e, p->by, &to, bits, &st, &x);
    where[1] = by_bits(e, bits);
    if (rc == TRI_OK)
        rc = tri_open(e, seen, &to, TRI_OPEN_ALL);
    if (!e->s->dry)
        p->rc[id] = rc;
}

/* Bits are not copied before they become others. Their components are others
 * even where the bits are the same. */
static void check_kept(struct tri_check *c)
{
    static struct written p;
    struct tapped tapped = { kept_party, &p };
    uint64_t rng = c->seed;
    struct tri_three t;

    written_fill(&p, (tri_ring)-100, &rng);
    for (p.by = 0; p.by < 3; p.by++) {
        const int made = p.by > 0; /* products beside select's */
        const size_t n = p.by == 2 ? SQUARE / 2 : SQUARE;

        written_run(c, &t, &tapped, TRI_NOBODY, 0, &rng);
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            CHECK(c, p.where[i][0] == made + 1 && p.where[i][1] == made,
                  "bits %u: P%u has %d in place, then %d", p.by, i,
                  p.where[i][0], p.where[i][1]);
        for (int who = 0; who < TRI_PARTIES; who++) /* in select's */
            written_run(c, &t, &tapped, who, 8 * n, &rng);
    }
}

/* ---- verified ---------------------------------------------------------------
 */

/* Honest runs pass, whatever the ledger's size, cost what a dry run says, and
 * leave nothing of it in memory. */
static void check_verified(struct tri_check *c)
{
    static const size_t ledgers[] = { 0, 30000, 1 };
    static struct program p;
    uint64_t rng = c->seed;

    for (unsigned turn = 0; turn < 6; turn++) {
        struct tri_three t;

        program_fill(&p, &rng);
        prepare(&t, ledgers[turn % 3]);
        t.engine = &tri_engine_rep3;
        t.seed = tri_test_rand(&rng);
        tri_three_run(&t, program_party, &p);
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            size_t peak;
            const struct tri_cost cost =
                tri_three_dry(&t, i, program_party, &p, &peak);

            CHECK(c, p.rc[i] == TRI_OK, "P%u: %d, %s", i, p.rc[i], t.where[i]);
            CHECK(c, t.left[i] == 0, "P%u: %zu bytes are not wiped", i,
                  t.left[i]);
            CHECK(c, peak == t.peak[i], "P%u took %zu, planned %zu", i,
                  t.peak[i], peak);
            CHECK(c, cost.depth[i] == t.stats[i].rounds,
                  "P%u: %llu rounds, planned %llu", i,
                  (unsigned long long)t.stats[i].rounds,
                  (unsigned long long)cost.depth[i]);
            for (unsigned j = 0; j < TRI_PARTIES; j++)
                CHECK(c, i == j || cost.bytes[i][j] == t.stats[i].payload[j],
                      "P%u sent P%u %llu bytes, planned %llu", i, j,
                      (unsigned long long)t.stats[i].payload[j],
                      (unsigned long long)cost.bytes[i][j]);
        }
    }
}

/* Has party i got anything: opened, or for its file? */
static int has(const struct program *p, unsigned i, int opened)
{
    double sum = 0;
    tri_ring any = 0;

    for (size_t l = 0; l < N; l++) {
        sum += fabs(p->out[i][l]);
        any |= p->file[i][0][l] | p->file[i][1][l];
    }
    return opened ? sum > 0 : any != 0;
}

/* One bit of whatever a party sends: products, digests, proofs, verdicts. The
 * others stop before anything is opened to them; if it is the opening itself,
 * who is lied to stops. */
static void check_caught(struct tri_check *c)
{
    static struct program p;
    struct tapped tapped = { program_party, &p };
    uint64_t rng = c->seed;
    unsigned seen = 0;
    struct tri_three t;

    program_fill(&p, &rng);
    for (unsigned turn = 0; turn < 72; turn++) {
        const unsigned who = turn % 3, to = (who + 1 + turn / 3 % 2) % 3;
        const int forward = to == (who + 1) % 3;
        struct tap *const tap = &view.tap[who];
        struct tri_cost cost;
        uint64_t at, end;

        memset(p.out, 0, sizeof p.out);
        memset(p.file, 0, sizeof p.file);
        prepare(&t, turn % 8 == 0 ? 20000 : 0);
        t.engine = &tri_engine_rep3;
        cost = tri_three_dry(&t, who, program_party, &p, NULL);
        /* a component of the opening, or its digest */
        end = cost.bytes[who][to] - (forward ? 8 * N : 32);
        at = tri_test_rand(&rng) % cost.bytes[who][to];
        if (turn % 8 < 2)
            at = end - 1 - tri_test_rand(&rng) % 200;
        tap->to = to;
        tap->alter_at = at;
        tap->alter = (uint8_t)(1u << tri_test_rand(&rng) % 8);
        tri_three_run(&t, tapped_party, &tapped);
        seen += tap->alter == 0;
        CHECK(c, p.rc[to] != TRI_OK && !has(&p, to, 1),
              "byte %llu of %llu, P%u to P%u: it believes that",
              (unsigned long long)at, (unsigned long long)end, who, to);
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            CHECK(c,
                  i == who || at >= end ||
                      (p.rc[i] != TRI_OK && !has(&p, i, 1) &&
                       /* but for the verdict itself: 8 bytes */
                       (at + 8 >= end || !has(&p, i, 0))),
                  "byte %llu of %llu, P%u to P%u: P%u opens",
                  (unsigned long long)at, (unsigned long long)end, who, to, i);
    }
    CHECK(c, seen == 72, "%u bits altered", seen);
}

/* ---- training ---------------------------------------------------------------
 */

enum { CLASSES = 3, STEPS = 2 };

static const char net_text[] = "input 8 8 1\nconv 2 3\nmaxpool 2\nrelu\nfc 3\n";

struct training {
    struct tri_net net;
    double loss[TRI_PARTIES][STEPS];
    int rc[TRI_PARTIES];
    unsigned copied[TRI_PARTIES];             /* layers whose weights are */
    struct tri_proofs proofs[2][TRI_PARTIES]; /* as it was, as planned */
};

/* Shares of element i of sample `sample`; all parties draw the same. */
static void deal(struct tri_engine *e, tri_ring part[2], uint32_t sample,
                 size_t i, double v)
{
    uint64_t rng = 1000 * sample + i + 1, c[TRI_PARTIES];

    c[0] = tri_test_rand(&rng);
    c[1] = tri_test_rand(&rng);
    (void)tri_fixed_encode(&c[2], v, (int)e->f);
    c[2] -= c[0] + c[1];
    part[0] = c[e->s->id];
    part[1] = c[(e->s->id + 1) % TRI_PARTIES];
}

static int fetch(void *self, struct tri_engine *e, const uint32_t *index,
                 uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    tri_ring buf[2][64], part[2];
    const tri_ring *const in[2] = { buf[0], buf[1] };
    int rc = TRI_OK;

    (void)self;
    for (uint32_t b = 0; rc == TRI_OK && b < n; b++) {
        const uint32_t sample = e->s->dry ? 0 : index[b];

        for (size_t i = 0; i < 64; i++) {
            const size_t at = sample % CLASSES == 0 ? i / 8 : i % 8;
            const double v = at == sample % CLASSES + 2 ? 0.75 : 0.125;

            deal(e, part, sample, i, v);
            buf[0][i] = part[0];
            buf[1][i] = part[1];
        }
        rc = tri_import(e, x, (size_t)b * 64, 64, in);
        for (size_t i = 0; i < CLASSES; i++) {
            deal(e, part, sample, 64 + i, 0);
            buf[0][i] = part[0];
            /* labels have scale 0: the last component is the value's */
            buf[1][i] = part[1];
            if (e->s->id > 0)
                buf[2 - e->s->id][i] += i == sample % CLASSES;
        }
        if (rc == TRI_OK)
            rc = tri_import(e, y, (size_t)b * CLASSES, CLASSES, in);
    }
    return rc;
}

static void see(void *self, uint32_t step, double loss, uint32_t right)
{
    double *const out = self;

    (void)right;
    out[step - 1] = loss;
}

/* Every look at it takes 5 ns. */
static uint64_t five(void)
{
    static _Thread_local uint64_t ns;

    return ns += 5;
}

static void training_party(struct tri_engine *e, void *arg)
{
    struct training *const k = arg;
    double dry[STEPS], *const out = e->s->dry ? dry : k->loss[e->s->id];
    const struct tri_data data = {
        .count = 16, .h = 8, .w = 8, .c = 1, .classes = CLASSES, .fetch = fetch
    };
    const struct tri_train t = { .epochs = 1,
                                 .sgd = { 0.5, 0.5, 0 },
                                 .seed = 3,
                                 .steps = STEPS,
                                 .loss_every = 1,
                                 .loss = see,
                                 .self = out };
    struct tri_model m;
    int rc = tri_model_build(&m, e, &k->net, 8, 1, 1);

    e->s->clock = five;
    for (size_t i = 0; rc == TRI_OK && i < k->net.layers; i++)
        k->copied[e->s->id] +=
            k->net.layer[i].kind->product && !m.layer[i].w.stays;
    if (rc == TRI_OK)
        rc = tri_model_init(&m, 7);
    if (rc == TRI_OK)
        rc = tri_train_run(&m, &data, &t);
    k->proofs[e->s->dry][e->s->id] = e->s->proofs;
    if (!e->s->dry)
        k->rc[e->s->id] = rc;
}

/* Bytes, rounds and memory of verification as planned, and a clock's time of
 * every batch; nothing where nothing is verified. */
static void check_proofs(struct tri_check *c, const struct training *k,
                         int active)
{
    static const struct tri_proofs none;

    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        const struct tri_proofs *const was = &k->proofs[0][i];
        const struct tri_proofs *const plan = &k->proofs[1][i];

        if (!active) {
            CHECK(c, memcmp(was, &none, sizeof none) == 0, "P%u: passive", i);
            continue;
        }
        CHECK(c,
              was->batches >= STEPS && was->batches == plan->batches &&
                  was->ns == 5 * was->batches,
              "P%u: %llu batches, %llu planned, %llu ns", i,
              (unsigned long long)was->batches,
              (unsigned long long)plan->batches, (unsigned long long)was->ns);
        CHECK(c,
              was->rounds[i] > 8 * was->batches &&
                  was->rounds[i] == plan->rounds[i] &&
                  was->longest == was->rounds[i],
              "P%u: %llu rounds, %llu planned", i,
              (unsigned long long)was->rounds[i],
              (unsigned long long)plan->rounds[i]);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            CHECK(c,
                  was->bytes[i][j] == plan->bytes[i][j] &&
                      (was->bytes[i][j] > 0) == (i != j) &&
                      memcmp(plan->bytes, k->proofs[1][0].bytes,
                             sizeof plan->bytes) == 0,
                  "P%u to P%u: %llu bytes, %llu planned", i, j,
                  (unsigned long long)was->bytes[i][j],
                  (unsigned long long)plan->bytes[i][j]);
        CHECK(c, was->memory == plan->memory && was->memory > 0,
              "P%u: %zu bytes of memory, %zu planned", i, was->memory,
              plan->memory);
    }
}

/* The losses of a verified training are those of a passive one, up to how
 * shares round. */
static void check_training(struct tri_check *c)
{
    static struct training k[2];
    struct tri_three t;
    char err[160];

    for (int active = 0; active < 2; active++) {
        CHECK(c,
              tri_net_parse(&k[active].net, net_text, sizeof net_text - 1,
                            err) == TRI_OK,
              "network: %s", err);
        prepare(&t, 1 << 20);
        t.engine = &tri_engine_rep3;
        t.config.active = active;
        tri_three_run(&t, training_party, &k[active]);
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            size_t peak;
            const struct tri_cost cost =
                tri_three_dry(&t, i, training_party, &k[active], &peak);

            CHECK(c, k[active].rc[i] == TRI_OK, "P%u: %d, %s", i,
                  k[active].rc[i], t.where[i]);
            CHECK(c, k[active].copied[i] == 0,
                  "P%u copies weights of %u layers into the ledger", i,
                  k[active].copied[i]);
            CHECK(c,
                  peak == t.peak[i] && cost.depth[i] == t.stats[i].rounds &&
                      tri_cost_bytes(&cost) == tri_three_payload(&t),
                  "P%u: not as planned", i);
        }
        check_proofs(c, &k[active], active);
    }
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned s = 0; s < STEPS; s++)
            CHECK(c,
                  k[1].loss[i][s] == k[1].loss[0][s] && k[1].loss[i][s] > 0 &&
                      fabs(k[0].loss[i][s] - k[1].loss[i][s]) < 0.005,
                  "P%u: loss %g of step %u, passive %g", i, k[1].loss[i][s],
                  s + 1, k[0].loss[i][s]);
}

/* ---- copies ----------------------------------------------------------------
 */

/* One holder was given something else: of component `bad` of an input, or of a
 * public number. */
struct copies {
    struct program p;
    int constant;
    unsigned liar;
};

static void copies_party(struct tri_engine *e, void *arg)
{
    struct copies *const k = arg;
    const unsigned id = e->s->id;
    const tri_ring *const in[2] = { k->p.share[id], k->p.share[(id + 1) % 3] };
    const double one[2] = { 1, k->constant && k->liar == id ? 3 : 2 };
    struct tri_ten x, y;
    double out[2];
    int rc = tri_ten_alloc(e, &x, tri_shape1(2), 8, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &y, x.shape, 8, 0);
    if (rc == TRI_OK)
        rc = e->ops->constant(e, &y, one);
    if (rc == TRI_OK && !k->constant) {
        tri_ring other[2] = { in[1][0], in[1][1] + 1 };
        const tri_ring *const lie[2] = { in[0], other };

        rc = tri_import(e, &x, 0, 2, k->liar == id ? lie : in);
        if (rc == TRI_OK)
            rc = e->ops->refresh(e, &x);
    }
    if (rc == TRI_OK)
        rc = tri_open(e, out, &y, TRI_OPEN_ALL);
    k->p.rc[id] = rc;
}

static void check_copies(struct tri_check *c)
{
    static struct copies k;
    uint64_t rng = c->seed;
    struct tri_three t;

    program_fill(&k.p, &rng);
    for (unsigned turn = 0; turn < 2 * 2 * 4; turn++) {
        char pair[32];

        prepare(&t, 0);
        t.engine = &tri_engine_rep3;
        t.config.active = (int)(turn & 1);
        k.constant = (int)(turn >> 1 & 1);
        k.liar = turn >> 2;
        tri_three_run(&t, copies_party, &k);
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            const int right = k.liar > 2 || (k.constant && k.liar == 1);
            const int third = i == (k.constant ? 1 : (k.liar + 2) % 3);

            CHECK(c, (k.p.rc[i] == TRI_OK) == right, "turn %u: P%u says %d",
                  turn, i, k.p.rc[i]);
            CHECK(c, right || t.dead[i] == TRI_E_CHEAT,
                  "turn %u: P%u dies of %d", turn, i, t.dead[i]);
            /* the two have sent nothing but digests */
            CHECK(c,
                  right || third ||
                      t.stats[i].payload[0] + t.stats[i].payload[1] +
                              t.stats[i].payload[2] <=
                          64,
                  "turn %u: P%u goes on", turn, i);
        }
        if (k.liar > 2 || k.constant)
            continue;
        snprintf(pair, sizeof pair, "P%u and P%u hold different", k.liar,
                 (k.liar + 1) % 3);
        CHECK(c,
              strstr(t.where[k.liar], pair) != NULL ||
                  strstr(t.where[(k.liar + 1) % 3], pair) != NULL,
              "turn %u: %s", turn, t.where[k.liar]);
    }
}

/* A passive engine keeps nothing, and needs no more memory. */
static void check_passive(struct tri_check *c)
{
    static struct program p;
    uint64_t rng = c->seed;
    struct tri_three t;
    size_t active, passive, small;

    program_fill(&p, &rng);
    prepare(&t, 0);
    t.engine = &tri_engine_rep3;
    (void)tri_three_dry(&t, 0, program_party, &p, &active);
    t.config.ledger = 1;
    (void)tri_three_dry(&t, 0, program_party, &p, &small);
    t.config.active = 0;
    (void)tri_three_dry(&t, 0, program_party, &p, &passive);
    CHECK(c, passive < small && small < active,
          "%zu bytes passive, %zu with a short ledger, %zu with a long one",
          passive, small, active);
    tri_three_run(&t, program_party, &p);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        CHECK(c, p.rc[i] == TRI_OK, "P%u: %d", i, p.rc[i]);
    t.engine = &tri_engine_rep3;
}

const struct tri_check_entry tri_checks_ledger[] = {
    { "ledger: complete", check_complete },
    { "ledger: altered words", check_altered },
    { "ledger: pieces", check_pieces },
    { "ledger: written", check_written },
    { "ledger: kept bits", check_kept },
    { "ledger: verified", check_verified },
    { "ledger: caught", check_caught },
    { "ledger: training", check_training },
    { "ledger: copies", check_copies },
    { "ledger: passive", check_passive },
};
const size_t tri_checks_ledger_n =
    sizeof tri_checks_ledger / sizeof *tri_checks_ledger;
