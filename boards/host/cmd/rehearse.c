#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/trial/rehearse.h"
#include "core/err.h"

struct options {
    struct tri_run_options run;
    const char *data;
    uint64_t limit, stop;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("data", AT(data), "DIR",
             "directory with the unpacked MNIST files; without it digits\n"
             "are generated"),
    TRI_UINT("limit", AT(limit), "N", 1, 1000000,
             "training images (default 4000; with --data: all)"),
    TRI_UINT("stop", AT(stop), "STEPS", 0, UINT32_MAX,
             "leave after so many steps of the training (default 100); 0: do\n"
             "all of it"),
    { .name = NULL }
};

static int rehearse(const struct options *o, const struct tri_dataset *set,
                    struct tri_why *why)
{
    const char *const from = o->data != NULL ? o->data : "generated digits";
    struct tri_ranges *const r = malloc(sizeof *r);
    struct tri_rundata d;
    const unsigned threads = tri_options_threads(&o->run, 1);
    uint32_t steps;
    int rc;

    if (r == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
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
        if (!o->run.kind->trunc_exact)
            printf("\nlocal truncations that will be wrong in the whole "
                   "training: %.2g expected\n",
                   tri_rehearse_wrong(r, &o->run, steps, set->count));
        rc = tri_rehearse_verdict(r, &o->run, steps, from, set->count, why);
    }
    free(r);
    return rc;
}

static struct options given = { .stop = 100, .run = TRI_RUN_DEFAULTS };

static int run(const struct tri_args *a, struct tri_why *why)
{
    const struct options *const o = &given;
    struct tri_dataset set = { 0 };
    int rc = tri_options_engine(&given.run, 3, why);

    (void)a;
    if (rc == TRI_OK)
        rc = tri_options_net(&given.run, why);
    if (rc == TRI_OK)
        rc = tri_dataset_load(&set, o->data, TRI_DATASET_TRAIN,
                              (uint32_t)o->limit, 4000, o->run.seed, why);
    if (rc == TRI_OK)
        rc = rehearse(o, &set, why);
    tri_dataset_free(&set);
    return rc;
}

const struct tri_command tri_cmd_rehearse = {
    .name = "rehearse",
    .what = "show in the clear how near numbers come to their bounds",
    .usage = "rehearse [OPTIONS]",
    .about = "Train in the clear, on data of one's own, with the numbers that "
             "the three parties would\nhave, and show how near each of them "
             "comes to its bound: what --frac and --compare are\nchosen by. "
             "Every bit to spare is a factor of 2. Numbers grow in the course "
             "of a training:\nleave some. Exit code 2 if a bound is passed.",
    .group = { { table, &given }, TRI_TRAINING_GROUP(&given.run) },
    .run = run
};
