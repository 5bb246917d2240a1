#include <stddef.h>
#include <stdio.h>
#include "boards/host/cmd/cmd.h"
#include "boards/host/serve/calls.h"
#include "core/err.h"
#include "net/host/secret.h"

struct options {
    const char *service, *key;
    uint64_t timeout;
};

#define AT(FIELD) offsetof(struct options, FIELD)

static const struct tri_option table[] = {
    TRI_TEXT("service", AT(service), "FILE",
             "the service's card, as `trinn service-card` prints it"),
    TRI_TEXT("key", AT(key), "FILE",
             "this client's private key, made by `trinn keygen`"),
    TRI_UINT("timeout", AT(timeout), "SECONDS", 1, 86400,
             "to wait for an answer (default 10)"),
    { .name = NULL }
};

static struct options own = { .timeout = 10 };

static int ask(const struct tri_card *card, const uint8_t *key,
               enum tri_message_kind kind, struct tri_why *why)
{
    static const uint64_t len[TRI_PARTIES];
    char *const text = tri_secret_alloc(TRI_MESSAGE_TEXT + 1);
    uint8_t *const block[TRI_PARTIES] = { tri_talk_block(0), tri_talk_block(0),
                                          tri_talk_block(0) };
    struct tri_kernels k;
    struct tri_calls calls;
    int rc;

    tri_kernels_init(&k, tri_cpu_detect());
    rc = tri_calls_open(&calls, card, key, &k, (uint32_t)own.timeout * 1000,
                        why);
    if (rc == TRI_OK)
        rc = tri_calls_send(&calls, kind, block, len, why);
    else
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            tri_secret_free(block[j]);
    if (rc == TRI_OK)
        rc = tri_calls_hear(&calls, TRI_MESSAGE_TEXT_REPLY,
                            (uint32_t)own.timeout * 1000, why);
    for (unsigned j = 0; rc == TRI_OK && text != NULL && j < TRI_PARTIES; j++) {
        const struct tri_talk *const t = calls.talk[j];

        tri_message_text(text, TRI_MESSAGE_TEXT + 1, t->body, t->m.len);
        if (kind == TRI_MESSAGE_JOBS)
            printf("party %u\n", j);
        fputs(text, stdout);
    }
    tri_calls_close(&calls);
    tri_secret_free(text);
    return rc;
}

static int run_kind(enum tri_message_kind kind, struct tri_why *why)
{
    uint8_t *const key = tri_secret_alloc(TRI_KEY_BYTES);
    struct tri_card card;
    int rc = key != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    if (rc == TRI_OK && (own.service == NULL || own.key == NULL))
        rc = tri_why(why, TRI_E_ARG, "option --%s is missing",
                     own.service == NULL ? "service" : "key");
    if (rc == TRI_OK)
        rc = tri_card_load(&card, own.service, why);
    if (rc == TRI_OK)
        rc = tri_key_load(own.key, key, why);
    if (rc == TRI_OK)
        rc = ask(&card, key, kind, why);
    tri_secret_free(key);
    return rc;
}

static int run_status(const struct tri_args *a, struct tri_why *why)
{
    (void)a;
    return run_kind(TRI_MESSAGE_STATUS, why);
}

static int run_jobs(const struct tri_args *a, struct tri_why *why)
{
    (void)a;
    return run_kind(TRI_MESSAGE_JOBS, why);
}

const struct tri_command tri_cmd_status = {
    .name = "status",
    .what = "ask a service how it is",
    .usage = "status --service FILE --key FILE",
    .about = "Print what each of the three parties of a service says of "
             "itself: whether they are\nconnected, what was answered, models, "
             "and what this client may do.",
    .group = { { table, &own, NULL } },
    .run = run_status
};

const struct tri_command tri_cmd_jobs = {
    .name = "jobs",
    .what = "list the requests that wait at a service",
    .usage = "jobs --service FILE --key FILE",
    .about = "List the requests of all clients that wait at each of the three "
             "parties. For clients with\nthe right `admin`.",
    .group = { { table, &own, NULL } },
    .run = run_jobs
};
