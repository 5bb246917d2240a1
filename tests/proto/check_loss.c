#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "proto/argmax.h"
#include "proto/fused/fused.h"
#include "proto/ln.h"
#include "proto/nn/train.h"
#include "tests/checks.h"
#include "tests/support/single.h"
#include "tests/support/three.h"
#include "proto/paper/paper.h"
#include "proto/rep3/rep3.h"

/* Every check runs one program in every engine and compares what it opens
 * with double precision. */
enum { PLAIN, FLOAT, FUSED, PAPER, ENGINES, REP3 = ENGINES, ALL };
static const char *const engine_name[] = { "plain", "float", "fused", "paper",
                                           "rep3" };

/* Run fn in one engine; three parties: what is counted is what a dry run says.
 */
static int everywhere(struct tri_check *c, int engine, unsigned f,
                      tri_three_fn *fn, void *arg)
{
    struct tri_three t;
    struct tri_cost cost;
    size_t peak[TRI_PARTIES];

    if (engine <= FLOAT) {
        struct tri_single dry, p;
        tri_single_open(
            &dry, engine == FLOAT ? TRI_SINGLE_FLOAT : TRI_SINGLE_PLAIN, f, 0);
        dry.s.dry = 1;
        fn(&dry.e, arg);
        if (!tri_single_open(
                &p, engine == FLOAT ? TRI_SINGLE_FLOAT : TRI_SINGLE_PLAIN, f,
                dry.arena.peak))
            return tri_check_fail(c, "no memory");
        fn(&p.e, arg);
        tri_single_close(&p);
        return p.s.dead == 0 ? 1 : tri_check_fail(c, "%s died", p.s.where);
    }
    tri_three_default(&t);
    t.engine = engine == PAPER  ? &tri_engine_paper
               : engine == REP3 ? &tri_engine_rep3
                                : &tri_engine_fused;
    t.config.f = f;
    /* a dry run opens zeros: it goes first */
    cost = tri_three_dry(&t, 0, fn, arg, &peak[0]);
    for (unsigned id = 1; id < TRI_PARTIES; id++)
        (void)tri_three_dry(&t, id, fn, arg, &peak[id]);
    tri_three_run(&t, fn, arg);
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        if (t.dead[i] != 0)
            return tri_check_fail(c, "%s: party %u: %s", engine_name[engine], i,
                                  t.error[i]);
        if (t.peak[i] != peak[i])
            return tri_check_fail(c, "%s, party %u: %zu bytes, planned %zu",
                                  engine_name[engine], i, t.peak[i], peak[i]);
    }
    if (tri_three_payload(&t) != tri_cost_bytes(&cost) ||
        t.rounds != tri_cost_rounds(&cost))
        return tri_check_fail(
            c, "%s: %llu bytes in %llu rounds, planned %llu in %llu",
            engine_name[engine], (unsigned long long)tri_three_payload(&t),
            (unsigned long long)t.rounds,
            (unsigned long long)tri_cost_bytes(&cost),
            (unsigned long long)tri_cost_rounds(&cost));
    return 1;
}

/* A tensor of public values, with fresh shares where there are shares. */
static int fill(struct tri_engine *e, struct tri_ten *t, const double *v)
{
    const int rc = e->ops->constant(e, t, v);

    return rc == TRI_OK ? e->ops->refresh(e, t) : rc;
}

/* ---- logarithm -------------------------------------------------------------
 */

enum { LN = 600 };

struct ln_arg {
    unsigned top;
    int fb, out_fb;
    double x[LN], z[TRI_PARTIES][LN];
    int rc;
};

static void ln_program(struct tri_engine *e, void *arg)
{
    struct ln_arg *p = arg;
    struct tri_ten x, z;

    if (tri_ten_alloc(e, &x, tri_shape1(LN), p->fb, 0) != TRI_OK ||
        tri_ten_alloc(e, &z, tri_shape1(LN), p->out_fb, 0) != TRI_OK ||
        fill(e, &x, p->x) != TRI_OK)
        return;
    p->rc = tri_ln(e, &z, &x, p->top);
    if (p->rc == TRI_OK)
        (void)tri_open(e, p->z[e->s->id], &z, TRI_OPEN_ALL);
}

