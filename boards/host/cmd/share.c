#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "boards/host/base/file.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/cmd/share.h"
#include "boards/host/owner/reveal.h"
#include "boards/host/owner/split.h"
#include "boards/host/owner/splitmodel.h"
#include "boards/host/party/options.h"
#include "boards/host/share/sharepair.h"
#include "boards/host/share/sharetensor.h"
#include "core/err.h"
#include "core/fmath.h"
#include "core/mem.h"

static const char *const parts[] = { "train", "test", NULL };

#define AT(FIELD) offsetof(struct tri_share_options, FIELD)

const struct tri_option tri_share_table[] = {
    TRI_CHOICE("part", AT(part), "PART", parts,
               "with --data: train (default) or test"),
    TRI_TEXT("model", AT(model), "FILE|DIR",
             "a model trained elsewhere, instead of data: .safetensors, or\n"
             "a directory of NAME.weight.npy and NAME.bias.npy"),
    TRI_TEXT("net", AT(net), "A|B|C|D|FILE",
             "with --model: its network, as for the run"),
    TRI_TEXT("layers", AT(layers), "NAME,...",
             "with --model: the names of its layers in the order of the\n"
             "network (default: by shape, then by name)"),
    TRI_UINT("frac", AT(frac), "F", 8, 16,
             "fraction bits, 8 to 16 (default 16); as in the run"),
    TRI_UINT("limit", AT(limit), "N", 1, INT32_MAX, "only the first N samples"),
    { .name = NULL }
};

static const struct tri_option table[] = {
    TRI_LIST("from", AT(from), "FILE,FILE",
             "instead of data: two shares of a data set or model, made\n"
             "together, which become shares for another --engine"),
    TRI_TEXT("out", AT(out), "PREFIX",
             "write PREFIX.p0.share, PREFIX.p1.share and PREFIX.p2.share"),
    TRI_TEXT("engine", AT(engine), "ENGINE",
             "of the run: rep3 (default) takes three shares; fused and paper,\n"
             "without verification, two"),
    { .name = NULL }
};

/* An option that goes with one source only. */
static int goes_with(const struct tri_args *a, const char *name,
                     const void *source, const char *with, struct tri_why *why)
{
    if (source != NULL || !tri_args_given(a, name))
        return TRI_OK;
    return tri_why(why, TRI_E_ARG, "--%s goes with --%s", name, with);
}

static int check(const struct tri_share_options *o, const struct tri_args *a,
                 struct tri_why *why)
{
    const int data = tri_source_given(&o->source);
    int rc = TRI_OK;

    if (o->out == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --out is missing; give the files' prefix");
    if (data + (o->model != NULL) + (o->from.n > 0) != 1)
        return tri_why(why, TRI_E_ARG,
                       "give either --data DIR or --images FILE or --table "
                       "FILE, or --model FILE, or --from FILE,FILE");
    if (o->from.n > 0 && o->from.n != 2)
        return tri_why(why, TRI_E_ARG,
                       "option --from: give two shares, of different parties");
    if (o->from.n > 0 && (o->limit != 0 || tri_args_given(a, "frac")))
        return tri_why(why, TRI_E_ARG,
                       "--limit and --frac go with data, not with --from: "
                       "shares have their scale");
    if (o->model != NULL && o->net == NULL)
        return tri_why(why, TRI_E_ARG,
                       "option --net is missing: which network --model is of");
    if (o->model != NULL && o->limit != 0)
        return tri_why(why, TRI_E_ARG,
                       "--limit goes with data, not with --model");
    rc = tri_source_check(&o->source, TRI_SOURCE_KEEP, why);
    if (rc == TRI_OK)
        rc = goes_with(a, "part", o->source.data, "data", why);
    if (rc == TRI_OK)
        rc = goes_with(a, "net", o->model, "model", why);
    if (rc == TRI_OK)
        rc = goes_with(a, "layers", o->model, "model", why);
    if (rc == TRI_OK && o->source.images == NULL)
        rc = goes_with(a, "layout", o->model, "model or --images", why);
    return rc;
}

/* "a.p0.share for party 0 and a.p1.share for party 1" */
static void say_files(const struct tri_share_options *o,
                      enum tri_sharing sharing)
{
    const unsigned n = o->sent ? 0 : tri_split_files(sharing);

