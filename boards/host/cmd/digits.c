#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "boards/host/base/args.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/formats/dataset.h"
#include "core/err.h"

struct options {
    const char *out;
    uint64_t train, test, seed;
};

static const struct tri_option table[] = {
    { .name = "out",
      .kind = TRI_OPTION_TEXT,
      .at = offsetof(struct options, out),
      .meta = "DIR",
      .help = "directory for the four files; made if it is missing" },
    { .name = "train",
      .kind = TRI_OPTION_UINT,
      .at = offsetof(struct options, train),
      .min = 1,
      .max = 1000000,
      .meta = "N",
      .help = "training images (default 4000)" },
    { .name = "test",
      .kind = TRI_OPTION_UINT,
      .at = offsetof(struct options, test),
      .min = 1,
      .max = 1000000,
      .meta = "N",
      .help = "held-out images (default 1000)" },
    { .name = "seed",
      .kind = TRI_OPTION_UINT,
      .at = offsetof(struct options, seed),
      .max = UINT64_MAX,
      .meta = "S",
      .help = "the same seed gives the same files (default 1)" },
};

static int write_part(const struct options *o, enum tri_dataset_part part,
                      uint64_t n, struct tri_why *why)
{
    struct tri_dataset set;
    int rc = tri_dataset_digits(&set, part, (uint32_t)n, o->seed, why);

    if (rc == TRI_OK)
        rc = tri_dataset_write(&set, o->out, part, why);
    tri_dataset_free(&set);
    return rc;
}

int tri_cmd_digits(int argc, char **argv, struct tri_why *why)
{
    struct options o = { .train = 4000, .test = 1000, .seed = 1 };
    const struct tri_option_group opts = { table, sizeof table / sizeof *table,
                                           &o };
    const struct tri_command cmd = {
        .usage = "digits --out DIR [OPTIONS]",
        .about = "Write generated 28 x 28 digits as IDX files under the names "
                 "that MNIST has: input\nfor `trinn share` and `trinn demo "
                 "--data`.",
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
    if (o.out == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --out is missing; give a directory");
    if (mkdir(o.out, 0777) != 0 && errno != EEXIST)
        return tri_why(why, TRI_E_ARG, "%s: cannot be made: %s", o.out,
                       strerror(errno));
    rc = tri_dataset_check(o.out, why);
    if (rc == TRI_OK)
        rc = write_part(&o, TRI_DATASET_TRAIN, o.train, why);
    if (rc == TRI_OK)
        rc = write_part(&o, TRI_DATASET_TEST, o.test, why);
    if (rc != TRI_OK)
        return rc;
    printf("%s: %llu training and %llu held-out digits\n", o.out,
           (unsigned long long)o.train, (unsigned long long)o.test);
    return tri_cmd_flush(why);
}
