/*
 * The fault matrix: three processes in three network namespaces run a secure
 * job (job.h) over sealed links through a network that fails in every way we
 * know (middle.h, hub.h). Whatever happens, a party ends with the right result
 * or with an error that says what happened, in time.
 *
 *   faults [-n PERCENT] [-s SEED] [-t TRY] [CASE...]
 *
 * PERCENT of the tries of a full run, 100 by default; 0: a few of most cases.
 * TRY: only this try of each case, to repeat it. CASE selects the cases whose
 * names, "tcp ..." or "ether ...", "active tcp ..." or "active ether ..." with
 * an engine that verifies, start with it. Exit status 1 if anything was not as
 * it should be.
 */
#include "tests/faults/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/host/clock.h"
#include "tests/support/check.h"

static double seconds(void)
{
    return 1e-9 * (double)tri_clock_ns();
}

struct options {
    unsigned percent;
    uint64_t seed;
    char **names;
    int n;
    long only; /* number of the one try to run, or -1 */
};

static int selected(const struct options *opt, const char *name)
{
    for (int i = 0; i < opt->n; i++)
        if (strncmp(name, opt->names[i], strlen(opt->names[i])) == 0)
            return 1;
    return opt->n == 0;
}

static void add(struct tally *sum, const struct tally *t)
{
    sum->tries += t->tries;
    sum->right += t->right;
    sum->errors += t->errors;
    sum->wrong += t->wrong;
    sum->bad += t->bad;
    if (sum->worst_ms < t->worst_ms)
        sum->worst_ms = t->worst_ms;
}

static void row(const char *name, const struct tally *t)
{
    printf("%-32s %6u %6u %6u %6u %6u %8.2f\n", name, t->tries, t->right,
           t->errors, t->wrong, t->bad, (double)t->worst_ms / 1e3);
    (void)fflush(stdout);
}

/* How many tries of a case. */
static unsigned tries_of(const struct options *opt, const struct fault_case *f,
                         int active)
{
    const unsigned part = active ? 4 : 1;
    const unsigned n = f->tries * opt->percent / (100 * part);
    const unsigned few = (f->few + part - 1) / part;

    if (active && (f->about & FAULT_JOIN) != 0)
        return 0;
    return n < few ? few : n;
}

static void run_case(const struct options *opt, const struct fault_case *f,
                     const char *name, enum net net, struct scene *s,
                     struct tally *t)
{
    const unsigned n = tries_of(opt, f, s->active);

    for (unsigned i = 0; i < (opt->only >= 0 ? f->tries : n); i++) {
        struct plan p;
        struct expect e;
        struct outcome o;
        char label[96];
        int again = 0;

        if (opt->only >= 0 && i != (unsigned)opt->only)
            continue;
        /* Short runs take other tries than the first ones. */
        s->i = i;
        if (opt->percent < 100 && opt->only < 0)
            s->i = (unsigned)((opt->seed + i) % f->tries);
        s->rng = opt->seed * 1000003 + s->i;
        /* A run may be over before its fault comes: then draw again. */
        do {
            p = (struct plan){ .net = net,
                               .rows = FAULTS_ROWS,
                               .active = s->active,
                               .reps = 1,
                               .connect_ms = 5000,
                               .deadline_ms = 5000 };
            e = (struct expect){ .kinds = 0 };
            f->plan(s, &p, &e);
            p.middle.seed = p.hub.seed = tri_test_rand(&s->rng);
            try_run(&p, &o);
        } while (!o.hit && !e.quiet && again++ < 9);
        (void)snprintf(label, sizeof label, "%s, try %u", name, s->i);
        judge(t, label, &p, &e, &o);
    }
}

static void run_table(const struct options *opt, const struct place *place,
                      const struct fault_case *f, size_t n, const char *prefix,
                      enum net net, struct scene *s, struct tally *sum,
                      unsigned *skipped)
{
    for (size_t i = 0; i < n; i++) {
        struct tally t = { 0 };
        char name[64];

        (void)snprintf(name, sizeof name, "%s %s", prefix, f[i].name);
        if (!selected(opt, name) || tries_of(opt, &f[i], s->active) == 0)
            continue;
        if ((f[i].about & FAULT_CABLE) != 0 && !place_cables(place)) {
            ++*skipped;
            continue;
        }
        run_case(opt, &f[i], name, net, s, &t);
        row(name, &t);
        add(sum, &t);
    }
}

int main(int argc, char **argv)
{
    struct options opt = { .percent = 100, .seed = 1, .only = -1 };
    static struct job_trace trace;
    static struct middle_tape tape;
    const struct job_trace *new_trace;
    const struct middle_tape *new_tape;
    struct scene s = { .trace = &trace, .tape = &tape };
    struct place place;
    struct tally sum = { 0 };
    unsigned skipped = 0;
    double start = seconds();
    int i = 1;

    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "-n") == 0)
            opt.percent = (unsigned)strtoul(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-s") == 0)
            opt.seed = strtoull(argv[i + 1], NULL, 0);
        else if (strcmp(argv[i], "-t") == 0)
            opt.only = strtol(argv[i + 1], NULL, 0);
        else
            break;
    }
    if (i < argc && argv[i][0] == '-') {
        fprintf(stderr, "usage: faults [-n PERCENT] [-s SEED] [-t TRY] "
                        "[CASE...]\n");
        return 2;
    }
    opt.names = argv + i;
    opt.n = argc - i;

    place_make(&place);
    try_prepare(&place);
    printf("%-32s %6s %6s %6s %6s %6s %8s\n", "case", "tries", "right", "error",
           "wrong", "other", "worst, s");
    for (s.active = 0; s.active < 2; s.active++) {
        if (try_record(FAULTS_ROWS, s.active, &new_trace, &new_tape) != 0)
            return 1;
        trace = *new_trace;
        tape = *new_tape;
        run_table(&opt, &place, fault_cases_tcp, fault_cases_tcp_n,
                  s.active ? "active tcp" : "tcp", TCP, &s, &sum, &skipped);
        run_table(&opt, &place, fault_cases_ether, fault_cases_ether_n,
                  s.active ? "active ether" : "ether", ETHER, &s, &sum,
                  &skipped);
    }
    row("all", &sum);
    if (skipped > 0)
        printf("skipped %u cases: %s\n", skipped, place.why);
    printf("%s, %u tries in %.0f s, seed %llu%s\n",
           place_cables(&place) ? "three network namespaces" : "loopback",
           sum.tries, seconds() - start, (unsigned long long)opt.seed,
           sum.wrong + sum.bad > 0 ? "; NOT as it should be" : "");
    return sum.wrong + sum.bad > 0;
}
