#include "boards/host/serve/reload.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/base/file.h"
#include "boards/host/serve/room.h"
#include "boards/host/serve/store.h"
#include "core/err.h"

static atomic_int asked; /* by a handler, in whatever thread */

static void note(int sig)
{
    (void)sig;
    atomic_store(&asked, 1);
}

void tri_reload_listen(void)
{
    struct sigaction sa, was;

    memset(&sa, 0, sizeof sa);
    sa.sa_handler = note;
    sa.sa_flags = SA_RESTART;
    sigemptyset(&sa.sa_mask);
    if (sigaction(SIGHUP, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
        (void)sigaction(SIGHUP, &sa, NULL);
}

int tri_reload_asked(void)
{
    return atomic_exchange(&asked, 0);
}

/* ---- what may not change ------------------------------------------------- */

/* The name of a line that differs, or NULL. */
static const char *differs(const struct tri_config *a,
                           const struct tri_config *b)
{
    static const struct {
        const char *name;
        size_t at;
    } text[] = {
        { "key", offsetof(struct tri_config, key) },
        { "listen", offsetof(struct tri_config, listen) },
        { "interface", offsetof(struct tri_config, interface) },
        { "data", offsetof(struct tri_config, data) },
        { "out", offsetof(struct tri_config, out) },
        { "listen-clients", offsetof(struct tri_config, listen_clients) },
        { "store", offsetof(struct tri_config, store) },
        { "metrics", offsetof(struct tri_config, metrics) },
    };

    for (unsigned j = 0; j < TRI_PARTIES; j++) {
        if (strcmp(a->party[j].addr, b->party[j].addr) != 0 ||
            memcmp(a->party[j].key, b->party[j].key, TRI_KEY_BYTES) != 0)
            return "party";
        if (strcmp(a->service[j], b->service[j]) != 0)
            return "service";
    }
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        if (strcmp((const char *)a + text[i].at,
                   (const char *)b + text[i].at) != 0)
            return text[i].name;
    return a->id != b->id               ? "id"
           : a->deadline != b->deadline ? "deadline"
           : a->connect != b->connect   ? "connect"
                                        : NULL;
}

/* ---- clients ------------------------------------------------------------- */

static const struct tri_config_client *of_key(const struct tri_config *c,
                                              const uint8_t *key)
{
    for (size_t i = 0; i < c->clients; i++)
        if (memcmp(c->client[i].key, key, TRI_KEY_BYTES) == 0)
            return &c->client[i];
    return NULL;
}

/* Places for `n` more: unused ones, then of clients who had gone before. */
static int place(struct tri_config_client *all, size_t *used, uint64_t gone,
                 const struct tri_config_client *fresh)
{
    if (*used < TRI_CONFIG_CLIENTS) {
        all[(*used)++] = *fresh;
        return 1;
    }
    for (size_t i = 0; i < *used; i++)
        if (all[i].rights == 0 && (gone >> i & 1) == 0) {
            all[i] = *fresh;
            return 1;
        }
    return 0;
}

int tri_reload_merge(struct tri_config *now, const struct tri_config *fresh,
                     uint64_t *end, char text[TRI_RELOAD_TEXT],
                     struct tri_why *why)
{
    const char *const other = differs(now, fresh);
    struct tri_config_client all[TRI_CONFIG_CLIENTS];
    size_t used = now->clients;
    unsigned came = 0, went = 0, changed = 0;

    *end = 0;
    if (other != NULL)
        return tri_why(why, TRI_E_ARG,
                       "line `%s` has changed: that needs another start",
                       other);
    memcpy(all, now->client, sizeof all);
    for (size_t i = 0; i < now->clients; i++) {
        const struct tri_config_client *const f = of_key(fresh, all[i].key);
        const unsigned rights = f != NULL ? f->rights : 0;

        if ((all[i].rights & ~rights) != 0)
            *end |= UINT64_C(1) << i;
        went += all[i].rights != 0 && rights == 0;
        came += all[i].rights == 0 && rights != 0;
        changed +=
            all[i].rights != 0 && rights != 0 &&
            (all[i].rights != rights || strcmp(all[i].name, f->name) != 0);
        if (f != NULL)
            all[i] = *f;
        all[i].rights = rights;
    }
    for (size_t i = 0; i < fresh->clients; i++)
        if (of_key(now, fresh->client[i].key) == NULL) {
            if (!place(all, &used, *end, &fresh->client[i]))
                return tri_why(why, TRI_E_NOMEM,
                               "no place is left for client %s: start the "
                               "party again",
                               fresh->client[i].name);
            came++;
        }
    memcpy(now->client, all, sizeof all);
    now->clients = used;
    now->limit_bytes = fresh->limit_bytes;
    now->limit_jobs = fresh->limit_jobs;
    now->limit_rate = fresh->limit_rate;
    now->limit_store = fresh->limit_store;
    snprintf(text, TRI_RELOAD_TEXT,
             "%u clients added, %u removed, %u changed; limits of each: %u "
             "bytes, %u requests, %u a second",
             came, went, changed, now->limit_bytes, now->limit_jobs,
             now->limit_rate);
    return TRI_OK;
}

int tri_reload(struct tri_config *now, const char *path,
               const struct tri_room *room, struct tri_store *store,
               uint64_t *end, char text[TRI_RELOAD_TEXT], struct tri_why *why)
{
    struct tri_config *const fresh = malloc(sizeof *fresh);
    struct tri_config_errors *const e = calloc(1, sizeof *e);
    uint8_t *bytes = NULL;
    size_t len = 0;
    int rc = fresh != NULL && e != NULL
                 ? tri_file_read(path, TRI_CONFIG_BYTES, &bytes, &len, why)
                 : tri_why(why, TRI_E_NOMEM, "no memory");

    *end = 0;
    if (rc == TRI_OK &&
        tri_config_parse(fresh, (const char *)bytes, len, e) != TRI_OK)
        rc = tri_why(why, TRI_E_FORMAT, "line %u: %s", e->e[0].line,
                     e->e[0].text);
    if (rc == TRI_OK)
        rc = tri_room_clients(room, fresh, tri_store_others_than(store, fresh),
                              why);
    if (rc == TRI_OK)
        rc = tri_reload_merge(now, fresh, end, text, why);
    free(bytes);
    free(e);
    free(fresh);
    return rc;
}
