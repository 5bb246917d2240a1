#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/trial/dry.h"
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

/* Batches end where the ledger is full: not in every turn alike. Their time,
 * `compute` seconds a turn of it computing. */
static double proofs(const struct tri_run_options *o, const struct tri_cell *c,
                     double compute, uint64_t turns)
{
    return seconds(o, (double)turns * compute, c->rounds, c->line);
}

static void verification(const struct tri_run_options *o,
                         const struct tri_cell *c, double compute,
                         uint64_t turns)
{
    char bytes[24];

    if (o->active)
        printf("%-14s %10.2f %12s %7.4g\n", "verification",
               1e3 * proofs(o, c, compute, turns) / (double)turns,
               tri_bytes_text(bytes, c->bytes / turns),
               (double)c->rounds / (double)turns);
}

static void step(const struct tri_run_options *o, const struct tri_dry *p,
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
    verification(o, &p->profile.proofs, (double)m->step.proofs.ns / 1e9, steps);
}

/* Time of the whole training, and its parts. */
static double training(const struct tri_run_options *o, const struct options *w,
                       const struct tri_dry *p, const struct tri_rates *m)
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
    s += proofs(o, &p->profile.proofs, (double)m->step.proofs.ns / 1e9, steps);
    rounds -= p->profile.proofs.rounds;
    line += p->profile.proofs.line;
    for (unsigned i = 0; i < TRI_PARTIES; i++)
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            if (p->out[0].cost.bytes[i][j] > busiest)
                busiest = p->out[0].cost.bytes[i][j];
    /* evaluations and opened losses: all that no layer's cell has */
    return s + seconds(o, forwards * m->forward_s, rounds,
                       busiest > line ? busiest - line : 0);
}

/* A batch of an inference by layers, and the time of all batches. */
static double inference(const struct tri_run_options *o,
                        const struct tri_dry *p, const struct tri_rates *m,
                        uint64_t batches)
{
    const struct tri_cell *const c = p->profile.cell[TRI_PASS_FORWARD];
    const struct tri_cell *const t = m->step.cell[TRI_PASS_FORWARD];
    const size_t layers = o->net.layers;
    /* The trial measures layers, verification and the whole: the classes are
     * the rest. */
    struct tri_cell rest = { .ns = (uint64_t)((m->forward_s - m->proofs_s) *
                                              1e9) };
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
    verification(o, &p->profile.proofs, m->proofs_s, batches);
    return (double)batches * s +
           proofs(o, &p->profile.proofs, m->proofs_s, batches);
}

static uint64_t batches(const struct options *w,
                        const struct tri_run_options *o)
{
    return (w->samples + o->batch - 1) / o->batch;
}

/* What of --memory is for what, at the party that needs most. */
static void limit(const struct tri_run_options *o, const struct tri_dry *p)
{
    char all[24], run[24], weights[24], beside[24], rest[24];
    uint64_t most = 0, words = 0;

    for (unsigned i = 0; i < TRI_PARTIES; i++) {
        most = p->out[i].peak > most ? p->out[i].peak : most;
        if (o->kind->holds[i] > words)
            words = o->kind->holds[i];
    }
    words *= 8 * (uint64_t)tri_net_words(&o->net);
    printf(
        "%-14s %s: %s for the run (all weights: %s), %s beside it, %s left\n",
        "limit", tri_bytes_text(all, o->memory), tri_bytes_text(run, most),
        tri_bytes_text(weights, words), tri_bytes_text(beside, TRI_RUN_BESIDE),
        tri_bytes_text(rest, o->memory - most - TRI_RUN_BESIDE));
}

/* What is known without a trial, which may take more than there is. */
static void exact(const struct options *w, const struct tri_run_options *o,
                  const struct tri_dry *p)
{
    const uint64_t bytes = tri_cost_bytes(&p->out[0].cost);
    char a[24], b[24], c[24];

    printf("network %s, security %s, engine %s, batch %llu, link %s\n\n",
           o->net_name, o->active ? "active" : "passive", o->kind->name,
           (unsigned long long)o->batch,
           o->link != NULL ? o->link : "this machine");
    if (w->task == 0)
        printf("%-14s %u of %llu images\n", "steps", p->out[0].steps,
               (unsigned long long)o->batch);
    else
        printf("%-14s %llu\n%-14s %llu of %llu images\n", "images",
               (unsigned long long)w->samples, "batches",
               (unsigned long long)batches(w, o),
               (unsigned long long)(o->batch < w->samples ? o->batch
                                                          : w->samples));
    printf("%-14s %llu (%s), all parties\n%-14s %llu\n", "bytes",
           (unsigned long long)bytes, tri_bytes_text(a, bytes), "rounds",
           (unsigned long long)tri_cost_rounds(&p->out[0].cost));
    printf("%-14s party 0 %s, party 1 %s, party 2 %s\n", "memory",
           tri_bytes_text(a, p->out[0].peak), tri_bytes_text(b, p->out[1].peak),
           tri_bytes_text(c, p->out[2].peak));
    if (p->out[0].streams)
        printf("%-14s from the file, of one layer at a time\n", "weights");
    if (o->memory > 0)
        limit(o, p);
    if (o->active) {
        const struct tri_proofs *const v = &p->out[0].planned;
        uint64_t sum = 0;

        for (unsigned i = 0; i < TRI_PARTIES; i++)
            for (unsigned j = 0; j < TRI_PARTIES; j++)
                sum += v->bytes[i][j];
        printf("%-14s %llu batches, %s in %llu rounds; %s of a party's memory, "
               "ledger %s\n",
               "verification", (unsigned long long)v->batches,
               tri_bytes_text(a, sum), (unsigned long long)v->longest,
               tri_bytes_text(b, v->memory),
               tri_bytes_text(c, tri_options_config(o).ledger));
    }
    putchar('\n');
    fflush(stdout);
}

