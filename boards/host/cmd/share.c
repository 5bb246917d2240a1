#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/args.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/base/file.h"
#include "boards/host/party/options.h"
#include "boards/host/owner/split.h"
#include "core/err.h"

struct options {
    const char *data, *images, *labels, *model, *net, *layers, *out;
    int part, layout;
    uint64_t frac, limit;
};

static const char *const parts[] = { "train", "test", NULL };
static const char *const layouts[] = { "pytorch", "trinn", NULL };

static const struct tri_option table[] = {
    { .name = "data",
      .kind = TRI_OPTION_TEXT,
      .at = offsetof(struct options, data),
      .meta = "DIR",
      .help = "directory with the unpacked MNIST files" },
    { .name = "part",
      .kind = TRI_OPTION_CHOICE,
      .at = offsetof(struct options, part),
      .choice = parts,
      .meta = "PART",
      .help = "with --data: train (default) or test" },
    { .name = "images",
      .kind = TRI_OPTION_TEXT,
      .at = offsetof(struct options, images),
      .meta = "FILE",
      .help = "IDX or .npy file of images, instead of --data; .npy: u1 is a\n"
              "pixel (v / 256), f4 and f8 are the values themselves" },
    { .name = "labels",
      .kind = TRI_OPTION_TEXT,
      .at = offsetof(struct options, labels),
      .meta = "FILE",
      .help = "IDX or .npy file of their labels; without it the shares\n"
              "serve classification only" },
    { .name = "model",
      .kind = TRI_OPTION_TEXT,
      .at = offsetof(struct options, model),
      .meta = "FILE|DIR",
      .help = "a model trained elsewhere, instead of data: .safetensors, or\n"
              "a directory of NAME.weight.npy and NAME.bias.npy" },
    { .name = "net",
      .kind = TRI_OPTION_TEXT,
      .at = offsetof(struct options, net),
      .meta = "A|B|C|D|FILE",
      .help = "with --model: its network, as for the run" },
    { .name = "layout",
      .kind = TRI_OPTION_CHOICE,
      .at = offsetof(struct options, layout),
      .choice = layouts,
      .meta = "LAYOUT",
      .help = "with --model: pytorch (default): conv [out, in, k, k], linear\n"
              "[out, in], channels first; trinn: conv [k, k, in, out], fc\n"
              "[in, out], channels last, as Keras and Flax do\n"
              "with --images FILE.npy: pytorch: [N, C, H, W]; trinn:\n"
              "[N, H, W, C] (default: [N, 1, H, W] or [N, H, W, C])" },
    { .name = "layers",
      .kind = TRI_OPTION_TEXT,
      .at = offsetof(struct options, layers),
      .meta = "NAME,...",
      .help = "with --model: the names of its layers in the order of the\n"
              "network (default: by shape, then by name)" },
    { .name = "out",
      .kind = TRI_OPTION_TEXT,
      .at = offsetof(struct options, out),
      .meta = "PREFIX",
      .help = "write PREFIX.p0.share and PREFIX.p1.share" },
    { .name = "frac",
      .kind = TRI_OPTION_UINT,
      .at = offsetof(struct options, frac),
      .min = 8,
      .max = 16,
      .meta = "F",
      .help = "fraction bits, 8 to 16 (default 16); as in the run" },
    { .name = "limit",
      .kind = TRI_OPTION_UINT,
      .at = offsetof(struct options, limit),
      .min = 1,
      .max = INT32_MAX,
      .meta = "N",
      .help = "only the first N samples" },
};

/* An option that goes with one source only. */
static int goes_with(const struct tri_args *a, const struct tri_command *cmd,
                     const char *name, const void *source, const char *with,
                     struct tri_why *why)
{
    if (source != NULL || !tri_args_given(a, cmd, name))
        return TRI_OK;
    return tri_why(why, TRI_E_ARG, "--%s goes with --%s", name, with);
}

