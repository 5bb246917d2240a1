#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/formats/mnist.h"
#include "boards/host/attack/attacks.h"
#include "core/err.h"
#include "net/host/clock.h"
#include "proto/fused/fused.h"
#include "proto/paper/paper.h"
#include "proto/rep3/rep3.h"
#include "tests/attacks/lab.h"
#include "tests/attacks/signs.h"
#include "tests/attacks/tamper.h"

/*
 * Attacks by one corrupt party: every one has to come off against an engine
 * without verification, and to be stopped by one with. Then single words of its
 * messages: --all of them.
 *
 *   build/attacks [--data DIR] [--quick | --all] [--seed N] [NAME...]
 *
 * NAME is that of an attack, or `words`: the second part alone.
 */
struct options {
    const char *data;
    int quick, all;
    uint64_t seed;
    char **name;
    int names;
};

/* The name of the second part. */
static const char words[] = "words";

/* What one reads of a run: what was altered, gained, and seen by the rest. */
static void say(const struct tri_lab *l, const struct tri_attack *a,
                unsigned by, const char *gain, int ok, double seconds)
{
    printf("%2u %-8s P%u %s.\n   %s %s. Seen:", a->number, a->name, by,
           a->alters, ok ? "GAINED:" : "NOT AS IT SHOULD BE:", gain);
    for (unsigned p = 0; p < TRI_PARTIES; p++)
        if (p != by) {
            printf(" P%u %s", p, l->rc[p] == TRI_OK ? "success" : l->text[p]);
            if (l->rc[p] == TRI_OK)
                printf(" and %u of %u right", l->right[p], l->test->count);
            printf(p == 2 || (p == 1 && by == 2) ? "." : ",");
        }
    printf(" (%.1f s)\n", seconds);
    fflush(stdout);
}

static int all_succeed(const struct tri_lab *l)
{
    return l->rc[0] == TRI_OK && l->rc[1] == TRI_OK && l->rc[2] == TRI_OK;
}

static double since(uint64_t begun)
{
    return (double)(tri_clock_ns() - begun) / 1e9;
}

static int wanted(const struct options *o, const char *name)
{
    for (int i = 0; i < o->names; i++)
        if (strcmp(o->name[i], name) == 0)
            return 1;
    return o->names == 0;
}

/* Non-zero if it did not come off. */
static int attack(struct tri_lab *l, const struct tri_attack *a, unsigned by)
{
    const uint64_t begun = tri_clock_ns();
    char gain[TRI_ATTACK_TEXT] = "";
    int ok;

    tri_lab_run(l, a, by);
    ok = all_succeed(l) && a->gained(&l->trial, gain);
    say(l, a, by, gain, ok, since(begun));
    return !ok;
}

/* Who sees a gain where nobody cheats would see one anywhere. */
static int false_gains(const struct tri_lab *l)
{
    char gain[TRI_ATTACK_TEXT];
    int failed = 0;

    for (size_t i = 0; tri_attacks[i] != NULL; i++)
        if (tri_attacks[i]->gained(&l->trial, gain)) {
            printf("%s: gained in the honest run: %s\n", tri_attacks[i]->name,
                   gain);
            failed++;
        }
    return failed;
}

static int passive(struct tri_lab *l, const struct options *o)
{
    const uint64_t begun = tri_clock_ns();
    int failed = 0;

    tri_lab_run(l, NULL, 0);
    if (!all_succeed(l) || l->honest < l->test->count / 2) {
        printf("the honest run failed: %s\n", l->text[0]);
        return 1;
    }
    printf("engine %s, honest: %u of %u right, %.1f %% (%.1f s)\n",
           l->engine->name, l->honest, l->test->count,
           100.0 * l->honest / l->test->count, since(begun));
    failed += false_gains(l);
    for (size_t i = 0; tri_attacks[i] != NULL; i++)
        for (unsigned p = 0; p < TRI_PARTIES; p++)
            if (wanted(o, tri_attacks[i]->name) &&
                (tri_attacks[i]->by >> p & 1) != 0)
                failed += attack(l, tri_attacks[i], p);
    return failed;
}

