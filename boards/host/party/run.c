#include "boards/host/party/run.h"
#include <stdlib.h>
#include <string.h>
#include "boards/common/agree.h"
#include "boards/host/base/cleanup.h"
#include "boards/host/party/modelfile.h"
#include "boards/host/profile.h"
#include "boards/host/share/sharetensor.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/le.h"
#include "core/mem.h"
#include "net/fail.h"
#include "net/host/clock.h"
#include "net/host/secret.h"
#include "proto/argmax.h"
#include "proto/asm.h"
#include "proto/nn/kind.h"
#include "proto/softmax.h"

/* What a dry run has counted. */
struct counted {
    struct tri_cost cost;
    struct tri_proofs proofs;
    struct tri_profile profile;
    struct tri_pending pending;
};

/* One pass over a run, dry or in earnest. */
struct pass {
    struct tri_run *r;
    struct tri_engine e;
    struct tri_model m;
    struct tri_outcome *out;
    struct tri_why *why;
    uint32_t per_epoch; /* steps */
    uint32_t turn;      /* TRAIN: the last step of this turn; 0: the end */
    uint32_t batch;     /* EVALUATE, INFER */
    uint32_t batches;   /* of the evaluation that is being done */
    int streams;
    int trying; /* not all of the samples: a few batches take the memory of
                   all, and with verification as many as fill a ledger */
    uint64_t test_ns, test_proofs_ns;
    struct tri_profile *profile;       /* or NULL */
    const struct tri_watch_ops *watch; /* NULL: nobody watches */
    void *watcher;
    struct tri_log_point point; /* of the step that is being done */
    struct tri_link_stats before;
    double loss;         /* the last one that was opened */
    struct counted once; /* dry: by the end of the first period */
};

const char *tri_task_name(enum tri_task task)
{
    return task == TRI_TASK_TRAIN      ? "train"
           : task == TRI_TASK_EVALUATE ? "evaluate"
                                       : "infer";
}

static int check_data(const struct tri_run *r, const struct tri_data *d,
                      int labels, struct tri_why *why)
{
    const struct tri_net *const n = &r->o->net;

    if (d->h != n->h || d->w != n->w || d->c != n->c)
        return tri_why(why, TRI_E_ARG,
                       "the data's samples are %u x %u x %u, network %s takes "
                       "%u x %u x %u; give another --net",
                       d->h, d->w, d->c, r->o->net_name, n->h, n->w, n->c);
    if (labels && d->classes == 0)
        return tri_why(why, TRI_E_ARG,
                       "the data has no labels; share it with --labels or "
                       "--label to %s",
                       tri_task_name(r->task));
    if (labels && d->numbers && n->loss != TRI_LOSS_MSE)
        return tri_why(why, TRI_E_ARG,
                       "the data has numbers to predict, network %s %s; a "
                       "regression takes: loss mse",
                       r->o->net_name, "classifies");
    if (labels && d->classes != n->classes)
        return tri_why(why, TRI_E_ARG,
                       "the data has %u %s, network %s %u; give another "
                       "--net%s",
                       d->classes, d->numbers ? "targets" : "classes",
                       r->o->net_name, n->classes,
                       d->numbers ? ""
                                  : ", or share the data with --classes if "
                                    "some of them do not occur in it");
    return TRI_OK;
}

/* Inputs of an output of the first layer with weights; 0: comparisons see the
 * samples before it. */
static double fan_in(const struct tri_net *n)
{
    for (size_t i = 0; i < n->layers; i++) {
        const struct tri_layer_spec *const l = &n->layer[i];
        size_t w, b;

        tri_layer_params(l, &w, &b);
        if (w > 0)
            return (double)w / l->out;
        if (l->kind->compares != NULL)
            return 0;
    }
    return 1;
}

static const char scaling[] =
    "scale the data (`trinn share --standardise`), or give a larger --compare "
    "or a smaller --frac; --force does it nevertheless";

/*
 * What the public bound of the data rules out. Some sample has a value above
 * half of it, x. First weights have deviation sqrt(2 / n), so that this value
 * alone makes activations of about x sqrt(2 / n); and a step of SGD changes the
 * activation of that sample by its own gradient, of about 1, times x^2 times
 * rate / (B (1 - momentum)), one of Adam by x times the rate. Both have to stay
 * within what comparisons see.
 */
static int check_bound(const struct tri_run *r, const struct tri_data *d,
                       struct tri_why *why)
{
    const struct tri_run_options *const o = r->o;
    const int k = r->engine->compares_k ? (int)o->compare : 62;
    const double most = tri_pow2(k - 1 - (int)o->frac);
    const double x = d->most[0] > 0 ? tri_pow2((int)d->most[0] - 65) : 0;
    const double y = d->most[1] > 0 ? tri_pow2((int)d->most[1] - 65) : 0;
    const double n = fan_in(&o->net);
    const double pull =
        o->optimizer == TRI_OPTIMIZER_ADAM
            ? x * o->rate
            : x * x * o->rate / ((double)o->batch * (1 - o->momentum));

