#include "tests/attacks/lab.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "core/err.h"
#include "proto/argmax.h"
#include "proto/nn/train.h"

enum { CLASSES = 10 };
static const double RATE = 0.05, MOMENTUM = 0.9;
enum { SEED = 1 };

/* One run, as its three parties see it. */
struct run {
    struct tri_lab *l;
    const struct tri_attack *a;
    unsigned by;
    struct tri_corrupt c;
    uint32_t steps;
    pthread_mutex_t lock; /* of what is joined */
    /* of each component, as its two holders gave it: a weighted sum */
    uint64_t copy[2][TRI_PARTIES];
};

static void *memory(size_t n, size_t size)
{
    void *const p = calloc(n, size);

    if (p == NULL)
        abort();
    return p;
}

/* ---- owners: shares come and go ---------------------------------------------
 */

/* Share j of word `at` of what has number `of`, any of them but the last. */
static uint64_t mask(uint64_t of, uint64_t at, uint64_t j)
{
    uint64_t x = (of << 24 | at << 2 | j) * 0x9e3779b97f4a7c15u + SEED;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Component c of this party: additive shares have two, replicated ones three.
 */
static uint64_t share(const struct tri_engine *e, unsigned c, uint64_t of,
                      uint64_t at, uint64_t word)
{
    const unsigned shares = e->kind->holds[2] > 0 ? 3 : 2;
    const unsigned j = (e->s->id + c) % shares;

    if (j + 1 < shares)
        return mask(of, at, j);
    for (unsigned i = 0; i + 1 < shares; i++)
        word -= mask(of, at, i);
    return word;
}

static int give(struct tri_engine *e, struct tri_ten *t, size_t first, size_t n,
                uint64_t of, const tri_ring *word)
{
    tri_ring *const part[2] = { memory(n, 8), memory(n, 8) };
    const tri_ring *const in[2] = { part[0], part[1] };
    int rc;

    for (unsigned c = 0; c < e->holds; c++)
        for (size_t i = 0; i < n; i++)
            part[c][i] = share(e, c, of, i, word[i]);
    rc = tri_import(e, t, first, n, in);
    free(part[0]);
    free(part[1]);
    return rc;
}

/* What the owner joins: the first component of every party. Of replicated
 * shares it has a second copy of each. */
static int join(struct run *r, struct tri_engine *e, const struct tri_ten *t,
                size_t n, tri_ring *sum)
{
    tri_ring *const part[2] = { memory(n, 8), memory(n, 8) };
    const int rc = tri_export(e, t, 0, n, part);

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; rc == TRI_OK && e->holds > 0 && i < n; i++)
        sum[i] += part[0][i];
    for (unsigned c = 0; rc == TRI_OK && e->holds == 2 && c < 2; c++)
        for (size_t i = 0; i < n; i++)
            r->copy[c][(e->s->id + c) % TRI_PARTIES] +=
                part[c][i] * (mask(n, i, 0) | 1);
    pthread_mutex_unlock(&r->lock);
    free(part[0]);
    free(part[1]);
    return rc;
}

struct source {
    const struct tri_dataset *set;
    uint64_t number; /* tells the two sets apart */
};

static int fetch(void *self, struct tri_engine *e, const uint32_t *index,
                 uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    const struct source *const s = self;
    const size_t pixels = (size_t)s->set->h * s->set->w * s->set->c;
    tri_ring *const v = memory(pixels, sizeof *v);
    int rc = TRI_OK;

    if (n < TRI_LAB_BATCH)
        rc = tri_ten_zero(e, x);
    if (n < TRI_LAB_BATCH && y != NULL && rc == TRI_OK)
        rc = tri_ten_zero(e, y);
    for (uint32_t i = 0; rc == TRI_OK && i < n; i++) {
        const uint64_t of = (uint64_t)index[i] << 2 | s->number;
        tri_ring one[CLASSES] = { 0 };

        for (size_t p = 0; p < pixels; p++)
            (void)tri_fixed_encode(
                &v[p], tri_dataset_value(s->set, index[i] * pixels + p), x->fb);
        one[s->set->labels[index[i]]] = 1;
        rc = give(e, x, i * pixels, pixels, of, v);
        if (rc == TRI_OK && y != NULL)
            rc = give(e, y, i * CLASSES, CLASSES, of | 2, one);
    }
    free(v);
    return rc;
}