static void check_ln(struct tri_check *c)
{
    static const struct {
        unsigned top;
        int fb, out_fb;
    } cases[] = { { 3, 20, 16 }, { 10, 20, 16 }, { 1, 20, 20 }, { 6, 12, 12 } };
    static struct ln_arg p;
    uint64_t rng = c->seed;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const double unit = ldexp(1, -cases[k].fb);
        const double end = ldexp(1, (int)cases[k].top + 1);
        p = (struct ln_arg){ .top = cases[k].top,
                             .fb = cases[k].fb,
                             .out_fb = cases[k].out_fb };
        for (size_t i = 0; i < LN; i++) {
            /* powers of two and their neighbours, then all over the range */
            const double at = pow(end, (double)i / (LN - 1));
            p.x[i] = i < 3 * (p.top + 2)
                         ? ldexp(1, (int)(i / 3)) + ((double)(i % 3) - 1) * unit
                         : nearbyint(at / unit) * unit;
            p.x[i] = fmin(fmax(p.x[i], 1), end);
            (void)tri_test_rand(&rng);
        }
        for (int engine = 0; engine < ENGINES; engine++) {
            /* float32 has 24 bits for what is up to `end` */
            const double more = engine == FLOAT ? 2e-7 * (2 + p.top) : 0;
            memset(p.z, 0, sizeof p.z);
            if (!everywhere(c, engine, 16, ln_program, &p))
                return;
            CHECK(c, p.rc == TRI_OK, "%s: %d", engine_name[engine], p.rc);
            for (size_t i = 0; i < LN; i++)
                CHECK(c,
                      fabs(p.z[0][i] - log(p.x[i])) <
                          6.5e-5 + unit + ldexp(1.01, -p.out_fb) + more,
                      "%s: log %.9g gives %.9g, not %.9g", engine_name[engine],
                      p.x[i], p.z[0][i], log(p.x[i]));
        }
    }
}

/* What ln.c says of its cost, for ten classes; lanes are padded. */
static void ln_only(struct tri_engine *e, void *arg)
{
    struct tri_ten x, z;

    (void)arg;
    if (tri_ten_alloc(e, &x, tri_shape1(LN), 20, 0) == TRI_OK &&
        tri_ten_alloc(e, &z, tri_shape1(LN), 16, 0) == TRI_OK)
        (void)tri_ln(e, &z, &x, 3);
}

static void check_ln_cost(struct tri_check *c)
{
    struct tri_three t;
    struct tri_cost cost;
    double each;

    tri_three_default(&t);
    cost = tri_three_dry(&t, 0, ln_only, NULL, NULL);
    each = (double)tri_cost_bytes(&cost) / LN;
    CHECK(c, each > 290.9 && each < 298 && tri_cost_rounds(&cost) == 11,
          "%g bytes in %llu rounds", each,
          (unsigned long long)tri_cost_rounds(&cost));
}

static void check_ln_arguments(struct tri_check *c)
{
    static const struct {
        unsigned top;
        int fb, out_fb;
    } bad[] = { { 0, 20, 16 }, { 21, 20, 16 }, { 3, 21, 16 },
                { 3, 7, 7 },   { 3, 20, 41 },  { 3, 20, -1 } };
    static struct ln_arg p;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct tri_single s;
        p = (struct ln_arg){ .top = bad[i].top,
                             .fb = bad[i].fb,
                             .out_fb = bad[i].out_fb };
        for (size_t j = 0; j < LN; j++)
            p.x[j] = 1;
        CHECK(c, tri_single_open(&s, TRI_SINGLE_PLAIN, 16, 1 << 20), "memory");
        ln_program(&s.e, &p);
        tri_single_close(&s);
        CHECK(c, p.rc == TRI_E_ARG, "case %zu: %d", i, p.rc);
    }
}

/* ---- the loss of a batch ----------------------------------------------------
 */

enum { CLASSES_MOST = 100, BATCH = 9 };

struct loss_arg {
    struct tri_net net;
    double x[BATCH * CLASSES_MOST], y[BATCH * CLASSES_MOST];
    double loss[TRI_PARTIES];
    uint32_t right[TRI_PARTIES];
    char possible[TRI_PARTIES][8];
    int rc;
};

/* Which of some losses right numbers can have. */
static void judge(const struct tri_model *m, char said[8])
{
    const double most = tri_model_loss_most(m);
    const double loss[] = { 0, -0.01, most, -0.03, 1.1 * most, NAN, -INFINITY };

    for (int i = 0; i < 7; i++)
        said[i] = tri_model_loss_possible(m, loss[i]) ? 'y' : 'n';
    said[7] = '\0';
}

