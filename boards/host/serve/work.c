#include "boards/host/serve/work.h"
#include <string.h>
#include "boards/host/base/why.h"
#include "core/err.h"
#include "core/le.h"

enum {
    NAME = TRI_CONFIG_CLIENT_NAME,
    UPLOAD = TRI_WORK_HEAD + TRI_WORK_LIST + 3 * 8,
    TRAIN = TRI_WORK_HEAD + 3 * TRI_WORK_LIST /* without its text */
};

int tri_work_possible(uint32_t kind, uint64_t len)
{
    switch (kind) {
    case TRI_MESSAGE_UPLOAD:
        return len == UPLOAD;
    case TRI_MESSAGE_TRAIN:
        return len > TRAIN && len <= TRAIN + TRI_WORK_TEXT;
    case TRI_MESSAGE_CANCEL:
    case TRI_MESSAGE_FETCH:
        return len == TRI_WORK_HEAD;
    default:
        return 0;
    }
}

size_t tri_work_print(uint8_t out[TRI_WORK_MOST], const struct tri_work *w)
{
    uint8_t *p = out;

    memcpy(p, w->random, sizeof w->random);
    p += sizeof w->random;
    memcpy(p, w->name, NAME);
    p += NAME;
    if (w->kind == TRI_MESSAGE_CANCEL || w->kind == TRI_MESSAGE_FETCH)
        return (size_t)(p - out);
    memcpy(p, w->allow, TRI_WORK_LIST);
    p += TRI_WORK_LIST;
    if (w->kind == TRI_MESSAGE_UPLOAD) {
        for (unsigned i = 0; i < 3; i++, p += 8)
            tri_le_store64(p, w->bytes[i]);
        return (size_t)(p - out);
    }
    memcpy(p, w->data, TRI_WORK_LIST);
    p += TRI_WORK_LIST;
    memcpy(p, w->test, TRI_WORK_LIST);
    p += TRI_WORK_LIST;
    memcpy(p, w->text, strlen(w->text));
    return (size_t)(p - out) + strlen(w->text);
}

/* Names, then empty ones; none twice. */
static int read_list(tri_work_names out, const uint8_t *in)
{
    size_t n = 0;

    while (n < TRI_WORK_NAMES && in[n * NAME] != 0) {
        if (!tri_message_name(out[n], in + n * NAME))
            return 0;
        for (size_t i = 0; i < n; i++)
            if (strcmp(out[i], out[n]) == 0)
                return 0;
        n++;
    }
    for (size_t i = n * NAME; i < TRI_WORK_LIST; i++)
        if (in[i] != 0)
            return 0;
    return 1;
}

/* Lines of printable characters. */
static int read_text(char *out, const uint8_t *in, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((in[i] < ' ' || in[i] > '~') && in[i] != '\n')
            return 0;
    memcpy(out, in, n);
    out[n] = '\0';
    return 1;
}

int tri_work_parse(struct tri_work *w, uint32_t kind, const uint8_t *body,
                   uint64_t len)
{
    int good;

    memset(w, 0, sizeof *w);
    if (!tri_work_possible(kind, len))
        return TRI_E_PROTO;
    w->kind = (enum tri_message_kind)kind;
    memcpy(w->random, body, sizeof w->random);
    good = tri_message_name(w->name, body + sizeof w->random);
    body += TRI_WORK_HEAD;
    if (good && len > TRI_WORK_HEAD)
        good = read_list(w->allow, body);
    body += TRI_WORK_LIST;
    for (unsigned i = 0; kind == TRI_MESSAGE_UPLOAD && i < 3; i++)
        w->bytes[i] = tri_le_load64(body + (size_t)8 * i);
    if (good && kind == TRI_MESSAGE_TRAIN)
        good =
            read_list(w->data, body) && w->data[0][0] != '\0' &&
            read_list(w->test, body + TRI_WORK_LIST) &&
            read_text(w->text, body + 2 * TRI_WORK_LIST, (size_t)len - TRAIN);
    return good ? TRI_OK : TRI_E_PROTO;
}

int tri_work_list(tri_work_names out, const char *option, const char *text,
                  struct tri_why *why)
{
    size_t n = 0;

    memset(out, 0, TRI_WORK_LIST);
    while (text != NULL && *text != '\0') {
        const size_t len = strcspn(text, ",");

        if (n == TRI_WORK_NAMES)
            return tri_why(why, TRI_E_ARG, "option --%s: more than %d names",
                           option, TRI_WORK_NAMES);
        if (!tri_config_name(text, len))
            return tri_why(why, TRI_E_ARG, "option --%s: '%.*s' is no name",
                           option, (int)(len < 60 ? len : 60), text);
        memcpy(out[n], text, len);
        for (size_t i = 0; i < n; i++)
            if (strcmp(out[i], out[n]) == 0)
                return tri_why(why, TRI_E_ARG,
                               "option --%s: %s stands there twice", option,
                               out[n]);
        n++;
        text += len + (text[len] == ',');
    }
    return TRI_OK;
}

static const struct tri_config_client *named(const struct tri_config *c,
                                             const char *name)
{
    for (size_t i = 0; i < c->clients; i++)
        if (c->client[i].rights != 0 && strcmp(c->client[i].name, name) == 0)
            return &c->client[i];
    return NULL;
}

int tri_work_keys(struct tri_work *w, const struct tri_config *c,
                  struct tri_why *why)
{
    for (size_t i = 0; i < TRI_WORK_NAMES && w->allow[i][0] != '\0'; i++) {
        const struct tri_config_client *const k = named(c, w->allow[i]);

        if (k == NULL)
            return tri_why(why, TRI_E_ARG,
                           "there is no client %s that could be allowed to use "
                           "%s",
                           w->allow[i], w->name);
        memcpy(w->key[i], k->key, TRI_KEY_BYTES);
    }
    return TRI_OK;
}

int tri_work_allows(const struct tri_work *w, const uint8_t key[TRI_KEY_BYTES])
{
    for (size_t i = 0; i < TRI_WORK_NAMES && w->allow[i][0] != '\0'; i++)
        if (memcmp(w->key[i], key, TRI_KEY_BYTES) == 0)
            return 1;
    return 0;
}
