#include <stddef.h>
#include <stdio.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/party/peers.h"
#include "boards/host/trial/demo.h"
#include "boards/host/watch/runlog.h"
#include "core/err.h"

static struct tri_run_options run_options;
static struct tri_demo demo = { .o = &run_options,
                                .source = TRI_SOURCE_NOTHING };

#define AT(FIELD) offsetof(struct tri_demo, FIELD)

static const struct tri_option table[] = {
    TRI_UINT("limit", AT(limit), "N", 1, 1000000,
             "training samples (default: all that are not held out; without\n"
             "data 4000 digits are generated)"),
    TRI_UINT("test", AT(test), "N", 1, 1000000,
             "held-out samples (default 1000 generated digits; with --data:\n"
             "all of its second part; of other data a fifth, drawn by --seed)"),
    TRI_TEXT(
        "model", AT(model), "FILE|DIR",
        "begin with this model, as for `trinn share --model`, in place of\n"
        "random weights"),
    TRI_TEXT("layers", AT(layers), "NAME,...",
             "with --model: names of its layers, in order"),
    TRI_FLAG("insecure-plaintext", AT(plaintext),
             "do not seal the connections, to measure what sealing costs"),
    TRI_TEXT("attack", AT(attack), "NAME",
             "afterwards twice more with one party that cheats, by engine\n"
             "fused and by rep3 with --security active, and what it gains:\n"
             "kill, mute, bury, plant, report, faces, noise, scale, labels,\n"
             "batches, pixels, memory, album"),
    { .name = NULL }
};

/* The data of a demo are of one owner, whom a loss tells nothing. */
static const char *const owners_only[] = { "reveal-small", NULL };

/* An engine of one party has no connections, and draws nothing. */
static const char *const parties_only[] = {
    "insecure-plaintext", "prg",     "link",   "tune", "max",
    "deadline",           "no-spin", "memory", NULL
};

static int run(const struct tri_args *a, struct tri_why *why)
{
    struct tri_demo *const d = &demo;
    int rc = tri_source_check(
        &d->source, tri_source_given(&d->source) ? TRI_SOURCE_LEARN : 0, why);

    if (rc == TRI_OK)
        rc = tri_args_refuse(a, owners_only, "demo", why);
    if (rc == TRI_OK && d->source.statistics_out != NULL)
        rc = tri_why(why, TRI_E_ARG,
                     "option --statistics-out: nothing is kept of a demo; "
                     "leave it out");
    if (rc == TRI_OK && d->source.layout >= 0 && d->source.images == NULL &&
        d->model == NULL)
        rc = tri_why(why, TRI_E_ARG,
                     "option --layout goes with --images or --model");
    if (rc == TRI_OK && d->layers != NULL && d->model == NULL)
        rc = tri_why(why, TRI_E_ARG, "option --layers goes with --model");
    if (rc == TRI_OK && d->attack != NULL && d->model != NULL)
        rc = tri_why(why, TRI_E_ARG,
                     "option --attack: begins with random weights; leave "
                     "--model out");
    if (rc == TRI_OK)
        rc = tri_options_engine(d->o, 0, why);
    if (rc == TRI_OK)
        rc = tri_options_security(d->o, why);
    if (rc == TRI_OK && d->o->kind->parties == 1) {
        char command[40];

        snprintf(command, sizeof command, "demo --engine %s", d->o->kind->name);
        rc = tri_args_refuse(a, parties_only, command, why);
    }
    if (rc == TRI_OK)
        rc = tri_options_net(d->o, why);
    if (rc == TRI_OK)
        rc = tri_options_link(d->o, why);
    if (rc == TRI_OK)
        rc = tri_runlog_check(d->o->log, 0, why);
    if (rc != TRI_OK)
        return rc;
    if (d->plaintext)
        tri_peers_warn();
    tri_options_warn(d->o);
    tri_options_ledger(d->o, TRI_PARTIES);
    d->threads = tri_options_threads(d->o, (int)d->o->kind->parties);
    return tri_demo_run(d, why);
}

const struct tri_command tri_cmd_demo = {
    .name = "demo",
    .what = "train and classify with three parties on this machine",
    .usage = "demo [OPTIONS]",
    .about = "Train a network with three parties on this machine, over "
             "sealed TCP connections with keys\nmade for the run, and classify "
             "held-out images. The data is split into shares first; no\nparty "
             "has more than its own. For comparison the same training runs "
             "afterwards without verification\n(passive, engine fused; not if "
             "--security or --engine is given) and in the clear (float).",
    .group = { { table, &demo, NULL },
               TRI_SOURCE_GROUP(&demo.source),
               TRI_TRAINING_GROUP(&run_options),
               TRI_PARTIES_GROUP(&run_options) },
    .usual = &run_options,
    .run = run
};
