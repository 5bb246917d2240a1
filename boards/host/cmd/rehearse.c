#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/trial/rehearse.h"
#include "core/err.h"

struct options {
    struct tri_run_options run;
    const char *data;
    uint64_t limit, stop;
};

static const struct tri_option table[] = {
    { .name = "data",
      .kind = TRI_OPTION_TEXT,
      .at = offsetof(struct options, data),
      .meta = "DIR",
      .help = "directory with the unpacked MNIST files; without it digits\n"
              "are generated" },
    { .name = "limit",
      .kind = TRI_OPTION_UINT,
      .at = offsetof(struct options, limit),
      .min = 1,
      .max = 1000000,
      .meta = "N",
      .help = "training images (default 4000; with --data: all)" },
    { .name = "stop",
      .kind = TRI_OPTION_UINT,
      .at = offsetof(struct options, stop),
      .max = UINT32_MAX,
      .meta = "STEPS",
      .help = "leave after so many steps of the training (default 100); 0: do\n"
              "all of it" },
};

static int rehearse(const struct options *o, const struct tri_dataset *set,
                    struct tri_why *why)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const char *const from = o->data != NULL ? o->data : "generated digits";
    struct tri_ranges *const r = malloc(sizeof *r);
    struct tri_rundata d;
    unsigned threads = (unsigned)o->run.threads;
    uint32_t steps;
    int rc;

    if (r == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    if (threads == 0)
        threads = cores < 1 ? 1 : cores > 64 ? 64 : (unsigned)cores;
    tri_rundata_set(&d, set, why);
    rc = tri_rehearse(r, &o->run, &d.data, threads, (uint32_t)o->stop, &steps,
                      "rehearsal: ", why);
    if (rc == TRI_OK) {
        printf("%u steps on %u images (%s), network %s, --frac %llu "
               "--compare %llu\n",
               steps, set->count, from, o->run.net_name,
               (unsigned long long)o->run.frac,
               (unsigned long long)o->run.compare);
        tri_rehearse_table(r, &o->run.net);
        if (o->run.mode == TRI_MODE_PAPER)
            printf("\nlocal truncations that will be wrong in the whole "
                   "training: %.2g expected\n",
                   tri_rehearse_wrong(r, &o->run, steps, set->count));
        fflush(stdout);
        rc = tri_rehearse_verdict(r, &o->run, steps, from, set->count, why);
    }
    free(r);
    return rc;
}

int tri_cmd_rehearse(int argc, char **argv, struct tri_why *why)
{
    static struct options o = { .stop = 100 };
    struct tri_option_group opts[2] = { { table, sizeof table / sizeof *table,
                                          &o } };
    const struct tri_command cmd = {
        .usage = "rehearse [OPTIONS]",
        .about =
            "Train in the clear, on data of one's own, with the numbers that "
            "the three parties would\nhave, and show how near each of them "
            "comes to its bound: what --frac and --compare are\nchosen by. "
            "Every bit to spare is a factor of 2. Numbers grow in the course "
            "of a training:\nleave some. Exit code 2 if a bound is passed.",
        .opts = opts,
        .nopts = 2
    };
    struct tri_dataset set = { 0 };
    struct tri_args a;
    int rc;

    tri_options_default(&o.run);
    opts[1] = tri_options_table(&o.run);
    rc = tri_args_parse(&a, &cmd, argc, argv, why);
    if (rc != TRI_OK)
        return rc;
    if (a.help) {
        tri_args_help(stdout, &cmd);
        return tri_cmd_flush(why);
    }
    rc = tri_options_net(&o.run, why);
    if (rc == TRI_OK && o.data != NULL)
        rc = tri_dataset_dir(&set, o.data, TRI_DATASET_TRAIN, (uint32_t)o.limit,
                             why);
    else if (rc == TRI_OK)
        rc = tri_dataset_digits(&set, TRI_DATASET_TRAIN,
                                o.limit != 0 ? (uint32_t)o.limit : 4000,
                                o.run.seed, why);
    if (rc == TRI_OK)
        rc = rehearse(&o, &set, why);
    tri_dataset_free(&set);
    return rc == TRI_OK ? tri_cmd_flush(why) : rc;
}
