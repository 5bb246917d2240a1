#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "boards/host/base/print.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/formats/standard.h"
#include "boards/host/formats/weightfile.h"
#include "boards/host/owner/reveal.h"
#include "boards/host/share/sharepair.h"
#include "core/err.h"

enum { SHARES = 3 };

struct options {
    const char *out, *statistics;
    int layout, classes;
};

static const char *const layouts[] = { "pytorch", "trinn", NULL };

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("out", AT(out), "FILE",
             "write there instead of to standard output; NAME.npy is\n"
             "written as an array; a model goes to NAME.safetensors,\n"
             "NAME.onnx, or as .npy files to a directory, DIR/"),
    TRI_FLAG("classes", AT(classes),
             "of scores: the class with the highest one, not the scores of\n"
             "all classes with commas between"),
    TRI_TEXT("statistics", AT(statistics), "FILE",
             "of the numbers of a regression: as they were before such a file\n"
             "scaled them (see `trinn share --help`)"),
    TRI_CHOICE("layout", AT(layout), "LAYOUT", layouts,
               "of a model in such files but .onnx: pytorch (default) or\n"
               "trinn; see `trinn share --help`"),
    { .name = NULL }
};

/* The same file twice would join to twice the share, which is no secret's
 * value but looks like one. */
static int same_file(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

static int weights(const struct options *o, const struct tri_share *a)
{
    return a->head.kind == TRI_SHARE_MODEL && o->out != NULL &&
           tri_weightfile_is(o->out);
}

/* Numbers that were predicted, in the units of their owner. */
static int unscale(struct tri_results *r, const char *path, struct tri_why *why)
{
    struct tri_standard s;
    int rc = tri_standard_read(&s, path, why);

    if (rc == TRI_OK && s.targets != r->classes)
        rc = tri_why(why, TRI_E_ARG,
                     "%s: is of %u targets, the result has %u numbers", path,
                     s.targets, r->classes);
    for (size_t i = 0; rc == TRI_OK && i < (size_t)r->count * r->classes; i++)
        r->score[i] =
            tri_standard_target(&s, (uint32_t)(i % r->classes), r->score[i]);
    tri_standard_free(&s);
    return rc;
}

static int result_out(const struct options *o, const struct tri_share *a,
                      const struct tri_share *b, struct tri_why *why)
{
    struct tri_results r = { 0 };
    const int scores = a->head.kind == TRI_SHARE_SCORES && !o->classes;
    int rc = tri_reveal_result(&r, a, b, why);

    if (rc == TRI_OK && o->statistics != NULL)
        rc = unscale(&r, o->statistics, why);
    if (rc == TRI_OK)
        rc = tri_results_write(o->out, &r, scores, why);
    tri_results_free(&r);
    return rc;
}

/* A model as text; arg: its two shares. */
static int print_model(FILE *f, const void *arg, struct tri_why *why)
{
    const struct tri_share *const *const share = arg;

    return tri_reveal_model(f, share[0], share[1], why);
}

/* Before anything is written: what is joined can be written as the name says,
 * and there. */
static int check_out(const struct options *o, const struct tri_share *a,
                     struct tri_why *why)
{
    const int model = a->head.kind == TRI_SHARE_MODEL;
    const int array = tri_file_stem(o->out, ".npy") > 0;

    if (model && array)
        return tri_why(why, TRI_E_ARG,
                       "option --out: %s is one array; a model goes to "
                       "NAME.safetensors, NAME.onnx or a directory, DIR/",
                       o->out);
    if (!model && tri_weightfile_is(o->out))
        return tri_why(why, TRI_E_ARG,
                       "option --out: %s is for a model; a result goes to a "
                       "text file or to NAME.npy",
                       o->out);
    return model && tri_weightfile_is(o->out)
               ? tri_weightfile_check(o->out, why)
               : tri_out_check(o->out, why);
}

/* No option is taken that changes nothing. */
static int check_heeded(const struct options *o, const struct tri_share *a,
                        struct tri_why *why)
{
    if (o->classes && a->head.kind == TRI_SHARE_MODEL)
        return tri_why(why, TRI_E_ARG,
                       "option --classes: %s holds a model; leave it out",
                       a->path);
    if (o->classes && a->head.kind == TRI_SHARE_SCORES && a->head.classes == 1)
        return tri_why(why, TRI_E_ARG,
                       "option --classes: %s holds one number of each sample, "
                       "no scores of classes; leave it out",
                       a->path);
    if (o->statistics != NULL &&
        (a->head.kind != TRI_SHARE_SCORES || o->classes))
        return tri_why(why, TRI_E_ARG,
                       "option --statistics goes with numbers that were "
                       "predicted, and %s holds none",
                       a->path);
    if (o->layout >= 0 && (!weights(o, a) || tri_weightfile_onnx(o->out)))
        return tri_why(why, TRI_E_ARG,
                       "option --layout goes with a model and --out "
                       "NAME.safetensors or --out DIR/");
    return TRI_OK;
}

/* n shares that belong together: of each two of them, what both have is the
 * same. */
static int open_all(struct tri_share s[SHARES], const struct tri_args *a,
                    const struct tri_kernels *k, struct tri_why *why)
{
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < a->words; i++) {
        for (size_t j = 0; j < i; j++)
            if (same_file(a->word[j], a->word[i]))
                return tri_why(why, TRI_E_ARG,
                               "%s and %s are the same file; give the share of "
                               "each party",
                               a->word[j], a->word[i]);
        rc = tri_share_open(&s[i], a->word[i], TRI_SHARE_ANY, -1, k, why);
        for (size_t j = 0; rc == TRI_OK && j < i; j++)
            rc = tri_share_pair(&s[j], &s[i], why);
    }
    return rc;
}