    if (o->force || r->engine->elem == sizeof(float))
        return TRI_OK;
    if (n == 0 && x >= most)
        return tri_why(why, TRI_E_ARG,
                       "values of the data reach %g (as their files say), and "
                       "network %s compares them, which needs less than %g; %s",
                       2 * x, o->net_name, most, scaling);
    if (r->task != TRI_TASK_TRAIN)
        return TRI_OK;
    if (n > 0 && (x * tri_sqrt(2 / n) >= most || pull >= most))
        return tri_why(why, TRI_E_ARG,
                       "values of the data reach %g (as their files say): "
                       "activations of about %g come of it %s, and comparisons "
                       "need less than %g; %s",
                       2 * x, pull >= most ? pull : x * tri_sqrt(2 / n),
                       pull >= most ? "within a few steps at this --rate"
                                    : "in the first step",
                       most, scaling);
    if (y * y >= tri_pow2(61 - 2 * (int)o->frac))
        return tri_why(why, TRI_E_ARG,
                       "targets of the data reach %g (as their files say), "
                       "whose squared errors need less than %g; %s",
                       2 * y, tri_pow2(61 - 2 * (int)o->frac), scaling);
    return TRI_OK;
}

int tri_run_scores(enum tri_scores *scores, const struct tri_net *n,
                   struct tri_why *why)
{
    if (n->loss != TRI_LOSS_MSE || n->classes > 1)
        return TRI_OK;
    if (*scores == TRI_SCORES_PROBABILITIES)
        return tri_why(why, TRI_E_ARG,
                       "option --scores: a regression has no probabilities; "
                       "leave it out");
    *scores = TRI_SCORES_LOGITS;
    return TRI_OK;
}

uint64_t tri_run_steps(const struct tri_run_options *o, uint64_t samples)
{
    const uint64_t all = samples / o->batch * o->epochs;

    return o->steps > 0 && o->steps < all ? o->steps : all;
}

static int check_schedule(const struct tri_run *r, struct tri_why *why)
{
    const struct tri_run_options *const o = r->o;
    const uint64_t total = tri_run_steps(o, r->train->count);

    if (r->train->count / o->batch * o->epochs > UINT32_MAX)
        return tri_why(why, TRI_E_ARG,
                       "options --epochs and --batch: %llu epochs of %llu "
                       "steps are more than the %llu steps that a training "
                       "takes; give fewer epochs or larger batches",
                       (unsigned long long)o->epochs,
                       (unsigned long long)(r->train->count / o->batch),
                       (unsigned long long)UINT32_MAX);
    if (o->warmup >= total)
        return tri_why(why, TRI_E_ARG,
                       "option --warmup: %llu steps, but the training has "
                       "only %llu; give fewer",
                       (unsigned long long)o->warmup,
                       (unsigned long long)total);
    if (o->rate_end > 0 && o->schedule == TRI_RATE_CONSTANT)
        return tri_why(why, TRI_E_ARG,
                       "option --rate-end: a constant rate has none; give "
                       "--schedule linear, cosine or step");
    if (o->rate_end > o->rate)
        return tri_why(why, TRI_E_ARG,
                       "option --rate-end: %g is above --rate %g", o->rate_end,
                       o->rate);
    return TRI_OK;
}

int tri_run_check(const struct tri_run *r, struct tri_why *why)
{
    int rc = TRI_OK;

    if (r->train != NULL)
        rc = check_data(r, r->train, 1, why);
    if (rc == TRI_OK && r->test != NULL)
        rc = check_data(r, r->test, r->task != TRI_TASK_INFER, why);
    if (rc == TRI_OK && r->train != NULL && r->train->count < r->o->batch)
        rc = tri_why(why, TRI_E_ARG,
                     "option --batch: %llu is more than the %u samples; give "
                     "a smaller batch",
                     (unsigned long long)r->o->batch, r->train->count);
    if (rc == TRI_OK && r->train != NULL)
        rc = check_schedule(r, why);
    if (rc == TRI_OK && r->train != NULL && !r->o->kind->trunc_exact &&
        r->o->optimizer == TRI_OPTIMIZER_ADAM)
        rc = tri_why(why, TRI_E_ARG,
                     "option --optimizer: adam has numbers of up to 60 bits, "
                     "and engine %s truncates those wrong now and then; give "
                     "engine rep3 or fused",
                     r->o->kind->name);
    if (rc == TRI_OK)
        rc = check_bound(r, r->train != NULL ? r->train : r->test, why);
    return rc;
}

int tri_run_check_small(const struct tri_run *r, struct tri_why *why)
{
    enum { LEAST = 16 };
    const struct tri_run_options *const o = r->o;

    if (r->task == TRI_TASK_TRAIN && o->loss_every > 0 && o->batch < LEAST)
        return tri_why(why, TRI_E_ARG,
                       "option --batch: losses of only %llu samples would be "
                       "opened; give %d at least, or --loss-every 0, or "
                       "--reveal-small, to all parties",
                       (unsigned long long)o->batch, LEAST);
    if (r->task != TRI_TASK_INFER && r->test != NULL && r->test->count < LEAST)
        return tri_why(why, TRI_E_ARG,
                       "the right answers of only %u samples would be opened; "
                       "give %d at least, or --reveal-small to all parties",
                       r->test->count, LEAST);
    return TRI_OK;
}

uint64_t tri_run_model_bytes(const struct tri_run_options *o, unsigned id)
{
    const struct tri_share_head h = { .sharing = tri_share_of(o->kind) };

    return tri_share_header(&h) + strlen(o->text) +
           8 * (uint64_t)tri_net_words(&o->net) * o->kind->holds[id];
}

/* ---- the three tasks -------------------------------------------------------
 */

/* Samples to count or to classify. */
static uint32_t count(const struct pass *p)
{
    const uint32_t all = p->r->test->count;
    const uint32_t few = p->r->o->active ? 256 : 2;

    return p->trying && few < all / p->m.batch ? few * p->m.batch : all;
}

