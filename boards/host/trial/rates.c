#include "boards/host/trial/rates.h"
#include <pthread.h>
#include <stdlib.h>
#include "boards/host/base/memory.h"
#include "boards/host/party/session_open.h"
#include "boards/host/trial/dry.h"
#include "boards/host/trial/loopback.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/host/clock.h"

enum { SMALL = 32 };

/* One trial: what its three threads share, and what they bring. */
struct trial {
    struct tri_run_options o;
    unsigned threads;
    int start; /**< under the gate: 0, if a thread is missing */
    pthread_mutex_t gate;
    struct {
        struct trial *all;
        struct tri_host *h;
        unsigned id;
        int rc;
        uint64_t when; /**< it ended, ns */
        struct tri_outcome out;
        struct tri_profile profile;
        struct tri_why why;
    } party[TRI_PARTIES];
    struct tri_loopback net;
};

static int live(struct trial *t, unsigned id, struct tri_why *why)
{
    const struct tri_net *const n = &t->o.net;
    struct tri_tcp_config tcp = tri_loopback_tcp(&t->net, id);
    struct tri_host *const h = t->party[id].h;
    struct tri_rundata train, test;
    struct tri_run r = { .task = TRI_TASK_TRAIN,
                         .o = &t->o,
                         .engine = t->o.kind,
                         .train = &train.data,
                         .test = &test.data,
                         .progress = { .who = "", .silent = 1 },
                         .profile = &t->party[id].profile };
    int rc;

    tcp.connect_ms = 5000;
    tcp.deadline_ms = 60000;
    tri_rundata_zeros(&train, (uint32_t)(t->o.steps * t->o.batch), n->h, n->w,
                      n->c, n->classes);
    tri_rundata_zeros(&test, (uint32_t)t->o.batch, n->h, n->w, n->c,
                      n->classes);
    t->net.fd[id] = -1;
    rc = tri_session_connect(h, &tcp, NULL, &t->o, "trial\n", NULL, why);
    if (rc == TRI_OK)
        rc = tri_run(&r, &h->s, &t->party[id].out, why);
    tri_session_end(h); /* the others hear of it */
    return rc;
}

static void *live_thread(void *arg)
{
    struct trial *const t = *(struct trial **)arg;
    unsigned id = 0;
    int start;

    while (arg != &t->party[id])
        id++;
    pthread_mutex_lock(&t->gate);
    start = t->start;
    pthread_mutex_unlock(&t->gate);
    if (start)
        t->party[id].rc = live(t, id, &t->party[id].why);
    t->party[id].when = tri_clock_ns();
    return NULL;
}

/* All three parties, so that none of them waits for one that never comes. */
static int start(struct trial *t, struct tri_why *why)
{
    int rc = TRI_OK;

    for (unsigned i = 0; rc == TRI_OK && i < TRI_PARTIES; i++) {
        t->party[i].h = calloc(1, sizeof *t->party[i].h);
        rc = t->party[i].h == NULL
                 ? tri_why(why, TRI_E_NOMEM, "no memory")
                 : tri_session_start(t->party[i].h, i, t->threads, why);
    }
    return rc;
}

static void end(struct trial *t)
{
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        if (t->party[i].h != NULL)
            tri_session_end(t->party[i].h);
        free(t->party[i].h);
    }
    tri_loopback_close(&t->net);
    tri_wipe(t, sizeof *t);
    free(t);
}

/* Non-zero if party `a` is nearer to the cause than `b`. */
static int nearer(const struct trial *t, int a, int b)
{
    const int follows = tri_loopback_follows(t->party[b].rc);

    return follows != tri_loopback_follows(t->party[a].rc)
               ? follows
               : t->party[a].when < t->party[b].when;
}

static int verdict(const struct trial *t, struct tri_why *why)
{
    int first = -1;

    for (int i = 0; i < TRI_PARTIES; i++)
        if (t->party[i].rc != TRI_OK && (first < 0 || nearer(t, i, first)))
            first = i;
    return first < 0 ? TRI_OK
                     : tri_why(why, t->party[first].rc, "trial, party %d: %s",
                               first, t->party[first].why.text);
}

/* Is there memory for a trial with such a batch? */
static int fits(const struct tri_run_options *o, uint64_t batch,
                struct tri_why *why)
{
    struct tri_run_options *const own = malloc(sizeof *own);
    struct tri_dry *const d = calloc(1, sizeof *d);
    int rc = own != NULL && d != NULL ? TRI_OK
                                      : tri_why(why, TRI_E_NOMEM, "no memory");

