#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "core/mem.h"
#include "proto/fused/fused.h"
#include "proto/paper/paper.h"
#include "proto/plain/float.h"
#include "proto/plain/plain.h"
#include "tests/checks.h"
#include "tests/support/single.h"
#include "tests/support/three.h"

/*
 * What comes into an engine and what leaves it.
 */
enum { N = 70, FB = 16 };

struct job {
    tri_ring x[2][N]; /* shares */
    double want[N];
    unsigned audience;
    /* results */
    int rc[TRI_PARTIES];
    double out[TRI_PARTIES][N];
    tri_ring fresh[2][2][N]; /* exported twice, by party */
    tri_ring held[2][N];     /* what the tensor holds afterwards */
    int args;                /* wrong arguments that passed */
};

static void job_fill(struct job *j, uint64_t *rng)
{
    tri_ring w[N];

    memset(j, 0, sizeof *j);
    for (size_t i = 0; i < N; i++) {
        w[i] = (tri_test_rand(rng) >> 30) - (1ull << 33);
        j->want[i] = tri_fixed_decode(w[i], FB);
    }
    tri_three_share(j->x[0], j->x[1], w, N, rng);
}

/* The tensor x, imported in two pieces. */
static int bring(struct tri_engine *e, const struct job *j, struct tri_ten *x)
{
    enum { CUT = 13 };
    const unsigned id = e->s->id;
    const tri_ring *a[2] = { NULL }, *b[2] = { NULL };
    int rc = tri_ten_alloc(e, x, tri_shape1(N), FB, 1);

    if (e->holds > 0 && !e->s->dry) {
        a[0] = j->x[id];
        b[0] = j->x[id] + CUT;
    }
    if (rc == TRI_OK)
        rc = tri_import(e, x, CUT, N - CUT, b);
    return rc == TRI_OK ? tri_import(e, x, 0, CUT, a) : rc;
}

static void open_party(struct tri_engine *e, void *arg)
{
    struct job *const j = arg;
    const unsigned id = e->s->id;
    struct tri_ten x;

    for (size_t i = 0; i < N; i++)
        j->out[id][i] = 99;
    j->rc[id] = bring(e, j, &x);
    if (j->rc[id] == TRI_OK)
        j->rc[id] = tri_open(e, j->out[id], &x, j->audience);
}

/* Every audience: who is in it sees the value, the others zeros, and nobody
 * is sent more than that takes. */
static void check_audience(struct tri_check *c)
{
    const struct tri_engine_kind *const kind[] = { &tri_engine_fused,
                                                   &tri_engine_paper };
    uint64_t rng = c->seed;

    for (unsigned turn = 0; turn < 16; turn++) {
        const unsigned set = turn % 8;
        static struct job j;
        struct tri_three t;
        struct tri_cost dry;

        job_fill(&j, &rng);
        j.audience = set;
        tri_three_default(&t);
        t.engine = kind[turn / 8];
        dry = tri_three_dry(&t, 0, open_party, &j, NULL);
        tri_three_run(&t, open_party, &j);
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            CHECK(c, j.rc[i] == TRI_OK, "set %u: P%u says %d", set, i, j.rc[i]);
            for (size_t l = 0; l < N; l++)
                CHECK(c, j.out[i][l] == ((set >> i & 1) ? j.want[l] : 0),
                      "set %u: P%u sees %g, not %g", set, i, j.out[i][l],
                      j.want[l]);
            for (unsigned to = 0; to < TRI_PARTIES; to++) {
                const uint64_t want =
                    i < 2 && to != i && (set >> to & 1) ? 8 * N : 0;
                CHECK(c,
                      t.stats[i].payload[to] == want &&
                          dry.bytes[i][to] == want,
                      "set %u: P%u sends P%u %llu bytes, planned %llu", set, i,
                      to, (unsigned long long)t.stats[i].payload[to],
                      (unsigned long long)dry.bytes[i][to]);
            }
        }
    }
}