/* While something is counted as well, lest nobody is heard for long. */
static int between(const struct pass *p, uint32_t step, enum tri_when when,
                   uint32_t count)
{
    enum { OFTEN = 16 };
    const struct tri_run *const r = p->r;

    if (r->between == NULL || (p->e.s->dry && count % OFTEN != 0))
        return TRI_OK;
    return r->between(r->between_self, step,
                      (uint32_t)tri_run_steps(r->o, r->train->count),
                      p->e.s->dry ? TRI_STEP_COUNTED : when);
}

/* The next batch of what is tested. Before it others have their turn. */
static int fetch_tested(void *self, struct tri_engine *e, const uint32_t *index,
                        uint32_t n, struct tri_ten *x, struct tri_ten *y)
{
    struct pass *const p = self;
    const struct tri_data *const d = p->r->test;
    const int rc = between(p, p->out->steps, TRI_STEP_COUNTED, ++p->batches);

    return rc == TRI_OK ? d->fetch(d->self, e, index, n, x, y) : rc;
}

/* What the training has left to be verified is not on this account. */
static int evaluate(struct pass *p)
{
    const struct tri_data *const d = p->r->test;
    struct tri_data tested = *d;
    const uint32_t n = count(p);
    int rc = tri_settle(&p->e);
    const uint64_t begun = tri_clock_ns(), proofs = p->e.s->proofs.ns;

    tested.self = p;
    tested.fetch = fetch_tested;
    p->batches = 0;
    if (p->profile != NULL)
        tri_profile_off(p->profile, 1);
    if (rc == TRI_OK)
        rc = d->numbers
                 ? tri_evaluate_error(&p->m, &tested, 0, n, &p->out->rmse)
                 : tri_evaluate(&p->m, &tested, 0, n, &p->out->right);
    if (p->profile != NULL)
        tri_profile_off(p->profile, 0);
    p->out->tested = d->count;
    p->test_ns += tri_clock_ns() - begun;
    p->test_proofs_ns += p->e.s->proofs.ns - proofs;
    return rc;
}

/* ---- what is seen of them --------------------------------------------------
 */

static void see_loss(void *self, uint32_t step, double loss, uint32_t right)
{
    struct pass *const p = self;

    (void)step;
    if (p->e.s->dry)
        return;
    p->loss = p->point.loss = loss;
    p->point.train_right = right;
    p->point.train_of = p->m.batch;
    p->point.numbers = p->r->train->numbers;
    tri_progress_loss(&p->r->progress, loss, right,
                      p->point.numbers ? 0 : p->m.batch);
}

static int count_right(struct pass *p, uint32_t step)
{
    const int rc = evaluate(p);

    if (rc == TRI_OK && !p->e.s->dry) {
        p->point.test_right = p->out->right;
        p->point.test_of = p->out->tested;
        p->point.numbers = p->r->test->numbers;
        p->point.test_rmse = p->out->rmse;
    }
    if (rc == TRI_OK && !p->e.s->dry && p->r->test->numbers)
        tri_progress_note(&p->r->progress, "after epoch %u: RMSE %.5g",
                          (step - 1) / p->per_epoch + 1, p->out->rmse);
    else if (rc == TRI_OK && !p->e.s->dry)
        tri_progress_note(
            &p->r->progress, "after epoch %u: %u of %u right, %.2f %%",
            (step - 1) / p->per_epoch + 1, p->out->right, p->out->tested,
            100.0 * p->out->right / p->out->tested);
    return rc;
}

/* The step is saved last: if this process dies on the way, a count is
 * repeated and not lost. */
static int after_step(void *self, uint32_t epoch, uint32_t step, uint32_t total)
{
    struct pass *const p = self;
    struct tri_checkpoint *const ck = p->r->checkpoint;
    const int dry = p->e.s->dry;
    const int tests =
        p->r->test != NULL && (step % p->per_epoch == 0 || step == total);
    int rc = TRI_OK;

    (void)epoch;
    p->out->steps = step - (ck != NULL ? ck->first : 0);
    if (!dry)
        tri_progress_step(&p->r->progress, (step - 1) / p->per_epoch + 1,
                          (total - 1) / p->per_epoch + 1, step, total);
    if (tests)
        rc = count_right(p, step);
    if (rc == TRI_OK && p->watch != NULL)
        rc = p->watch->step(p->watcher, &p->point, step, total);
    p->point = (struct tri_log_point){ 0 };
    if (rc == TRI_OK && ck != NULL)
        rc = tri_profile_parts.checkpoint->step(ck, &p->m, step, total, p->why);
    return rc == TRI_OK
               ? between(p, step,
                         step == p->turn ? TRI_STEP_LAST : TRI_STEP_DONE,
                         tests ? 0 : step)
               : rc;
}

void tri_run_name(uint8_t out[TRI_RUN_NAME], const char *text)
{
    uint8_t hash[TRI_HASH_BYTES];

    tri_hash(hash, text, strlen(text));
    memcpy(out, hash, TRI_RUN_NAME);
}

/* Every party exports, also one that keeps nothing: it may have to check. */
static int save(struct pass *p)
{
    const struct tri_clear *const c = p->r->clear;
    uint8_t pair[TRI_PAIR_ID] = { 0 };

    if (p->r->engine->parties == 1)
        return !p->e.s->dry && c != NULL && c->save != NULL
                   ? c->save(c->self, &p->m)
                   : TRI_OK;
    tri_engine_name(&p->e, pair, sizeof pair);
    if (p->r->checkpoint != NULL)
        tri_run_name(pair, p->r->checkpoint->text);
    return tri_model_save(&p->m, p->r->out, p->r->o->text, pair, p->why);
}