static void loss_program(struct tri_engine *e, void *arg)
{
    struct loss_arg *p = arg;
    struct tri_model *const m = malloc(sizeof *m);
    int rc = tri_model_build(m, e, &p->net, BATCH, 0, 0);

    if (rc == TRI_OK)
        rc = fill(e, tri_model_logits(m), p->x);
    if (rc == TRI_OK)
        rc = fill(e, &m->label, p->y);
    if (rc == TRI_OK)
        rc = tri_model_loss(m, &p->loss[e->s->id], &p->right[e->s->id]);
    judge(m, p->possible[e->s->id]);
    if (e->s->id == 0)
        p->rc = rc;
    free(m);
}

/* Mean loss and right answers, by definition. */
static double reference(const struct loss_arg *p, uint32_t *right)
{
    const size_t n = p->net.classes;
    double sum = 0;

    *right = 0;
    for (size_t i = 0; i < BATCH; i++) {
        const double *const x = p->x + i * n, *const y = p->y + i * n;
        double max = x[0], se = 0, pos = 0;
        size_t best = 0;
        for (size_t j = 0; j < n; j++) {
            if (x[j] > max) {
                max = x[j];
                best = j;
            }
            pos += fmax(x[j], 0);
        }
        *right += y[best] == 1;
        for (size_t j = 0; j < n; j++) {
            se += exp(x[j] - max);
            if (p->net.loss == TRI_LOSS_SOFTMAX)
                sum -= y[j] * (x[j] - max);
            else if (p->net.loss == TRI_LOSS_MSE)
                sum += 0.5 * (x[j] - y[j]) * (x[j] - y[j]);
            else
                sum += 0.5 * pow((pos > 0 ? fmax(x[j], 0) / pos : 0) - y[j], 2);
        }
        if (p->net.loss == TRI_LOSS_SOFTMAX)
            sum += log(se);
    }
    return sum / BATCH;
}

/* Rows: random; nearly level; all level; one far ahead, right and wrong. */
static void samples(struct loss_arg *p, unsigned f, double wide, uint64_t *rng)
{
    const size_t n = p->net.classes;

    for (size_t i = 0; i < BATCH; i++) {
        const size_t label = tri_test_rand(rng) % n;
        const double by = i % 4 == 0 ? wide : i % 4 == 1 ? 0.01 : 0;
        for (size_t j = 0; j < n; j++) {
            double v = by * tri_test_unit(rng);
            if (i % 4 == 3)
                v = j == (label + i / 4) % n ? wide : -wide;
            /* ASM is off by a unit of what it divides by: not by nearly 0 */
            if (p->net.loss == TRI_LOSS_ASM && j == 0 && i % 4 < 2)
                v = 1 + fabs(v);
            p->x[i * n + j] = ldexp(nearbyint(ldexp(v, (int)f)), -(int)f);
            p->y[i * n + j] = j == label;
        }
    }
}

static void check_loss(struct tri_check *c)
{
    static const struct {
        const char *loss;
        unsigned n, f;
        double wide, bound; /* of the logits; of the error */
    } cases[] = {
        { "softmax", 10, 16, 6, 5.7e-4 },  { "softmax", 10, 16, 900, 5.7e-4 },
        { "softmax", 2, 16, 4, 1.8e-4 },   { "softmax", 3, 13, 20, 3e-4 },
        { "softmax", 100, 16, 5, 4.0e-3 }, { "asm", 10, 16, 5, 1e-4 },
        { "asm", 4, 12, 5, 1e-3 },         { "mse", 10, 16, 30, 1e-4 },
        { "mse", 3, 10, 3, 1e-9 },
    };
    static struct loss_arg p;
    uint64_t rng = c->seed;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char text[80], err[160];
        double want;
        uint32_t right;
        snprintf(text, sizeof text, "input 1 1 4\nfc %u\nloss %s\n", cases[k].n,
                 cases[k].loss);
        CHECK(c, tri_net_parse(&p.net, text, strlen(text), err) == TRI_OK, "%s",
              err);
        samples(&p, cases[k].f, cases[k].wide, &rng);
        want = reference(&p, &right);
        for (int engine = 0; engine < ENGINES; engine++) {
            const double bound = cases[k].bound + ldexp(2, -(int)cases[k].f) +
                                 (engine == FLOAT ? 1e-6 * fabs(want) : 0);
            memset(p.loss, 0, sizeof p.loss);
            memset(p.right, 0, sizeof p.right);
            if (!everywhere(c, engine, cases[k].f, loss_program, &p))
                return;
            CHECK(c, p.rc == TRI_OK, "%s: %d", text, p.rc);
            CHECK(c, strcmp(p.possible[0], "yyynnnn") == 0, "%s: possible: %s",
                  text, p.possible[0]);
            for (unsigned id = 0; id < (engine <= FLOAT ? 1u : 3u); id++)
                CHECK(c,
                      fabs(p.loss[id] - want) < bound && p.right[id] == right,
                      "%s, %u classes, %s, party %u: loss %.7g, not %.7g; "
                      "right %u, not %u",
                      cases[k].loss, cases[k].n, engine_name[engine], id,
                      p.loss[id], want, p.right[id], right);
        }
    }
}

