#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "boards/host/cmd/client.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/cmd/share.h"
#include "boards/host/owner/split.h"
#include "boards/host/share/sharepair.h"
#include "core/err.h"
#include "core/le.h"
#include "net/host/clock.h"

struct options {
    struct tri_client_options client;
    struct tri_share_options share;
    const char *name, *allow, *files;
    int resume;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("name", AT(name), "NAME", "what it is called at the service"),
    TRI_TEXT("allow", AT(allow), "NAME,...",
             "clients who may train on these data, or query this model, as\n"
             "well (default: only this one), by the keys that the parties\n"
             "know for these names now"),
    TRI_TEXT("files", AT(files), "PREFIX",
             "where the shares stand while they are sent: PREFIX.p0.share and\n"
             "so on (default: by --name, in this directory)"),
    TRI_FLAG("resume", AT(resume),
             "go on with the shares that an attempt which failed has left"),
    { .name = NULL }
};

static struct options own = { .client = { .timeout = 60 },
                              .share = TRI_SHARE_NOTHING };

/* The three files, and where each party is. */
struct sending {
    char *path[TRI_PARTIES];
    int fd[TRI_PARTIES];
    uint64_t at[TRI_PARTIES];
    uint32_t most[TRI_PARTIES];          /* that each takes at once */
    struct tri_share share[TRI_PARTIES]; /* while they are checked */
    struct tri_work work;
};

/* They have to be there, whole, and to belong together. */
static int open_files(struct sending *s, struct tri_why *why)
{
    struct tri_share *const share = s->share;
    struct tri_kernels k;
    struct stat st;
    int rc = TRI_OK;

    tri_kernels_init(&k, tri_cpu_detect());
    for (unsigned j = 0; rc == TRI_OK && j < TRI_PARTIES; j++) {
        rc = tri_share_open(&share[j], s->path[j], TRI_SHARE_ANY, -1, &k, why);
        if (rc == TRI_OK)
            rc = tri_share_serves(&share[j], TRI_SHARING_REPLICATED, j, why);
        for (unsigned i = 0; rc == TRI_OK && i < j; i++)
            rc = tri_share_pair(&share[i], &share[j], why);
        if (rc == TRI_OK)
            rc = tri_file_open(&s->fd[j], s->path[j], &st, why);
        if (rc == TRI_OK)
            s->work.bytes[j] = (uint64_t)st.st_size;
    }
    if (rc == TRI_OK)
        memcpy(s->work.random, share[0].head.pair, sizeof s->work.random);
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        tri_share_close(&share[j]);
    return rc;
}

static uint64_t left(const struct sending *s, unsigned j)
{
    return s->work.bytes[j] - s->at[j];
}

/* What the parties have, from their answers, after so many bytes of each.
 * *progress: bytes that are new. */
static int take_offsets(struct sending *s, const struct tri_client *c,
                        const uint64_t sent[TRI_PARTIES], uint64_t *progress,
                        struct tri_why *why)
{
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const uint64_t was = s->at[j];

        if (tri_offset_parse(&s->at[j], &s->most[j], s->work.bytes[j], sent[j],
                             c->calls.talk[j]->body) != TRI_OK)
            return tri_why(why, TRI_E_PROTO,
                           "party %u says that it has what it was not sent, or "
                           "has not what it was",
                           j);
        *progress += s->at[j] > was ? s->at[j] - was : 0;
    }
    return TRI_OK;
}

/* The next part for each party; nothing for one that has all. */
static int send_parts(struct sending *s, struct tri_client *c,
                      uint64_t *progress, struct tri_why *why)
{
    uint8_t *block[TRI_PARTIES];
    uint64_t len[TRI_PARTIES], sent[TRI_PARTIES];
    int rc = TRI_OK;

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const uint64_t n = left(s, j) < s->most[j] ? left(s, j) : s->most[j];

        sent[j] = n;
        len[j] = 8 + n;
        block[j] = tri_talk_block((size_t)len[j]);
        if (block[j] == NULL)
            continue;
        tri_le_store64(block[j] + TRI_MESSAGE_HEAD, s->at[j]);
        if (rc == TRI_OK)
            rc = tri_file_pread(s->fd[j], s->path[j],
                                block[j] + TRI_MESSAGE_HEAD + 8, (size_t)n,
                                s->at[j], why);
    }
    if (rc == TRI_OK)
        rc = tri_calls_send(&c->calls, TRI_MESSAGE_PART, block, len, why);
    if (rc == TRI_OK)
        rc = tri_calls_hear(&c->calls, TRI_MESSAGE_OFFSET,
                            (uint32_t)c->o->timeout * 1000, why);
    return rc == TRI_OK ? take_offsets(s, c, sent, progress, why) : rc;
}