static void profile(struct pass *p)
{
    if (p->m.trace == NULL && p->profile != NULL) {
        p->m.trace = tri_profile_parts.trace;
        p->m.trace_self = p->profile;
    }
}

static uint64_t common_multiple(uint64_t a, uint64_t b)
{
    const uint64_t x = a;
    uint64_t y = b;

    while (b != 0) {
        const uint64_t r = a % b;
        a = b;
        b = r;
    }
    y /= a;
    return x > UINT32_MAX || y > UINT32_MAX ? UINT64_MAX : x * y;
}

/* Steps after which a training does the same again: opens losses, counts right
 * answers, saves. 0 where the rate changes: what a truncation sends depends on
 * how many bits it drops. */
static uint64_t period(const struct pass *p)
{
    const struct tri_run_options *const o = p->r->o;
    const struct tri_checkpoint *const ck = p->r->checkpoint;
    const uint64_t every = o->loss_every > 0 ? o->loss_every : 1;

    if (o->schedule != TRI_RATE_CONSTANT || o->warmup > 0)
        return 0;
    return common_multiple(common_multiple(p->per_epoch, every),
                           ck != NULL ? ck->every : 1);
}

/* The last step of a turn with so many passes over a batch, those of
 * evaluations included: a checkpoint, alike on all parties. 0: the end. */
static uint32_t end_of_turn(const struct pass *p, uint32_t first)
{
    const struct tri_run *const r = p->r;
    const uint64_t total = tri_run_steps(r->o, r->train->count);
    const uint64_t every = r->checkpoint != NULL ? r->checkpoint->every : 1;
    const uint64_t tests =
        r->test != NULL ? r->test->count / r->o->batch + 1 : 0;
    const uint64_t steps =
        (uint64_t)r->turn * p->per_epoch / (p->per_epoch + tests);
    uint64_t end = (first + steps) / every * every;

    if (end <= first)
        end = (first / every + 1) * every;
    return r->turn > 0 && end < total ? (uint32_t)end : r->stop;
}

/* x += m * (x - a) */
static void repeat(uint64_t *x, uint64_t a, uint64_t m)
{
    *x += m * (*x - a);
}

static void repeat_cell(struct tri_cell *x, const struct tri_cell *a,
                        uint64_t m)
{
    repeat(&x->bytes, a->bytes, m);
    repeat(&x->line, a->line, m);
    repeat(&x->rounds, a->rounds, m);
}

/* m times more what was counted since p->once. */
static void count_again(struct pass *p, uint64_t m)
{
    const struct counted *const a = &p->once;
    struct tri_cost *const c = &p->e.s->cost;
    struct tri_proofs *const v = &p->e.s->proofs;

    for (int i = 0; i < TRI_PARTIES; i++) {
        repeat(&c->depth[i], a->cost.depth[i], m);
        repeat(&v->rounds[i], a->proofs.rounds[i], m);
        for (int j = 0; j < TRI_PARTIES; j++) {
            repeat(&c->bytes[i][j], a->cost.bytes[i][j], m);
            repeat(&v->bytes[i][j], a->proofs.bytes[i][j], m);
        }
    }
    repeat(&v->batches, a->proofs.batches, m);
    repeat(&v->longest, a->proofs.longest, m);
    if (p->profile != NULL) {
        repeat_cell(&p->profile->proofs, &a->profile.proofs, m);
        p->profile->seen = *v;
    }
    for (int i = 0; p->profile != NULL && i < 3; i++)
        for (int j = 0; j <= TRI_MAX_LAYERS; j++)
            repeat_cell(&p->profile->cell[i][j], &a->profile.cell[i][j], m);
}

/* Have all parties come equally far since p->once, and does as much wait to be
 * verified as then? */
static int in_step(const struct pass *p)
{
    const uint64_t *const now = p->e.s->cost.depth;
    const uint64_t *const then = p->once.cost.depth;

    return now[1] - then[1] == now[0] - then[0] &&
           now[2] - then[2] == now[0] - then[0] &&
           memcmp(&p->e.pending, &p->once.pending, sizeof p->e.pending) == 0;
}

/*
 * Dry: two periods, as many more as there are by multiplying, and the rest.
 * Exact: bytes do not depend on what was before; the depths after a period do,
 * but only on how far the parties are apart; and where batches of verification
 * end depends on what waits for it. Once a period leaves both as they were,
 * every further one costs the same, and takes no more memory. All of them where
 * parties do something in between, for which they have to count alike.
 */
static int count_steps(struct pass *p, const struct tri_train *train)
{
    const uint64_t total = tri_run_steps(p->r->o, p->r->train->count);
    const uint64_t once = period(p);
    struct tri_train t = *train;
    int rc = TRI_OK;

    if (once == 0 || t.stop != 0 || t.first > total ||
        once > (total - t.first) / 4 || p->r->between != NULL)
        return tri_train_run(&p->m, p->r->train, train);
    for (int i = 0; rc == TRI_OK && i < 2; i++) {
        if (p->profile != NULL)
            tri_profile_settle(p->profile);
        if (i == 1) {
            p->once.cost = p->e.s->cost;
            p->once.proofs = p->e.s->proofs;
            p->once.pending = p->e.pending;
        }
        if (i == 1 && p->profile != NULL)
            p->once.profile = *p->profile;
        t.stop = t.first + (uint32_t)once;
        rc = tri_train_run(&p->m, p->r->train, &t);
        t.first = t.stop;
    }
    if (rc != TRI_OK)
        return rc;
    t.stop = 0;
    if (p->profile != NULL)
        tri_profile_settle(p->profile);
    if (in_step(p)) { /* the last step is not like the others */
        const uint64_t more = (total - t.first - 1) / once;

        count_again(p, more);
        t.first += (uint32_t)(more * once);
    }
    return tri_train_run(&p->m, p->r->train, &t);
}

