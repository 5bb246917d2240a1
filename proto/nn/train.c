#include "proto/nn/train.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/le.h"

/* Uniform in 0..n-1: words below 2^32 mod n are rejected, so that every
 * residue is equally frequent. The order is public. */
static uint32_t below(struct tri_stream *s, uint32_t n)
{
    const uint32_t reject = (uint32_t)(0 - n) % n;
    uint32_t w;

    do
        tri_stream_words(s, &w, sizeof w, 1);
    while (w < reject);
    return w % n;
}

void tri_shuffle(uint32_t *index, uint32_t n, uint64_t seed, uint32_t epoch,
                 const struct tri_kernels *k)
{
    uint8_t key[32] = "trinn order";
    struct tri_prg g;
    struct tri_stream s;

    tri_le_store64(key + 24, seed);
    tri_le_store32(key + 20, epoch);
    tri_prg_init(&g, k, key, TRI_PRG_CHACHA20);
    tri_stream_open(&s, &g, tri_prg_next(&g), 0);
    for (uint32_t i = 0; i < n; i++)
        index[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        const uint32_t j = below(&s, i), t = index[j];
        index[j] = index[i - 1];
        index[i - 1] = t;
    }
    tri_prg_wipe(&g);
}

static int fits(const struct tri_model *m, const struct tri_data *data)
{
    const struct tri_net *net = m->net;

    return data->h == net->h && data->w == net->w && data->c == net->c &&
           data->classes == net->classes && data->fetch != NULL &&
           (!data->numbers || net->loss == TRI_LOSS_MSE);
}

/* Fill the model's input and labels. */
static int fetch(struct tri_model *m, const struct tri_data *data,
                 const uint32_t *index, uint32_t n)
{
    int rc;

    m->label.fb = data->numbers ? (int)m->e->f : 0;
    rc = data->fetch(data->self, m->e, index, n, &m->in, &m->label);
    tri_ten_changed(&m->in);
    tri_ten_changed(&m->label);
    return rc;
}

/* What the opened losses were. */
struct losses {
    int some;
    double least, last; /* what a loss is measured by; the last one */
    unsigned rose;      /* times in a row */
};

/* A training that diverges is worthless long before a number leaves its range.
 * All parties see the same losses, and end alike. */
static int look(struct losses *l, struct tri_model *m, double loss)
{
    enum { TIMES = 3, FAR = 8 };

    if (!l->some)
        l->least = tri_net_entropy(m->net) ? tri_log(m->net->classes) : loss;
    l->rose = l->some && loss > l->last ? l->rose + 1 : 0;
    l->some = 1;
    l->last = loss;
    return l->rose < TIMES || loss <= FAR * l->least
               ? TRI_OK
               : tri_session_fail(m->e->s, TRI_E_SPOILT,
                                  "a loss that grows without end", TRI_NOBODY);
}

/* The step after `done` ones. Step number `loss_of` opens its loss; 0: it does
 * not. */
static int step(struct tri_model *m, const struct tri_data *data,
                const struct tri_sgd *sgd, const uint32_t *index,
                const struct tri_train *t, struct losses *seen, uint32_t done,
                uint32_t loss_of)
{
    int rc = fetch(m, data, index, m->batch);
    uint32_t right;
    double loss;

    m->step = (struct tri_step){ done + 1, t->seed };
    if (rc == TRI_OK)
        rc = tri_model_forward(m);
    if (rc == TRI_OK && loss_of > 0) {
        rc = tri_model_loss(m, &loss, &right);
        if ((rc == TRI_OK || rc == TRI_E_SPOILT) && t->loss != NULL)
            t->loss(t->self, loss_of, loss, right);
        if (rc == TRI_OK && !m->e->s->dry && !t->endless)
            rc = look(seen, m, loss);
    }
    if (rc == TRI_OK)
        rc = tri_model_backward(m);
    if (rc == TRI_OK)
        rc = tri_model_update(m, sgd);
    m->step.number = 0;
    return rc;
}

static int schedule_fits(const struct tri_train *t, uint32_t total)
{
    const struct tri_schedule *s = &t->schedule;

    return s->warmup < total &&
           (s->kind == TRI_RATE_CONSTANT ||
            (s->kind <= TRI_RATE_STEP && s->end > 0 && s->end <= t->sgd.rate));
}

static int opens_loss(const struct tri_train *t, uint32_t step, uint32_t total,
                      uint32_t batches)
{
    return t->loss_every > 0 &&
           (step % t->loss_every == 0 || step == total || step % batches == 0);
}