/* ---- one output, and numbers for labels ------------------------------------
 */

enum { ROWS = 11, INPUTS = 2 };

struct own_arg {
    struct tri_net net;
    int numbers;
    double x[ROWS * INPUTS], y[ROWS * 2], w[INPUTS * 2], b[2];
    double loss[TRI_PARTIES], rmse[TRI_PARTIES], dw[TRI_PARTIES][INPUTS * 2];
    double hot[TRI_PARTIES][2 * ROWS];
    uint32_t right[TRI_PARTIES];
    int rc[TRI_PARTIES];
};

static int own_fetch(void *self, struct tri_engine *e, const uint32_t *index,
                     uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    const struct own_arg *const p = self;
    const size_t cols = y->shape.d[1];
    double vx[ROWS * INPUTS] = { 0 }, vy[ROWS * 2] = { 0 };
    int rc;

    for (uint32_t i = 0; i < n && !e->s->dry; i++) {
        memcpy(vx + i * INPUTS, p->x + index[i] * INPUTS, sizeof *vx * INPUTS);
        memcpy(vy + i * cols, p->y + index[i] * cols, sizeof *vy * cols);
    }
    rc = fill(e, x, vx);
    return rc == TRI_OK ? fill(e, y, vy) : rc;
}

/* One step without momentum on all rows, and an evaluation by fours. */
static void own_program(struct tri_engine *e, void *arg)
{
    struct own_arg *const p = arg;
    const unsigned id = e->s->id;
    const struct tri_data d = { .count = ROWS,
                                .h = 1,
                                .w = 1,
                                .c = INPUTS,
                                .classes = p->net.classes,
                                .numbers = p->numbers,
                                .self = p,
                                .fetch = own_fetch };
    const struct tri_data other = { .count = ROWS,
                                    .h = 1,
                                    .w = 1,
                                    .c = INPUTS,
                                    .classes = p->net.classes,
                                    .numbers = !p->numbers,
                                    .self = p,
                                    .fetch = own_fetch };
    const uint32_t index[ROWS] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
    struct tri_model *const m = malloc(2 * sizeof *m);
    struct tri_ten hot;
    uint32_t right;
    double rmse;
    int rc = tri_model_build(&m[0], e, &p->net, ROWS, 1, 0);

    if (rc == TRI_OK)
        rc = tri_model_build(&m[1], e, &p->net, 4, 0, 0);
    for (int i = 0; rc == TRI_OK && i < 2; i++) {
        rc = fill(e, &m[i].layer[0].w, p->w);
        if (rc == TRI_OK)
            rc = fill(e, &m[i].layer[0].b, p->b);
        tri_ten_changed(&m[i].layer[0].w);
    }
    m[0].label.fb = p->numbers ? (int)e->f : 0;
    if (rc == TRI_OK)
        rc = own_fetch(p, e, index, ROWS, &m[0].in, &m[0].label);
    if (rc == TRI_OK)
        rc = tri_model_forward(&m[0]);
    if (rc == TRI_OK)
        rc = tri_model_loss(&m[0], &p->loss[id], &p->right[id]);
    if (rc == TRI_OK)
        rc = tri_model_backward(&m[0]);
    if (rc == TRI_OK)
        rc = tri_open(e, p->dw[id], &m[0].layer[0].dw, TRI_OPEN_ALL);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &hot, tri_model_logits(&m[0])->shape, 0, 0);
    if (rc == TRI_OK)
        rc = tri_argmax(e, &hot, tri_model_logits(&m[0]));
    if (rc == TRI_OK)
        rc = tri_open(e, p->hot[id], &hot, TRI_OPEN_ALL);
    if (rc == TRI_OK)
        rc = p->numbers ? tri_evaluate_error(&m[1], &d, 0, ROWS, &p->rmse[id])
                        : tri_evaluate(&m[1], &d, 0, ROWS, &right);
    if (rc == TRI_OK && !p->numbers && !e->s->dry && right != p->right[id])
        rc = TRI_E_RANGE;
    /* one kind of labels does not pass for the other */
    if (rc == TRI_OK && (tri_evaluate(&m[1], p->numbers ? &d : &other, 0, ROWS,
                                      &right) != TRI_E_ARG ||
                         tri_evaluate_error(&m[1], p->numbers ? &other : &d, 0,
                                            ROWS, &rmse) != TRI_E_ARG))
        rc = TRI_E_FORMAT;
    p->rc[id] = rc;
    free(m);
}

