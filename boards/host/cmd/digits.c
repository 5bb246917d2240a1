#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/base/file.h"
#include "boards/host/base/fileset.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/formats/mnist.h"
#include "core/err.h"

struct options {
    const char *out;
    uint64_t train, test, seed;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("out", AT(out), "DIR",
             "directory for the four files; made if it is missing"),
    TRI_UINT("train", AT(train), "N", 1, 1000000,
             "training images (default 4000)"),
    TRI_UINT("test", AT(test), "N", 1, 1000000,
             "held-out images (default 1000)"),
    TRI_UINT("seed", AT(seed), "S", 0, UINT64_MAX,
             "the same seed gives the same files (default 1)"),
    { .name = NULL }
};

static struct options given = { .train = 4000, .test = 1000, .seed = 1 };

static int write_part(struct tri_out out[2], const struct options *o,
                      enum tri_dataset_part part, uint64_t n,
                      struct tri_why *why)
{
    struct tri_dataset set;
    int rc = tri_dataset_digits(&set, part, (uint32_t)n, o->seed, why);

    if (rc == TRI_OK)
        rc = tri_dataset_write(out, &set, o->out, part, why);
    tri_dataset_free(&set);
    return rc;
}

/* All four files, and the directory if there was none, or nothing. */
static int write_all(const struct options *o, struct tri_why *why)
{
    struct tri_out out[4], *all[4];
    const int made = mkdir(o->out, 0777) == 0;
    const int slot = made ? tri_cleanup_path(o->out) : -1;
    int rc;

    if (!made && errno != EEXIST)
        return tri_why(why, tri_file_fault(errno), "%s: cannot be made: %s",
                       o->out, strerror(errno));
    for (int i = 0; i < 4; i++) {
        out[i] = (struct tri_out){ .fd = -1 };
        all[i] = &out[i];
    }
    rc = tri_dataset_check(o->out, why);
    if (rc == TRI_OK)
        rc = write_part(out, o, TRI_DATASET_TRAIN, o->train, why);
    if (rc == TRI_OK)
        rc = write_part(out + 2, o, TRI_DATASET_TEST, o->test, why);
    if (rc == TRI_OK)
        rc = tri_out_commit_all(all, 4, why);
    for (int i = 0; i < 4; i++)
        tri_out_abort(&out[i]);
    if (rc != TRI_OK && made)
        rmdir(o->out);
    tri_cleanup_forget(slot);
    return rc;
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    const struct options *const o = &given;
    int rc;

    (void)a;
    if (o->out == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --out is missing; give a directory");
    rc = write_all(o, why);
    if (rc == TRI_OK)
        printf("%s: %llu training and %llu held-out digits\n", o->out,
               (unsigned long long)o->train, (unsigned long long)o->test);
    return rc;
}

const struct tri_command tri_cmd_digits = {
    .name = "digits",
    .what = "write a generated data set of digits",
    .usage = "digits --out DIR [OPTIONS]",
    .about = "Write generated 28 x 28 digits as IDX files under the names "
             "that MNIST has: input\nfor `trinn share` and `trinn demo "
             "--data`.",
    .group = { { table, &given, NULL } },
    .run = run
};