/* Does the model come from a file in the clear? */
static int clears(const struct tri_run *r)
{
    return r->clear != NULL && r->clear->load != NULL;
}

static int load(struct pass *p)
{
    const struct tri_run *const r = p->r;

    if (!clears(r))
        return tri_model_load(&p->m, r->model, p->why);
    return p->e.s->dry ? TRI_OK : r->clear->load(r->clear->self, &p->m);
}

static int fetch_layer(void *self, struct tri_model *m, size_t layer)
{
    struct pass *const p = self;

    return tri_model_load_layer(m, layer, p->r->model, p->why);
}

static int train(struct pass *p)
{
    const struct tri_run_options *const o = p->r->o;
    struct tri_checkpoint *const ck = p->r->checkpoint;
    struct tri_train t = { .epochs = (uint32_t)o->epochs,
                           .sgd = { o->rate, o->momentum, o->decay },
                           .adam = o->optimizer == TRI_OPTIMIZER_ADAM ? &o->adam
                                                                      : NULL,
                           .schedule = tri_options_schedule(o),
                           .weight = o->weight,
                           .seed = o->seed,
                           .steps = (uint32_t)o->steps,
                           .first = ck != NULL ? ck->first : 0,
                           .loss_every = (uint32_t)o->loss_every,
                           .endless = p->r->ranges != NULL,
                           .loss = see_loss,
                           .progress = after_step,
                           .self = p };
    const int own_signals = p->r->between == NULL && !p->r->dry;
    const uint64_t begun = tri_clock_ns();
    int rc = tri_model_init(&p->m, o->seed);

    p->per_epoch = p->r->train->count / (uint32_t)o->batch;
    p->turn = t.stop = end_of_turn(p, t.first);
    p->out->steps = 0; /* the dry pass has counted, too */
    if (rc == TRI_OK && (p->r->goes_on || clears(p->r)))
        rc = load(p);
    if (rc == TRI_OK && ck != NULL)
        rc = tri_profile_parts.checkpoint->start(ck, &p->m, p->why);
    if (own_signals)
        tri_cleanup_hold(ck != NULL && !p->e.s->dry);
    if (p->r->ready != NULL && p->e.s->dry) /* a file may be damaged */
        rc = p->r->ready(p->r->ready_self, rc, p->why);
    profile(p);
    if (rc == TRI_OK)
        rc = p->e.s->dry ? count_steps(p, &t)
                         : tri_train_run(&p->m, p->r->train, &t);
    if (own_signals)
        tri_cleanup_hold(0);
    if (rc == TRI_OK && p->r->test != NULL &&
        t.first == tri_run_steps(o, p->r->train->count))
        rc = count_right(p, t.first); /* trained to the end already */
    p->out->train_s = (double)(tri_clock_ns() - begun - p->test_ns) / 1e9;
    if (rc == TRI_OK)
        rc = save(p);
    return rc;
}

/* The owner's results of n samples, the first rows of t: into the file, as
 * fresh shares; in the clear, to who asked. `score` has room for them. */
static int put_result(struct pass *p, const struct tri_ten *t, uint32_t first,
                      uint32_t n, double *score)
{
    const struct tri_clear *const c = p->r->clear;
    const size_t values = (size_t)n * p->r->o->net.classes;
    const struct tri_ten rows = tri_ten_slice(&p->e, t, 0, values);
    int rc;

    if (p->r->engine->parties > 1)
        return tri_share_put_tensor(p->r->out, &p->e, t, 0, values, p->why);
    rc = tri_open(&p->e, score, &rows, TRI_OPEN_ALL);
    return rc == TRI_OK && !p->e.s->dry && c != NULL && c->result != NULL
               ? c->result(c->self, score, first, n)
               : rc;
}

static int start_result(struct pass *p)
{
    struct tri_session *const s = p->e.s;
    struct tri_share_head h = { .sharing = tri_share_of(p->r->engine),
                                .kind = p->r->scores == TRI_SCORES_NONE
                                            ? TRI_SHARE_RESULT
                                            : TRI_SHARE_SCORES,
                                .party = s->id,
                                .fb = p->e.f,
                                .count = p->r->test->count,
                                .classes = p->r->o->net.classes };

    if (p->r->engine->parties == 1)
        return TRI_OK;
    h.content = tri_share_tensor_bytes(&p->e, (size_t)h.count * h.classes);
    tri_engine_name(&p->e, h.pair, sizeof h.pair);
    return s->dry || p->r->out == NULL
               ? TRI_OK
               : tri_share_start(p->r->out, &h, "", p->why);
}

/* What the owner gets of the batch: *out. Memory of hot is taken before the
 * first batch. */
static int results(struct pass *p, struct tri_ten *hot, struct tri_ten **out)
{
    struct tri_engine *const e = &p->e;
    struct tri_ten *const logits = tri_model_logits(&p->m);

    *out = p->r->scores == TRI_SCORES_LOGITS ? logits : hot;
    if (p->r->scores == TRI_SCORES_NONE)
        return tri_argmax(e, hot, logits);
    if (p->r->scores == TRI_SCORES_PROBABILITIES)
        return p->r->o->net.loss == TRI_LOSS_ASM ? tri_asm(e, hot, logits)
                                                 : tri_softmax(e, hot, logits);
    return TRI_OK;
}

static void trace(const struct pass *p, size_t layer)
{
    if (p->m.trace != NULL)
        p->m.trace(p->m.trace_self, TRI_PASS_FORWARD, layer);
}

