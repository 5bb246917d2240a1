#include "boards/host/cmd/client.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "boards/host/base/file.h"
#include "boards/host/cmd/cmd.h"
#include "boards/host/party/keyfile.h"
#include "core/err.h"
#include "net/host/secret.h"

#define AT(FIELD) offsetof(struct tri_client_options, FIELD)

const struct tri_option tri_client_table[] = {
    TRI_TEXT("service", AT(service), "FILE",
             "the service's card, as `trinn service-card` prints it"),
    TRI_TEXT("key", AT(key), "FILE",
             "this client's private key, made by `trinn keygen`"),
    TRI_UINT("timeout", AT(timeout), "SECONDS", 1, 86400,
             "to wait for an answer (default 60; status and jobs: 10)"),
    { .name = NULL }
};

int tri_client_again(struct tri_client *c, struct tri_why *why)
{
    tri_calls_close(&c->calls);
    return tri_calls_open(&c->calls, &c->card, c->key, &c->k,
                          (uint32_t)c->o->timeout * 1000, why);
}

int tri_client_open(struct tri_client **client,
                    const struct tri_client_options *o, struct tri_why *why)
{
    struct tri_client *const c = tri_secret_alloc(sizeof *c);
    int rc = TRI_OK;

    *client = c;
    if (c == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    c->o = o;
    if (o->service == NULL || o->key == NULL)
        return tri_why(why, TRI_E_ARG, "option --%s is missing",
                       o->service == NULL ? "service" : "key");
    tri_kernels_init(&c->k, tri_cpu_detect());
    rc = tri_card_load(&c->card, o->service, why);
    if (rc == TRI_OK)
        rc = tri_key_load(o->key, c->key, why);
    return rc == TRI_OK ? tri_client_again(c, why) : rc;
}

void tri_client_close(struct tri_client *c)
{
    if (c != NULL)
        tri_calls_close(&c->calls);
    tri_secret_free(c);
}

int tri_client_ask(struct tri_client *c, enum tri_message_kind kind,
                   const void *body, size_t len, enum tri_message_kind reply,
                   struct tri_why *why)
{
    const uint64_t lens[TRI_PARTIES] = { len, len, len };
    uint8_t *block[TRI_PARTIES];
    int rc;

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        block[j] = tri_talk_block(len);
        if (block[j] != NULL && len > 0)
            memcpy(block[j] + TRI_MESSAGE_HEAD, body, len);
    }
    rc = tri_calls_send(&c->calls, kind, block, lens, why);
    return rc == TRI_OK ? tri_calls_hear(&c->calls, reply,
                                         (uint32_t)c->o->timeout * 1000, why)
                        : rc;
}

int tri_client_work(struct tri_client *c, struct tri_work *w,
                    enum tri_message_kind reply, struct tri_why *why)
{
    static const uint8_t none[sizeof w->random];
    uint8_t body[TRI_WORK_MOST];
    int rc = TRI_OK;

    if (memcmp(w->random, none, sizeof none) == 0)
        rc = tri_random(w->random, sizeof w->random, why);
    return rc == TRI_OK ? tri_client_ask(c, w->kind, body,
                                         tri_work_print(body, w), reply, why)
                        : rc;
}

void tri_client_print(const struct tri_client *c)
{
    static char text[TRI_PARTIES][TRI_MESSAGE_TEXT + 1];
    int same = 1;

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        const struct tri_talk *const t = c->calls.talk[j];

        tri_message_text(text[j], sizeof text[j], t->body, t->m.len);
        same &= strcmp(text[j], text[0]) == 0;
    }
    for (unsigned j = 0; j < (same ? 1u : TRI_PARTIES); j++)
        same ? printf("%s", text[j]) : printf("party %u: %s", j, text[j]);
}

int tri_client_name(struct tri_work *w, const char *option, const char *name,
                    struct tri_why *why)
{
    if (name == NULL)
        return tri_why(why, TRI_E_ARG, "option --%s is missing", option);
    if (!tri_config_name(name, strlen(name)))
        return tri_why(why, TRI_E_ARG, "option --%s: '%.60s' is no name",
                       option, name);
    memcpy(w->name, name, strlen(name));
    return TRI_OK;
}