/* ---- an engine whose helper deals bits --------------------------------------
 */

/* Of the trained model. Nothing else may differ from the run in which it counts
 * the same zeros of what it dealt as it should. */
static int helper_learns(struct tri_lab *l, const struct options *o)
{
    const size_t bytes = (size_t)l->test->count * 10 * sizeof *l->answer;
    tri_ring *const answer = malloc(bytes);
    struct tri_attack listening = tri_attack_signs;
    char gain[TRI_ATTACK_TEXT];
    uint32_t right;
    int failed;

    if (!wanted(o, tri_attack_signs.name)) {
        free(answer);
        return 0;
    }
    if (answer == NULL)
        abort();
    l->engine = &tri_engine_paper;
    listening.act = tri_act_listening;
    tri_lab_run(l, &listening, 2);
    failed = listening.gained(&l->trial, gain);
    failed += !all_succeed(l);
    memcpy(answer, l->answer, bytes);
    right = l->right[0];
    printf("engine %s, listening: %u of %u right, %s\n", l->engine->name, right,
           l->test->count, gain);
    failed += attack(l, &tri_attack_signs, 2);
    if (memcmp(answer, l->answer, bytes) != 0 || right != l->right[0]) {
        puts("NOT AS IT SHOULD BE: other answers than without it");
        failed++;
    }
    free(answer);
    return failed;
}

/* ---- an engine that verifies ------------------------------------------------
 */

/* Nothing may come of it: an honest party stops, and no honest party was told
 * what is not true; or whoever joins the results sees that they do not fit. */
static int stopped(const struct tri_lab *l, const struct tri_attack *a,
                   unsigned by)
{
    const double most = 0.02 * l->test->count;
    int knew = 0, deceived = 0;

    for (unsigned p = 0; p < TRI_PARTIES; p++) {
        const double off = (double)l->right[p] - l->honest;

        knew |= p != by && l->rc[p] == TRI_E_CHEAT;
        deceived |= p != by && l->right[p] != 0 && (off > most || off < -most);
    }
    return all_succeed(l) ? a->trained && l->differs : knew && !deceived;
}

static int attack_in_vain(struct tri_lab *l, const struct tri_attack *a,
                          unsigned by)
{
    const uint64_t begun = tri_clock_ns();
    unsigned honest = (by + 1) % TRI_PARTIES;
    int ok;

    tri_lab_run(l, a, by);
    if (l->rc[honest] != TRI_E_CHEAT)
        honest = (by + 2) % TRI_PARTIES;
    ok = stopped(l, a, by);
    printf("%2u %-8s P%u %s.\n   %s %s (%.1f s)\n", a->number, a->name, by,
           a->alters, ok ? "STOPPED:" : "NOT AS IT SHOULD BE:",
           l->rc[honest] != TRI_OK ? l->text[honest]
           : l->differs ? "the owner has two copies of a component that differ"
                        : "success",
           since(begun));
    fflush(stdout);
    return !ok;
}

/* Short trainings: the first opening ends them. */
static int active(struct tri_lab *l, const struct options *o)
{
    static const struct tri_engine_config config = { .f = 16,
                                                     .k = 32,
                                                     .active = 1 };
    int failed = 0;

    l->engine = &tri_engine_rep3;
    l->config = &config;
    l->steps = 3;
    tri_lab_run(l, NULL, 0);
    if (!all_succeed(l) || l->differs) {
        printf("the honest run of an engine that verifies failed: %s\n",
               l->text[0]);
        return 1;
    }
    printf("engine %s, verifying, honest: success\n", l->engine->name);
    for (size_t i = 0; tri_attacks[i] != NULL; i++)
        for (unsigned p = 0; p < TRI_PARTIES; p++)
            if (wanted(o, tri_attacks[i]->name) &&
                (tri_attacks[i]->by >> p & 1) != 0)
                failed += attack_in_vain(l, tri_attacks[i], p);
    return failed;
}

/* The same with an engine that does not verify: if nothing were missed then,
 * the alterations would be about nothing. */