    if (rc == TRI_OK) {
        *own = *o;
        own->batch = batch;
        own->steps = own->epochs = 1;
        own->warmup = 0;
        rc = tri_dry_run(d, TRI_TASK_TRAIN, own, batch, batch, why);
    }
    if (rc == TRI_OK)
        rc = tri_memory_check(tri_dry_memory(d),
                              "a trial of all three parties, from which the "
                              "time is estimated",
                              why);
    free(own);
    free(d);
    return rc;
}

/* `steps` steps and one evaluated batch of `batch` images. */
static int attempt(struct tri_rates *r, const struct tri_run_options *o,
                   unsigned threads, uint64_t batch, uint64_t steps,
                   struct tri_why *why)
{
    struct trial *const t = calloc(1, sizeof *t);
    const double scale = (double)o->batch / (double)batch;
    pthread_t thread[TRI_PARTIES];
    unsigned started = 0;
    int rc = TRI_OK;

    if (t == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    t->o = *o;
    t->o.batch = batch;
    t->o.steps = steps;
    t->o.epochs = 1;
    t->o.warmup = 0;
    t->o.loss_every = 0;
    t->o.line = (struct tri_line){ 0, 0, 0 };
    t->threads = threads;
    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        t->party[i].all = t;
        t->party[i].id = i;
    }
    rc = tri_loopback_open(&t->net, why);
    if (rc == TRI_OK)
        rc = start(t, why);
    pthread_mutex_init(&t->gate, NULL);
    pthread_mutex_lock(&t->gate); /* all of them start, or none */
    for (; rc == TRI_OK && started < TRI_PARTIES; started++)
        if (pthread_create(&thread[started], NULL, live_thread,
                           &t->party[started]) != 0) {
            rc = tri_why(why, TRI_E_NOMEM, "no thread for party %u", started);
            break;
        }
    t->start = rc == TRI_OK;
    pthread_mutex_unlock(&t->gate);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    pthread_mutex_destroy(&t->gate);
    if (rc == TRI_OK)
        rc = verdict(t, why);
    if (rc == TRI_OK) {
        const struct tri_outcome *const out = &t->party[0].out;
        r->step = t->party[0].profile;
        for (int p = 0; p < 3; p++)
            for (size_t i = 0; i <= TRI_MAX_LAYERS; i++) {
                uint64_t *const ns = &r->step.cell[p][i].ns;
                *ns = (uint64_t)((double)*ns * scale / (double)steps);
            }
        r->step.proofs.ns =
            (uint64_t)((double)r->step.proofs.ns * scale / (double)steps);
        r->step_s = out->train_s / (double)steps * scale;
        r->forward_s = out->test_s * scale;
        r->proofs_s = out->test_proofs_s * scale;
    }
    end(t);
    return rc;
}

int tri_rates_measure(struct tri_rates *r, const struct tri_run_options *o,
                      unsigned threads, struct tri_why *why)
{
    const uint64_t small = o->batch < SMALL ? o->batch : SMALL;
    const uint64_t begun = tri_clock_ns();
    struct tri_rates *const more = malloc(sizeof *more);
    struct tri_why none = { "" };
    int rc = more != NULL ? fits(o, small, why)
                          : tri_why(why, TRI_E_NOMEM, "no memory");
    int first = 1;

    if (rc == TRI_OK)
        rc = attempt(r, o, threads, small, 2, why);

    /* The whole batch, if it does not take long, and the best of several:
     * other programs only ever make it slower. */
    for (int i = 0; rc == TRI_OK && i < 5; i++) {
        const double spent = (double)(tri_clock_ns() - begun) / 1e9;
        /* the small trial, scaled, is too slow rather than too fast */
        if (first ? r->step_s > 2 : spent + 3 * r->step_s + r->forward_s > 1.8)
            break;
        if (first && fits(o, o->batch, &none) != TRI_OK)
            break;
        rc = attempt(more, o, threads, o->batch, 3, why);
        if (rc != TRI_OK)
            break;
        if (first || more->step_s < r->step_s) {
            r->step = more->step;
            r->step_s = more->step_s;
        }
        if (first || more->forward_s < r->forward_s) {
            r->forward_s = more->forward_s;
            r->proofs_s = more->proofs_s;
        }
        first = 0;
    }
    free(more);
    return rc;
}