    for (unsigned p = 0; p < n; p++)
        printf("%s%s.p%u.share for party %u",
               p == 0      ? ": "
               : p + 1 < n ? ", "
                           : " and ",
               o->out, p, p);
    putchar('\n');
}

/* What became of the data, and what everybody can read in the files. */
static void say_set(const struct tri_dataset *set)
{
    unsigned most[2];

    printf("%u ", set->count);
    if (set->target == NULL)
        fputs(set->labels != NULL ? "labelled " : "unlabelled ", stdout);
    if (set->h == 1 && set->w == 1)
        printf("rows of %u columns", set->c);
    else
        printf("images of %u x %u x %u", set->h, set->w, set->c);
    if (set->labels != NULL)
        printf(" in %u classes", set->classes);
    if (set->target != NULL)
        printf(" with %u target%s", set->classes, set->classes > 1 ? "s" : "");
    tri_dataset_most(most, set);
    printf(", public: values up to %g", tri_pow2((int)most[0] - 64));
    if (set->target != NULL)
        printf(", targets up to %g", tri_pow2((int)most[1] - 64));
}

/* Statistics are there before the shares, and get their name after them. */
static int share_data(const struct tri_share_options *o,
                      enum tri_sharing sharing, struct tri_why *why)
{
    const char *const keep = o->source.statistics_out;
    struct tri_out file = { .fd = -1 };
    struct tri_standard standard;
    struct tri_kernels k;
    struct tri_dataset set;
    int rc = tri_source_load(
        &set, &o->source, o->part == 0 ? TRI_DATASET_TRAIN : TRI_DATASET_TEST,
        (uint32_t)o->limit, &standard, why);

    if (rc == TRI_OK && keep != NULL)
        rc = tri_standard_seal(&file, keep, &standard, why);
    tri_kernels_init(&k, tri_cpu_detect());
    if (rc == TRI_OK)
        rc = tri_split(&set, o->out, sharing, (unsigned)o->frac, &k, why);
    if (rc == TRI_OK && keep != NULL)
        rc = tri_out_place(&file, why);
    if (rc == TRI_OK) {
        say_set(&set);
        say_files(o, sharing);
        tri_source_hint(&set);
    }
    tri_out_abort(&file);
    tri_standard_free(&standard);
    tri_dataset_free(&set);
    return rc;
}

static int share_model(const struct tri_share_options *o,
                       enum tri_sharing sharing, struct tri_why *why)
{
    static struct tri_run_options run_options;
    char from[TRI_MAX_LAYERS][TRI_ARRAY_NAME];
    struct tri_place place[TRI_MAX_LAYERS];
    size_t places;
    struct tri_model_source src = { .path = o->model,
                                    .layout = tri_source_layout(&o->source),
                                    .layers = o->layers,
                                    .net = &run_options.net,
                                    .text = run_options.text };
    struct tri_kernels k;
    int rc;

    run_options.net_name = o->net;
    tri_kernels_init(&k, tri_cpu_detect());
    rc = tri_options_net(&run_options, why);
    if (rc == TRI_OK)
        rc = tri_split_model(&src, from, o->out, sharing, (unsigned)o->frac, &k,
                             why);
    if (rc != TRI_OK)
        return rc;
    places = tri_places(place, src.net, src.layout);
    for (size_t i = 0; i < places; i++)
        tri_weights_say(stdout, &place[i], from[i]);
    printf("a model of network %s", o->net);
    say_files(o, sharing);
    return TRI_OK;
}

/* Shares for one engine become shares for another: the values stay what they
 * are, to the last bit. */
static int share_again(const struct tri_share_options *o,
                       enum tri_sharing sharing, struct tri_why *why)
{
    struct tri_kernels k;
    struct tri_share s[2] = { { .fd = -1 }, { .fd = -1 } };
    const struct tri_share_head *const h = &s[0].head;
    uint64_t *word = NULL;
    int rc = TRI_OK;

