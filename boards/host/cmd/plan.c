#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/party/session_open.h"
#include "boards/host/trial/rates.h"
#include "boards/host/watch/runlog.h"
#include "core/err.h"

struct options {
    int task;
    uint64_t samples, test;
};

static const char *const tasks[] = { "train", "infer", NULL };

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_CHOICE("task", AT(task), "TASK", tasks, "train (default) or infer"),
    TRI_UINT("samples", AT(samples), "N", 1, 100000000,
             "images to train on, or to classify (default 60000)"),
    TRI_UINT("test", AT(test), "N", 0, 100000000,
             "images to evaluate after every epoch (default 10000; 0: none)"),
    { .name = NULL }
};

/* What dry runs of the three parties say. */
struct plan {
    struct tri_outcome out[TRI_PARTIES];
    struct tri_profile profile; /* whole training, party 0 */
};

static int dry(struct plan *p, const struct options *w,
               const struct tri_run_options *o, struct tri_why *why)
{
    const struct tri_net *const n = &o->net;
    struct tri_host *const h = malloc(sizeof *h);
    struct tri_rundata a, b;
    int rc = h != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    tri_rundata_zeros(&a, (uint32_t)w->samples, n->h, n->w, n->c, n->classes);
    tri_rundata_zeros(&b, (uint32_t)w->test, n->h, n->w, n->c, n->classes);
    for (unsigned id = 0; rc == TRI_OK && id < TRI_PARTIES; id++) {
        struct tri_run r = { .task = TRI_TASK_TRAIN,
                             .o = o,
                             .engine = o->kind,
                             .train = &a.data,
                             .test = w->test > 0 ? &b.data : NULL,
                             .progress = { .who = "", .silent = 1 },
                             .profile = id == 0 ? &p->profile : NULL,
                             .dry = 1 };
        if (w->task == 1) {
            r.task = TRI_TASK_INFER;
            r.train = NULL;
            r.test = &a.data;
        }
        rc = tri_session_start(h, id, 1, why);
        if (rc == TRI_OK)
            rc = tri_run(&r, &h->s, &p->out[id], why);
        tri_session_end(h);
    }
    free(h);
    return rc;
}

/* Seconds of a part of a run: computing, messages under way one after the
 * other (half a round trip each), bytes of the busiest line. While a line
 * carries them the parties compute, so that the longer of the two counts. */
static double seconds(const struct tri_run_options *o, double compute,
                      uint64_t rounds, uint64_t line)
{
    const double rate = (double)o->line.rate;
    const double carry = rate > 0 ? (double)line / rate : 0;

    return (compute > carry ? compute : carry) +
           (double)rounds * (double)o->line.rtt_ns / 2e9;
}

static double cell(const struct tri_run_options *o, const struct tri_cell *c,
                   const struct tri_cell *measured, uint64_t steps)
{
    return seconds(o, (double)measured->ns / 1e9, c->rounds / steps,
                   c->line / steps);
}

/* What a part costs each of `turns` times, with the measured time of one. */
static void figures(const struct tri_run_options *o, const struct tri_cell *c,
                    const struct tri_cell *measured, uint64_t turns)
{
    char bytes[24];

    printf(" %10.2f %12s %7.4g", 1e3 * cell(o, c, measured, turns),
           tri_bytes_text(bytes, c->bytes / turns),
           (double)c->rounds / (double)turns);
}

static void step(const struct tri_run_options *o, const struct plan *p,
                 const struct tri_rates *m)
{
    const uint64_t steps = p->out[0].steps;
    char name[24];

    printf("%-14s %31s %31s\n%-14s %10s %12s %7s %10s %12s %7s\n", "one step",
           "forward", "backward", "", "ms", "bytes", "rounds", "ms", "bytes",
           "rounds");
    for (size_t i = 0; i <= o->net.layers; i++) {
        printf("%-14s", tri_layer_name(name, &o->net, i));
        for (int q = TRI_PASS_FORWARD; q <= TRI_PASS_BACKWARD; q++)
            figures(o, &p->profile.cell[q][i], &m->step.cell[q][i], steps);
        putchar('\n');
    }
    printf("%-14s", "update");
    figures(o, &p->profile.cell[TRI_PASS_UPDATE][0],
            &m->step.cell[TRI_PASS_UPDATE][0], steps);
    putchar('\n');
}

/* Time of the whole training, and its parts. */
static double training(const struct tri_run_options *o, const struct options *w,
                       const struct plan *p, const struct tri_rates *m)
{
    const uint64_t steps = p->out[0].steps;
    const uint64_t per_epoch = w->samples / o->batch;
    const uint64_t counts = (steps + per_epoch - 1) / per_epoch;
    const double forwards =
        (double)counts * (double)((w->test + o->batch - 1) / o->batch);
    uint64_t rounds = tri_cost_rounds(&p->out[0].cost), line = 0, busiest = 0;
    double s = 0;

    for (int q = 0; q < 3; q++)
        for (size_t i = 0; i <= o->net.layers; i++) {
            const struct tri_cell *const c = &p->profile.cell[q][i];
            s += (double)steps * cell(o, c, &m->step.cell[q][i], steps);
            rounds -= c->rounds / steps * steps;
            line += c->line / steps * steps;
        }
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            if (p->out[0].cost.bytes[i][j] > busiest)
                busiest = p->out[0].cost.bytes[i][j];
    /* evaluations and opened losses: all that no layer's cell has */
    return s + seconds(o, forwards * m->forward_s, rounds,
                       busiest > line ? busiest - line : 0);
}

