#include "boards/host/watch/watch.h"
#include <stdlib.h>
#include "boards/host/party/run.h"
#include "boards/host/watch/runlog.h"
#include "core/err.h"
#include "net/host/clock.h"

struct watcher {
    struct tri_runlog log;
    const struct tri_run *r;
    const struct tri_session *s;
    const struct tri_link *link; /* or NULL */
    uint64_t begun;              /* ns */
    struct tri_link_stats before;
    struct tri_profile own, *profile;
};

/* Payload that this party has sent, and rounds, since the run began. */
static uint64_t sent(const struct watcher *w, uint64_t *rounds)
{
    const struct tri_link *const l = w->link;
    uint64_t sum = 0;

    *rounds = l != NULL ? l->stats.rounds - w->before.rounds : 0;
    for (unsigned j = 0; l != NULL && j < TRI_PARTIES; j++)
        sum += l->stats.payload[j] - w->before.payload[j];
    return sum;
}

static struct tri_log_proofs proofs(const struct watcher *w)
{
    const struct tri_proofs *const v = &w->s->proofs;
    struct tri_log_proofs p = { .s = (double)v->ns / 1e9,
                                .batches = v->batches,
                                .rounds = v->rounds[w->s->id] };

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        p.sent += v->bytes[w->s->id][j];
    return p;
}

static int watch_open(void **self, const struct tri_run *r,
                      struct tri_session *s, const struct tri_outcome *out,
                      struct tri_profile **profile, struct tri_why *why)
{
    const struct tri_log_start start = {
        .task = tri_task_name(r->task),
        .engine = r->engine->name,
        .party = s->id,
        .samples = r->train != NULL ? r->train->count : 0,
        .test_samples = r->test != NULL ? r->test->count : 0,
        .steps = out->steps,
        .bytes = tri_cost_bytes(&out->cost),
        .rounds = tri_cost_rounds(&out->cost),
        .memory = out->peak,
        .proofs = out->planned,
        .first = r->checkpoint != NULL ? r->checkpoint->first : 0,
    };
    struct watcher *const w = calloc(1, sizeof *w);
    int rc;

    *self = w;
    if (w == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    w->r = r;
    w->s = s;
    w->link = s->link;
    w->own.s = s;
    if (*profile == NULL)
        *profile = &w->own;
    w->profile = *profile;
    if (s->link != NULL)
        w->before = s->link->stats;
    rc = tri_runlog_open(&w->log, r->log,
                         r->checkpoint != NULL && r->checkpoint->resume, why);
    if (rc == TRI_OK)
        rc = tri_runlog_start(&w->log, r->o, &start);
    w->begun = tri_clock_ns();
    return rc;
}

/* Steps that have neither loss nor evaluation are logged now and then. */
static int watch_step(void *self, struct tri_log_point *p, uint32_t step,
                      uint32_t total)
{
    struct watcher *const w = self;
    const struct tri_run_options *const o = w->r->o;
    const uint32_t per_epoch = w->r->train->count / (uint32_t)o->batch;
    const uint64_t every = o->loss_every > 0 ? o->loss_every : 50;
    const struct tri_schedule schedule = tri_options_schedule(o);

    if (p->train_of == 0 && p->test_of == 0 && step % every != 0 &&
        step != total)
        return TRI_OK;
    p->step = step;
    p->epoch = (step - 1) / per_epoch + 1;
    p->time = (double)(tri_clock_ns() - w->begun) / 1e9;
    p->rate = tri_schedule_rate(&schedule, o->rate, step - 1, total, per_epoch);
    p->sent = sent(w, &p->rounds);
    p->proofs = proofs(w);
    return tri_runlog_point(&w->log, p);
}

static int watch_end(void *self, const struct tri_outcome *out)
{
    struct watcher *const w = self;
    struct tri_log_end e = { .steps = out->steps,
                             .right = out->right,
                             .tested = out->tested,
                             .rmse = out->rmse,
                             .train_s = out->train_s,
                             .test_s = out->test_s,
                             .memory = out->peak };
    int rc = TRI_OK;

    e.sent = sent(w, &e.rounds);
    e.proofs = proofs(w);
    if (w->r->task == TRI_TASK_TRAIN)
        rc = tri_runlog_layers(&w->log, &w->r->o->net, w->profile);
    return rc == TRI_OK ? tri_runlog_end(&w->log, &e) : rc;
}

static void watch_close(void *self)
{
    struct watcher *const w = self;

    tri_runlog_close(&w->log);
    free(w);
}

const struct tri_watch_ops tri_watch_ops = {
    .check = tri_runlog_check,
    .open = watch_open,
    .step = watch_step,
    .end = watch_end,
    .close = watch_close,
};
