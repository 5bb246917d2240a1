#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "proto/fused/fused.h"
#include "proto/nn/adam.h"
#include "proto/paper/paper.h"
#include "proto/rep3/rep3.h"
#include "tests/checks.h"
#include "tests/support/single.h"
#include "tests/support/three.h"

/* ---- steps in every engine against the formula ------------------------------
 */

enum { PLAIN, FLOAT, FUSED, REP3, ACTIVE, ENGINES };
static const char *const engine_name[] = { "plain", "float", "fused", "rep3",
                                           "rep3, active" };

static const char text[] = "input 12\nfc 4\nloss mse\n";
enum { INPUTS = 12, OUTPUTS = 4, N = INPUTS * OUTPUTS + OUTPUTS, STEPS = 6 };
enum { BATCH = 5 };

struct steps {
    struct tri_net net;
    struct tri_sgd sgd;
    struct tri_adam adam;
    double x[BATCH * INPUTS], y[STEPS][BATCH * OUTPUTS];
    struct seen {
        double weight[STEPS + 1][N], sum[STEPS][N], moment[STEPS][2 * N];
        int rc;
    } seen[TRI_PARTIES];
};

static int fill(struct tri_engine *e, struct tri_ten *t, const double *v)
{
    const int rc = e->ops->constant(e, t, v);

    return rc == TRI_OK ? e->ops->refresh(e, t) : rc;
}

static int open_both(struct tri_engine *e, double *out, struct tri_ten *w,
                     struct tri_ten *b)
{
    const int rc = tri_open(e, out, w, TRI_OPEN_ALL);

    return rc == TRI_OK ? tri_open(e, out + w->n, b, TRI_OPEN_ALL) : rc;
}

static int train(struct tri_engine *e, const struct steps *p, struct seen *s)
{
    struct tri_model *const m = malloc(sizeof *m);
    struct tri_layer *const l = &m->layer[0];
    int rc = tri_model_build(m, e, &p->net, BATCH, 1, 2);

    if (rc == TRI_OK)
        rc = tri_model_init(m, 3);
    m->adam = &p->adam;
    m->label.fb = (int)e->f;
    for (uint32_t t = 0; rc == TRI_OK && t < STEPS; t++) {
        m->step.number = t + 1;
        rc = open_both(e, s->weight[t], &l->w, &l->b);
        if (rc == TRI_OK)
            rc = fill(e, &m->in, p->x);
        if (rc == TRI_OK)
            rc = fill(e, &m->label, p->y[t]);
        tri_ten_changed(&m->in);
        if (rc == TRI_OK)
            rc = tri_model_forward(m);
        if (rc == TRI_OK)
            rc = tri_model_backward(m);
        if (rc == TRI_OK)
            rc = open_both(e, s->sum[t], &l->dw, &l->db);
        if (rc == TRI_OK)
            rc = tri_model_update(m, &p->sgd);
        if (rc == TRI_OK)
            rc = tri_open(e, s->moment[t], &m->vel, TRI_OPEN_ALL);
    }
    if (rc == TRI_OK)
        rc = open_both(e, s->weight[STEPS], &l->w, &l->b);
    free(m);
    return rc;
}

static void program(struct tri_engine *e, void *arg)
{
    struct steps *const p = arg;
    struct seen *const dry = e->s->dry ? malloc(sizeof *dry) : NULL;
    struct seen *const s = dry != NULL ? dry : &p->seen[e->s->id];

    s->rc = train(e, p, s);
    free(dry);
}

/* Run it in one engine; three parties: bytes, rounds and memory are what a dry
 * run says. */
