#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/owner/source.h"
#include "boards/host/trial/clear.h"
#include "boards/host/trial/rehearse.h"
#include "boards/host/trial/setdata.h"
#include "core/err.h"
#include "proto/plain/ranges.h"

struct options {
    struct tri_run_options *run;
    struct tri_source source;
    const char *model, *layers;
    uint64_t limit, stop;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("model", AT(model), "FILE|DIR",
             "classify the images by this model instead of training; as for\n"
             "`trinn share --model`"),
    TRI_TEXT("layers", AT(layers), "NAME,...",
             "with --model: names of its layers, in order"),
    TRI_UINT("limit", AT(limit), "N", 1, 1000000,
             "samples (default: all; without data 4000 digits are generated)"),
    TRI_UINT("stop", AT(stop), "STEPS", 0, UINT32_MAX,
             "leave after so many steps of the training (default 100); 0: do\n"
             "all of it"),
    { .name = NULL }
};

/* What the images are called in the results. */
static const char *source(const struct options *o)
{
    return tri_source_given(&o->source) ? tri_source_name(&o->source)
                                        : "generated digits";
}

static void head(const struct options *o, uint32_t count, const char *what)
{
    printf("%s %u samples (%s), network %s, --frac %llu --compare %llu\n", what,
           count, source(o), o->run->net_name, (unsigned long long)o->run->frac,
           (unsigned long long)o->run->compare);
}

static int train(const struct options *o, struct tri_ranges *r,
                 const struct tri_dataset *set, struct tri_why *why)
{
    const unsigned threads = tri_options_threads(o->run, 1);
    struct tri_setdata d;
    char what[32];
    uint32_t steps;
    int rc;

    tri_setdata(&d, set, why);
    rc = tri_rehearse(r, o->run, &d.data, NULL, threads, (uint32_t)o->stop,
                      &steps, "rehearsal: ", why);
    if (rc != TRI_OK)
        return rc;
    snprintf(what, sizeof what, "%u steps on", steps);
    head(o, set->count, what);
    tri_rehearse_table(r, &o->run->net);
    if (!o->run->kind->trunc_exact)
        printf("\nlocal truncations that will be wrong in the whole "
               "training: %.2g expected\n",
               tri_rehearse_wrong(r, o->run, steps, set->count));
    return tri_rehearse_verdict(r, o->run, steps, source(o), set->count, why);
}

static int classify(const struct options *o, struct tri_ranges *r,
                    const struct tri_dataset *set, struct tri_why *why)
{
    const struct tri_clear_job job = { .o = o->run,
                                       .threads =
                                           tri_options_threads(o->run, 1),
                                       .layout = tri_source_layout(&o->source),
                                       .ranges = r };
    struct tri_results results = { 0 };
    int rc = tri_clear_infer(&job, o->model, o->layers, set, TRI_SCORES_NONE,
                             &results, why);

    tri_results_free(&results);
    if (rc != TRI_OK)
        return rc;
    head(o, set->count, "classified");
    tri_rehearse_table(r, &o->run->net);
    return tri_rehearse_verdict(r, o->run, 0, source(o), set->count, why);
}

static struct tri_run_options run_options;
static struct options given = { .stop = 100,
                                .source = TRI_SOURCE_NOTHING,
                                .run = &run_options };

static int check(const struct options *o, struct tri_why *why)
{
    const int some = tri_source_given(&o->source);

    if (o->layers != NULL && o->model == NULL)
        return tri_why(why, TRI_E_ARG, "option --layers goes with --model");
    if (o->source.layout >= 0 && o->source.images == NULL && o->model == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --layout goes with --images or --model");
    if (o->source.statistics_out != NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --statistics-out: nothing is kept of a "
                       "rehearsal; leave it out");
    return tri_source_check(&o->source,
                            o->model != NULL ? TRI_SOURCE_QUERY
                            : some           ? TRI_SOURCE_LEARN
                                             : 0,
                            why);
}

static int load(struct tri_dataset *set, const struct options *o,
                struct tri_why *why)
{
    const uint32_t limit = (uint32_t)o->limit;
    struct tri_standard standard;
    int rc;

    if (!tri_source_given(&o->source))
        return tri_dataset_digits(set, TRI_DATASET_TRAIN,
                                  limit != 0 ? limit : 4000, o->run->seed, why);
    rc = tri_source_load(set, &o->source, TRI_DATASET_TRAIN, limit, &standard,
                         why);
    tri_standard_free(&standard);
    return rc;
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    const struct options *const o = &given;
    struct tri_ranges *const r = malloc(sizeof *r);
    struct tri_dataset set = { 0 };
    int rc = r == NULL ? tri_why(why, TRI_E_NOMEM, "no memory") : check(o, why);

    if (rc == TRI_OK && o->model != NULL)
        rc = tri_args_refuse(a, tri_training_only, "rehearse --model", why);
    if (rc == TRI_OK && o->model != NULL && tri_args_given(a, "stop"))
        rc = tri_why(why, TRI_E_ARG, "option --stop goes with a training");
    if (rc == TRI_OK)
        rc = tri_options_engine(&run_options, 3, why);
    if (rc == TRI_OK)
        rc = tri_options_security(&run_options, why);
    if (rc == TRI_OK)
        rc = tri_options_net(&run_options, why);
    if (rc == TRI_OK)
        rc = load(&set, o, why);
    tri_options_fit(&run_options,
                    tri_source_given(&o->source) && o->model == NULL
                        ? set.count
                        : UINT64_MAX);
    if (rc == TRI_OK)
        rc = tri_dataset_fits(&set, (unsigned)o->run->frac, why);
    if (rc == TRI_OK)
        rc = o->model != NULL ? classify(o, r, &set, why)
                              : train(o, r, &set, why);
    tri_dataset_free(&set);
    free(r);
    return rc;
}

const struct tri_command tri_cmd_rehearse = {
    .name = "rehearse",
    .what = "show in the clear how near numbers come to their bounds",
    .usage = "rehearse [OPTIONS]",
    .about = "Train in the clear, on data of one's own, or classify by a model "
             "of one's own, with the\nnumbers that the three parties would "
             "have, and show how near each of them "
             "comes to its bound: what --frac and --compare are\nchosen by. "
             "Every bit to spare is a factor of 2. Numbers grow in the course "
             "of a training:\nleave some. Exit code 2 if a bound is passed.",
    .group = { { table, &given, NULL },
               TRI_SOURCE_GROUP(&given.source),
               TRI_TRAINING_GROUP(&run_options) },
    .usual = &run_options,
    .run = run
};
