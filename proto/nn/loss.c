#include "proto/nn/loss.h"
#include "core/err.h"
#include "core/fmath.h"
#include "proto/argmax.h"
#include "proto/asm.h"
#include "proto/nn/layer.h"
#include "proto/softmax.h"

/* dout = p - label, of two classes the second: the first logit is 0 whatever
 * the network does. */
static int second(struct tri_model *m, struct tri_ten *dout,
                  const struct tri_ten *p)
{
    struct tri_engine *e = m->e;
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const struct tri_copy of = {
        .dim = { 1, 1, 1, m->batch },
        .zstep = { 0, 0, 0, 1 },
        .xoff = 1,
        .xstep = { 0, 0, 0, 2 },
    };
    struct tri_ten d;
    const int rc = tri_ten_alloc(e, &d, p->shape, (int)e->f, 0);

    if (rc == TRI_OK) {
        tri_lift(e, &d, &m->label, (int)e->f);
        e->ops->sub(e, &d, p, &d);
        dout->fb = (int)e->f;
        e->ops->copy(e, dout, &d, &of);
    }
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

/*
 * dout times the weight of the sample's class, which is a secret number: the
 * sum of label * weight, of 2^-BITS. A row without label becomes 0.
 *
 *   one product of all elements, truncated
 */
static int weigh(struct tri_model *m, struct tri_ten *dout)
{
    enum { BITS = 12 };
    struct tri_engine *e = m->e;
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const size_t classes = m->net->classes, wide = dout->n / m->batch;
    const struct tri_copy rows = {
        .dim = { 1, 1, m->batch, wide },
        .zstep = { 0, 0, wide, 1 },
        .xstep = { 0, 0, 1, 0 },
    };
    struct tri_copy column = {
        .dim = { 1, 1, 1, m->batch },
        .zstep = { 0, 0, 0, 1 },
        .xstep = { 0, 0, 0, classes },
    };
    struct tri_ten all, one, x, y;
    int rc = m->label.fb == 0 ? TRI_OK : TRI_E_ARG;

    for (size_t j = 0; j < classes; j++)
        if (!(m->weight[j] >= tri_pow2(-10) && m->weight[j] <= tri_pow2(10)))
            rc = TRI_E_ARG;
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &all, tri_shape1(m->batch), BITS, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &one, tri_shape1(m->batch), 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &x, dout->shape, dout->fb, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &y, dout->shape, BITS, 0);
    if (rc == TRI_OK)
        rc = tri_ten_zero(e, &all);
    for (size_t j = 0; rc == TRI_OK && j < classes; j++) {
        column.xoff = j;
        one.fb = 0;
        e->ops->copy(e, &one, &m->label, &column);
        e->ops->scale(e, &one, &one, tri_round(m->weight[j] * tri_pow2(BITS)),
                      BITS);
        e->ops->add(e, &all, &all, &one);
    }
    if (rc == TRI_OK) {
        const int fb = dout->fb;

        e->ops->copy(e, &y, &all, &rows);
        tri_lift(e, &x, dout, fb);
        rc = tri_multiply(e, dout, &x, &y, fb);
    }
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

/* Every loss ends in "something - label", the label lifted to scale f: the
 * gradient of one sample, not divided by the batch. */
int tri_loss_gradient(struct tri_model *m, struct tri_ten *dout)
{
    struct tri_engine *e = m->e;
    struct tri_ten *logits = tri_model_logits(m);
    const struct tri_ten *p = &m->prob;
    const int f = (int)e->f;
    int rc = TRI_OK;

    m->prob.fb = f;
    switch (m->net->loss) {
    case TRI_LOSS_SOFTMAX:
    case TRI_LOSS_SIGMOID:
        rc = tri_softmax(e, &m->prob, logits);
        break;
    case TRI_LOSS_ASM:
        rc = tri_asm(e, &m->prob, logits);
        break;
    default: /* mse */
        p = logits;
        break;
    }
    if (rc != TRI_OK)
        return rc;
    if (m->net->loss == TRI_LOSS_SIGMOID) {
        rc = second(m, dout, p);
    } else {
        tri_lift(e, dout, &m->label, f);
        e->ops->sub(e, dout, p, dout);
    }
    return rc == TRI_OK && m->weight != NULL ? weigh(m, dout) : rc;
}

/* ---- the loss itself, for the person who watches --------------------------
 */

/* sum = sum over all elements of x, z and x at one scale. */
static void total(struct tri_engine *e, struct tri_ten *sum,
                  const struct tri_ten *x)
{
    struct tri_copy c = { .dim = { 1, 1, 1, 1 } };

    sum->fb = x->fb;
    e->ops->copy(e, sum, x, &c);
    c.dim[3] = x->n - 1;
    c.xoff = c.xstep[3] = 1;
    c.add = 1;
    if (x->n > 1)
        e->ops->copy(e, sum, x, &c);
}

/* sum = sum of x[i] * y[i]. */
static int dot(struct tri_engine *e, struct tri_ten *sum, struct tri_ten *x,
               struct tri_ten *y)
{
    const struct tri_bilin op = {
        .kind = TRI_BILIN_MATMUL, .m = 1, .n = 1, .k = x->n
    };

    return e->ops->bilin(e, &op, sum, x, y);
}

/*
 * Softmax: cross entropy is log sum_j exp(x_ij) - x_i,label. Only the
 * logarithm of a number between 1 and the number of classes is approximated;
 * the maximum and the logit of the label enter exactly.
 */
static int cross_entropy(struct tri_model *m, struct tri_ten *sum,
                         struct tri_ten *right)
{
    struct tri_engine *e = m->e;
    struct tri_ten *x = tri_model_logits(m);
    struct tri_ten lse;
    int rc = tri_ten_alloc(e, &lse, tri_shape1(m->batch), x->fb, 0);

    if (rc == TRI_OK)
        rc = tri_logsumexp(e, &lse, x);
    if (rc == TRI_OK)
        rc = dot(e, right, x, &m->label);
    if (rc == TRI_OK) {
        total(e, sum, &lse);
        e->ops->sub(e, sum, sum, right);
    }
    return rc;
}

/* ASM and mse: sum of (output - label)^2. */
int tri_model_squares(struct tri_model *m, uint32_t rows, struct tri_ten *sum)
{
    struct tri_engine *e = m->e;
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    struct tri_ten *x = tri_model_logits(m);
    const struct tri_shape some = tri_shape2(rows, m->net->classes);
    const int f = (int)e->f;
    struct tri_ten all, y, d;
    int rc = tri_ten_alloc(e, &all, x->shape, f, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &y, x->shape, f, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &d, some, f, 1);
    if (rc == TRI_OK && m->net->loss == TRI_LOSS_ASM) {
        rc = tri_asm(e, &all, x);
        x = &all;
    }
    if (rc == TRI_OK) {
        const struct tri_copy first = {
            .dim = { 1, 1, 1, d.n },
            .zstep = { 0, 0, 0, 1 },
            .xstep = { 0, 0, 0, 1 },
        };

        tri_lift(e, &y, &m->label, (int)e->f);
        e->ops->sub(e, &all, x, &y);
        e->ops->copy(e, &d, &all, &first);
        rc = dot(e, sum, &d, &d);
    }
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

/* What rounding and the approximated logarithm may take from a loss of 0. */
static const double SLACK = 0.02;

/* The largest mean loss of a batch whose numbers kept their range. Softmax: log
 * of the sum of exponentials less one logit, whose difference can be compared.
 * ASM: half a squared distance of two vectors that each add up to 1 at most.
 * mse: squares that add up to less than their bound. */
double tri_model_loss_most(const struct tri_model *m)
{
    const struct tri_engine *const e = m->e;
    const int f = (int)e->f;
    const int wide = e->kind->compares_k ? (int)e->config.k - 1 : 62;

    switch (m->net->loss) {
    case TRI_LOSS_SOFTMAX:
    case TRI_LOSS_SIGMOID:
        return tri_pow2(wide - f) + tri_log(m->net->classes) + SLACK;
    case TRI_LOSS_ASM:
        return 1 + SLACK;
    default:
        break;
    }
    return tri_pow2(61 - 2 * f) / 2 / m->batch + SLACK;
}

/* Written so that it refuses what is no number. */
int tri_model_loss_possible(const struct tri_model *m, double loss)
{
    return loss >= -SLACK && loss <= tri_model_loss_most(m);
}

/*
 *   sum of the losses, right answers     (above, and tri_model_correct)
 *   P0 <-> P1, P2                        opened together, 1 round
 */
int tri_model_loss(struct tri_model *m, double *loss, uint32_t *right)
{
    struct tri_engine *e = m->e;
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const int entropy = tri_net_entropy(m->net);
    const int counts = m->label.fb == 0;
    struct tri_copy put = { .dim = { 1, 1, 1, 1 } };
    struct tri_ten pair, sum, count;
    double open[2] = { 0, 0 };
    int rc;

    *loss = 0;
    *right = 0;
    e->s->at = (struct tri_at){ 0, "loss", "opened" };
    rc = tri_ten_alloc(e, &pair, tri_shape1(1 + (unsigned)counts), 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &sum, tri_shape1(1), 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &count, tri_shape1(1), 0, 0);
    if (rc == TRI_OK)
        rc = entropy ? cross_entropy(m, &sum, &count)
                     : tri_model_squares(m, m->batch, &sum);
    if (rc == TRI_OK && counts)
        rc = tri_model_correct(m, &count);
    if (rc == TRI_OK) {
        pair.fb = sum.fb;
        e->ops->copy(e, &pair, &sum, &put);
        put.zoff = 1;
        if (counts) {
            e->ops->scale(e, &count, &count, (int64_t)1 << sum.fb, sum.fb);
            e->ops->copy(e, &pair, &count, &put);
        }
        rc = tri_open(e, open, &pair, TRI_OPEN_ALL);
    }
    if (rc == TRI_OK && !e->s->dry) {
        const double r = (double)tri_round(open[1]);

        *loss = open[0] / (entropy ? 1 : 2) / m->batch;
        if (tri_model_loss_possible(m, *loss) && r >= 0 && r <= m->batch)
            *right = (uint32_t)r;
        else
            rc = tri_session_fail(e->s, TRI_E_SPOILT, "an impossible loss",
                                  TRI_NOBODY);
    }
    e->s->at.kind = NULL;
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

int tri_model_correct(struct tri_model *m, struct tri_ten *count)
{
    struct tri_engine *e = m->e;
    const struct tri_at before = e->s->at;
    struct tri_ten *logits = tri_model_logits(m);
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const struct tri_bilin dot = {
        .kind = TRI_BILIN_MATMUL, .m = 1, .n = 1, .k = logits->n
    };
    struct tri_ten hot;
    int rc;

    if (count->n != 1)
        return TRI_E_ARG;
    e->s->at = (struct tri_at){ 0, "right answers", "counted" };
    rc = tri_ten_alloc(e, &hot, logits->shape, 0, 0);
    if (rc == TRI_OK)
        rc = tri_argmax(e, &hot, logits);
    if (rc == TRI_OK)
        rc = e->ops->bilin(e, &dot, count, &hot, &m->label);
    e->s->at = before;
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}
