#include "boards/host/serve/store.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/common/agree.h"
#include "boards/host/party/run.h"
#include "boards/host/serve/definition.h"
#include "core/err.h"
#include "core/le.h"

static const char share_end[] = ".share", about_end[] = ".about";
static const char magic[] = "trinnab3";

enum {
    ABOUT_WHO = 8 + TRI_KEY_BYTES,
    ABOUT_KEYS = ABOUT_WHO + TRI_CONFIG_CLIENT_NAME,
    ABOUT_KIND = ABOUT_KEYS + TRI_WORK_NAMES * TRI_KEY_BYTES,
    ABOUT_HEAD = ABOUT_KIND + 4
};

char *tri_store_path(const struct tri_store *s, const char *name,
                     const char *end)
{
    const size_t size = 2 * TRI_CONFIG_NAME;
    char file[2 * TRI_CONFIG_CLIENT_NAME];
    struct tri_why why = { "" };
    char *const path = malloc(size);

    snprintf(file, sizeof file, "%s%s", name, end);
    if (path != NULL &&
        tri_peers_path(s->peers, TRI_DIR_STORE, file, path, &why) != TRI_OK)
        path[0] = '\0'; /* too long: nothing can be opened */
    return path;
}

/* ---- reading ------------------------------------------------------------- */

/* The name of a file without this end; 0 if it has another one. */
static size_t stem(const char *file, const char *ending)
{
    const size_t n = tri_file_stem(file, ending);

    return n > 0 && tri_config_name(file, n) ? n : 0;
}

static struct tri_entry *find(const struct tri_store *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->entry[i]->name, name) == 0)
            return s->entry[i];
    return NULL;
}

static int add(struct tri_store *s, struct tri_entry **e, const char *name,
               struct tri_why *why)
{
    struct tri_entry *const new = calloc(1, sizeof *new);

    if (new == NULL || s->n == TRI_STORE_MOST) {
        free(new);
        return tri_why(why, TRI_E_NOMEM,
                       "the store has room for %d data sets and models",
                       TRI_STORE_MOST);
    }
    memcpy(new->name, name, strnlen(name, sizeof new->name - 1));
    new->share.fd = -1;
    s->entry[s->n++] = *e = new;
    return TRI_OK;
}

static int open_share(const struct tri_store *s, struct tri_entry *e,
                      struct tri_why *why)
{
    char *const path = tri_store_path(s, e->name, share_end);
    int rc = path != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    if (rc == TRI_OK)
        rc = tri_share_open(&e->share, path, TRI_SHARE_ANY, -1, s->k, why);
    if (rc == TRI_OK && e->share.head.kind != TRI_SHARE_DATA &&
        e->share.head.kind != TRI_SHARE_MODEL)
        rc = tri_why(why, TRI_E_ARG, "%s: is no share of a data set or a model",
                     path);
    if (rc == TRI_OK)
        rc = tri_share_serves(&e->share, TRI_SHARING_REPLICATED,
                              s->peers->config.id, why);
    free(path);
    return rc;
}

/* What it takes until its share is placed: that of an upload soon is. */
static void expect(const struct tri_store *s, struct tri_entry *e)
{
    if (e->work.kind == TRI_MESSAGE_TRAIN)
        e->expected = tri_definition_bytes(e->work.text, s->peers->config.id);
}

/* The owner and the request of an entry, if it has any. */
static int read_about(const struct tri_store *s, struct tri_entry *e,
                      struct tri_why *why)
{
    char *const path = tri_store_path(s, e->name, about_end);
    uint8_t parties[TRI_PARTIES][TRI_KEY_BYTES], *buf = NULL;
    size_t len = 0;
    int rc = TRI_OK;

