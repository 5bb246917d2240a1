#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "boards/host/base/fileset.h"
#include "boards/host/cmd/client.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/owner/split.h"
#include "core/err.h"
#include "core/le.h"

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

/* Where the parties are in their files. */
struct reading {
    uint64_t at[TRI_PARTIES], all[TRI_PARTIES];
};

/* What has come from party j goes into its file. */
static int take(struct reading *r, unsigned j, const struct tri_talk *t,
                struct tri_out *file, struct tri_why *why)
{
    if (tri_file_parse(&r->all[j], r->at[j], t->body, t->m.len) != TRI_OK)
        return tri_why(why, TRI_E_PROTO,
                       "party %u sends what does not belong to its share", j);
    r->at[j] += t->m.len - 8;
    return tri_out_write(file, t->body + 8, (size_t)t->m.len - 8, why);
}

/* Two of three shares have the same size, and one that has another is smaller:
 * no party fills this disk alone. */
static int sizes_fit(const struct reading *r, struct tri_why *why)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const uint64_t next = r->all[(j + 1) % 3], last = r->all[(j + 2) % 3];

        if (r->all[j] > next && r->all[j] - next > last)
            return tri_why(why, TRI_E_PROTO,
                           "the share of party %u has %llu bytes, more than "
                           "those of the others together",
                           j, (unsigned long long)r->all[j]);
    }
    return TRI_OK;
}

/* Piece by piece, from all three. */
static int read_all(struct tri_client *c, struct tri_out file[TRI_PARTIES],
                    struct tri_why *why)
{
    static const uint64_t len[TRI_PARTIES] = { 8, 8, 8 };
    struct reading r = { { 0 }, { 0 } };
    int rc = TRI_OK, left = 1;

    while (rc == TRI_OK && left) {
        uint8_t *block[TRI_PARTIES];

        for (unsigned j = 0; j < TRI_PARTIES; j++) {
            block[j] = tri_talk_block(8);
            if (block[j] != NULL)
                tri_le_store64(block[j] + TRI_MESSAGE_HEAD, r.at[j]);
        }
        rc = tri_calls_send(&c->calls, TRI_MESSAGE_READ, block, len, why);
        if (rc == TRI_OK)
            rc = tri_calls_hear(&c->calls, TRI_MESSAGE_FILE,
                                (uint32_t)c->o->timeout * 1000, why);
        left = 0;
        for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
            rc = take(&r, j, c->calls.talk[j], &file[j], why);
            left |= r.at[j] < r.all[j];
        }
        if (rc == TRI_OK)
            rc = sizes_fit(&r, why);
    }
    return rc;
}

/* All three files, or none. */
static int write_files(struct tri_client *c, struct tri_why *why)
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
    }
    if (rc == TRI_OK)
        rc = read_all(c, file, why);
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
        rc = tri_client_work(c, &w, TRI_MESSAGE_TEXT_REPLY, why);
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
             "For clients with the right `reveal`\nat all three parties, each "
             "of which decides for itself.",
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