static void export_party(struct tri_engine *e, void *arg)
{
    struct job *const j = arg;
    const unsigned id = e->s->id;
    tri_ring *part[2] = { NULL, NULL };
    tri_ring nothing[1] = { 5 };
    const tri_ring *const in[2] = { nothing, nothing };
    tri_ring *const out[2] = { nothing, nothing };
    struct tri_ten x;
    int rc = bring(e, j, &x);

    x.valid = 1;
    for (int i = 0; rc == TRI_OK && i < 2; i++) {
        part[0] = id < 2 ? j->fresh[id][i] + 7 : NULL;
        rc = tri_export(e, &x, 7, N - 7, part);
    }
    if (id < 2)
        memcpy(j->held[id], x.v[0], sizeof j->held[id]);
    j->args += x.valid != 1; /* leaving changes nothing */
    j->args += tri_export(e, &x, N, 1, out) != TRI_E_ARG;
    j->args += tri_export(e, &x, 1, SIZE_MAX, out) != TRI_E_ARG;
    j->args += tri_import(e, &x, N - 1, 2, in) != TRI_E_ARG;
    j->args += x.valid != 1 || nothing[0] != 5;
    j->args += tri_import(e, &x, 0, 1, in) != TRI_OK || x.valid != 0;
    j->rc[id] = rc;
}

static void check_export(struct tri_check *c)
{
    static struct job j;
    uint64_t rng = c->seed;
    struct tri_three t;

    job_fill(&j, &rng);
    tri_three_default(&t);
    tri_three_run(&t, export_party, &j);
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        CHECK(c, j.rc[i] == TRI_OK && t.dead[i] == TRI_OK, "P%u says %d", i,
              j.rc[i]);
    CHECK(c, j.args == 0, "%d wrong arguments pass", j.args);
    for (size_t l = 7; l < N; l++) {
        const tri_ring sum = j.x[0][l] + j.x[1][l];

        for (int i = 0; i < 2; i++)
            CHECK(c, j.fresh[0][i][l] + j.fresh[1][i][l] == sum,
                  "element %zu leaves with another value", l);
        for (unsigned p = 0; p < 2; p++)
            CHECK(c,
                  j.fresh[p][0][l] != j.x[p][l] &&
                      j.fresh[p][0][l] != j.fresh[p][1][l] &&
                      j.held[p][l] == j.x[p][l],
                  "element %zu of P%u: not a fresh share, or the held one "
                  "changes",
                  l, p);
    }
}

/* ---- nothing leaves unverified ---------------------------------------------
 */

static int verified[TRI_PARTIES], verdict[TRI_PARTIES];

static int count_verify(struct tri_engine *e)
{
    verified[e->s->id]++;
    return verdict[e->s->id] == TRI_OK
               ? TRI_OK
               : tri_session_fail(e->s, verdict[e->s->id], "verification",
                                  TRI_NOBODY);
}

static void gate_party(struct tri_engine *e, void *arg)
{
    struct job *const j = arg;
    const unsigned id = e->s->id;
    tri_ring *const part[2] = { id < 2 ? j->fresh[id][0] : NULL, NULL };
    struct tri_ten x;

    for (unsigned p = 0; p < 2 && id == p; p++)
        memset(j->fresh[p], 0x55, sizeof j->fresh[p]);
    j->rc[id] = bring(e, j, &x);
    if (j->rc[id] == TRI_OK && j->audience != 0)
        j->rc[id] = tri_open(e, j->out[id], &x, j->audience);
    else if (j->rc[id] == TRI_OK)
        j->rc[id] = tri_export(e, &x, 0, N, part);
}