static double near(unsigned f, double v)
{
    return ldexp(nearbyint(ldexp(v, (int)f)), -(int)f);
}

static void own_values(struct own_arg *p, unsigned f, uint64_t *rng)
{
    const size_t outs = p->net.layer[0].out;

    for (size_t i = 0; i < ROWS * INPUTS; i++)
        p->x[i] = near(f, 2 * tri_test_unit(rng));
    for (size_t i = 0; i < INPUTS * outs; i++)
        p->w[i] = near(f, tri_test_unit(rng));
    for (size_t j = 0; j < outs; j++)
        p->b[j] = near(f, 0.3 * tri_test_unit(rng));
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < 2; j++)
            p->y[i * 2 + j] = p->numbers ? near(f, 3 * tri_test_unit(rng))
                                         : (double)(j == (i * i + i / 3) % 2);
}

static double output(const struct own_arg *p, size_t i, size_t j)
{
    const size_t outs = p->net.layer[0].out;

    return p->x[i * INPUTS] * p->w[j] + p->x[i * INPUTS + 1] * p->w[outs + j] +
           p->b[j];
}

/* Logistic regression: the loss is log(1 + exp(-x)) or log(1 + exp(x)), its
 * derivative s(x) - y. */
static void check_sigmoid(struct tri_check *c)
{
    static const char text[] = "input 2\nfc 1\nloss sigmoid\n";
    static struct own_arg p;
    uint64_t rng = c->seed;
    char err[TRI_NET_ERROR];

    for (int engine = 0; engine < ALL; engine++) {
        double loss = 0, dw[INPUTS] = { 0 };
        uint32_t right = 0;

        CHECK(c, tri_net_parse(&p.net, text, strlen(text), err) == TRI_OK, "%s",
              err);
        own_values(&p, 13, &rng);
        for (size_t i = 0; i < ROWS; i++) {
            const double z = output(&p, i, 0), y = p.y[2 * i + 1];

            loss += log1p(exp(y == 1 ? -z : z)) / ROWS;
            right += (z > 0) == (y == 1);
            for (size_t k = 0; k < INPUTS; k++)
                dw[k] += p.x[i * INPUTS + k] * (1 / (1 + exp(-z)) - y);
        }
        if (!everywhere(c, engine, 13, own_program, &p))
            return;
        for (unsigned id = 0; id < (engine <= FLOAT ? 1u : 3u); id++)
            CHECK(c, p.rc[id] == TRI_OK, "%s: party %u: %d",
                  engine_name[engine], id, p.rc[id]);
        CHECK(c, fabs(p.loss[0] - loss) < 1e-3 && p.right[0] == right,
              "%s: loss %g, not %g; right %u, not %u", engine_name[engine],
              p.loss[0], loss, p.right[0], right);
        for (size_t k = 0; k < INPUTS; k++)
            CHECK(c, fabs(p.dw[0][k] - dw[k]) < 0.02, "%s: dw %g, not %g",
                  engine_name[engine], p.dw[0][k], dw[k]);
        for (size_t i = 0; i < ROWS; i++)
            CHECK(c,
                  fabs(output(&p, i, 0)) < 1e-3 ||
                      (p.hot[0][2 * i + 1] == 1) == (output(&p, i, 0) > 0),
                  "%s: class of row %zu", engine_name[engine], i);
    }
}

/* Numbers for labels: half the squared errors, and their root over all rows,
 * padding not counted. */
