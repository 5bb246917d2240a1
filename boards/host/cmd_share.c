#include <stddef.h>
#include <stdio.h>
#include "boards/host/args.h"
#include "boards/host/cmd.h"
#include "boards/host/split.h"
#include "core/err.h"

struct options {
    const char *data, *images, *labels, *out;
    int part;
    uint64_t frac, limit;
};

static const char *const parts[] = { "train", "test", NULL };

static const struct tri_opt table[] = {
    { .name = "data",
      .kind = TRI_OPT_TEXT,
      .at = offsetof(struct options, data),
      .meta = "DIR",
      .help = "directory with the unpacked MNIST files" },
    { .name = "part",
      .kind = TRI_OPT_CHOICE,
      .at = offsetof(struct options, part),
      .choice = parts,
      .meta = "PART",
      .help = "with --data: train (default) or test" },
    { .name = "images",
      .kind = TRI_OPT_TEXT,
      .at = offsetof(struct options, images),
      .meta = "FILE",
      .help = "IDX file of images, instead of --data" },
    { .name = "labels",
      .kind = TRI_OPT_TEXT,
      .at = offsetof(struct options, labels),
      .meta = "FILE",
      .help = "IDX file of their labels; without it the shares serve\n"
              "classification only" },
    { .name = "out",
      .kind = TRI_OPT_TEXT,
      .at = offsetof(struct options, out),
      .meta = "PREFIX",
      .help = "write PREFIX.p0.share and PREFIX.p1.share" },
    { .name = "frac",
      .kind = TRI_OPT_UINT,
      .at = offsetof(struct options, frac),
      .min = 8,
      .max = 16,
      .meta = "F",
      .help = "fraction bits, 8 to 16 (default 16); as in the run" },
    { .name = "limit",
      .kind = TRI_OPT_UINT,
      .at = offsetof(struct options, limit),
      .min = 1,
      .max = INT32_MAX,
      .meta = "N",
      .help = "only the first N samples" },
};

static int check(const struct options *o, const struct tri_args *a,
                 const struct tri_command *cmd, struct tri_why *why)
{
    if (o->out == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --out is missing; give the files' prefix");
    if ((o->data == NULL) == (o->images == NULL))
        return tri_why(why, TRI_E_ARG,
                       "give either --data DIR or --images FILE");
    if (o->data != NULL && o->labels != NULL)
        return tri_why(why, TRI_E_ARG,
                       "--labels goes with --images, not with --data");
    if (o->data == NULL && tri_args_given(a, cmd, "part"))
        return tri_why(why, TRI_E_ARG, "--part goes with --data");
    return TRI_OK;
}

static int share(const struct options *o, struct tri_why *why)
{
    struct tri_kernels k;
    struct tri_set set;
    int rc = o->data != NULL
                 ? tri_set_dir(&set, o->data,
                               o->part == 0 ? TRI_SET_TRAIN : TRI_SET_TEST,
                               (uint32_t)o->limit, why)
                 : tri_set_files(&set, o->images, o->labels, (uint32_t)o->limit,
                                 why);

    if (rc != TRI_OK)
        return rc;
    tri_kernels_init(&k, tri_cpu_detect());
    rc = tri_split(&set, o->out, (unsigned)o->frac, &k, why);
    if (rc == TRI_OK) {
        printf("%u %s images of %u x %u: %s.p0.share for party 0 and "
               "%s.p1.share for party 1\n",
               set.count, set.labels != NULL ? "labelled" : "unlabelled", set.h,
               set.w, o->out, o->out);
        rc = tri_cmd_flush(why);
    }
    tri_set_free(&set);
    return rc;
}

int tri_cmd_share(int argc, char **argv, struct tri_why *why)
{
    struct options o = { .frac = 16 };
    const struct tri_opts opts = { table, sizeof table / sizeof *table, &o };
    const struct tri_command cmd = {
        .usage = "share --data DIR | --images FILE [--labels FILE] "
                 "--out PREFIX [OPTIONS]",
        .about = "Split a data set, in the hands of its owner, into two "
                 "shares. Each alone is random\nnumbers; together they are "
                 "the data. Give each file to its party over a channel that\n"
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
    return rc == TRI_OK ? share(&o, why) : rc;
}