/* From where the parties are to the end. */
static int send_on(struct sending *s, struct tri_client *c, uint64_t *progress,
                   struct tri_why *why)
{
    static const uint64_t any[TRI_PARTIES] = { UINT64_MAX, UINT64_MAX,
                                               UINT64_MAX };
    int rc = tri_client_work(c, &s->work, TRI_MESSAGE_OFFSET, why);

    if (rc == TRI_OK)
        rc = take_offsets(s, c, any, progress, why);
    while (rc == TRI_OK && left(s, 0) + left(s, 1) + left(s, 2) > 0)
        rc = send_parts(s, c, progress, why);
    return rc == TRI_OK ? tri_client_ask(c, TRI_MESSAGE_STORE, NULL, 0,
                                         TRI_MESSAGE_TEXT_REPLY, why)
                        : rc;
}

/* Break and call again, as long as it gets anywhere within the timeout. */
static int send_all(struct sending *s, struct tri_client *c,
                    struct tri_why *why)
{
    const uint64_t patience = own.client.timeout * UINT64_C(1000000000);
    const struct timespec pause = { 0, 300000000 };
    uint64_t progress = 0, seen = 0, since = tri_clock_ns();
    int rc = send_on(s, c, &progress, why);

    while ((rc == TRI_E_IO || rc == TRI_E_TIMEOUT) &&
           tri_clock_ns() - since < patience) {
        if (progress != seen)
            since = tri_clock_ns();
        seen = progress;
        (void)nanosleep(&pause, NULL);
        *why = (struct tri_why){ "" };
        rc = tri_client_again(c, why);
        if (rc == TRI_OK)
            rc = send_on(s, c, &progress, why);
    }
    return rc;
}

static int make_files(const struct tri_args *a, struct tri_why *why)
{
    if (own.resume &&
        (tri_source_given(&own.share.source) || own.share.model != NULL))
        return tri_why(why, TRI_E_ARG,
                       "option --resume: what is sent is in the files of the "
                       "first attempt; leave the data out");
    return own.resume
               ? TRI_OK
               : tri_share_files(&own.share, TRI_SHARING_REPLICATED, a, why);
}

static int run(const struct tri_args *a, struct tri_why *why)
{
    struct tri_client *c = NULL;
    struct sending *const s = calloc(1, sizeof *s);
    int rc = s != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    if (s == NULL)
        return rc;
    for (unsigned j = 0; j < TRI_PARTIES; j++)
        s->fd[j] = s->share[j].fd = -1;
    s->work.kind = TRI_MESSAGE_UPLOAD;
    rc = tri_client_name(&s->work, "name", own.name, why);
    if (rc == TRI_OK)
        rc = tri_work_list(s->work.allow, "allow", own.allow, why);
    own.share.out = own.files != NULL ? own.files : own.name;
    own.share.sent = 1;
    if (rc == TRI_OK)
        rc = tri_split_names(s->path, own.share.out, TRI_SHARING_REPLICATED,
                             why);
    if (rc == TRI_OK) /* before an hour of reading: is anybody there? */
        rc = tri_client_open(&c, &own.client, why);
    if (rc == TRI_OK)
        rc = make_files(a, why);
    if (rc == TRI_OK)
        rc = open_files(s, why);
    if (rc == TRI_OK) {
        rc = send_all(s, c, why);
        if (rc != TRI_OK)
            tri_why_add(why, rc,
                        "; the shares stay in %s and so on: give --resume "
                        "instead of the data to go on, or remove them",
                        s->path[0]);
    }
    if (rc == TRI_OK)
        tri_client_print(c);
    tri_client_close(c);
    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        if (s->fd[j] >= 0)
            close(s->fd[j]);
        if (rc == TRI_OK)
            (void)unlink(s->path[j]);
        free(s->path[j]);
    }
    free(s);
    return rc;
}

const struct tri_command tri_cmd_send = {
    .name = "send",
    .what = "let a service keep a data set or a model that it does not see",
    .usage = "send --service FILE --key FILE --name NAME --data DIR [OPTIONS]",
    .about = "Split a data set or a model into shares here, as `trinn share` "
             "does, and send each party\nof a service its own. If a connection "
             "breaks it goes on where it was. The service has all\nof it in "
             "the end or nothing. For clients with the right `upload`.",
    .group = { { table, &own, NULL },
               TRI_CLIENT_GROUP(&own.client),
               { tri_share_table, &own.share, "What is sent" },
               TRI_SOURCE_GROUP(&own.share.source) },
    .run = run
};
