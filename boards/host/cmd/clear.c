#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/trial/clear.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/base/file.h"
#include "boards/host/formats/weightfile.h"
#include "core/err.h"

struct options {
    const char *data, *images, *labels, *model, *layers, *model_out, *out;
    int part, layout, engine, scores;
    uint64_t limit;
};

static const char *const parts[] = { "train", "test", NULL };
static const char *const layouts[] = { "pytorch", "trinn", NULL };
static const char *const engines[] = { "float", "plain", NULL };
static const char *const scores[] = { "none", "logits", "probabilities", NULL };

#define AT(field) .at = offsetof(struct options, field)

static const struct tri_option table[] = {
    { .name = "engine",
      .kind = TRI_OPTION_CHOICE,
      AT(engine),
      .choice = engines,
      .meta = "ENGINE",
      .help = "float (default), or plain: the fixed point of the parties" },
    { .name = "data",
      .kind = TRI_OPTION_TEXT,
      AT(data),
      .meta = "DIR",
      .help = "directory with the unpacked MNIST files" },
    { .name = "part",
      .kind = TRI_OPTION_CHOICE,
      AT(part),
      .choice = parts,
      .meta = "PART",
      .help = "infer: of --data: train or test (default)" },
    { .name = "images",
      .kind = TRI_OPTION_TEXT,
      AT(images),
      .meta = "FILE",
      .help = "IDX or .npy file of images, instead of --data" },
    { .name = "labels",
      .kind = TRI_OPTION_TEXT,
      AT(labels),
      .meta = "FILE",
      .help = "train: IDX or .npy file of their labels" },
    { .name = "limit",
      .kind = TRI_OPTION_UINT,
      AT(limit),
      .min = 1,
      .max = INT32_MAX,
      .meta = "N",
      .help = "only the first N samples" },
    { .name = "model",
      .kind = TRI_OPTION_TEXT,
      AT(model),
      .meta = "FILE|DIR",
      .help = "infer: the model, as for `trinn share --model`" },
    { .name = "model-out",
      .kind = TRI_OPTION_TEXT,
      AT(model_out),
      .meta = "FILE|DIR",
      .help = "train: write it to NAME.safetensors, or DIR/ for .npy files" },
    { .name = "layout",
      .kind = TRI_OPTION_CHOICE,
      AT(layout),
      .choice = layouts,
      .meta = "LAYOUT",
      .help = "of the model and of --images: see `trinn share --help`" },
    { .name = "layers",
      .kind = TRI_OPTION_TEXT,
      AT(layers),
      .meta = "NAME,...",
      .help = "infer: names of the model's layers, in order" },
    { .name = "scores",
      .kind = TRI_OPTION_CHOICE,
      AT(scores),
      .choice = scores,
      .meta = "KIND",
      .help = "infer: logits or probabilities, with commas between, not the\n"
              "class (default none)" },
    { .name = "out",
      .kind = TRI_OPTION_TEXT,
      AT(out),
      .meta = "FILE",
      .help = "infer: write there instead of to standard output; NAME.npy is\n"
              "written as an array" },
};

/* Which options a task takes: bit 0 train, bit 1 infer. */
static int check(const struct options *o, int infer, struct tri_why *why)
{
    const struct {
        const char *value, *name;
        int tasks, must;
    } opt[] = {
        { o->labels, "labels", 1, o->images != NULL },
        { o->model, "model", 2, 1 },
        { o->model_out, "model-out", 1, 1 },
        { o->layers, "layers", 2, 0 },
        { o->out, "out", 2, 0 },
    };

    for (size_t i = 0; i < sizeof opt / sizeof *opt; i++) {
        if ((opt[i].tasks >> infer & 1) == 0 && opt[i].value != NULL)
            return tri_why(why, TRI_E_ARG, "option --%s goes with `clear %s`",
                           opt[i].name, infer ? "train" : "infer");
        if ((opt[i].tasks >> infer & 1) != 0 && opt[i].value == NULL &&
            opt[i].must)
            return tri_why(why, TRI_E_ARG,
                           "option --%s is missing: `clear %s` needs it",
                           opt[i].name, infer ? "infer" : "train");
    }
    if (!infer && o->scores != 0)
        return tri_why(why, TRI_E_ARG,
                       "option --scores goes with `clear "
                       "infer`");
    if ((o->data == NULL) == (o->images == NULL))
        return tri_why(why, TRI_E_ARG,
                       "give either --data DIR or --images FILE");
    if (!infer && !tri_weightfile_is(o->model_out))
        return tri_why(why, TRI_E_ARG,
                       "option --model-out: %s is neither NAME.safetensors nor "
                       "a directory (DIR/)",
                       o->model_out);
    return TRI_OK;
}