static int infer(struct pass *p)
{
    const struct tri_data *const d = p->r->test;
    const uint32_t batch = p->m.batch, total = (count(p) + batch - 1) / batch;
    const size_t scores = (size_t)batch * p->r->o->net.classes;
    uint32_t *const index = malloc(sizeof *index * batch);
    double *const score = malloc(sizeof *score * scores);
    struct tri_ten hot, *out = &hot;
    int rc = TRI_OK;

    if (index == NULL || score == NULL)
        rc = tri_why(p->why, TRI_E_NOMEM, "no memory");
    if (rc == TRI_OK)
        rc =
            tri_ten_alloc(&p->e, &hot, tri_shape2(batch, p->r->o->net.classes),
                          p->r->scores == TRI_SCORES_NONE ? 0 : (int)p->e.f, 0);
    if (rc == TRI_OK)
        rc = start_result(p);
    profile(p);
    for (uint32_t b = 0; rc == TRI_OK && b < total; b++) {
        const uint32_t left = d->count - b * batch;
        const uint32_t n = left < batch ? left : batch;
        for (uint32_t i = 0; i < n; i++)
            index[i] = b * batch + i;
        rc = d->fetch(d->self, &p->e, index, n, &p->m.in, NULL);
        if (rc == TRI_OK)
            rc = tri_model_forward(&p->m);
        trace(p, p->m.net->layers);
        if (rc == TRI_OK)
            rc = results(p, &hot, &out);
        trace(p, TRI_MAX_LAYERS);
        if (rc == TRI_OK)
            rc = put_result(p, out, b * batch, n, score);
        if (rc == TRI_OK && !p->e.s->dry)
            tri_progress_step(&p->r->progress, 0, 0, b + 1, total);
    }
    if (rc == TRI_OK && !p->e.s->dry && p->r->out != NULL)
        rc = tri_share_seal(p->r->out, p->why);
    if (score != NULL)
        tri_wipe(score, sizeof *score * scores);
    free(score);
    free(index);
    return rc;
}

static int perform(struct pass *p)
{
    const struct tri_run *const r = p->r;
    const int training = r->task == TRI_TASK_TRAIN;
    const uint32_t most = training ? UINT32_MAX : r->test->count;
    const uint32_t batch = p->batch < most ? p->batch : most;
    int rc = tri_model_build(&p->m, &p->e, &r->o->net, batch,
                             p->streams ? TRI_MODEL_STREAM : training,
                             training ? tri_options_moments(r->o) : 0);

    if (rc != TRI_OK)
        return rc;
    if (r->trace != NULL) {
        p->m.trace = r->trace;
        p->m.trace_self = r->ranges;
    }
    if (training)
        return train(p);
    p->m.fetch = fetch_layer;
    p->m.fetch_self = p;
    p->out->batch = batch;
    p->out->streams = p->streams;
    rc = load(p);
    if (rc == TRI_OK)
        rc = r->task == TRI_TASK_EVALUATE ? evaluate(p) : infer(p);
    return rc;
}

/* ---- dry, then in earnest ------------------------------------------------ */

/* What was computed is worthless; the checkpoints from before stay. */
static int spoilt(const struct pass *p, const char *where)
{
    const struct tri_session *const s = p->e.s;
    const struct tri_checkpoint *const ck = p->r->checkpoint;

    if (s->link != NULL && s->link->error[0] != '\0')
        tri_why(p->why, TRI_E_SPOILT, "%s", s->link->error);
    else
        tri_why(p->why, TRI_E_SPOILT, "%s: %s", where,
                tri_strerror(TRI_E_SPOILT));
    if (!tri_model_loss_possible(&p->m, p->loss))
        tri_why_add(p->why, 0,
                    ": the loss of step %u opened as %.6g, where 0 to %.6g is "
                    "possible",
                    (ck != NULL ? ck->first : 0) + p->out->steps + 1, p->loss,
                    tri_model_loss_most(&p->m));
    else if (p->loss > 0)
        tri_why_add(p->why, 0, ": the last loss opened as %.6g", p->loss);
    tri_why_add(
        p->why, 0,
        "; what was computed since is worthless: scale the data to about "
        "-1 to 1, give a lower --rate, a larger --compare or a smaller "
        "--frac (`trinn rehearse` shows which number needs what)");
    if (ck != NULL && p->r->task == TRI_TASK_TRAIN && !s->dry)
        tri_why_add(p->why, 0,
                    "; step %u is saved and stays: go on from it only if its "
                    "loss was good",
                    ck->saved);
    return TRI_E_SPOILT;
}

static int fail(const struct pass *p, int rc)
{
    const struct tri_session *const s = p->e.s;
    const struct tri_checkpoint *const ck = p->r->checkpoint;
    const char *const where =
        s->where[0] != '\0' ? s->where : tri_task_name(p->r->task);

    if (p->why->text[0] != '\0')
        return rc;
    if (rc == TRI_E_NOMEM)
        return tri_why(p->why, rc,
                       "%s: the run needs more than the %zu bytes that were "
                       "planned for it",
                       where, s->cx.arena->size);
    if (rc == TRI_E_SPOILT || s->dead == TRI_E_SPOILT)
        return spoilt(p, where);
    if (s->link != NULL && s->link->error[0] != '\0') {
        /* The cause may be another party's; say where this one was as well. */
        const int known =
            s->where[0] == '\0' || strstr(s->link->error, s->where) != NULL;

        tri_why(p->why, rc, "%s%s%s", s->link->error,
                known ? "" : "; this party was at ", known ? "" : s->where);
        return ck != NULL && p->r->task == TRI_TASK_TRAIN && !s->dry
                   ? tri_why_add(p->why, rc,
                                 "; step %u was the last, step %u is saved: "
                                 "start all three with --resume to go on",
                                 ck->first + p->out->steps, ck->saved)
                   : rc;
    }
    return tri_why(p->why, rc, "%s: %s", where,
                   tri_strerror(s->dead != 0 ? s->dead : rc));
}

