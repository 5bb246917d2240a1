#include "boards/host/serve/models.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "boards/host/party/run.h"
#include "core/err.h"

static const char suffix[] = ".share";

/* The name of a model's file without its end; 0 if it is none. */
static size_t stem(const char *file)
{
    const size_t n = strlen(file), end = sizeof suffix - 1;

    return n > end && strcmp(file + n - end, suffix) == 0 &&
                   tri_config_name(file, n - end)
               ? n - end
               : 0;
}

static int open_one(struct tri_models *m, const struct tri_peers *peers,
                    const char *file, const struct tri_kernels *k,
                    struct tri_why *why)
{
    char path[2 * TRI_CONFIG_NAME];
    struct tri_share *s;
    int rc;

    if (m->n == TRI_MODELS_MOST)
        return tri_why(why, TRI_E_ARG, "the store has more than %d models",
                       TRI_MODELS_MOST);
    rc = tri_peers_path(peers, TRI_DIR_STORE, file, path, why);
    if (rc != TRI_OK)
        return rc;
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    m->share[m->n] = s;
    memset(m->name[m->n], 0, sizeof m->name[m->n]);
    memcpy(m->name[m->n++], file, stem(file));
    rc = tri_share_open(s, path, TRI_SHARE_MODEL, -1, k, why);
    return rc == TRI_OK ? tri_share_serves(s, TRI_SHARING_REPLICATED,
                                           peers->config.id, why)
                        : rc;
}

int tri_models_open(struct tri_models *m, const struct tri_peers *peers,
                    const struct tri_kernels *k, struct tri_why *why)
{
    char path[2 * TRI_CONFIG_NAME];
    const struct dirent *entry;
    int rc = tri_peers_path(peers, TRI_DIR_STORE, ".", path, why);
    DIR *dir;

    m->n = 0;
    if (rc != TRI_OK)
        return rc;
    dir = opendir(path);
    if (dir == NULL)
        return tri_why(why, TRI_E_IO, "%.300s: %s", path, strerror(errno));
    while (rc == TRI_OK && (entry = readdir(dir)) != NULL)
        if (stem(entry->d_name) > 0)
            rc = open_one(m, peers, entry->d_name, k, why);
    (void)closedir(dir);
    return rc;
}

const struct tri_share *tri_models_find(const struct tri_models *m,
                                        const char *name)
{
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->name[i], name) == 0)
            return m->share[i];
    return NULL;
}

int tri_models_can(const struct tri_models *m, const struct tri_ask *a,
                   struct tri_why *why)
{
    const struct tri_share *const s = tri_models_find(m, a->model);
    enum tri_scores scores = (enum tri_scores)a->scores;
    int rc;

    if (s == NULL)
        return tri_why(why, TRI_E_ARG, "there is no model %s", a->model);
    if (s->net.h != a->h || s->net.w != a->w || s->net.c != a->c)
        return tri_why(why, TRI_E_ARG,
                       "model %s takes samples of %u x %u x %u, these are "
                       "%u x %u x %u",
                       a->model, s->net.h, s->net.w, s->net.c, a->h, a->w,
                       a->c);
    if (s->head.fb != a->fb)
        return tri_why(why, TRI_E_ARG,
                       "model %s has %u fraction bits, the query %u; ask with "
                       "--frac %u",
                       a->model, s->head.fb, a->fb, s->head.fb);
    rc = tri_run_scores(&scores, &s->net, why);
    if (rc == TRI_OK && (uint32_t)scores != a->scores)
        rc = tri_why(why, TRI_E_ARG,
                     "model %s predicts a number, it has no classes; ask with "
                     "--scores logits",
                     a->model);
    return rc;
}

void tri_models_close(struct tri_models *m)
{
    for (size_t i = 0; i < m->n; i++) {
        tri_share_close(m->share[i]);
        free(m->share[i]);
    }
    m->n = 0;
}
