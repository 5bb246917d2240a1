#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/trial/clear.h"
#include "boards/host/trial/rehearse.h"
#include "boards/host/trial/setdata.h"
#include "core/err.h"
#include "proto/plain/ranges.h"

struct options {
    struct tri_run_options run;
    const char *data, *images, *labels, *model, *layers;
    uint64_t limit, stop;
    int layout; /* of table below; -1: not given */
};

static const char *const layouts[] = { "pytorch", "trinn", NULL };

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("data", AT(data), "DIR",
             "directory with the unpacked MNIST files; without it digits\n"
             "are generated"),
    TRI_TEXT("images", AT(images), "FILE",
             "IDX or .npy file of images, instead of --data"),
    TRI_TEXT("labels", AT(labels), "FILE",
             "IDX or .npy file of their labels; not with --model"),
    TRI_TEXT("model", AT(model), "FILE|DIR",
             "classify the images by this model instead of training; as for\n"
             "`trinn share --model`"),
    TRI_TEXT("layers", AT(layers), "NAME,...",
             "with --model: names of its layers, in order"),
    TRI_CHOICE("layout", AT(layout), "LAYOUT", layouts,
               "of the model and of --images: see `trinn share --help`"),
    TRI_UINT("limit", AT(limit), "N", 1, 1000000,
             "images (default 4000; with --data or --images: all)"),
    TRI_UINT("stop", AT(stop), "STEPS", 0, UINT32_MAX,
             "leave after so many steps of the training (default 100); 0: do\n"
             "all of it"),
    { .name = NULL }
};

/* What the images are called in the results. */
static const char *source(const struct options *o)
{
    return o->data != NULL     ? o->data
           : o->images != NULL ? o->images
                               : "generated digits";
}

static void head(const struct options *o, uint32_t count, const char *what)
{
    printf("%s %u images (%s), network %s, --frac %llu --compare %llu\n", what,
           count, source(o), o->run.net_name, (unsigned long long)o->run.frac,
           (unsigned long long)o->run.compare);
}

static int train(const struct options *o, struct tri_ranges *r,
                 const struct tri_dataset *set, struct tri_why *why)
{
    const unsigned threads = tri_options_threads(&o->run, 1);
    struct tri_setdata d;
    char what[32];
    uint32_t steps;
    int rc;

    tri_setdata(&d, set, why);
    rc = tri_rehearse(r, &o->run, &d.data, threads, (uint32_t)o->stop, &steps,
                      "rehearsal: ", why);
    if (rc != TRI_OK)
        return rc;
    snprintf(what, sizeof what, "%u steps on", steps);
    head(o, set->count, what);
    tri_rehearse_table(r, &o->run.net);
    if (!o->run.kind->trunc_exact)
        printf("\nlocal truncations that will be wrong in the whole "
               "training: %.2g expected\n",
               tri_rehearse_wrong(r, &o->run, steps, set->count));
    return tri_rehearse_verdict(r, &o->run, steps, source(o), set->count, why);
}

static int classify(const struct options *o, struct tri_ranges *r,
                    const struct tri_dataset *set, struct tri_why *why)
{
    const struct tri_clear_job job = {
        .o = &o->run,
        .threads = tri_options_threads(&o->run, 1),
        .layout = o->layout == 1 ? TRI_LAYOUT_TRINN : TRI_LAYOUT_PYTORCH,
        .ranges = r
    };
    struct tri_results results = { 0 };
    int rc = tri_clear_infer(&job, o->model, o->layers, set, TRI_SCORES_NONE,
                             &results, why);

    tri_results_free(&results);
    if (rc != TRI_OK)
        return rc;
    head(o, set->count, "classified");
    tri_rehearse_table(r, &o->run.net);
    return tri_rehearse_verdict(r, &o->run, 0, source(o), set->count, why);
}

static struct options given = { .stop = 100,
                                .layout = -1,
                                .run = TRI_RUN_DEFAULTS };

static int check(const struct options *o, struct tri_why *why)
{
    if (o->data != NULL && o->images != NULL)
        return tri_why(why, TRI_E_ARG,
                       "give either --data DIR or --images "
                       "FILE");
    if (o->labels != NULL && (o->images == NULL || o->model != NULL))
        return tri_why(why, TRI_E_ARG,
                       "option --labels goes with --images, and not with "
                       "--model");
    if (o->images != NULL && o->model == NULL && o->labels == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --labels is missing: a training needs the "
                       "labels of --images");
    if (o->layers != NULL && o->model == NULL)
        return tri_why(why, TRI_E_ARG, "option --layers goes with --model");
    if (o->layout >= 0 && o->images == NULL && o->model == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --layout goes with --images or --model");
    return TRI_OK;
}

static int load(struct tri_dataset *set, const struct options *o,
                struct tri_why *why)
{
    if (o->images == NULL)
        return tri_dataset_load(set, o->data, TRI_DATASET_TRAIN,
                                (uint32_t)o->limit, 4000, o->run.seed, why);
    return tri_dataset_files(set, o->images, o->labels,
                             o->layout < 0    ? TRI_DATASET_GUESS
                             : o->layout == 0 ? TRI_DATASET_FIRST
                                              : TRI_DATASET_LAST,
                             (uint32_t)o->limit, why);
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    const struct options *const o = &given;
    struct tri_ranges *const r = malloc(sizeof *r);
    struct tri_dataset set = { 0 };
    int rc = r == NULL ? tri_why(why, TRI_E_NOMEM, "no memory") : check(o, why);

    (void)a;
    if (rc == TRI_OK)
        rc = tri_options_engine(&given.run, 3, why);
    if (rc == TRI_OK)
        rc = tri_options_security(&given.run, why);
    if (rc == TRI_OK)
        rc = tri_options_net(&given.run, why);
    if (rc == TRI_OK)
        rc = load(&set, o, why);
    if (rc == TRI_OK)
        rc = tri_dataset_fits(&set, (unsigned)o->run.frac, why);
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
    .group = { { table, &given, NULL }, TRI_TRAINING_GROUP(&given.run) },
    .run = run
};