    if (path == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    if (access(path, F_OK) == 0) {
        rc = tri_file_read(path, ABOUT_HEAD + TRI_WORK_MOST, &buf, &len, why);
        if (rc == TRI_OK &&
            (len < ABOUT_HEAD || memcmp(buf, magic, 8) != 0 ||
             tri_work_parse(&e->work, tri_le_load32(buf + ABOUT_KIND),
                            buf + ABOUT_HEAD, len - ABOUT_HEAD) != TRI_OK ||
             strcmp(e->work.name, e->name) != 0))
            rc = tri_why(why, TRI_E_FORMAT,
                         "%s: is damaged, or of another version", path);
    }
    if (rc == TRI_OK && buf != NULL) {
        e->owned = 1;
        expect(s, e);
        memcpy(e->owner, buf + 8, TRI_KEY_BYTES);
        memcpy(e->work.who, buf + ABOUT_WHO, sizeof e->work.who - 1);
        memcpy(e->work.key, buf + ABOUT_KEYS, sizeof e->work.key);
        for (unsigned j = 0; j < TRI_PARTIES; j++)
            memcpy(parties[j], s->peers->config.party[j].key, TRI_KEY_BYTES);
        tri_job_id(e->id, parties, e->owner, e->work.kind, buf + ABOUT_HEAD,
                   len - ABOUT_HEAD);
    }
    free(buf);
    free(path);
    return rc;
}

/* What nobody owns is named by what it is. */
static void name_placed(struct tri_entry *e)
{
    struct tri_hash h;

    if (e->owned)
        return;
    tri_hash_init(&h, NULL, 0);
    tri_hash_update(&h, e->name, sizeof e->name);
    tri_hash_update(&h, e->share.head.pair, sizeof e->share.head.pair);
    tri_hash_final(&h, e->id);
}

/* One file of the directory: a share, or what a training is to make. */
static int open_one(struct tri_store *s, const char *file, struct tri_why *why)
{
    const int share = stem(file, share_end) > 0;
    const size_t n = stem(file, share ? share_end : about_end);
    char name[TRI_CONFIG_CLIENT_NAME] = "";
    struct tri_entry *e = NULL;
    char *path;
    int rc;

    if (n == 0)
        return TRI_OK;
    memcpy(name, file, n);
    path = tri_store_path(s, name, share_end);
    if (path == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    if (!share && access(path, F_OK) == 0) {
        free(path); /* it is read with its share */
        return TRI_OK;
    }
    free(path);
    rc = add(s, &e, name, why);
    if (rc == TRI_OK) {
        e->kept = 1;
        rc = read_about(s, e, why);
    }
    if (rc == TRI_OK && share) {
        rc = open_share(s, e, why);
        e->placed = rc == TRI_OK;
        name_placed(e);
    }
    return rc;
}

int tri_store_open(struct tri_store *s, const struct tri_peers *peers,
                   const struct tri_kernels *k, struct tri_why *why)
{
    char path[2 * TRI_CONFIG_NAME];
    const struct dirent *entry;
    int rc = tri_peers_path(peers, TRI_DIR_STORE, ".", path, why);
    DIR *dir;

    *s = (struct tri_store){ .peers = peers, .k = k };
    if (pthread_mutex_init(&s->lock, NULL) != 0)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    if (rc != TRI_OK)
        return rc;
    dir = opendir(path);
    if (dir == NULL)
        return tri_why(why, TRI_E_IO, "%.300s: %s", path, strerror(errno));
    while (rc == TRI_OK && (entry = readdir(dir)) != NULL)
        rc = open_one(s, entry->d_name, why);
    (void)closedir(dir);
    for (size_t i = s->n; rc == TRI_OK && i-- > 0;)
        if (!s->entry[i]->placed &&
            s->entry[i]->work.kind == TRI_MESSAGE_UPLOAD)
            tri_store_drop(s, s->entry[i]);
    return rc;
}

static void free_entry(struct tri_entry *e)
{
    tri_share_close(&e->share);
    free(e);
}

void tri_store_close(struct tri_store *s)
{
    if (s->peers == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        free_entry(s->entry[i]);
    (void)pthread_mutex_destroy(&s->lock);
    s->n = 0;
}

/* ---- looking ------------------------------------------------------------- */

struct tri_entry *tri_store_any(struct tri_store *s, const char *name)
{
    struct tri_entry *e;

    (void)pthread_mutex_lock(&s->lock);
    e = find(s, name);
    (void)pthread_mutex_unlock(&s->lock);
    return e;
}

enum tri_store_known tri_store_known(struct tri_store *s, const char *name,
                                     const uint8_t *id)
{
    const struct tri_entry *e;
    enum tri_store_known known = TRI_STORE_FREE;

    (void)pthread_mutex_lock(&s->lock);
    e = find(s, name);
    if (e != NULL)
        known = id != NULL && memcmp(e->id, id, TRI_JOB_ID) == 0
                    ? TRI_STORE_SAME
                    : TRI_STORE_OTHER;
    (void)pthread_mutex_unlock(&s->lock);
    return known;
}

static int trains(const struct tri_entry *e, const uint8_t *owner)
{
    return e->turn > 0 && (owner == NULL || tri_entry_of(e, owner));
}

void tri_store_hold(struct tri_store *s, struct tri_entry *e, const char *text)
{
    (void)pthread_mutex_lock(&s->lock);
    e->held = 1;
    snprintf(e->why, sizeof e->why, "%s", text);
    (void)pthread_mutex_unlock(&s->lock);
}

/* Locked: the training of this client, NULL: of any, whose turn comes first, up
 * to turn `most`. */
static struct tri_entry *first(const struct tri_store *s, const uint8_t *owner,
                               uint64_t most)
{
    struct tri_entry *next = NULL;

    for (size_t i = 0; i < s->n; i++)
        if (trains(s->entry[i], owner) && !s->entry[i]->held &&
            s->entry[i]->turn <= most &&
            (next == NULL || s->entry[i]->turn < next->turn))
            next = s->entry[i];
    return next;
}

struct tri_entry *tri_store_next(struct tri_store *s)
{
    struct tri_entry *next;

    (void)pthread_mutex_lock(&s->lock);
    next = first(s, NULL, UINT64_MAX);
    (void)pthread_mutex_unlock(&s->lock);
    return next;
}

int tri_store_others(struct tri_store *s, const uint8_t owner[TRI_KEY_BYTES])
{
    int any = 0;

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++)
        any |= trains(s->entry[i], NULL) && !s->entry[i]->held &&
               !trains(s->entry[i], owner);
    (void)pthread_mutex_unlock(&s->lock);
    return any;
}

static void to_the_end(struct tri_store *s, struct tri_entry *e)
{
    size_t i = 0;

    while (s->entry[i] != e)
        i++;
    memmove(&s->entry[i], &s->entry[i + 1],
            (s->n - 1 - i) * sizeof s->entry[0]);
    s->entry[s->n - 1] = e;
}

/* Also in the list: by that of party 0 trainings go on after joining again. */
void tri_store_yield(struct tri_store *s, const uint8_t owner[TRI_KEY_BYTES])
{
    struct tri_entry *e;

    (void)pthread_mutex_lock(&s->lock);
    for (const uint64_t until = s->turns;
         (e = first(s, owner, until)) != NULL;) {
        to_the_end(s, e);
        e->turn = ++s->turns;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

const struct tri_entry *tri_store_find(struct tri_store *s, const char *name,
                                       enum tri_share_kind kind)
{
    const struct tri_entry *e;

    (void)pthread_mutex_lock(&s->lock);
    e = find(s, name);
    if (e != NULL && !(e->agreed && e->placed && e->share.head.kind == kind))
        e = NULL;
    (void)pthread_mutex_unlock(&s->lock);
    return e;
}

int tri_store_read(struct tri_store *s, const char *name, uint64_t *bytes)
{
    const struct tri_entry *const e = tri_store_find(s, name, TRI_SHARE_MODEL);

    if (e == NULL)
        return -1;
    *bytes = tri_share_header(&e->share.head) + e->share.head.text +
             e->share.head.content;
    return fcntl(e->share.fd, F_DUPFD_CLOEXEC, 0);
}

int tri_entry_of(const struct tri_entry *e, const uint8_t key[TRI_KEY_BYTES])
{
    return !e->owned || memcmp(e->owner, key, TRI_KEY_BYTES) == 0;
}

int tri_entry_allows(const struct tri_entry *e,
                     const struct tri_config_client *who)
{
    return tri_entry_of(e, who->key) || tri_work_allows(&e->work, who->key);
}

int tri_store_can_ask(struct tri_store *s, const struct tri_config_client *who,
                      const struct tri_ask *a, struct tri_why *why)
{
    const struct tri_entry *const e =
        tri_store_find(s, a->model, TRI_SHARE_MODEL);
    const struct tri_share *m;
    enum tri_scores scores = (enum tri_scores)a->scores;
    int rc;

    if (e == NULL || !tri_entry_allows(e, who))
        return tri_why(why, TRI_E_ARG,
                       "client %s may not query model %s: there is no such "
                       "model, or its owner has not allowed that",
                       who->name, a->model);
    m = &e->share;
    if (m->net.h != a->h || m->net.w != a->w || m->net.c != a->c)
        return tri_why(why, TRI_E_ARG,
                       "model %s takes samples of %u x %u x %u, these are "
                       "%u x %u x %u",
                       a->model, m->net.h, m->net.w, m->net.c, a->h, a->w,
                       a->c);
    if (m->head.fb != a->fb)
        return tri_why(why, TRI_E_ARG,
                       "model %s has %u fraction bits, the query %u; ask with "
                       "--frac %u",
                       a->model, m->head.fb, a->fb, m->head.fb);
    rc = tri_run_scores(&scores, &m->net, why);
    if (rc == TRI_OK && (uint32_t)scores != a->scores)
        rc = tri_why(why, TRI_E_ARG,
                     "model %s predicts a number, it has no classes; ask with "
                     "--scores logits",
                     a->model);
    return rc;
}

static void describe(const struct tri_entry *e, struct tri_text *t)
{
    const struct tri_share *const s = &e->share;

    if (s->head.kind == TRI_SHARE_MODEL)
        tri_text_add(t,
                     "model %s: samples %u x %u x %u, %u outputs, %u fraction "
                     "bits\n",
                     e->name, s->net.h, s->net.w, s->net.c, s->net.classes,
                     s->head.fb);
    else
        tri_text_add(t,
                     "data %s: %u samples %u x %u x %u, %u classes, %u "
                     "fraction bits\n",
                     e->name, s->head.count, s->head.h, s->head.w, s->head.c,
                     s->head.classes, s->head.fb);
}

size_t tri_store_list(struct tri_store *s, const struct tri_config_client *who,
                      char *out, size_t size)
{
    struct tri_text t = { out, size, 0 };

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++)
        if (s->entry[i]->agreed && tri_entry_allows(s->entry[i], who))
            describe(s->entry[i], &t);
    (void)pthread_mutex_unlock(&s->lock);
    return tri_message_lines(&t);
}

int tri_store_trains(struct tri_store *s, const char *name,
                     const uint8_t owner[TRI_KEY_BYTES], uint8_t id[TRI_JOB_ID])
{
    const struct tri_entry *e;
    int yes;

    (void)pthread_mutex_lock(&s->lock);
    e = find(s, name);
    yes = e != NULL && trains(e, owner);
    if (yes)
        memcpy(id, e->id, TRI_JOB_ID);
    (void)pthread_mutex_unlock(&s->lock);
    return yes;
}

size_t tri_store_list_trainings(struct tri_store *s,
                                const uint8_t owner[TRI_KEY_BYTES],
                                const char *now, uint32_t step, uint32_t total,
                                char *out, size_t size)
{
    struct tri_text t = { out, size, 0 };

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++) {
        const struct tri_entry *const e = s->entry[i];

        if (!trains(e, owner))
            continue;
        if (strcmp(e->name, now) == 0)
            tri_text_add(&t, "train %s  step %u of %u\n", e->name, step, total);
        else if (e->held)
            tri_text_add(&t,
                         "train %s  is held: %s; start the parties as they "
                         "were, or cancel it\n",
                         e->name, e->why);
        else
            tri_text_add(&t, "train %s  waits\n", e->name);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return tri_message_lines(&t);
}

size_t tri_store_others_than(struct tri_store *s, const struct tri_config *c)
{
    size_t n = 0;

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++) {
        int theirs = 0;

        for (size_t j = 0; s->entry[i]->owned && j < c->clients; j++)
            theirs |= tri_entry_of(s->entry[i], c->client[j].key);
        n += !theirs;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return n;
}

size_t tri_store_models(struct tri_store *s)
{
    size_t n = 0;

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++)
        n += s->entry[i]->agreed && s->entry[i]->placed &&
             s->entry[i]->share.head.kind == TRI_SHARE_MODEL;
    (void)pthread_mutex_unlock(&s->lock);
    return n;
}

uint64_t tri_store_bytes(struct tri_store *s,
                         const uint8_t owner[TRI_KEY_BYTES])
{
    uint64_t bytes = 0;

    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n; i++)
        if (s->entry[i]->owned && tri_entry_of(s->entry[i], owner))
            bytes += s->entry[i]->placed ? s->entry[i]->share.head.content
                                         : s->entry[i]->expected;
    (void)pthread_mutex_unlock(&s->lock);
    return bytes;
}

/* ---- what all three have ---------------------------------------------------
 */

enum { LINE = TRI_STORE_LINE, LIST = TRI_STORE_LIST };

/* Its names, each with a byte that says whether the share is there. */
static void list(const struct tri_store *s, uint8_t out[LIST])
{
    memset(out, 0, LIST);
    tri_le_store32(out, (uint32_t)s->n);
    for (size_t i = 0; i < s->n; i++) {
        memcpy(out + 4 + i * LINE, s->entry[i]->id, TRI_JOB_ID);
        out[4 + i * LINE + TRI_JOB_ID] = (uint8_t)s->entry[i]->placed;
    }
}

int tri_store_listed(const uint8_t in[LIST], const uint8_t id[TRI_JOB_ID],
                     size_t *at)
{
    for (*at = 0; *at < TRI_STORE_MOST && *at < tri_le_load32(in); ++*at)
        if (memcmp(in + 4 + *at * LINE, id, TRI_JOB_ID) == 0)
            return 1 + (in[4 + *at * LINE + TRI_JOB_ID] != 0);
    return 0;
}

/* What not all three have begun is begun by nobody; a share that not all have
 * is made again, or sent again. Trainings go on in the order in which party 0
 * has them. Their data are stored: a party that has nothing at all was started
 * with another directory, and what the others have waits for it. */
static void compare(struct tri_store *s, uint8_t said[TRI_PARTIES][LIST])
{
    int empty = 0;

    for (unsigned j = 0; j < TRI_PARTIES; j++)
        empty |= tri_le_load32(said[j]) == 0;
    for (size_t i = s->n; i-- > 0;) {
        struct tri_entry *const e = s->entry[i];
        int least = 2;
        size_t at = 0;

        for (unsigned j = TRI_PARTIES; j-- > 0;) {
            const int here = tri_store_listed(said[j], e->id, &at);

            least = here < least ? here : least;
        }
        (void)pthread_mutex_lock(&s->lock);
        e->agreed = least == 2;
        e->held = 0;
        e->turn = least == 1 && e->owned && e->work.kind == TRI_MESSAGE_TRAIN
                      ? at + 1
                      : 0;
        (void)pthread_mutex_unlock(&s->lock);
        /* What is saved waits for a party whose store is another one now. */
        if (least == 0 && !e->placed && !empty &&
            tri_store_saved(s, e->name) == 0)
            tri_store_drop(s, e);
    }
    s->turns = TRI_STORE_MOST;
}

int tri_store_agree(struct tri_store *s, struct tri_link *l)
{
    uint8_t(*const said)[LIST] = malloc(sizeof(uint8_t[TRI_PARTIES][LIST]));
    int rc = TRI_E_NOMEM;

    if (said != NULL) {
        list(s, said[l->id]);
        rc = tri_agree_said(l, said, LIST, "data sets and models");
    }
    if (rc == TRI_OK)
        compare(s, said);
    free(said);
    return rc;
}

/* ---- changing ------------------------------------------------------------ */

static int write_about(const struct tri_store *s, const struct tri_entry *e,
                       struct tri_why *why)
{
    char *const path = tri_store_path(s, e->name, about_end);
    uint8_t *const buf = malloc(ABOUT_HEAD + TRI_WORK_MOST);
    struct tri_out o = { .fd = -1 };
    int rc = TRI_E_NOMEM;