static int check(const struct options *o, const struct tri_args *a,
                 const struct tri_command *cmd, struct tri_why *why)
{
    int rc = TRI_OK;

    if (o->out == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --out is missing; give the files' prefix");
    if ((o->data != NULL) + (o->images != NULL) + (o->model != NULL) != 1)
        return tri_why(why, TRI_E_ARG,
                       "give either --data DIR or --images FILE, or --model "
                       "FILE");
    if (o->data != NULL && o->labels != NULL)
        return tri_why(why, TRI_E_ARG,
                       "--labels goes with --images, not with --data");
    if (o->model != NULL && o->net == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --net is missing: which network --model is of");
    if (o->model != NULL && (o->labels != NULL || o->limit != 0))
        return tri_why(why, TRI_E_ARG,
                       "--labels and --limit go with data, not with --model");
    if (rc == TRI_OK)
        rc = goes_with(a, cmd, "part", o->data, "data", why);
    if (rc == TRI_OK)
        rc = goes_with(a, cmd, "net", o->model, "model", why);
    if (rc == TRI_OK)
        rc = goes_with(a, cmd, "layers", o->model, "model", why);
    if (rc == TRI_OK && o->images == NULL)
        rc = goes_with(a, cmd, "layout", o->model, "model or --images", why);
    return rc;
}

static enum tri_dataset_order order(const struct options *o)
{
    return o->layout < 0    ? TRI_DATASET_GUESS
           : o->layout == 0 ? TRI_DATASET_FIRST
                            : TRI_DATASET_LAST;
}

static int share_data(const struct options *o, struct tri_why *why)
{
    struct tri_kernels k;
    struct tri_dataset set;
    int rc = o->data != NULL
                 ? tri_dataset_dir(&set, o->data,
                                   o->part == 0 ? TRI_DATASET_TRAIN
                                                : TRI_DATASET_TEST,
                                   (uint32_t)o->limit, why)
                 : tri_dataset_files(&set, o->images, o->labels, order(o),
                                     (uint32_t)o->limit, why);

    if (rc != TRI_OK)
        return rc;
    tri_kernels_init(&k, tri_cpu_detect());
    rc = tri_split(&set, o->out, (unsigned)o->frac, &k, why);
    if (rc == TRI_OK)
        printf("%u %s images of %u x %u: %s.p0.share for party 0 and "
               "%s.p1.share for party 1\n",
               set.count, set.labels != NULL ? "labelled" : "unlabelled", set.h,
               set.w, o->out, o->out);
    tri_dataset_free(&set);
    return rc;
}

/* Which tensor went where, for the owner to see. */
static void say_layers(const struct tri_net *net,
                       const char (*from)[TRI_ARRAY_NAME])
{
    size_t n = 0;

    for (size_t i = 0; i < net->layers; i++) {
        const struct tri_layer_spec *const l = &net->layer[i];
        if (l->kind == TRI_LAYER_CONV)
            printf("layer %zu, conv %u %u: %s\n", i + 1, l->oc, l->size,
                   from[n++]);
        if (l->kind == TRI_LAYER_FC)
            printf("layer %zu, fc %u: %s\n", i + 1, l->oc, from[n++]);
    }
}

static int share_model(const struct options *o, struct tri_why *why)
{
    char from[TRI_MAX_LAYERS][TRI_ARRAY_NAME];
    struct tri_run_options *const run = malloc(sizeof *run);
    struct tri_kernels k;
    int rc;

    if (run == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    tri_options_default(run);
    run->net_name = o->net;
    tri_kernels_init(&k, tri_cpu_detect());
    rc = tri_options_net(run, why);
    if (rc == TRI_OK) {
        const struct tri_model_source src = {
            .path = o->model,
            .layout = o->layout == 1 ? TRI_LAYOUT_TRINN : TRI_LAYOUT_PYTORCH,
            .layers = o->layers,
            .net = &run->net,
            .text = run->text
        };
        rc = tri_split_model(&src, from, o->out, (unsigned)o->frac, &k, why);
    }
    if (rc == TRI_OK) {
        say_layers(&run->net, (const char(*)[TRI_ARRAY_NAME])from);
        printf("a model of network %s: %s.p0.share for party 0 and "
               "%s.p1.share for party 1\n",
               o->net, o->out, o->out);
    }
    free(run);
    return rc;
}

/* Both names, before any data is read. */
static int check_out(const char *prefix, struct tri_why *why)
{
    char *name[2];
    int rc;

    if (prefix[strlen(prefix) - 1] == '/')
        return tri_why(why, TRI_E_ARG,
                       "option --out: '%s' is a directory; add how the names "
                       "of the files begin, such as %strain",
                       prefix, prefix);
    rc = tri_split_names(name, prefix, why);
    for (int i = 0; rc == TRI_OK && i < 2; i++)
        rc = tri_out_check(name[i], why);
    free(name[0]);
    free(name[1]);
    return rc;
}

int tri_cmd_share(int argc, char **argv, struct tri_why *why)
{
    struct options o = { .frac = 16, .layout = -1 };
    const struct tri_option_group opts = { table, sizeof table / sizeof *table,
                                           &o };
    const struct tri_command cmd = {
        .usage = "share --data DIR | --images FILE [--labels FILE] | "
                 "--model FILE --net NET\n       --out PREFIX [OPTIONS]",
        .about = "Split a data set or a model, in the hands of its owner, into "
                 "two shares. Each alone is\nrandom numbers; together they are "
                 "the data. Give each file to its party over a channel\nthat "
                 "nobody else reads, and never both to one.",
        .opts = &opts,
        .nopts = 1
    };
    struct tri_args a;
    int rc = tri_args_parse(&a, &cmd, argc, argv, why);

    if (rc != TRI_OK)
        return rc;
    if (a.help) {
        tri_args_help(stdout, &cmd);
        return tri_cmd_flush(why);
    }
    rc = check(&o, &a, &cmd, why);
    if (rc == TRI_OK)
        rc = check_out(o.out, why);
    if (rc == TRI_OK)
        rc = o.model != NULL ? share_model(&o, why) : share_data(&o, why);
    return rc == TRI_OK ? tri_cmd_flush(why) : rc;
}
