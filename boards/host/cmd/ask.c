#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/owner/results.h"
#include "boards/host/owner/source.h"
#include "boards/host/serve/calls.h"
#include "boards/host/serve/query.h"
#include "boards/host/serve/queue.h"
#include "core/err.h"
#include "net/host/secret.h"

struct options {
    const char *service, *key, *model, *out;
    int scores, listed;
    uint64_t frac, timeout, limit;
};

static const char *const scores[] = { "none", "logits", "probabilities", NULL };

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("service", AT(service), "FILE",
             "the service's card, as `trinn service-card` prints it"),
    TRI_TEXT("key", AT(key), "FILE",
             "this client's private key, made by `trinn keygen`"),
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
    TRI_UINT("timeout", AT(timeout), "SECONDS", 1, 86400,
             "to wait for an answer (default 60)"),
    { .name = NULL }
};

static struct options own = { .frac = 16, .timeout = 60 };
static struct tri_source source = TRI_SOURCE_NOTHING;

static int check(const struct options *o, struct tri_why *why)
{
    const char *const missing = o->service == NULL ? "service"
                                : o->key == NULL   ? "key"
                                : o->model == NULL ? "model"
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

/* Join the answers of one query behind what there is. */
static int join(struct tri_results *all, uint32_t first,
                const struct tri_calls *calls, const struct tri_query *q,
                const uint8_t id[TRI_JOB_ID], struct tri_why *why)
{
    const uint8_t *body[TRI_PARTIES];
    struct tri_results part = { 0 };
    uint32_t classes = 0;
    int rc = TRI_OK;

    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        const struct tri_talk *const t = calls->talk[j];
        uint32_t here = 0;

        body[j] = t->body;
        if (tri_answer_parse(&here, t->body, t->m.len, id, q->ask.count) !=
                TRI_OK ||
            (j > 0 && here != classes))
            rc = tri_why(why, TRI_E_PROTO,
                         "the answer of party %u does not belong to the query",
                         j);
        classes = here;
    }
    if (rc == TRI_OK && all->class == NULL)
        rc = tri_results_alloc(all, all->count, classes, q->ask.scores != 0,
                               why);
    if (rc == TRI_OK && classes != all->classes)
        rc = tri_why(why, TRI_E_PROTO, "the answers have other sizes");
    if (rc == TRI_OK)
        rc = tri_query_join(&part, &q->ask, classes, body, why);
    if (rc == TRI_OK) {
        memcpy(all->class + first, part.class, part.count * sizeof *part.class);
        if (part.score != NULL)
            memcpy(all->score + (size_t)first * classes, part.score,
                   (size_t)part.count * classes * sizeof *part.score);
    }
    tri_results_free(&part);
    return rc;
}

/* The connections of one client, and what they are made of. */
struct session {
    struct tri_card card;
    struct tri_calls calls;
    struct tri_kernels k;
    uint8_t key[TRI_KEY_BYTES]; /* private */
    uint8_t pub[TRI_KEY_BYTES];
};

/* Samples first .. first+n-1. */
static int ask_some(struct session *s, struct tri_results *all,
                    const struct tri_dataset *set, uint32_t first, uint32_t n,
                    struct tri_why *why)
{
    struct tri_query q = { .ask = { .scores = (uint32_t)own.scores,
                                    .fb = (uint32_t)own.frac } };
    uint8_t id[TRI_JOB_ID], *block[TRI_PARTIES];
    uint64_t len[TRI_PARTIES];
    int rc;

    memcpy(q.ask.model, own.model, strlen(own.model));
    rc = tri_query_split(&q, set, first, n, &s->k, why);
    tri_job_id(id, s->card.key, s->pub, q.public);
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        len[j] = tri_ask_bytes(&q.ask, j);
        block[j] = tri_talk_block((size_t)len[j]);
        if (block[j] != NULL)
            tri_query_body(block[j] + TRI_MESSAGE_HEAD, &q, j);
    }
    if (rc == TRI_OK)
        rc = tri_calls_send(&s->calls, TRI_MESSAGE_ASK, block, len, why);
    if (rc == TRI_OK)
        rc = tri_calls_hear(&s->calls, TRI_MESSAGE_ANSWER,
                            (uint32_t)own.timeout * 1000, why);
    if (rc == TRI_OK)
        rc = join(all, first, &s->calls, &q, id, why);
    tri_query_end(&q);
    return rc;
}

/* As many samples as are computed at once: queries of others come between. */
static uint32_t share_of(const struct tri_dataset *set, uint32_t left)
{
    const uint32_t most = (uint32_t)(TRI_ASK_VALUES / tri_dataset_size(set));
    const uint32_t few = most < TRI_QUEUE_IMAGES ? most : TRI_QUEUE_IMAGES;

    return left < few ? left : few;
}

/* All samples that the source names. */
static int ask_all(struct session *s, struct tri_why *why)
{
    struct tri_results all = { 0 };
    struct tri_dataset set = { 0 };
    struct tri_standard standard = { 0 };
    int rc = tri_source_load(&set, &source, TRI_DATASET_TEST,
                             (uint32_t)own.limit, &standard, why);

    if (rc == TRI_OK)
        rc = tri_dataset_fits(&set, (unsigned)own.frac, why);
    all.count = set.count;
    for (uint32_t at = 0, n; rc == TRI_OK && at < set.count; at += n) {
        n = share_of(&set, set.count - at);
        rc = n > 0 ? ask_some(s, &all, &set, at, n, why)
                   : tri_why(why, TRI_E_ARG, "the samples are too large");
    }
    if (rc == TRI_OK)
        rc = tri_results_write(own.out, &all, own.scores != 0, why);
    tri_results_free(&all);
    tri_standard_free(&standard);
    tri_dataset_free(&set);
    return rc;
}

/* One file after the other, until there is no further line. */
static int ask_listed(struct session *s, struct tri_why *why)
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
    struct session *const s = tri_secret_alloc(sizeof *s);
    int rc =
        s != NULL ? check(&own, why) : tri_why(why, TRI_E_NOMEM, "no memory");

    (void)a;
    if (rc == TRI_OK)
        rc = tri_card_load(&s->card, own.service, why);
    if (rc == TRI_OK)
        rc = tri_key_load(own.key, s->key, why);
    if (rc == TRI_OK && own.out != NULL)
        rc = tri_out_check(own.out, why);
    if (rc != TRI_OK) {
        tri_secret_free(s);
        return rc;
    }
    tri_kernels_init(&s->k, tri_cpu_detect());
    tri_x25519_public(s->pub, s->key);
    rc = tri_calls_open(&s->calls, &s->card, s->key, &s->k,
                        (uint32_t)own.timeout * 1000, why);
    if (rc == TRI_OK)
        rc = own.listed ? ask_listed(s, why) : ask_all(s, why);
    tri_calls_close(&s->calls);
    tri_secret_free(s);
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
    .group = { { table, &own, NULL }, TRI_SOURCE_GROUP(&source) },
    .run = run
};