    if (path != NULL && buf != NULL) {
        memcpy(buf, magic, 8);
        memcpy(buf + 8, e->owner, TRI_KEY_BYTES);
        memcpy(buf + ABOUT_WHO, e->work.who, sizeof e->work.who);
        memcpy(buf + ABOUT_KEYS, e->work.key, sizeof e->work.key);
        tri_le_store32(buf + ABOUT_KIND, e->work.kind);
        rc = tri_out_open(&o, path, why);
        if (rc == TRI_OK)
            rc = tri_out_write(
                &o, buf,
                ABOUT_HEAD + tri_work_print(buf + ABOUT_HEAD, &e->work), why);
        if (rc == TRI_OK)
            rc = tri_out_commit(&o, why);
    }
    free(buf);
    free(path);
    return rc;
}

/* How many entries belong to this client? */
static size_t count(const struct tri_store *s, const uint8_t *owner)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += s->entry[i]->owned && tri_entry_of(s->entry[i], owner);
    return n;
}

int tri_store_begin(struct tri_store *s, struct tri_entry **e,
                    const uint8_t owner[TRI_KEY_BYTES],
                    const uint8_t id[TRI_JOB_ID], const struct tri_work *w,
                    struct tri_why *why)
{
    char *const path = tri_store_path(s, w->name, share_end);
    int rc = path != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    /* A share that whoever runs the party has put there meanwhile stays. */
    if (rc == TRI_OK &&
        (tri_store_any(s, w->name) != NULL || access(path, F_OK) == 0))
        rc = tri_why(why, TRI_E_ARG,
                     "there is a data set or a model %s already", w->name);
    free(path);
    if (rc != TRI_OK)
        return rc;
    (void)pthread_mutex_lock(&s->lock);
    rc = count(s, owner) < TRI_STORE_EACH
             ? add(s, e, w->name, why)
             : tri_why(why, TRI_E_NOMEM,
                       "a client has %d data sets, models and trainings here "
                       "at most",
                       TRI_STORE_EACH);
    if (rc == TRI_OK) {
        (*e)->owned = 1;
        memcpy((*e)->owner, owner, TRI_KEY_BYTES);
        memcpy((*e)->id, id, TRI_JOB_ID);
        (*e)->work = *w;
        expect(s, *e);
    }
    (void)pthread_mutex_unlock(&s->lock);
    if (rc == TRI_OK) {
        rc = write_about(s, *e, why);
        if (rc != TRI_OK) {
            tri_store_drop(s, *e);
            *e = NULL;
        }
    }
    return rc;
}