static int reveal(const struct tri_args *args, const struct options *o,
                  struct tri_why *why)
{
    /* Not on the stack, of which nobody says when there is no more. */
    static struct tri_share s[SHARES];
    const struct tri_share *const a = &s[0], *const b = &s[1];
    struct tri_kernels k;
    int rc;

    for (int i = 0; i < SHARES; i++)
        s[i].fd = -1;
    tri_kernels_init(&k, tri_cpu_detect());
    rc = open_all(s, args, &k, why);
    if (rc == TRI_OK && args->words < SHARES &&
        a->head.sharing == TRI_SHARING_REPLICATED)
        fputs("trinn: only two of three shares: if one of these parties has "
              "altered its own, nobody sees it; give the third as well\n",
              stderr);
    if (rc == TRI_OK && (a->head.kind == TRI_SHARE_DATA ||
                         a->head.kind == TRI_SHARE_CHECKPOINT))
        rc = tri_why(
            why, TRI_E_ARG, "%s: holds %s; results and models can be revealed",
            a->path, a->head.kind == TRI_SHARE_DATA ? "data" : "a checkpoint");
    if (rc == TRI_OK)
        rc = check_heeded(o, a, why);
    if (rc == TRI_OK && o->out != NULL)
        rc = check_out(o, a, why);
    if (rc == TRI_OK && a->head.kind != TRI_SHARE_MODEL)
        rc = result_out(o, a, b, why);
    else if (rc == TRI_OK)
        rc = weights(o, a)
                 ? tri_reveal_weights(o->out,
                                      o->layout == 1 ? TRI_LAYOUT_TRINN
                                                     : TRI_LAYOUT_PYTORCH,
                                      a, b, why)
                 : tri_file_print(o->out, print_model,
                                  (const struct tri_share *[]){ a, b }, why);
    for (int i = 0; i < SHARES; i++)
        tri_share_close(&s[i]);
    return rc;
}

static struct options given = { .layout = -1 };

static int run(const struct tri_args *a, struct tri_why *why)
{
    return reveal(a, &given, why);
}

const struct tri_command tri_cmd_reveal = {
    .name = "reveal",
    .what = "join the shares of a result or a model",
    .usage = "reveal A.share B.share [C.share] [--classes] [--out FILE]",
    .about =
        "Join the shares of a result (one class a line) or of a "
        "trained model (text,\n.safetensors, .onnx or .npy). Two are enough; "
        "with the third of engine rep3 everything is there twice,\nand a "
        "party that gave another share than its own is found out: give "
        "all three\nafter a run with --security active.",
    .group = { { table, &given, NULL } },
    .min_words = 2,
    .max_words = SHARES,
    .run = run
};
