#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "boards/host/base/fileset.h"
#include "boards/host/cmd/client.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/owner/split.h"
#include "core/err.h"

struct options {
    struct tri_client_options client;
    const char *model, *name, *out;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option model[] = {
    TRI_TEXT("model", AT(model), "NAME", "a model of this client"),
    TRI_TEXT("out", AT(out), "PREFIX",
             "write PREFIX.p0.share and so on, for `trinn reveal`"),
    { .name = NULL }
};
static const struct tri_option training[] = {
    TRI_TEXT("name", AT(name), "NAME", "what the model was to be called"),
    { .name = NULL }
};

static struct options own = { .client = { .timeout = 60 } };

/* All three files, or none. */
static int write_files(const struct tri_client *c, struct tri_why *why)
{
    struct tri_out file[TRI_PARTIES] = { { .fd = -1 },
                                         { .fd = -1 },
                                         { .fd = -1 } };
    struct tri_out *const all[TRI_PARTIES] = { &file[0], &file[1], &file[2] };
    char *path[TRI_PARTIES];
    int rc = tri_split_names(path, own.out, TRI_SHARING_REPLICATED, why);

    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        rc = tri_out_open(&file[j], path[j], why);
        file[j].fresh = 1;
        if (rc == TRI_OK)
            rc = tri_out_write(&file[j], c->calls.talk[j]->body,
                               (size_t)c->calls.talk[j]->m.len, why);
    }
    if (rc == TRI_OK)
        rc = tri_out_commit_all(all, TRI_PARTIES, why);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        tri_out_abort(&file[j]);
        free(path[j]);
    }
    return rc;
}

static int ask(enum tri_message_kind kind, const char *option, const char *name,
               struct tri_why *why)
{
    static struct tri_work w;
    struct tri_client *c = NULL;
    int rc = tri_client_name(&w, option, name, why);

    w.kind = kind;
    if (rc == TRI_OK)
        rc = tri_client_open(&c, &own.client, why);
    if (rc == TRI_OK)
        rc = tri_client_work(c, &w,
                             kind == TRI_MESSAGE_FETCH ? TRI_MESSAGE_FILE
                                                       : TRI_MESSAGE_TEXT_REPLY,
                             why);
    if (rc == TRI_OK && kind == TRI_MESSAGE_FETCH)
        rc = write_files(c, why);
    else if (rc == TRI_OK)
        tri_client_print(c);
    tri_client_close(c);
    return rc;
}

static int fetch(const struct tri_args *a, struct tri_why *why)
{
    int rc;

    (void)a;
    if (own.out == NULL)
        return tri_why(why, TRI_E_ARG, "option --out is missing");
    rc = tri_split_check(own.out, TRI_SHARING_REPLICATED, why);
    return rc != TRI_OK ? rc : ask(TRI_MESSAGE_FETCH, "model", own.model, why);
}

static int cancel(const struct tri_args *a, struct tri_why *why)
{
    (void)a;
    return ask(TRI_MESSAGE_CANCEL, "name", own.name, why);
}

const struct tri_command tri_cmd_fetch = {
    .name = "fetch",
    .what = "get the shares of a model that a service has trained",
    .usage = "fetch --service FILE --key FILE --model NAME --out PREFIX",
    .about = "Get all three shares of a model that this client has let a "
             "service train or keep, for\n`trinn reveal`, which joins them. "
             "For clients with the right `reveal`.",
    .group = { { model, &own, NULL }, TRI_CLIENT_GROUP(&own.client) },
    .run = fetch
};

const struct tri_command tri_cmd_cancel = {
    .name = "cancel",
    .what = "end a training at a service",
    .usage = "cancel --service FILE --key FILE --name NAME",
    .about = "End a training of this client, or, with the right `admin`, of "
             "any, and forget what came of\nit.",
    .group = { { training, &own, NULL }, TRI_CLIENT_GROUP(&own.client) },
    .run = cancel
};
