#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "boards/host/base/file.h"
#include "boards/host/base/print.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/watch/plot.h"
#include "core/err.h"

struct options {
    const char *out;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    { .name = "out",
      .letter = 'o',
      .kind = TRI_OPTION_TEXT,
      .at = AT(out),
      .meta = "FILE",
      .help = "the picture to write, such as curve.svg; also -o FILE" },
    { .name = NULL }
};

enum { LOG_MOST = 256 << 20 };

static int read_log(struct tri_run_read *r, const char *path,
                    struct tri_why *why)
{
    uint8_t *text = NULL;
    size_t len = 0;
    int rc = tri_file_read(path, LOG_MOST, &text, &len, why);

    if (rc == TRI_OK)
        rc = tri_run_read(r, (const char *)text, len, path, why);
    free(text);
    if (rc == TRI_OK && r->points == 0) {
        tri_run_read_free(r);
        rc = tri_why(why, TRI_E_FORMAT, "%s: has no point yet to be plotted",
                     path);
    }
    return rc;
}

struct picture {
    const struct tri_run_read *run;
    size_t runs;
};

static int print(FILE *f, const void *arg, struct tri_why *why)
{
    const struct picture *const p = arg;

    (void)why;
    tri_plot(f, p->run, p->runs);
    return TRI_OK;
}

static struct options given;

static int run(const struct tri_args *a, struct tri_why *why)
{
    struct tri_run_read log[TRI_PLOT_RUNS];
    int rc, classes = 0, numbers = 0;
    size_t n = 0;

    if (given.out == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option -o is missing; give the name of the picture");
    rc = tri_out_check(given.out, why);
    while (rc == TRI_OK && n < a->words) {
        rc = read_log(&log[n], a->word[n], why);
        if (rc != TRI_OK)
            break;
        classes |= log[n].classes;
        numbers |= log[n++].numbers;
        if (classes && numbers)
            rc = tri_why(why, TRI_E_ARG,
                         "%s: of runs that tell classes and runs that learn "
                         "numbers only one kind goes into a picture; plot them "
                         "apart",
                         a->word[n - 1]);
    }
    if (rc == TRI_OK)
        rc = tri_file_print(given.out, print, &(const struct picture){ log, n },
                            why);
    while (n > 0)
        tri_run_read_free(&log[--n]);
    return rc;
}

const struct tri_command tri_cmd_plot = {
    .name = "plot",
    .what = "draw the logs of runs",
    .usage = "plot RUN.jsonl [MORE.jsonl ...] -o CURVE.svg",
    .about =
        "Draw what --log has written: accuracy (of a regression: its "
        "error) and loss over the\nsteps, time and bytes by layer. Several "
        "runs share one picture.",
    .group = { { table, &given, NULL } },
    .min_words = 1,
    .max_words = TRI_MAX_WORDS,
    .run = run
};