    tri_kernels_init(&k, tri_cpu_detect());
    for (size_t i = 0; rc == TRI_OK && i < 2; i++)
        rc = tri_share_open(&s[i], o->from.item[i], TRI_SHARE_ANY, -1, &k, why);
    if (rc == TRI_OK)
        rc = tri_share_pair(&s[0], &s[1], why);
    if (rc == TRI_OK && h->kind != TRI_SHARE_DATA && h->kind != TRI_SHARE_MODEL)
        rc = tri_why(why, TRI_E_ARG,
                     "%s: only data sets and models become other shares; use "
                     "`trinn reveal` for results",
                     s[0].path);
    if (rc == TRI_OK && h->kind == TRI_SHARE_DATA) {
        rc = tri_split_again(&s[0], &s[1], o->out, sharing, &k, why);
    } else if (rc == TRI_OK) {
        const size_t n = tri_reveal_numbers(&s[0]);

        rc = tri_reveal_words(&word, &s[0], &s[1], why);
        if (rc == TRI_OK)
            rc = tri_split_words(word, n, s[0].text, o->out, sharing, h->fb, &k,
                                 why);
        if (word != NULL)
            tri_wipe(word, 8 * n);
        free(word);
    }
    if (rc == TRI_OK) {
        if (h->kind == TRI_SHARE_DATA)
            printf("%u samples", h->count);
        else
            printf("a model");
        say_files(o, sharing);
    }
    for (size_t i = 0; i < 2; i++)
        tri_share_close(&s[i]);
    return rc;
}

int tri_share_files(const struct tri_share_options *o, enum tri_sharing sharing,
                    const struct tri_args *a, struct tri_why *why)
{
    int rc = check(o, a, why);

    if (rc == TRI_OK)
        rc = tri_split_check(o->out, sharing, why);
    if (rc == TRI_OK && o->source.statistics_out != NULL)
        rc = tri_out_check(o->source.statistics_out, why);
    if (rc != TRI_OK)
        return rc;
    return o->from.n > 0      ? share_again(o, sharing, why)
           : o->model != NULL ? share_model(o, sharing, why)
                              : share_data(o, sharing, why);
}

static struct tri_share_options given = TRI_SHARE_NOTHING;

static int run(const struct tri_args *a, struct tri_why *why)
{
    static struct tri_run_options of;
    int rc;

    of.engine = given.engine;
    rc = tri_options_engine(&of, 3, why);
    if (rc == TRI_OK)
        rc = tri_share_files(&given, tri_share_of(of.kind), a, why);
    tri_list_free(&given.from);
    return rc;
}

const struct tri_command tri_cmd_share = {
    .name = "share",
    .what = "split a data set or a model into shares",
    .usage = "share --data DIR --out PREFIX [OPTIONS]\n"
             "       trinn share --images FILE [--labels FILE] --out PREFIX\n"
             "       trinn share --table FILE [--label COLUMN] --out PREFIX\n"
             "       trinn share --model FILE --net NET --out PREFIX\n"
             "       trinn share --from FILE,FILE --engine ENGINE --out PREFIX",
    .about = "Split a data set or a model, in the hands of its owner, into "
             "two or three shares. Each\nalone is random numbers; two are "
             "the data. Give each file to its party over a channel\nthat "
             "nobody else reads, and never two to one.",
    .group = { { table, &given, NULL },
               { tri_share_table, &given, NULL },
               TRI_SOURCE_GROUP(&given.source) },
    .run = run
};