static int run(struct tri_check *c, int engine, unsigned f, struct steps *p)
{
    struct tri_three t;

    memset(p->seen, 0, sizeof p->seen);
    if (engine <= FLOAT) {
        struct tri_single dry, s;
        const int kind = engine == FLOAT ? TRI_SINGLE_FLOAT : TRI_SINGLE_PLAIN;

        tri_single_open(&dry, kind, f, 0);
        dry.s.dry = 1;
        program(&dry.e, p);
        if (!tri_single_open(&s, kind, f, dry.arena.peak))
            return tri_check_fail(c, "no memory");
        program(&s.e, p);
        tri_single_close(&s);
        return p->seen[0].rc == TRI_OK
                   ? 1
                   : tri_check_fail(c, "%s: %d, %s", engine_name[engine],
                                    p->seen[0].rc, s.s.where);
    }
    tri_three_default(&t);
    t.engine = engine == FUSED ? &tri_engine_fused : &tri_engine_rep3;
    t.config.f = f;
    t.config.active = engine == ACTIVE;
    t.config.ledger = 1 << 20;
    tri_three_run(&t, program, p);
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        size_t peak;
        const struct tri_cost cost = tri_three_dry(&t, i, program, p, &peak);

        if (p->seen[i].rc != TRI_OK || t.dead[i] != 0)
            return tri_check_fail(c, "%s, P%u: %d, %s", engine_name[engine], i,
                                  p->seen[i].rc, t.where[i]);
        if (t.peak[i] != peak || t.stats[i].rounds != cost.depth[i] ||
            tri_three_payload(&t) != tri_cost_bytes(&cost))
            return tri_check_fail(c, "%s, P%u: not as planned",
                                  engine_name[engine], i);
    }
    return 1;
}

static double near(unsigned f, double v)
{
    return ldexp(nearbyint(ldexp(v, (int)f)), -(int)f);
}

/* Inputs, and so gradients, of many sizes; some are 0. */
static void values(struct steps *p, unsigned f, uint64_t *rng)
{
    for (size_t i = 0; i < BATCH * INPUTS; i++) {
        const int column = (int)(i % INPUTS);

        p->x[i] = column == 3 ? 0 : near(f, ldexp(tri_test_unit(rng), -column));
    }
    for (size_t t = 0; t < STEPS; t++)
        for (size_t i = 0; i < BATCH * OUTPUTS; i++)
            p->y[t][i] = near(f, tri_test_unit(rng));
}

/* One party's weights and moments, step by step from what the step began with.
 */
static void compare(struct tri_check *c, const char *name, unsigned f,
                    const struct steps *p, const struct seen *s)
{
    const double b1 = ldexp(nearbyint(ldexp(p->sgd.momentum, 16)), -16);
    const double b2 = ldexp(nearbyint(ldexp(p->adam.beta2, 16)), -16);
    const double unit = ldexp(1, -(int)f), eps = p->adam.epsilon;
    double m[N] = { 0 }, v[N] = { 0 };

    for (int t = 0; t < STEPS; t++)
        for (size_t i = 0; i < N; i++) {
            const double *const w = &s->weight[t][i];
            const double g = s->sum[t][i] / BATCH +
                             (i < N - OUTPUTS ? p->sgd.decay * *w : 0);
            double step, off;

            m[i] = b1 * m[i] + (1 - b1) * g;
            v[i] = b2 * v[i] + (1 - b2) * g * g;
            step = p->sgd.rate * m[i] / (1 - pow(b1, t + 1)) /
                   sqrt(v[i] / (1 - pow(b2, t + 1)) + eps * eps);
            off = fabs(*w - s->weight[t + 1][i] - step);
            CHECK(c,
                  off < 2 * unit + 0.0142 * fabs(step) +
                            (0.015 + 0.2 / 65536 / (1 - b2)) * p->sgd.rate,
                  "%s: f %u rate %g epsilon %g, step %d, weight %zu: %g, not "
                  "%g",
                  name, f, p->sgd.rate, eps, t + 1, i, *w - s->weight[t + 1][i],
                  step);
            CHECK(c,
                  fabs(s->moment[t][i] * eps - m[i]) <
                          eps / 64 + ldexp(fabs(m[i]), -12) &&
                      fabs(s->moment[t][N + i] * eps * eps - v[i]) <
                          eps * eps / 64 + 2 * eps * sqrt(v[i]) / 64 +
                              ldexp(v[i], -11),
                  "%s: epsilon %g, step %d, weight %zu: m %g, not %g, v %g, "
                  "not %g",
                  name, eps, t + 1, i, s->moment[t][i] * eps, m[i],
                  s->moment[t][N + i] * eps * eps, v[i]);
        }
}

