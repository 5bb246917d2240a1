#include "boards/host/trial/demo.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "boards/host/base/file.h"
#include "boards/host/base/memory.h"
#include "boards/host/base/unnamed.h"
#include "boards/host/owner/split.h"
#include "boards/host/owner/splitmodel.h"
#include "boards/host/share/sharetensor.h"
#include "boards/host/trial/alone.h"
#include "boards/host/trial/cheat.h"
#include "boards/host/trial/clear.h"
#include "boards/host/trial/dry.h"
#include "boards/host/trial/rehearse.h"
#include "boards/host/trial/setdata.h"
#include "boards/host/trial/table.h"
#include "core/err.h"
#include "proto/fused/fused.h"
#include "proto/plain/float.h"
#include "proto/rep3/rep3.h"

enum { TRAIN_DEFAULT = 4000, TEST_DEFAULT = 1000 };

/* Train and evaluate in this process. */
static int in_the_clear(struct tri_outcome *out, const struct tri_demo *d,
                        const struct tri_engine_kind *engine,
                        const struct tri_dataset *train,
                        const struct tri_dataset *test, const char *who,
                        struct tri_why *why)
{
    struct tri_setdata a, b;
    struct tri_run r = { .task = TRI_TASK_TRAIN,
                         .o = d->o,
                         .engine = engine,
                         .train = &a.data,
                         .test = &b.data,
                         .clear = tri_start_clear(d->start) };

    if (engine == d->o->kind)
        r.log = d->o->log;
    tri_progress_start(&r.progress, who, 0);
    tri_setdata(&a, train, why);
    tri_setdata(&b, test, why);
    return tri_alone_run(&r, d->threads, out, why);
}

/* The shares have no names: nothing of them outlives the processes. */
static int secure(struct tri_trio *t, const struct tri_demo *d,
                  const struct tri_dataset *train,
                  const struct tri_dataset *test, struct tri_why *why)
{
    const enum tri_sharing sharing = tri_share_of(d->o->kind);
    const unsigned fb = (unsigned)d->o->frac;
    const struct tri_model_source model = { .path = d->model,
                                            .layout =
                                                tri_source_layout(&d->source),
                                            .layers = d->layers,
                                            .net = &d->o->net,
                                            .text = d->o->text };
    struct tri_trio_shares s;
    struct tri_kernels k;
    int rc;

    for (int f = 0; f < TRI_FILES; f++)
        for (int p = 0; p < TRI_PARTIES; p++)
            s.file[f][p] = -1;
    tri_kernels_init(&k, tri_cpu_detect());
    rc = tri_split_unnamed(s.file[TRI_FILE_TRAIN], train, sharing, fb, &k, why);
    if (rc == TRI_OK)
        rc = tri_split_unnamed(s.file[TRI_FILE_TEST], test, sharing, fb, &k,
                               why);
    if (rc == TRI_OK && d->model != NULL)
        rc = tri_split_model_unnamed(s.file[TRI_FILE_MODEL], &model, sharing,
                                     fb, &k, why);
    if (rc == TRI_OK)
        rc = tri_trio_run(t, d, &s, why);
    for (int f = 0; f < TRI_FILES; f++)
        for (int p = 0; p < TRI_PARTIES; p++)
            if (s.file[f][p] >= 0)
                close(s.file[f][p]);
    return rc;
}

/* Memory that the shares take where temporary files are kept in it: one word
 * for each value, in all files but that of party 0. */
static uint64_t in_memory(const struct tri_demo *d,
                          const struct tri_dataset *train,
                          const struct tri_dataset *test)
{
    const unsigned files = tri_split_files(tri_share_of(d->o->kind)) - 1;
    enum { TMPFS = 0x01021994 };
    const uint64_t px = (uint64_t)train->h * train->w * train->c;
    struct statfs fs;

    return statfs(tri_out_temporary(), &fs) == 0 && fs.f_type == TMPFS
               ? 8 * files * ((uint64_t)train->count + test->count) *
                     (px + train->classes)
               : 0;
}

/* The three share the memory of this machine. */
static int check_memory(const struct tri_demo *d,
                        const struct tri_dataset *train,
                        const struct tri_dataset *test, struct tri_why *why)
{
    struct tri_dry *const p = calloc(1, sizeof *p);
    int rc = p != NULL ? tri_dry_run(p, TRI_TASK_TRAIN, d->o, train->count,
                                     test->count, why)
                       : tri_why(why, TRI_E_NOMEM, "no memory");

    if (rc == TRI_OK)
        rc = tri_memory_check(tri_dry_memory(p) + in_memory(d, train, test),
                              "all three parties and their shares", why);
    free(p);
    return rc;
}