/* The engine of the run on session s; its facts are in the options. */
static int start_engine(struct pass *p, struct tri_session *s)
{
    struct tri_engine_config c = tri_options_config(p->r->o);
    int rc;

    c.ranges = p->r->ranges;
    c.active = c.active && p->r->engine->verifies; /* not beside it, in clear */
    rc = tri_engine_start(&p->e, p->r->engine, s, &c);
    return rc == TRI_OK ? rc
                        : tri_why(p->why, rc, "engine %s does not start: %s",
                                  p->r->engine->name, tri_strerror(rc));
}

static int dry_pass(struct pass *p, const struct tri_session *s)
{
    struct tri_session dry = { .id = s->id, .dry = 1 };
    struct tri_arena arena;
    int rc;

    tri_arena_measure(&arena);
    dry.cx = s->cx;
    dry.cx.arena = &arena;
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        dry.prg[j].k = s->cx.k;
    if (p->profile != NULL)
        p->profile->s = &dry;
    rc = start_engine(p, &dry);
    if (rc != TRI_OK)
        return rc;
    rc = perform(p);
    if (rc != TRI_OK)
        rc = fail(p, rc);
    tri_engine_end(&p->e);
    if (rc != TRI_OK)
        return rc;
    if (p->profile != NULL)
        tri_profile_settle(p->profile);
    p->out->peak = arena.peak;
    p->out->cost = dry.cost;
    p->out->planned = dry.proofs;
    return TRI_OK;
}

/* ---- --memory ----------------------------------------------------------- */

/* What the run takes as it is set up, of the party that needs most, with the
 * kernels and threads of this one. */
static int need(struct pass *p, const struct tri_session *s, size_t *bytes)
{
    struct tri_run *const r = p->r;
    const struct tri_data *const d = r->test;
    struct tri_rundata zeros;
    struct tri_run any = *r;
    struct tri_profile *const profile = p->profile;
    int rc = TRI_OK;

    tri_rundata_zeros(&zeros, d->count, d->h, d->w, d->c, d->classes);
    zeros.data.numbers = d->numbers;
    any.test = &zeros.data;
    any.model = NULL;
    p->r = &any;
    p->profile = NULL;
    p->trying = 1;
    *bytes = 0;
    for (unsigned id = 0; rc == TRI_OK && id < TRI_PARTIES; id++) {
        struct tri_session one = *s;

        one.id = id;
        rc = dry_pass(p, &one);
        if (p->out->peak + TRI_RUN_BESIDE > *bytes)
            *bytes = p->out->peak + TRI_RUN_BESIDE;
    }
    p->trying = 0;
    p->profile = profile;
    p->r = r;
    return rc;
}

/* Other threads and other kernels take other memory: what one party has chosen
 * need not fit the next, and fewer samples and streamed weights do. Sent before
 * what is counted as the run: 2 rounds, 8 and 32 bytes from each to both
 * others.
 */
static int agree_batch(struct pass *p, const struct tri_session *s)
{
    struct tri_link *const l = s->link;
    uint8_t said[TRI_PARTIES][8] = { { 0 } };
    int rc;

    tri_le_store32(said[s->id], p->batch);
    tri_le_store32(said[s->id] + 4, (uint32_t)p->streams);
    rc = tri_agree_said(l, said, sizeof said[0], "the batches they can do");
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        const uint32_t batch = tri_le_load32(said[j]);
        const uint32_t streams = tri_le_load32(said[j] + 4);

        if (batch == 0 || streams > 1)
            rc = tri_link_end(l, TRI_E_PROTO, (int)j,
                              "P%u does not say which batches it can do", j);
        p->batch = batch < p->batch ? batch : p->batch;
        p->streams |= streams == 1;
    }
    return rc == TRI_OK ? rc : tri_why(p->why, rc, "%s", l->error);
}

/* The largest batch that fits, with all weights in memory if that is possible
 * at all. */
static int choose_batch(struct pass *p, const struct tri_session *s)
{
    const uint32_t most =
        p->batch < p->r->test->count ? p->batch : p->r->test->count;
    char needs[24];
    size_t bytes = 0;

    for (p->streams = 0; p->streams < 2; p->streams++)
        for (p->batch = most; p->batch > 0; p->batch /= 2) {
            const int rc = need(p, s, &bytes);

            if (rc != TRI_OK)
                return rc;
            if (bytes <= p->r->o->memory)
                return s->link != NULL ? agree_batch(p, s) : TRI_OK;
        }
    return tri_why(p->why, TRI_E_NOMEM,
                   "option --memory: network %s takes %s for one sample, with "
                   "the weights of one layer at a time; give more, or a "
                   "smaller --ledger",
                   p->r->o->net_name, tri_bytes_text(needs, bytes));
}

/* A training is what its options say, and cannot be made to fit. */
static int check_memory(const struct pass *p)
{
    const uint64_t limit = p->r->o->memory;
    char needs[24], text[24];

    return limit == 0 || p->out->peak + TRI_RUN_BESIDE <= limit
               ? TRI_OK
               : tri_why(p->why, TRI_E_NOMEM,
                         "option --memory: this party's run takes %s, and %s "
                         "are allowed; give more, a smaller --batch or a "
                         "smaller --ledger",
                         tri_bytes_text(needs, p->out->peak + TRI_RUN_BESIDE),
                         tri_bytes_text(text, limit));
}