static void check_steps(struct tri_check *c)
{
    static const struct {
        struct tri_sgd sgd;
        struct tri_adam adam;
        unsigned f;
    } how[] = {
        { { 0.001, 0.9, 0 }, { 0.999, 0.0005 }, 16 },
        { { 0.125, 0.9, 0 }, { 0.999, 0.0009765625 }, 16 },
        { { 0.05, 0, 0 }, { 0.9999, 0.01 }, 13 },
        { { 16, 0.7, 0 }, { 0.5, 0.3 }, 8 },
        { { 0.01, 0.99, 0.25 }, { 0.99, 1 }, 16 },
        { { 1e-6, 0.5, 0 }, { 0.75, 0.001 }, 16 },
    };
    static struct steps p;
    uint64_t rng = c->seed;
    char err[TRI_NET_ERROR];

    CHECK(c, tri_net_parse(&p.net, text, sizeof text - 1, err) == TRI_OK, "%s",
          err);
    for (size_t h = 0; h < sizeof how / sizeof *how; h++) {
        p.sgd = how[h].sgd;
        p.adam = how[h].adam;
        values(&p, how[h].f, &rng);
        for (int engine = 0; engine < ENGINES; engine++) {
            if (!run(c, engine, how[h].f, &p))
                return;
            for (unsigned i = 0; i < (engine <= FLOAT ? 1u : 3u); i++)
                compare(c, engine_name[engine], how[h].f, &p, &p.seen[i]);
        }
    }
}

/* ---- what is refused
 * -------------------------------------------------------- */

static void check_refused(struct tri_check *c)
{
    static const struct {
        double rate, beta1, beta2, epsilon;
        uint32_t step;
    } wrong[] = {
        { 0.001, 0.9, 0.999, 0.001, 0 },
        { 0, 0.9, 0.999, 0.001, 1 },
        { 17, 0.9, 0.999, 0.001, 1 },
        { 1e-9, 0.9, 0.999, 0.001, 1 },
        { (double)NAN, 0.9, 0.999, 0.001, 1 },
        { 0.001, 0.99, 0.9, 0.001, 1 },
        { 0.001, 0.8, 0.64, 0.001, 1 },
        { 0.001, -0.1, 0.999, 0.001, 1 },
        { 0.001, (double)NAN, 0.999, 0.001, 1 },
        { 0.001, 0.9, 1, 0.001, 1 },
        { 0.001, 0.5, 0.4, 0.001, 1 },
        { 0.001, 0.9, (double)NAN, 0.001, 1 },
        { 0.001, 0.9, 0.999, 0, 1 },
        { 0.001, 0.9, 0.999, 1.1, 1 },
        { 0.001, 0.9, 0.999, (double)NAN, 1 },
    };
    static struct tri_model m;
    struct tri_single s;
    struct tri_net net;
    char err[TRI_NET_ERROR];

    CHECK(c, tri_net_parse(&net, text, sizeof text - 1, err) == TRI_OK, "%s",
          err);
    for (int moments = 0; moments < 3; moments++) {
        const struct tri_sgd sgd = { 0.001, 0.9, 0 };
        const struct tri_adam adam = { 0.999, 0.001 };

        if (!tri_single_open(&s, TRI_SINGLE_PLAIN, 16, 16 << 20))
            return (void)tri_check_fail(c, "no memory");
        CHECK(c,
              tri_model_build(&m, &s.e, &net, BATCH, 1, moments) == TRI_OK &&
                  tri_model_init(&m, 1) == TRI_OK &&
                  tri_ten_zero(&s.e, &m.in) == TRI_OK &&
                  tri_ten_zero(&s.e, &m.label) == TRI_OK,
              "build");
        m.label.fb = 16;
        m.step.number = 1;
        CHECK(c,
              tri_model_forward(&m) == TRI_OK &&
                  tri_model_backward(&m) == TRI_OK,
              "a step");
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            const struct tri_sgd of = { wrong[i].rate, wrong[i].beta1, 0 };
            const struct tri_adam a = { wrong[i].beta2, wrong[i].epsilon };

            m.adam = &a;
            m.step.number = wrong[i].step;
            CHECK(c, tri_model_update(&m, &of) == TRI_E_ARG, "%zu accepted", i);
        }
        m.step.number = 1;
        m.adam = moments == 2 ? NULL : &adam;
        CHECK(c, moments == 1 || tri_model_update(&m, &sgd) == TRI_E_ARG,
              "SGD with momentum takes %d moments", moments);
        m.adam = &adam;
        s.e.trunc_exact = 0;
        CHECK(c, tri_model_update(&m, &sgd) == TRI_E_ARG,
              "an engine that truncates wrong now and then");
        s.e.trunc_exact = 1;
        CHECK(c,
              tri_model_update(&m, &sgd) == (moments == 2 ? TRI_OK : TRI_E_ARG),
              "Adam with %d moments", moments);
        tri_single_close(&s);
    }
    CHECK(c, !tri_engine_paper.trunc_exact, "engine paper");
}