static unsigned tamper(const struct options *o)
{
    struct tri_tamper t = { .engine = &tri_engine_rep3,
                            .active = 1,
                            .every = o->all     ? 1
                                     : o->quick ? 23
                                                : 5,
                            .random = o->all     ? 10000
                                      : o->quick ? 30
                                                 : 300,
                            .honest = o->all     ? 1000
                                      : o->quick ? 30
                                                 : 100,
                            .seed = o->seed };
    struct tri_tamper off = { .engine = &tri_engine_rep3, .every = 101 };
    unsigned failed;

    puts("one wrong word, verifying:");
    failed = tri_tamper_run(&t);
    puts("one wrong word, not verifying:");
    if (tri_tamper_run(&off) == 0) {
        puts("NOT AS IT SHOULD BE: without verification none is missed");
        failed++;
    }
    return failed;
}

static int usage(void)
{
    fputs("usage: attacks [--data DIR] [--quick | --all] [--seed N] "
          "[NAME...]\nattacks:",
          stderr);
    for (size_t i = 0; tri_attacks[i] != NULL; i++)
        fprintf(stderr, " %s", tri_attacks[i]->name);
    fprintf(stderr, " %s %s\n", tri_attack_signs.name, words);
    return 2;
}

static int parse(struct options *o, int argc, char **argv)
{
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--quick") == 0)
            o->quick = 1;
        else if (strcmp(argv[i], "--all") == 0)
            o->all = 1;
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            o->seed = strtoull(argv[++i], NULL, 0);
        else if (strcmp(argv[i], "--data") == 0 && i + 1 < argc)
            o->data = argv[++i];
        else
            return 0;
    }
    o->name = argv + i;
    o->names = argc - i;
    for (; i < argc; i++)
        if (tri_attack_find(argv[i]) == NULL && strcmp(argv[i], words) != 0 &&
            strcmp(argv[i], tri_attack_signs.name) != 0)
            return 0;
    return 1;
}

/* `limit` samples (0: all) from a directory, or generated digits. */
static int load(struct tri_dataset *set, const char *dir,
                enum tri_dataset_part part, uint32_t limit, uint32_t usual,
                struct tri_why *why)
{
    return dir != NULL ? tri_dataset_dir(set, dir, part, 10, limit, why)
                       : tri_dataset_digits(set, part,
                                            limit != 0 ? limit : usual, 1, why);
}

/* The attacks on a training of network A that are asked for. */
static int trainings(const struct options *o)
{
    static struct tri_lab lab = { .engine = &tri_engine_fused };
    struct tri_dataset train = { 0 }, test = { 0 };
    struct tri_why why = { 0 };
    int failed;

    if (load(&train, o->data, TRI_DATASET_TRAIN, o->quick ? 2560 : 0, 6400,
             &why) != TRI_OK ||
        load(&test, o->data, TRI_DATASET_TEST,
             o->quick          ? 500
             : o->data != NULL ? 5000
                               : 0,
             1000, &why) != TRI_OK) {
        fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    lab.train = &train;
    lab.test = &test;
    lab.steps = o->quick ? 60 : 300;
    printf("network A, %u steps of %d images, %s\n", lab.steps, TRI_LAB_BATCH,
           o->data != NULL ? o->data : "generated digits");
    failed = passive(&lab, o) + helper_learns(&lab, o) + active(&lab, o);
    tri_lab_free(&lab);
    tri_dataset_free(&train);
    tri_dataset_free(&test);
    return failed;
}

int main(int argc, char **argv)
{
    struct options o = { 0 };
    int failed = 0, attacks;

    if (!parse(&o, argc, argv))
        return usage();
    attacks = wanted(&o, tri_attack_signs.name);
    for (size_t i = 0; tri_attacks[i] != NULL; i++)
        attacks |= wanted(&o, tri_attacks[i]->name);
    if (attacks)
        failed += trainings(&o);
    if (wanted(&o, words))
        failed += tamper(&o) > 0;
    if (failed > 0)
        printf("%d not as they should be\n", failed);
    return failed > 0;
}