static struct tri_data data_of(const struct tri_dataset *set, struct source *s,
                               uint64_t number)
{
    *s = (struct source){ set, number };
    return (struct tri_data){ .count = set->count,
                              .h = set->h,
                              .w = set->w,
                              .c = set->c,
                              .classes = CLASSES,
                              .self = s,
                              .fetch = fetch };
}

/* ---- one party's program ----------------------------------------------------
 */

/* Weights and biases, layer by layer, without the velocities. */
static size_t weights(struct tri_model *m,
                      struct tri_ten *list[TRI_MODEL_STATE])
{
    return tri_model_state(m, list) - (m->vel.n > 0);
}

static int load(struct run *r, struct tri_model *m)
{
    struct tri_ten *list[TRI_MODEL_STATE];
    const size_t n = weights(m, list);
    const tri_ring *w = r->l->trained;
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < n; w += list[i++]->n)
        rc = give(m->e, list[i], 0, list[i]->n, 1000000 + i, w);
    return rc;
}

static int classify(struct run *r, struct tri_model *m,
                    const struct tri_data *test)
{
    struct tri_engine *const e = m->e;
    uint32_t index[TRI_LAB_BATCH];
    struct tri_ten hot;
    int rc = tri_ten_alloc(e, &hot, tri_shape2(TRI_LAB_BATCH, CLASSES), 0, 0);

    for (uint32_t at = 0, n; rc == TRI_OK && at < test->count; at += n) {
        n = test->count - at < TRI_LAB_BATCH ? test->count - at : TRI_LAB_BATCH;
        for (uint32_t i = 0; i < n; i++)
            index[i] = at + i;
        rc = test->fetch(test->self, e, index, n, &m->in, NULL);
        tri_ten_changed(&m->in);
        if (rc == TRI_OK)
            rc = tri_model_forward(m);
        if (rc == TRI_OK)
            rc = tri_argmax(e, &hot, tri_model_logits(m));
        if (rc == TRI_OK)
            rc = join(r, e, &hot, (size_t)n * CLASSES,
                      r->l->answer + (size_t)at * CLASSES);
    }
    return rc;
}

static int save(struct run *r, struct tri_model *m)
{
    struct tri_ten *list[TRI_MODEL_STATE];
    const size_t n = weights(m, list);
    tri_ring *w = r->l->model;
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < n; w += list[i++]->n)
        rc = join(r, m->e, list[i], list[i]->n, w);
    return rc;
}

static int work(struct run *r, struct tri_engine *e, struct tri_model *m)
{
    struct tri_lab *const l = r->l;
    const int trained = r->a != NULL && r->a->trained;
    struct source s[2];
    const struct tri_data train = data_of(l->train, &s[0], 0);
    const struct tri_data test = data_of(l->test, &s[1], 1);
    const struct tri_train t = { .epochs = 1000,
                                 .sgd = { RATE, MOMENTUM, 0 },
                                 .seed = SEED,
                                 .steps = r->steps,
                                 .loss_every =
                                     r->a != NULL ? r->a->loss_every : 0 };
    int rc = tri_model_build(m, e, &l->net, TRI_LAB_BATCH, 1, 1);

    if (rc == TRI_OK)
        rc = trained ? load(r, m) : tri_model_init(m, SEED);
    if (rc == TRI_OK && !trained)
        rc = tri_train_run(m, &train, &t);
    if (rc == TRI_OK)
        rc = tri_evaluate(m, &test, 0, test.count, &l->right[e->s->id]);
    if (rc == TRI_OK && (r->a == NULL || r->a->answers))
        rc = classify(r, m, &test);
    return rc == TRI_OK ? save(r, m) : rc;
}

