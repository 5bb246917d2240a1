#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "boards/host/base/file.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/formats/weightfile.h"
#include "boards/host/owner/source.h"
#include "boards/host/trial/clear.h"
#include "core/err.h"
#include "proto/plain/float.h"

struct options {
    struct tri_source source;
    const char *model, *layers, *model_out, *out;
    int part, scores;
    uint64_t limit;
};

static const char *const parts[] = { "train", "test", NULL };
static const char *const scores[] = { "none", "logits", "probabilities", NULL };

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_CHOICE("part", AT(part), "PART", parts,
               "of --data: train or test (default of infer)"),
    TRI_UINT("limit", AT(limit), "N", 1, INT32_MAX, "only the first N samples"),
    TRI_TEXT("model", AT(model), "FILE|DIR",
             "the model, as for `trinn share --model`; train: go on from that\n"
             "one, in place of random weights"),
    TRI_TEXT(
        "model-out", AT(model_out), "FILE|DIR",
        "train: write it to NAME.safetensors, NAME.onnx, or DIR/ for .npy\n"
        "files"),
    TRI_TEXT("layers", AT(layers), "NAME,...",
             "with --model: names of its layers, in order"),
    TRI_CHOICE("scores", AT(scores), "KIND", scores,
               "infer: logits or probabilities, with commas between, not the\n"
               "class (default none)"),
    TRI_TEXT("out", AT(out), "FILE",
             "infer: write there instead of to standard output; NAME.npy is\n"
             "written as an array"),
    { .name = NULL }
};

/* Which options a task takes, and needs: bit 0 train, bit 1 infer. */
static int check(const struct options *o, const struct tri_args *a, int infer,
                 struct tri_why *why)
{
    const struct {
        const char *value, *name;
        int tasks, must;
    } opt[] = {
        { o->model, "model", 3, 2 },
        { o->model_out, "model-out", 1, 1 },
        { o->layers, "layers", 3, 0 },
        { o->out, "out", 2, 0 },
    };

    for (size_t i = 0; i < sizeof opt / sizeof *opt; i++) {
        if ((opt[i].tasks >> infer & 1) == 0 && opt[i].value != NULL)
            return tri_why(why, TRI_E_ARG, "option --%s goes with `clear %s`",
                           opt[i].name, infer ? "train" : "infer");
        if ((opt[i].must >> infer & 1) != 0 && opt[i].value == NULL)
            return tri_why(why, TRI_E_ARG,
                           "option --%s is missing: `clear %s` needs it",
                           opt[i].name, infer ? "infer" : "train");
    }
    if (o->layers != NULL && o->model == NULL)
        return tri_why(why, TRI_E_ARG, "option --layers goes with --model");
    if (!infer && o->scores != 0)
        return tri_why(why, TRI_E_ARG,
                       "option --scores goes with `clear "
                       "infer`");
    if (!infer && !tri_weightfile_is(o->model_out))
        return tri_why(why, TRI_E_ARG,
                       "option --model-out: %s is neither NAME.safetensors nor "
                       "NAME.onnx nor a directory (DIR/)",
                       o->model_out);
    if (o->part >= 0 && o->source.data == NULL)
        return tri_why(why, TRI_E_ARG, "option --part goes with --data");
    if (infer) {
        const int rc =
            tri_args_refuse(a, tri_training_only, "clear infer", why);
        if (rc != TRI_OK)
            return rc;
    }
    return tri_source_check(
        &o->source,
        TRI_SOURCE_MUST |
            (infer ? TRI_SOURCE_QUERY : TRI_SOURCE_LEARN | TRI_SOURCE_KEEP),
        why);
}

static int compute(const struct options *o, struct tri_run_options *opt,
                   int infer, struct tri_why *why)
{
    const struct tri_clear_job job = { .o = opt,
                                       .threads = tri_options_threads(opt, 1),
                                       .layout =
                                           tri_source_layout(&o->source) };
    const char *const keep = o->source.statistics_out;
    const int train = o->part < 0 ? !infer : o->part == 0;
    struct tri_out file = { .fd = -1 };
    struct tri_standard standard;
    enum tri_scores scores_of = (enum tri_scores)o->scores;
    struct tri_results r = { 0 };
    struct tri_dataset set = { 0 };
    int rc = tri_source_load(&set, &o->source,
                             train ? TRI_DATASET_TRAIN : TRI_DATASET_TEST,
                             (uint32_t)o->limit, &standard, why);

    tri_options_fit(opt, infer ? UINT64_MAX : set.count);
    if (rc == TRI_OK && opt->kind != &tri_engine_float)
        rc = tri_dataset_fits(&set, (unsigned)opt->frac, why);
    if (rc == TRI_OK && keep != NULL)
        rc = tri_standard_seal(&file, keep, &standard, why);
    if (rc != TRI_OK)
        goto out;
    if (infer) {
        rc = tri_run_scores(&scores_of, &opt->net, why);
        if (rc == TRI_OK)
            rc = tri_clear_infer(&job, o->model, o->layers, &set, scores_of, &r,
                                 why);
        if (rc == TRI_OK)
            rc = tri_results_write(o->out, &r, scores_of != TRI_SCORES_NONE,
                                   why);
        tri_results_free(&r);
    } else {
        rc =
            tri_clear_train(&job, o->model, o->layers, &set, o->model_out, why);
    }
    if (rc == TRI_OK && keep != NULL)
        rc = tri_out_place(&file, why);
out:
    tri_out_abort(&file);
    tri_standard_free(&standard);
    tri_dataset_free(&set);
    return rc;
}

static struct options clear_options = { .source = TRI_SOURCE_NOTHING,
                                        .part = -1 };
static struct tri_run_options run_options;

static int run(const struct tri_args *a, struct tri_why *why)
{
    struct options *const o = &clear_options;
    const int infer = strcmp(a->word[0], "infer") == 0;
    int rc;

    if (!infer && strcmp(a->word[0], "train") != 0)
        return tri_why(why, TRI_E_ARG, "'%s' is no task; give train or infer",
                       a->word[0]);
    rc = check(o, a, infer, why);
    if (rc == TRI_OK && o->out != NULL)
        rc = tri_out_check(o->out, why);
    if (rc == TRI_OK && o->model_out != NULL)
        rc = tri_weightfile_check(o->model_out, why);
    if (rc == TRI_OK && o->source.statistics_out != NULL)
        rc = tri_out_check(o->source.statistics_out, why);
    if (run_options.engine == NULL)
        run_options.engine = tri_engine_float.name;
    if (rc == TRI_OK)
        rc = tri_options_engine(&run_options, 1, why);
    if (rc == TRI_OK)
        rc = tri_options_security(&run_options, why);
    if (rc == TRI_OK)
        rc = tri_options_net(&run_options, why);
    return rc == TRI_OK ? compute(o, &run_options, infer, why) : rc;
}

const struct tri_command tri_cmd_clear = {
    .name = "clear",
    .what = "train or classify in the clear, to prepare or to compare",
    .usage = "clear train|infer [OPTIONS]",
    .about = "Train or classify in the clear, in one process, by whoever "
             "owns data and model: to\nprepare a model for the parties, or "
             "to compare with what they compute.",
    .group = { { table, &clear_options, NULL },
               TRI_SOURCE_GROUP(&clear_options.source),
               TRI_TRAINING_GROUP(&run_options) },
    .min_words = 1,
    .max_words = 1,
    .usual = &run_options,
    .run = run
};