static void check_gate(struct tri_check *c)
{
    struct tri_engine_ops ops = *tri_engine_fused.ops;
    struct tri_engine_kind kind = tri_engine_fused;
    uint64_t rng = c->seed;

    ops.verify = count_verify;
    kind.ops = &ops;
    for (int turn = 0; turn < 4; turn++) {
        const int bad = turn & 1, opens = turn >> 1;
        static struct job j;
        struct tri_three t;

        job_fill(&j, &rng);
        j.audience = opens ? TRI_OPEN_ALL : 0;
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            verified[i] = 0;
            verdict[i] = bad ? TRI_E_PROTO : TRI_OK;
        }
        tri_three_default(&t);
        t.engine = &kind;
        tri_three_run(&t, gate_party, &j);
        for (unsigned i = 0; i < TRI_PARTIES; i++) {
            CHECK(c, verified[i] == 1, "P%u verifies %d times", i, verified[i]);
            CHECK(c, (j.rc[i] == TRI_OK) == !bad, "P%u says %d", i, j.rc[i]);
            for (size_t l = 0; bad && l < N; l++)
                CHECK(c,
                      j.out[i][l] == 0 &&
                          (opens || i == 2 || j.fresh[i][0][l] == 0),
                      "P%u has element %zu of what was not verified", i, l);
        }
        CHECK(c, (tri_three_payload(&t) > 0) == (opens && !bad),
              "%llu bytes leave", (unsigned long long)tri_three_payload(&t));
    }
}

/* In the clear the value itself passes, in fixed point. */
static void check_clear(struct tri_check *c)
{
    const tri_ring in[2] = { 3 << 15, (tri_ring)0 - (1 << 14) };
    const tri_ring *const from[2] = { in };
    tri_ring back[2] = { 0 }, *const to[2] = { back };

    for (int kind = TRI_SINGLE_PLAIN; kind <= TRI_SINGLE_FLOAT; kind++) {
        double v[2] = { 7, 7 };
        struct tri_single p;
        struct tri_ten x;

        CHECK(c, tri_single_open(&p, kind, FB, 1 << 16), "no memory");
        CHECK(c,
              tri_ten_alloc(&p.e, &x, tri_shape1(2), FB, 0) == TRI_OK &&
                  tri_import(&p.e, &x, 0, 2, from) == TRI_OK &&
                  tri_open(&p.e, v, &x, TRI_OPEN_ALL) == TRI_OK &&
                  v[0] == 1.5 && v[1] == -0.25,
              "%s: %g and %g", p.e.kind->name, v[0], v[1]);
        CHECK(c,
              tri_export(&p.e, &x, 0, 2, to) == TRI_OK && back[0] == in[0] &&
                  back[1] == in[1],
              "%s: there and back", p.e.kind->name);
        CHECK(c, tri_open(&p.e, v, &x, 6) == TRI_OK && v[0] == 0 && v[1] == 0,
              "%s: opened to others", p.e.kind->name);
        tri_single_close(&p);
    }
}

static void check_find(struct tri_check *c)
{
    const struct tri_engine_kind *const list[] = { &tri_engine_paper,
                                                   &tri_engine_plain, NULL };
    const struct tri_engine_config config = { .f = FB, .k = 32 };
    struct tri_session s = { .id = 1 };
    struct tri_engine e;

    CHECK(c,
          tri_engine_find(list, "plain") == &tri_engine_plain &&
              tri_engine_find(list, "paper") == &tri_engine_paper &&
              tri_engine_find(list, "pape") == NULL &&
              tri_engine_find(list, "papers") == NULL &&
              tri_engine_find(list, "") == NULL &&
              tri_engine_find(list, "fused") == NULL,
          "found by name");
    CHECK(c, tri_engine_start(&e, &tri_engine_plain, &s, &config) == TRI_E_ARG,
          "party 1 of an engine of one");
    CHECK(c,
          tri_engine_start(&e, &tri_engine_paper, &s, &config) == TRI_OK &&
              e.holds == 1 && e.const_comp == -1 && e.f == FB,
          "party 1 of three");
    s.id = 2;
    CHECK(c,
          tri_engine_start(&e, &tri_engine_paper, &s, &config) == TRI_OK &&
              e.holds == 0,
          "the helper");
    tri_engine_end(&e);
    CHECK(c, e.ops == NULL, "an end");
}

const struct tri_check_entry tri_checks_doors[] = {
    { "doors: audiences", check_audience },
    { "doors: fresh shares", check_export },
    { "doors: verified first", check_gate },
    { "doors: in the clear", check_clear },
    { "doors: engines by name", check_find },
};
const size_t tri_checks_doors_n =
    sizeof tri_checks_doors / sizeof *tri_checks_doors;