static void party(struct tri_engine *e, void *arg)
{
    struct run *const r = arg;
    struct tri_model *const m = memory(1, sizeof *m);

    if (r->a != NULL && r->by == e->s->id)
        tri_corrupt_take(&r->c, e);
    r->l->rc[e->s->id] = work(r, e, m);
    free(m);
}

/* ---- a run ------------------------------------------------------------------
 */

static size_t count_words(const struct tri_net *net)
{
    size_t n = 0, w, b;

    for (size_t i = 0; i < net->layers; i++) {
        tri_layer_params(&net->layer[i], &w, &b);
        n += w + b;
    }
    return n;
}

static double *decoded(const tri_ring *w, size_t n, int fb)
{
    double *const v = memory(n, sizeof *v);

    for (size_t i = 0; i < n; i++)
        v[i] = tri_fixed_decode(w[i], fb);
    return v;
}

static void drop(struct tri_lab *l)
{
    free((double *)l->trial.model);
    free((double *)l->trial.answer);
    free(l->model);
    free(l->answer);
    l->trial.model = l->trial.answer = NULL;
    l->model = l->answer = NULL;
}

void tri_lab_run(struct tri_lab *l, const struct tri_attack *a, unsigned by)
{
    const char *const text = tri_net_builtin("A");
    const size_t answers = (size_t)l->test->count * CLASSES;
    struct tri_three three;
    struct run r = { .l = l,
                     .a = a,
                     .by = by,
                     .steps = a != NULL && a->steps > 0 ? a->steps : l->steps,
                     .lock = PTHREAD_MUTEX_INITIALIZER };
    char err[TRI_NET_ERROR];

    drop(l);
    if (tri_net_parse(&l->net, text, strlen(text), err) != TRI_OK)
        abort();
    l->words = count_words(&l->net);
    l->model = memory(l->words, sizeof *l->model);
    l->answer = memory(answers, sizeof *l->answer);
    l->loot.n = 0;
    memset(l->right, 0, sizeof l->right);
    r.c = (struct tri_corrupt){ .attack = a,
                                .batch = TRI_LAB_BATCH,
                                .steps = r.steps,
                                .tested = l->test->count,
                                .rate = RATE,
                                .loot = &l->loot,
                                .rng = SEED };
    tri_three_default(&three);
    three.engine = l->engine;
    if (l->config != NULL)
        three.config = *l->config;
    /* Answers that the helper bends are bent in what it deals for a ReLU that
     * truncates, too, as engine fused has it where a round is dear. */
    if (a != NULL && a->answers && three.config.rtt_ns == 0)
        three.config.rtt_ns = 10000000;
    three.arena = (size_t)512 << 20;
    three.deadline_ms = 60000;
    tri_three_run(&three, party, &r);
    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        strcpy(l->text[p], three.error[p]);
        l->blamed[p] = three.blamed[p];
    }
    l->differs = memcmp(r.copy[0], r.copy[1], sizeof r.copy[0]) != 0;
    if (a == NULL) {
        l->honest = l->right[0];
        free(l->trained);
        l->trained = memory(l->words, sizeof *l->trained);
        memcpy(l->trained, l->model, l->words * sizeof *l->model);
    }
    l->trial = (struct tri_trial){ .net = &l->net,
                                   .f = three.config.f,
                                   .seed = SEED,
                                   .batch = TRI_LAB_BATCH,
                                   .steps = r.steps,
                                   .rate = RATE,
                                   .train = l->train,
                                   .test = l->test,
                                   .honest = l->honest,
                                   .model = decoded(l->model, l->words,
                                                    (int)three.config.f),
                                   .answer = decoded(l->answer, answers, 0),
                                   .loot = &l->loot };
    memcpy(l->trial.right, l->right, sizeof l->right);
}

void tri_lab_free(struct tri_lab *l)
{
    drop(l);
    free(l->trained);
    l->trained = NULL;
}
