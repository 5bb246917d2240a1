#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/cmd/client.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/owner/results.h"
#include "boards/host/owner/source.h"
#include "boards/host/serve/ask.h"
#include "core/err.h"

struct options {
    struct tri_client_options client;
    const char *model, *out;
    int scores, listed;
    uint64_t frac, limit;
};

static const char *const scores[] = { "none", "logits", "probabilities", NULL };

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("model", AT(model), "NAME", "of the models of the service"),
    TRI_CHOICE("scores", AT(scores), "WHICH", scores,
               "the scores of all classes, not the class only: logits or\n"
               "probabilities (default none)"),
    TRI_TEXT("out", AT(out), "FILE",
             "write there instead of to standard output; NAME.npy is written\n"
             "as an array"),
    TRI_FLAG("stdin", AT(listed),
             "read the names of such files as --images takes from standard\n"
             "input, one a line, and answer one after the other, over the\n"
             "same connections"),
    TRI_UINT("limit", AT(limit), "N", 1, UINT32_MAX, "the first N samples"),
    TRI_UINT("frac", AT(frac), "F", 8, 16,
             "fraction bits, those of the model (default 16)"),
    { .name = NULL }
};

static struct options own = { .client = { .timeout = 60 }, .frac = 16 };
static struct tri_source source = TRI_SOURCE_NOTHING;

static int check(const struct options *o, struct tri_why *why)
{
    const char *const missing = o->client.service == NULL ? "service"
                                : o->client.key == NULL   ? "key"
                                : o->model == NULL        ? "model"
                                                          : NULL;

    if (missing != NULL)
        return tri_why(why, TRI_E_ARG, "option --%s is missing", missing);
    if (!tri_config_name(o->model, strlen(o->model)))
        return tri_why(why, TRI_E_ARG, "option --model: '%.60s' is no name",
                       o->model);
    if (o->listed && (tri_source_given(&source) || o->out != NULL))
        return tri_why(why, TRI_E_ARG,
                       "option --stdin: the samples are named there, and the "
                       "answers go to standard output; leave %s out",
                       o->out != NULL ? "--out" : "the other samples");
    return tri_source_check(
        &source, (o->listed ? 0 : TRI_SOURCE_MUST) | TRI_SOURCE_QUERY, why);
}

/* All samples that the source names. */
static int ask_all(struct tri_asker *s, struct tri_why *why)
{
    struct tri_results all = { 0 };
    struct tri_dataset set = { 0 };
    struct tri_standard standard = { 0 };
    const struct tri_asker_what what = { own.model, own.scores,
                                         (unsigned)own.frac,
                                         (uint32_t)own.client.timeout * 1000 };
    int rc = tri_source_load(&set, &source, TRI_DATASET_TEST,
                             (uint32_t)own.limit, &standard, why);

    if (rc == TRI_OK)
        rc = tri_asker_ask(s, &what, &set, &all, why);
    if (rc == TRI_OK)
        rc = tri_results_write(own.out, &all, own.scores != 0, why);
    tri_results_free(&all);
    tri_standard_free(&standard);
    tri_dataset_free(&set);
    return rc;
}

/* One file after the other, until there is no further line. */
static int ask_listed(struct tri_asker *s, struct tri_why *why)
{
    char *line = NULL;
    size_t size = 0;
    int rc = TRI_OK;

    while (rc == TRI_OK) {
        const ssize_t n = getline(&line, &size, stdin);

        if (n <= 0)
            break;
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        source.images = line;
        rc = ask_all(s, why);
        if (rc == TRI_OK && fflush(stdout) != 0)
            rc = tri_why(why, TRI_E_IO, "standard output cannot be written");
    }
    source.images = NULL;
    free(line);
    return rc;
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    struct tri_asker *s = NULL;
    int rc = check(&own, why);

    (void)a;
    if (rc == TRI_OK && own.out != NULL)
        rc = tri_out_check(own.out, why);
    if (rc == TRI_OK)
        rc = tri_asker_open(&s, own.client.service, own.client.key,
                            (uint32_t)own.client.timeout * 1000, why);
    if (rc == TRI_OK)
        rc = own.listed ? ask_listed(s, why) : ask_all(s, why);
    tri_asker_close(s);
    return rc;
}

const struct tri_command tri_cmd_ask = {
    .name = "ask",
    .what = "have a service classify images that it does not see",
    .usage = "ask --service FILE --key FILE --model NAME --images FILE "
             "[OPTIONS]",
    .about = "Split images into shares here, give each party of a service its "
             "own, and join the shares\nof the results: one class a line, or "
             "the scores. No party sees images or results. Of every\ncomponent "
             "of the results two parties send the same: if they do not, "
             "nothing is written.",
    .group = { TRI_CLIENT_GROUP(&own.client),
               { table, &own, NULL },
               TRI_SOURCE_GROUP(&source) },
    .run = run
};