int tri_train_run(struct tri_model *m, const struct tri_data *data,
                  const struct tri_train *t)
{
    struct tri_arena *a = m->e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    const uint32_t batches = data->count / m->batch;
    const uint64_t all = (uint64_t)batches * t->epochs;
    const int dry = m->e->s->dry;
    struct losses seen = { 0, 0, 0, 0 };
    uint32_t *order, done = t->first, total, last;
    int rc;

    if (!fits(m, data) || !m->training || all == 0 || all > UINT32_MAX)
        return TRI_E_ARG;
    total = t->steps > 0 && t->steps < all ? t->steps : (uint32_t)all;
    if (done > total || !schedule_fits(t, total))
        return TRI_E_ARG;
    m->weight = t->weight;
    m->adam = t->adam;
    last = t->stop > 0 && t->stop < total ? t->stop : total;
    rc = tri_arena_alloc(a, &order, data->count, sizeof *order);
    while (rc == TRI_OK && done < last) {
        const uint32_t epoch = done / batches;

        if (!dry)
            tri_shuffle(order, data->count, t->seed, epoch, m->e->s->cx.k);
        for (uint32_t b = done % batches;
             rc == TRI_OK && b < batches && done < last; b++) {
            const uint32_t *index = dry ? NULL : order + (size_t)b * m->batch;
            struct tri_sgd sgd = t->sgd;

            sgd.rate = tri_schedule_rate(&t->schedule, t->sgd.rate, done, total,
                                         batches);
            rc = step(m, data, &sgd, index, t, &seen, done,
                      opens_loss(t, done + 1, total, batches) ? done + 1 : 0);
            if (rc == TRI_OK && t->progress != NULL)
                rc = t->progress(t->self, epoch, done + 1, total);
            done++;
        }
    }
    tri_arena_release(a, mark);
    return rc;
}

/* Right answers of a batch, or its squared errors, summed over all batches and
 * opened. */
static int assess(struct tri_model *m, const struct tri_data *data,
                  uint32_t first, uint32_t n, double *open)
{
    struct tri_engine *e = m->e;
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    struct tri_ten sum, one;
    uint32_t *index;
    int rc;

    rc = tri_ten_alloc(e, &sum, tri_shape1(1), 0, 0);
    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &one, tri_shape1(1), 0, 0);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &index, m->batch, sizeof *index);
    for (uint32_t at = 0, rows; rc == TRI_OK && at < n; at += rows) {
        rows = n - at < m->batch ? n - at : m->batch;

        for (uint32_t i = 0; i < rows && !e->s->dry; i++)
            index[i] = first + at + i;
        rc = fetch(m, data, index, rows);
        if (rc == TRI_OK)
            rc = tri_model_forward(m);
        if (rc == TRI_OK)
            rc = data->numbers
                     ? tri_model_squares(m, rows, at == 0 ? &sum : &one)
                     : tri_model_correct(m, at == 0 ? &sum : &one);
        if (rc == TRI_OK && at > 0)
            e->ops->add(e, &sum, &sum, &one);
    }
    if (rc == TRI_OK)
        rc = tri_open(e, open, &sum, TRI_OPEN_ALL);
    tri_arena_release(a, mark);
    return rc;
}

static int assessable(const struct tri_model *m, const struct tri_data *data,
                      uint32_t first, uint32_t n, int numbers)
{
    return fits(m, data) && data->numbers == numbers && first <= data->count &&
           n <= data->count - first;
}

int tri_evaluate(struct tri_model *m, const struct tri_data *data,
                 uint32_t first, uint32_t n, uint32_t *right)
{
    double open = 0;
    int rc;

    *right = 0;
    if (!assessable(m, data, first, n, 0))
        return TRI_E_ARG;
    if (n == 0)
        return TRI_OK;
    rc = assess(m, data, first, n, &open);
    if (rc == TRI_OK && !(open > -0.5 && open < n + 0.5))
        rc = tri_session_fail(m->e->s, TRI_E_SPOILT,
                              "an impossible number of right answers",
                              TRI_NOBODY);
    *right = rc == TRI_OK ? (uint32_t)tri_round(open) : 0;
    return rc;
}

int tri_evaluate_error(struct tri_model *m, const struct tri_data *data,
                       uint32_t first, uint32_t n, double *rmse)
{
    double open = 0;
    int rc;

    *rmse = 0;
    if (!assessable(m, data, first, n, 1) || n == 0)
        return TRI_E_ARG;
    rc = assess(m, data, first, n, &open);
    if (rc == TRI_OK && !(open >= 0))
        rc = tri_session_fail(m->e->s, TRI_E_SPOILT, "an impossible error",
                              TRI_NOBODY);
    if (rc == TRI_OK)
        *rmse = tri_sqrt(open / n / m->net->classes);
    return rc;
}