/* A batch of an inference by layers, and the time of all batches. */
static double inference(const struct tri_run_options *o, const struct plan *p,
                        const struct tri_rates *m, uint64_t batches)
{
    const struct tri_cell *const c = p->profile.cell[TRI_PASS_FORWARD];
    const struct tri_cell *const t = m->step.cell[TRI_PASS_FORWARD];
    const size_t layers = o->net.layers;
    /* The trial measures layers and the whole: the classes are the rest. */
    struct tri_cell rest = { .ns = (uint64_t)(m->forward_s * 1e9) };
    char name[24];
    double s = 0;

    printf("%-14s %10s %12s %7s\n", "one batch", "ms", "bytes", "rounds");
    for (size_t i = 0; i <= layers; i++) {
        const struct tri_cell *const ti = i < layers ? &t[i] : &rest;

        printf("%-14s",
               i < layers ? tri_layer_name(name, &o->net, i) : "classes");
        figures(o, &c[i], ti, batches);
        putchar('\n');
        s += cell(o, &c[i], ti, batches);
        if (i < layers)
            rest.ns -= t[i].ns < rest.ns ? t[i].ns : rest.ns;
    }
    return (double)batches * s;
}

static void print(const struct options *w, const struct tri_run_options *o,
                  const struct plan *p, const struct tri_rates *m)
{
    const uint64_t bytes = tri_cost_bytes(&p->out[0].cost);
    const uint64_t batches = (w->samples + o->batch - 1) / o->batch;
    char a[24], b[24], c[24];
    double time;

    printf("network %s, engine %s, batch %llu, link %s\n\n", o->net_name,
           o->kind->name, (unsigned long long)o->batch,
           o->link != NULL ? o->link : "this machine");
    if (w->task == 0) {
        step(o, p, m);
        time = training(o, w, p, m);
        printf("\n%-14s %u of %llu images\n", "steps", p->out[0].steps,
               (unsigned long long)o->batch);
    } else {
        time = inference(o, p, m, batches);
        printf("\n%-14s %llu\n%-14s %llu of %llu images\n", "images",
               (unsigned long long)w->samples, "batches",
               (unsigned long long)batches,
               (unsigned long long)(o->batch < w->samples ? o->batch
                                                          : w->samples));
    }
    printf("%-14s %llu (%s), all parties\n%-14s %llu\n", "bytes",
           (unsigned long long)bytes, tri_bytes_text(a, bytes), "rounds",
           (unsigned long long)tri_cost_rounds(&p->out[0].cost));
    printf("%-14s party 0 %s, party 1 %s, party 2 %s\n", "memory",
           tri_bytes_text(a, p->out[0].peak), tri_bytes_text(b, p->out[1].peak),
           tri_bytes_text(c, p->out[2].peak));
    printf("%-14s %.2f s\n", "time", time);
    puts("\nBytes (payload), rounds and memory are exact. Time is estimated "
         "from a trial of all three\nparties on the cores of this machine.");
}

static int plan(const struct options *w, struct tri_run_options *o,
                struct tri_why *why)
{
    const unsigned threads = tri_options_threads(o, TRI_PARTIES);
    struct plan *const p = calloc(1, sizeof *p);
    struct tri_rates *const m = calloc(1, sizeof *m);
    int rc = p != NULL && m != NULL ? TRI_OK
                                    : tri_why(why, TRI_E_NOMEM, "no memory");

    if (rc == TRI_OK)
        rc = dry(p, w, o, why);
    if (rc == TRI_OK)
        rc = tri_rates_measure(m, o, threads, why);
    if (rc == TRI_OK)
        print(w, o, p, m);
    free(p);
    free(m);
    return rc;
}

static struct options what = { .samples = 60000, .test = 10000 };
static struct tri_run_options run_options = TRI_RUN_DEFAULTS;

static int run(const struct tri_args *a, struct tri_why *why)
{
    int rc;

    if (a->words > 0)
        run_options.net_name = a->word[0];
    rc = tri_options_engine(&run_options, 3, why);
    if (rc == TRI_OK)
        rc = tri_options_net(&run_options, why);
    if (rc == TRI_OK)
        rc = tri_options_link(&run_options, why);
    return rc == TRI_OK ? plan(&what, &run_options, why) : rc;
}

const struct tri_command tri_cmd_plan = {
    .name = "plan",
    .what = "say what a run will cost, before it runs",
    .usage = "plan [NET] [OPTIONS]",
    .about = "Say before a run what it will cost: bytes, rounds, memory "
             "and time, layer by layer.\nNET is as for --net. --link is "
             "the network between the parties.",
    .group = { { table, &what },
               TRI_TRAINING_GROUP(&run_options),
               TRI_PARTIES_GROUP(&run_options) },
    .max_words = 1,
    .run = run
};