static void estimated(const struct options *w, const struct tri_run_options *o,
                      const struct tri_dry *p, const struct tri_rates *m)
{
    char text[TRI_TIME_TEXT];
    double time;

    if (w->task == 0) {
        step(o, p, m);
        time = training(o, w, p, m);
    } else {
        time = inference(o, p, m, batches(w, o));
    }
    printf("\n%-14s %.2f s", "time", time);
    if (time >= 60)
        printf(" (%s)", tri_time_text(text, time));
    puts("\n\nBytes (payload), rounds and memory are exact. Time is estimated "
         "from a trial of all three\nparties on the cores of this machine.");
}

static int plan(const struct options *w, struct tri_run_options *o,
                struct tri_why *why)
{
    enum { MANY = 200000 };
    const unsigned threads = tri_options_threads(o, TRI_PARTIES);
    const uint64_t steps = tri_run_steps(o, w->samples);
    struct tri_dry *const p = calloc(1, sizeof *p);
    struct tri_rates *const m = calloc(1, sizeof *m);
    int rc = p != NULL && m != NULL ? TRI_OK
                                    : tri_why(why, TRI_E_NOMEM, "no memory");

    if (rc == TRI_OK && w->task == 0 && steps > MANY &&
        (o->schedule != TRI_RATE_CONSTANT || o->warmup > 0))
        fprintf(stderr,
                "trinn: counting %llu steps one by one, as their rates "
                "differ; a constant rate costs nearly the same and is counted "
                "at once\n",
                (unsigned long long)steps);
    if (rc == TRI_OK)
        rc = tri_dry_run(p, w->task == 0 ? TRI_TASK_TRAIN : TRI_TASK_INFER, o,
                         w->samples, w->task == 0 ? w->test : 0, why);
    if (rc == TRI_OK) {
        if (o->memory > 0 && w->task != 0)
            o->batch = p->out[0].batch;
        exact(w, o, p);
        o->memory = 0; /* what is measured is a trial of another size */
        rc = tri_rates_measure(m, o, threads, why);
    }
    if (rc == TRI_OK)
        estimated(w, o, p, m);
    free(p);
    free(m);
    return rc;
}

static struct options what = { .samples = 60000, .test = 10000 };
static struct tri_run_options run_options;

static int run(const struct tri_args *a, struct tri_why *why)
{
    static const char *const none[] = { "log", "force", "deadline",
                                        "reveal-small", NULL };
    int rc = tri_args_refuse(a, none, "plan", why);

    if (rc == TRI_OK && what.task == 1)
        rc = tri_args_refuse(a, tri_training_only, "plan --task infer", why);
    if (rc == TRI_OK && what.task == 1 && tri_args_given(a, "test"))
        rc = tri_why(why, TRI_E_ARG, "option --test goes with --task train");
    if (rc == TRI_OK && a->words > 0 && tri_args_given(a, "net"))
        rc = tri_why(why, TRI_E_ARG, "give the network once: %s or --net %s",
                     a->word[0], run_options.net_name);
    if (rc != TRI_OK)
        return rc;
    if (a->words > 0)
        run_options.net_name = a->word[0];
    rc = tri_options_engine(&run_options, 3, why);
    if (rc == TRI_OK)
        rc = tri_options_security(&run_options, why);
    if (rc == TRI_OK)
        rc = tri_options_net(&run_options, why);
    if (rc == TRI_OK)
        rc = tri_options_link(&run_options, why);
    tri_options_fit(&run_options, what.task == 0 ? what.samples : UINT64_MAX);
    tri_options_ledger(&run_options, 1);
    return rc == TRI_OK ? plan(&what, &run_options, why) : rc;
}

const struct tri_command tri_cmd_plan = {
    .name = "plan",
    .what = "say what a run will cost, before it runs",
    .usage = "plan [NET] [OPTIONS]",
    .about = "Say before a run what it will cost: bytes, rounds, memory "
             "and time, layer by layer.\nNET is as for --net. --link is "
             "the network between the parties.",
    .group = { { table, &what, NULL },
               TRI_TRAINING_GROUP(&run_options),
               TRI_PARTIES_GROUP(&run_options) },
    .max_words = 1,
    .usual = &run_options,
    .run = run
};