static void check_regression(struct tri_check *c)
{
    static const char text[] = "input 2\nfc 2\nloss mse\n";
    static struct own_arg p = { .numbers = 1 };
    uint64_t rng = c->seed;
    char err[TRI_NET_ERROR];

    for (int engine = 0; engine < ALL; engine++) {
        double squares = 0, dw[INPUTS * 2] = { 0 };

        CHECK(c, tri_net_parse(&p.net, text, strlen(text), err) == TRI_OK, "%s",
              err);
        own_values(&p, 13, &rng);
        for (size_t i = 0; i < ROWS; i++)
            for (size_t j = 0; j < 2; j++) {
                const double d = output(&p, i, j) - p.y[2 * i + j];

                squares += d * d;
                for (size_t k = 0; k < INPUTS; k++)
                    dw[k * 2 + j] += p.x[i * INPUTS + k] * d;
            }
        if (!everywhere(c, engine, 13, own_program, &p))
            return;
        for (unsigned id = 0; id < (engine <= FLOAT ? 1u : 3u); id++)
            CHECK(c, p.rc[id] == TRI_OK, "%s: party %u: %d",
                  engine_name[engine], id, p.rc[id]);
        for (unsigned id = 0; id < (engine <= FLOAT ? 1u : 3u); id++)
            CHECK(c,
                  fabs(p.loss[id] - squares / 2 / ROWS) < 2e-3 &&
                      p.right[id] == 0 &&
                      fabs(p.rmse[id] - sqrt(squares / ROWS / 2)) < 1e-3,
                  "%s, party %u: loss %g, not %g; RMSE %g, not %g; right %u",
                  engine_name[engine], id, p.loss[id], squares / 2 / ROWS,
                  p.rmse[id], sqrt(squares / ROWS / 2), p.right[id]);
        for (size_t k = 0; k < INPUTS * 2; k++)
            CHECK(c, fabs(p.dw[0][k] - dw[k]) < 0.02, "%s: dw %g, not %g",
                  engine_name[engine], p.dw[0][k], dw[k]);
    }
}

/* A training that diverges is ended by the losses it opens, long before a
 * number leaves its range. */
static void diverging(struct tri_engine *e, void *arg)
{
    struct own_arg *const p = arg;
    const struct tri_data d = { .count = ROWS,
                                .h = 1,
                                .w = 1,
                                .c = INPUTS,
                                .classes = p->net.classes,
                                .numbers = 1,
                                .self = p,
                                .fetch = own_fetch };
    const struct tri_train t = { .epochs = 40,
                                 .sgd = { 1.0, 0, 0 },
                                 .loss_every = 1 };
    struct tri_model *const m = malloc(sizeof *m);
    int rc = tri_model_build(m, e, &p->net, ROWS, 1, 0);

    if (rc == TRI_OK)
        rc = tri_model_init(m, 5);
    if (rc == TRI_OK)
        rc = tri_train_run(m, &d, &t);
    p->rc[0] = rc;
    free(m);
}

static void check_growth(struct tri_check *c)
{
    static const char text[] = "input 2\nfc 2\nloss mse\n";
    static struct own_arg p = { .numbers = 1 };
    struct tri_single s;
    uint64_t rng = c->seed;
    char err[TRI_NET_ERROR];

    CHECK(c, tri_net_parse(&p.net, text, strlen(text), err) == TRI_OK, "%s",
          err);
    own_values(&p, 13, &rng);
    for (size_t i = 0; i < ROWS * INPUTS; i++)
        p.x[i] = i % 2 == 0 ? 2 : -2;
    for (int k = 0; k < 2; k++) {
        if (!tri_single_open(&s, k ? TRI_SINGLE_FLOAT : TRI_SINGLE_PLAIN, 13,
                             1 << 20)) {
            CHECK(c, 0, "memory");
            return;
        }
        diverging(&s.e, &p);
        CHECK(c,
              p.rc[0] == TRI_E_SPOILT &&
                  strcmp(s.s.where, "a loss that grows without end") == 0,
              "%d: %s", p.rc[0], s.s.where);
        tri_single_close(&s);
    }
}

const struct tri_check_entry tri_checks_loss[] = {
    { "loss: logarithm", check_ln },
    { "loss: cost of the logarithm", check_ln_cost },
    { "loss: arguments of the logarithm", check_ln_arguments },
    { "loss: all losses", check_loss },
    { "loss: sigmoid", check_sigmoid },
    { "loss: regression", check_regression },
    { "loss: growing without end", check_growth },
};
const size_t tri_checks_loss_n =
    sizeof tri_checks_loss / sizeof *tri_checks_loss;