static void announce(struct tri_run *r, const struct tri_outcome *o)
{
    char mem[24], sent[24];

    tri_progress_note(&r->progress,
                      "network %s, %s; planned: %s of memory here, %s "
                      "between all parties in %llu rounds",
                      r->o->net_name, tri_task_name(r->task),
                      tri_bytes_text(mem, o->peak),
                      tri_bytes_text(sent, tri_cost_bytes(&o->cost)),
                      (unsigned long long)tri_cost_rounds(&o->cost));
    if (r->o->memory > 0 && r->task != TRI_TASK_TRAIN)
        tri_progress_note(
            &r->progress, "--memory: %u samples at once%s", o->batch,
            o->streams ? ", weights from the file as needed" : "");
}

static void subtract(struct tri_link_stats *a, const struct tri_link_stats *b)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        a->sent[j] -= b->sent[j];
        a->received[j] -= b->received[j];
        a->payload[j] -= b->payload[j];
        a->messages[j] -= b->messages[j];
    }
    a->wait_ns -= b->wait_ns;
    a->rounds -= b->rounds;
}

/* The memory of the run in earnest. */
static int take_memory(struct pass *p, struct tri_arena *arena, void **block)
{
    const size_t size = p->out->peak > 0 ? p->out->peak : TRI_ALIGN;
    const int rc =
        tri_profile_parts.memory == NULL
            ? TRI_OK
            : tri_profile_parts.memory(size, tri_task_name(p->r->task), p->why);

    if (rc != TRI_OK)
        return rc;
    *block = tri_secret_alloc(size);
    if (*block == NULL)
        return tri_why(p->why, TRI_E_NOMEM,
                       "the system has no %zu bytes of memory for this run; "
                       "give a smaller --batch",
                       size);
    tri_arena_init(arena, *block, size);
    return TRI_OK;
}

static int real_pass(struct pass *p, struct tri_session *s,
                     struct tri_arena *arena)
{
    int rc;

    s->cx.arena = arena;
    if (s->link != NULL)
        p->before = s->link->stats;
    if (p->profile != NULL)
        *p->profile = (struct tri_profile){ .s = s };
    rc = start_engine(p, s);
    if (rc != TRI_OK)
        goto out;
    if (p->r->log != NULL) {
        rc = tri_profile_parts.watch->open(&p->watcher, p->r, s, p->out,
                                           &p->profile, p->why);
        p->watch = p->watcher != NULL ? tri_profile_parts.watch : NULL;
    }
    if (rc == TRI_OK)
        rc = perform(p);
    if (s->link != NULL && (rc == TRI_OK || s->dead == TRI_E_SPOILT)) {
        const int sent = tri_flush(s->link); /* memory is given back */

        rc = rc == TRI_OK ? sent : rc;
    }
    p->out->peak = arena->peak;
    if (p->profile != NULL)
        tri_profile_settle(p->profile);
    p->out->proofs = s->proofs;
    p->out->test_proofs_s = (double)p->test_proofs_ns / 1e9;
    if (rc == TRI_OK && p->watch != NULL) {
        p->out->test_s = (double)p->test_ns / 1e9;
        rc = p->watch->end(p->watcher, p->out);
    }
    if (rc != TRI_OK)
        rc = fail(p, rc);
    tri_engine_end(&p->e);
    if (p->watch != NULL)
        p->watch->close(p->watcher);
out:
    if (s->link != NULL) {
        p->out->stats = s->link->stats;
        subtract(&p->out->stats, &p->before);
    }
    return rc;
}

int tri_run(struct tri_run *r, struct tri_session *s, struct tri_outcome *out,
            struct tri_why *why)
{
    struct pass *const p = calloc(1, sizeof *p);
    struct tri_arena arena;
    void *block = NULL;
    int rc = tri_run_check(r, why);

    *out = (struct tri_outcome){ 0 };
    if (p == NULL)
        rc = tri_why(why, TRI_E_NOMEM, "no memory");
    if (rc != TRI_OK)
        goto end;
    p->r = r;
    p->out = out;
    p->why = why;
    p->profile = r->profile;
    if (p->profile != NULL)
        *p->profile = (struct tri_profile){ .s = s };
    p->batch = (uint32_t)r->o->batch;
    if (r->as != NULL) {
        p->batch = r->as->batch;
        p->streams = r->as->streams;
    } else if (r->o->memory > 0 && r->task != TRI_TASK_TRAIN) {
        rc = choose_batch(p, s);
    }
    if (rc == TRI_OK)
        rc = dry_pass(p, s);
    if (rc == TRI_OK)
        rc = check_memory(p);
    if (rc == TRI_OK && !r->dry)
        rc = take_memory(p, &arena, &block);
    if (r->ready != NULL)
        rc = r->ready(r->ready_self, rc, why);
    if (rc != TRI_OK || r->dry)
        goto end;
    if (r->plan)
        announce(r, out);
    p->test_ns = p->test_proofs_ns = 0;
    tri_progress_start(&r->progress, r->progress.who, r->progress.silent);
    if (r->checkpoint != NULL)
        r->progress.first = r->checkpoint->first;
    rc = real_pass(p, s, &arena);
    out->test_s = (double)p->test_ns / 1e9;
end:
    tri_secret_free(block);
    free(p);
    tri_session_wipe(s);
    return rc;
}