static int load(struct tri_dataset *set, const struct options *o, int infer,
                struct tri_why *why)
{
    const int train = o->part < 0 ? !infer : o->part == 0;

    if (o->data != NULL)
        return tri_dataset_dir(set, o->data,
                               train ? TRI_DATASET_TRAIN : TRI_DATASET_TEST,
                               (uint32_t)o->limit, why);
    return tri_dataset_files(set, o->images, o->labels,
                             o->layout < 0    ? TRI_DATASET_GUESS
                             : o->layout == 0 ? TRI_DATASET_FIRST
                                              : TRI_DATASET_LAST,
                             (uint32_t)o->limit, why);
}

static int run(const struct options *o, const struct tri_run_options *opt,
               int infer, struct tri_why *why)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const struct tri_clear_job job = {
        .o = opt,
        .engine = o->engine == 0 ? tri_engine_float : tri_engine_plain,
        .threads = opt->threads != 0 ? (unsigned)opt->threads
                   : cores < 1       ? 1
                   : cores > 64      ? 64
                                     : (unsigned)cores,
        .layout = o->layout == 1 ? TRI_LAYOUT_TRINN : TRI_LAYOUT_PYTORCH
    };
    struct tri_results r = { 0 };
    struct tri_dataset set;
    int rc = load(&set, o, infer, why);

    if (rc != TRI_OK)
        return rc;
    if (infer) {
        rc = tri_clear_infer(&job, o->model, o->layers, &set,
                             (enum tri_scores)o->scores, &r, why);
        if (rc == TRI_OK)
            rc = tri_results_write(o->out, &r, o->scores != 0, why);
        tri_results_free(&r);
    } else {
        rc = tri_clear_train(&job, &set, o->model_out, why);
    }
    tri_dataset_free(&set);
    return rc;
}

int tri_cmd_clear(int argc, char **argv, struct tri_why *why)
{
    static struct tri_run_options opt;
    struct options o = { .part = -1, .layout = -1 };
    struct tri_option_group opts[2] = { { table, sizeof table / sizeof *table,
                                          &o } };
    const struct tri_command cmd = {
        .usage = "clear train|infer [OPTIONS]",
        .about = "Train or classify in the clear, in one process, by whoever "
                 "owns data and model: to\nprepare a model for the parties, or "
                 "to compare with what they compute.",
        .opts = opts,
        .nopts = 2,
        .min_words = 1,
        .max_words = 1
    };
    struct tri_args a;
    int rc, infer;

    tri_options_default(&opt);
    opts[1] = tri_options_table(&opt);
    rc = tri_args_parse(&a, &cmd, argc, argv, why);
    if (rc != TRI_OK)
        return rc;
    if (a.help) {
        tri_args_help(stdout, &cmd);
        return tri_cmd_flush(why);
    }
    infer = strcmp(a.word[0], "infer") == 0;
    if (!infer && strcmp(a.word[0], "train") != 0)
        return tri_why(why, TRI_E_ARG, "'%s' is no task; give train or infer",
                       a.word[0]);
    rc = check(&o, infer, why);
    if (rc == TRI_OK && o.out != NULL)
        rc = tri_out_check(o.out, why);
    if (rc == TRI_OK && o.model_out != NULL)
        rc = tri_weightfile_check(o.model_out, why);
    if (rc == TRI_OK)
        rc = tri_options_net(&opt, why);
    return rc == TRI_OK ? run(&o, &opt, infer, why) : rc;
}