int tri_store_placed(struct tri_store *s, struct tri_entry *e,
                     struct tri_why *why)
{
    int rc;

    (void)pthread_mutex_lock(&s->lock);
    if (e->placed)
        tri_share_close(&e->share);
    rc = open_share(s, e, why);
    e->placed = rc == TRI_OK;
    (void)pthread_mutex_unlock(&s->lock);
    return rc;
}

void tri_store_agreed(struct tri_store *s, struct tri_entry *e)
{
    (void)pthread_mutex_lock(&s->lock);
    e->agreed = 1;
    e->turn = 0;
    (void)pthread_mutex_unlock(&s->lock);
}

void tri_store_begun(struct tri_store *s, struct tri_entry *e)
{
    (void)pthread_mutex_lock(&s->lock);
    e->turn = ++s->turns;
    (void)pthread_mutex_unlock(&s->lock);
}

static void remove_file(const struct tri_store *s, const char *name,
                        const char *end)
{
    char *const path = tri_store_path(s, name, end);

    if (path != NULL)
        (void)unlink(path);
    free(path);
}

unsigned tri_store_saved(const struct tri_store *s, const char *name)
{
    unsigned n = 0;

    for (int i = 0; i < 2; i++) {
        char end[20];
        char *path;

        snprintf(end, sizeof end, ".p%u.%c.ckpt", s->peers->config.id, 'a' + i);
        path = tri_store_path(s, name, end);
        n += path != NULL && access(path, F_OK) == 0;
        free(path);
    }
    return n;
}

void tri_store_clear(const struct tri_store *s, const char *name)
{
    static const char *const ends[] = { "a.ckpt", "b.ckpt", "aborted" };
    char end[20];

    for (int i = 0; i < 3; i++) {
        snprintf(end, sizeof end, ".p%u.%s", s->peers->config.id, ends[i]);
        remove_file(s, name, end);
    }
}

/* Its owner goes last: a share without one would belong to nobody. */
void tri_store_drop(struct tri_store *s, struct tri_entry *e)
{
    char *const path = tri_store_path(s, e->name, about_end);
    size_t i = 0;

    (void)pthread_mutex_lock(&s->lock);
    while (i < s->n && s->entry[i] != e)
        i++;
    if (i < s->n)
        memmove(&s->entry[i], &s->entry[i + 1],
                (--s->n - i) * sizeof s->entry[0]);
    (void)pthread_mutex_unlock(&s->lock);
    tri_store_clear(s, e->name);
    remove_file(s, e->name, share_end);
    if (path != NULL) {
        (void)tri_file_sync_dir(path);
        (void)unlink(path);
        (void)tri_file_sync_dir(path);
    }
    free(path);
    free_entry(e);
}