/* ---- cost
 * -------------------------------------------------------------------- */

/* The step alone, of arg weights. */
static void step_only(struct tri_engine *e, void *arg)
{
    static const struct tri_adam adam = { 0.999, 0.0009765625 };
    static const struct tri_sgd sgd = { 0.001, 0.9, 0 };
    const uint32_t n = *(const uint32_t *)arg;
    struct tri_model *const m = calloc(1, sizeof *m);

    m->e = e;
    m->adam = &adam;
    m->batch = 4;
    m->step.number = 10;
    if (tri_ten_alloc(e, &m->grad, tri_shape1(n), 32, 0) == TRI_OK &&
        tri_ten_alloc(e, &m->vel, tri_shape2(2, n), TRI_ADAM_BITS, 0) == TRI_OK)
        (void)tri_adam_step(m, &sgd);
    free(m);
}

/* What adam.c says of its cost, of proto/rep3's operations, and that pieces
 * take memory once. */
static void check_cost(struct tri_check *c)
{
    uint32_t n[] = { 1 << 15, 2 << 15 };
    uint64_t bytes[2], rounds[2];
    size_t peak[2];
    struct tri_three t;

    tri_three_default(&t);
    t.engine = &tri_engine_rep3;
    for (int i = 0; i < 2; i++) {
        const struct tri_cost cost =
            tri_three_dry(&t, 0, step_only, &n[i], &peak[i]);

        bytes[i] = tri_cost_bytes(&cost);
        rounds[i] = tri_cost_rounds(&cost);
    }
    /* products 24; truncations by 16 bits or less 13.125, by 32 25.125, more
     * 49.125; signs 61.5, or 58.5 where the carry takes a round more */
    const double products = 24 * 6,
                 truncations = 4 * 13.125 + 5 * 25.125 + 49.125;

    CHECK(c,
          (double)bytes[0] == n[0] * (products + truncations + 10 * 58.5) &&
              bytes[1] == 2 * bytes[0],
          "%g bytes a weight, not %g", (double)bytes[0] / n[0],
          products + truncations + 585);
    CHECK(c, rounds[0] == 45 && rounds[1] == 90, "%llu rounds, then %llu",
          (unsigned long long)rounds[0], (unsigned long long)rounds[1]);
    CHECK(c, peak[1] < peak[0] + 3 * 16 * (n[1] - n[0]) + 4096,
          "%zu bytes of memory, then %zu", peak[0], peak[1]);
}

const struct tri_check_entry tri_checks_adam[] = {
    { "adam: steps", check_steps },
    { "adam: what is refused", check_refused },
    { "adam: cost", check_cost },
};
const size_t tri_checks_adam_n =
    sizeof tri_checks_adam / sizeof *tri_checks_adam;