/* Shapes are found wrong here, before three processes find it. */
static int check(const struct tri_demo *d, const struct tri_dataset *train,
                 const struct tri_dataset *test, struct tri_why *why)
{
    struct tri_setdata a, b;
    const struct tri_run r = { .task = TRI_TASK_TRAIN,
                               .o = d->o,
                               .engine = d->o->kind,
                               .train = &a.data,
                               .test = &b.data };

    tri_setdata(&a, train, why);
    tri_setdata(&b, test, why);
    return tri_run_check(&r, why);
}

/* A fifth of a set, or --test of it, is held out, whatever order it is in. */
static int hold_out(struct tri_dataset *train, struct tri_dataset *test,
                    const struct tri_dataset *set, const struct tri_demo *d,
                    struct tri_why *why)
{
    const uint32_t n = d->test > 0      ? (uint32_t)d->test
                       : set->count > 5 ? set->count / 5
                                        : 1;
    uint32_t *const order = malloc(set->count * sizeof *order), rest;
    struct tri_kernels k;
    int rc;

    if (order == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    if (n >= set->count) {
        free(order);
        return tri_why(why, TRI_E_ARG,
                       "option --test: there are only %u samples; hold fewer "
                       "out",
                       set->count);
    }
    tri_kernels_init(&k, tri_cpu_detect());
    tri_shuffle(order, set->count, d->o->seed, 0, &k);
    rest = set->count - n;
    if (d->limit > 0 && d->limit < rest)
        rest = (uint32_t)d->limit;
    rc = tri_dataset_pick(test, set, order, n, why);
    if (rc == TRI_OK)
        rc = tri_dataset_pick(train, set, order + n, rest, why);
    free(order);
    return rc;
}

/* Both parts are scaled alike, by the statistics of the first. */
static int scale(struct tri_dataset *train, struct tri_dataset *test,
                 const struct tri_source *s, struct tri_why *why)
{
    struct tri_standard standard = { 0 };
    int rc = s->standardise ? tri_standard_measure(&standard, train, why)
             : s->statistics != NULL
                 ? tri_standard_read(&standard, s->statistics, why)
                 : TRI_OK;

    if (rc == TRI_OK && standard.columns > 0)
        rc = tri_standard_apply(train, &standard, why);
    if (rc == TRI_OK && standard.columns > 0)
        rc = tri_standard_apply(test, &standard, why);
    tri_standard_free(&standard);
    return rc;
}

static int load(struct tri_dataset *train, struct tri_dataset *test,
                const struct tri_demo *d, struct tri_why *why)
{
    const struct tri_source *const s = &d->source;
    const uint32_t limit = (uint32_t)d->limit, held = (uint32_t)d->test;
    struct tri_dataset all = { 0 };
    int rc;

    if (!tri_source_given(s)) {
        rc = tri_dataset_digits(train, TRI_DATASET_TRAIN,
                                limit > 0 ? limit : TRAIN_DEFAULT, d->o->seed,
                                why);
        return rc == TRI_OK ? tri_dataset_digits(test, TRI_DATASET_TEST,
                                                 held > 0 ? held : TEST_DEFAULT,
                                                 d->o->seed, why)
                            : rc;
    }
    if (s->data != NULL) {
        rc = tri_source_load(train, s, TRI_DATASET_TRAIN, limit, NULL, why);
        if (rc == TRI_OK)
            rc = tri_source_load(test, s, TRI_DATASET_TEST, held, NULL, why);
    } else {
        rc = tri_source_load(&all, s, TRI_DATASET_TRAIN, 0, NULL, why);
        if (rc == TRI_OK)
            rc = hold_out(train, test, &all, d, why);
        tri_dataset_free(&all);
    }
    return rc == TRI_OK ? scale(train, test, s, why) : rc;
}

/* Once more, and one of the three cheats: honest NULL, with an engine that
 * verifies. */
static int attacked(struct tri_demo *d, const struct tri_attack *attack,
                    const struct tri_trio *honest,
                    const struct tri_dataset *train,
                    const struct tri_dataset *test, struct tri_why *why)
{
    struct tri_cheat *const c = malloc(sizeof *c);
    struct tri_trio trio = { 0 };
    int rc;

    if (c == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    rc = tri_cheat_start(c, d, attack, train, test, why);
    if (rc == TRI_OK) {
        rc = secure(&trio, d, train, test, why);
        if (honest == NULL)
            rc = tri_cheat_print_stop(c, rc, why);
        else if (rc == TRI_OK)
            rc = tri_cheat_print(c, honest, &trio, train, test, why);
    }
    tri_cheat_end(c);
    d->cheat = NULL;
    free(c);
    return rc;
}

/* First where it comes off, then where it does not. */
static int attack_both(struct tri_demo *d, const struct tri_attack *attack,
                       const struct tri_trio *honest,
                       const struct tri_dataset *train,
                       const struct tri_dataset *test, struct tri_why *why)
{
    const struct tri_engine_kind *const before = d->o->kind;
    int rc = attacked(d, attack, honest, train, test, why);

    fflush(stdout);
    d->o->kind = &tri_engine_rep3;
    d->o->active = 1;
    if (rc == TRI_OK)
        rc = attacked(d, attack, NULL, train, test, why);
    d->o->kind = before;
    d->o->active = 0;
    return rc;
}

/* Once more as fast as without verification. */
static int unverified(struct tri_trio *t, const struct tri_demo *d,
                      const struct tri_dataset *train,
                      const struct tri_dataset *test, struct tri_why *why)
{
    struct tri_run_options *const o = malloc(sizeof *o);
    struct tri_demo other = *d;
    int rc;

    if (o == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    *o = *d->o;
    o->kind = &tri_engine_fused;
    o->active = 0;
    o->log = NULL;
    other.o = o;
    other.who = "passive: ";
    rc = secure(t, &other, train, test, why);
    free(o);
    return rc;
}

int tri_demo_run(struct tri_demo *d, struct tri_why *why)
{
    /* where nobody says which */
    const int both =
        d->o->engine == NULL && d->o->security == TRI_SECURITY_USUAL;
    const struct tri_clear_job job = { .o = d->o,
                                       .threads = d->threads,
                                       .layout =
                                           tri_source_layout(&d->source) };
    const struct tri_attack *attack = NULL;
    struct tri_dataset train = { 0 }, test = { 0 };
    struct tri_trio trio = { 0 }, passive = { 0 };
    struct tri_outcome clear;
    int rc = d->attack == NULL ? TRI_OK
                               : tri_cheat_find(&attack, d->attack, d->o, why);

    if (rc != TRI_OK)
        return rc;
    if (attack != NULL) {
        d->o->kind = &tri_engine_fused;
        d->o->active = 0;
    }
    rc = load(&train, &test, d, why);
    tri_options_fit(d->o,
                    tri_source_given(&d->source) ? train.count : UINT64_MAX);
    if (rc == TRI_OK)
        rc = check(d, &train, &test, why);
    if (rc == TRI_OK && d->model != NULL)
        rc = tri_start_open(&d->start, &job, d->model, d->layers, why);
    if (rc != TRI_OK)
        goto out;
    printf("%u training and %u held-out samples (%s), network %s, %s\n",
           train.count, test.count,
           tri_source_given(&d->source) ? tri_source_name(&d->source)
                                        : "generated digits",
           d->o->net_name,
           d->o->kind->parties > 1 ? "three parties on this machine"
                                   : "in the clear");
    fflush(stdout);
    if (d->o->kind->parties == 1 && d->o->kind != &tri_engine_float) {
        trio.parties = 1;
        rc = in_the_clear(&trio.party[0], d, d->o->kind, &train, &test,
                          "fixed point: ", why);
    } else if (d->o->kind->parties > 1) {
        rc = check_memory(d, &train, &test, why);
        if (rc == TRI_OK)
            rc = tri_rehearse_set(d->o, &train, tri_start_clear(d->start),
                                  d->threads, "this data", why);
        if (rc == TRI_OK)
            rc = secure(&trio, d, &train, &test, why);
    }
    if (rc == TRI_OK && attack != NULL) {
        rc = attack_both(d, attack, &trio, &train, &test, why);
        goto out;
    }
    if (rc == TRI_OK && both)
        rc = unverified(&passive, d, &train, &test, why);
    if (rc == TRI_OK)
        rc = in_the_clear(&clear, d, &tri_engine_float, &train, &test,
                          "float: ", why);
    if (rc == TRI_OK)
        tri_table_print(d, &trio, both ? &passive : NULL, &clear);
out:
    tri_start_close(d->start);
    tri_dataset_free(&train);
    tri_dataset_free(&test);
    return rc;
}
