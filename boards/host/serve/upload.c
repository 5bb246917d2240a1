#include "boards/host/serve/upload.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "boards/host/party/session_open.h"
#include "boards/host/serve/room.h"
#include "boards/host/serve/together.h"
#include "core/err.h"
#include "core/le.h"

/* Of a key, of a name: so many that nobody finds two requests whose names have
 * them in common, which would be one file. */
enum { DIGITS = 32 };

static void hex(char out[DIGITS + 1], const uint8_t *bytes)
{
    for (unsigned i = 0; i < DIGITS / 2; i++)
        snprintf(out + (size_t)2 * i, 3, "%02x", bytes[i]);
}

static int part_path(char out[TRI_UPLOAD_PATH], const struct tri_store *s,
                     const uint8_t client[TRI_KEY_BYTES],
                     const uint8_t id[TRI_JOB_ID], uint64_t bytes,
                     struct tri_why *why)
{
    char who[DIGITS + 1], what[DIGITS + 1], file[2 * DIGITS + 40];

    hex(who, client);
    hex(what, id);
    snprintf(file, sizeof file, ".%s-%s-%llu.part", who, what,
             (unsigned long long)bytes);
    return tri_peers_path(s->peers, TRI_DIR_STORE, file, out, why);
}

/* Is this the name of such a file? *bytes: how many it is to have. */
static int is_part(const char *file, uint64_t *bytes)
{
    const char *const last = strrchr(file, '-');
    unsigned long long v = 0;
    const int is = file[0] == '.' && tri_file_stem(file, ".part") > 0 &&
                   last != NULL && sscanf(last + 1, "%llu.part", &v) == 1;

    *bytes = v;
    return is;
}

/* For each such file of the store. */
static void each_part(const struct tri_store *s,
                      void (*fn)(void *self, const char *path, const char *file,
                                 uint64_t bytes),
                      void *self)
{
    char path[TRI_UPLOAD_PATH];
    const struct dirent *entry;
    struct tri_why why = { "" };
    uint64_t bytes;
    DIR *dir;

    if (tri_peers_path(s->peers, TRI_DIR_STORE, ".", path, &why) != TRI_OK)
        return;
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (is_part(entry->d_name, &bytes) &&
            tri_peers_path(s->peers, TRI_DIR_STORE, entry->d_name, path,
                           &why) == TRI_OK)
            fn(self, path, entry->d_name, bytes);
    if (dir != NULL)
        (void)closedir(dir);
}

struct sum {
    char who[DIGITS + 1];
    uint64_t bytes;
    unsigned files;
};

static void add_up(void *self, const char *path, const char *file,
                   uint64_t bytes)
{
    struct sum *const sum = self;

    (void)path;
    if (strncmp(file + 1, sum->who, DIGITS) == 0) {
        sum->bytes += bytes;
        sum->files++;
    }
}

static void remove_old(void *self, const char *path, const char *file,
                       uint64_t bytes)
{
    struct stat st;

    (void)self;
    (void)file;
    (void)bytes;
    if (stat(path, &st) == 0 && time(NULL) - st.st_mtime > 7 * 24 * 3600)
        (void)unlink(path);
}

void tri_upload_sweep(const struct tri_store *s)
{
    each_part(s, remove_old, NULL);
}

/* ---- receiving ----------------------------------------------------------- */

int tri_upload_open(struct tri_upload *u, struct tri_store *s,
                    const uint8_t client[TRI_KEY_BYTES],
                    const uint8_t id[TRI_JOB_ID], const struct tri_work *w,
                    uint64_t limit, struct tri_why *why)
{
    const unsigned self = s->peers->config.id;
    struct sum sum = { .bytes = tri_store_bytes(s, client) };
    struct stat st;
    int rc;

    *u = (struct tri_upload){ .work = *w, .bytes = w->bytes[self], .fd = -1 };
    memcpy(u->id, id, TRI_JOB_ID);
    switch (tri_store_known(s, w->name, id)) {
    case TRI_STORE_SAME:
        u->have = u->bytes;
        return TRI_OK;
    case TRI_STORE_OTHER:
        return tri_why(why, TRI_E_ARG,
                       "there is a data set or a model %s already", w->name);
    default:
        break;
    }
    if (u->bytes < TRI_SHARE_PUBLIC)
        return tri_why(why, TRI_E_ARG, "%s: %llu bytes are no share", w->name,
                       (unsigned long long)u->bytes);
    rc = part_path(u->path, s, client, id, u->bytes, why);
    if (rc != TRI_OK)
        return rc;
    tri_upload_sweep(s);
    hex(sum.who, client);
    each_part(s, add_up, &sum);
    if (access(u->path, F_OK) != 0) {
        sum.bytes += u->bytes;
        sum.files++;
    }
    if (sum.files > TRI_STORE_EACH)
        return tri_why(why, TRI_E_NOMEM,
                       "%s: %d files of this client are under way already",
                       w->name, TRI_STORE_EACH);
    if (sum.bytes > limit || u->bytes > limit)
        return tri_why(why, TRI_E_NOMEM,
                       "%s: %llu bytes are more than `limit store` of this "
                       "party leaves",
                       w->name, (unsigned long long)u->bytes);
    u->fd = open(u->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (u->fd < 0 || fstat(u->fd, &st) != 0)
        return tri_why(why, TRI_E_IO, "the store cannot be written: %s",
                       strerror(errno));
    u->have = (uint64_t)st.st_size;
    return u->have <= u->bytes
               ? TRI_OK
               : tri_why(why, TRI_E_IO, "more is there than was to come");
}

int tri_upload_part(struct tri_upload *u, const uint8_t *body, uint64_t len,
                    struct tri_why *why)
{
    if (tri_le_load64(body) != u->have || len - 8 > u->bytes - u->have)
        return tri_why(why, TRI_E_PROTO,
                       "a part of %s that is not the next one", u->work.name);
    for (uint64_t at = 8; at < len;) {
        const ssize_t n =
            pwrite(u->fd, body + at, (size_t)(len - at), (off_t)u->have);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) /* a client tries again what may be a connection's fault */
            return tri_why(why, errno == ENOSPC ? TRI_E_NOMEM : TRI_E_IO,
                           "the store cannot be written: %s", strerror(errno));
        at += (uint64_t)n;
        u->have += (uint64_t)n;
    }
    return TRI_OK;
}

void tri_upload_close(struct tri_upload *u)
{
    if (u->fd >= 0)
        close(u->fd);
    u->fd = -1;
}

/* ---- into the store ------------------------------------------------------ */

/* A text for the client: not the name that its share has here. */
static void rename_in(struct tri_why *why, const char *path, const char *name)
{
    char *const at = strstr(why->text, path);
    const size_t n = strlen(name), was = strlen(path);

    if (at == NULL || n > was)
        return;
    memcpy(at, name, n);
    memmove(at + n, at + was, strlen(at + was) + 1);
}

/* Is the file what the client has announced? */
static int check(struct tri_share *share, const struct tri_store *s,
                 const char *path, const struct tri_work *w,
                 struct tri_why *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int rc = fd >= 0 && fsync(fd) == 0
                 ? TRI_OK
                 : tri_why(why, TRI_E_IO, "%s: its share is not permanent: %s",
                           w->name, strerror(errno));

    if (fd >= 0)
        close(fd);
    if (rc == TRI_OK)
        rc = tri_share_open(share, path, TRI_SHARE_ANY, -1, s->k, why);
    if (rc == TRI_OK)
        rc = tri_share_serves(share, TRI_SHARING_REPLICATED,
                              s->peers->config.id, why);
    if (rc == TRI_OK &&
        ((share->head.kind != TRI_SHARE_DATA &&
          share->head.kind != TRI_SHARE_MODEL) ||
         memcmp(share->head.pair, w->random, sizeof w->random) != 0))
        rc = tri_why(why, TRI_E_ARG, "%s: the file is not the announced share",
                     w->name);
    if (rc != TRI_OK)
        rename_in(why, path, w->name);
    return rc;
}

static int rename_to(const char *from, const char *to, struct tri_why *why)
{
    return rename(from, to) == 0 && tri_file_sync_dir(to) == 0
               ? TRI_OK
               : tri_why(why, TRI_E_IO, "the store cannot be written: %s",
                         strerror(errno));
}

/* The names: NAME.about, then NAME.share. */
static int name_it(struct tri_store *s, struct tri_entry **e,
                   const struct tri_job *j, const char *part,
                   struct tri_why *why)
{
    char *const path = tri_store_path(s, j->work->name, ".share");
    int rc = path != NULL ? TRI_OK : tri_why(why, TRI_E_NOMEM, "no memory");

    if (rc == TRI_OK)
        rc = tri_store_begin(s, e, j->key, j->id, j->work, why);
    if (rc == TRI_OK)
        rc = rename_to(part, path, why);
    if (rc == TRI_OK)
        rc = tri_store_placed(s, *e, why);
    free(path);
    return rc;
}

int tri_upload_place(struct tri_store *s, struct tri_link *l,
                     const struct tri_engine_kind *kind,
                     const struct tri_room *room, const struct tri_job *j,
                     int *refused, struct tri_why *why)
{
    const enum tri_store_known known = tri_store_known(s, j->work->name, j->id);
    struct tri_entry *e = tri_store_any(s, j->work->name);
    struct tri_share share = { .fd = -1 };
    char part[TRI_UPLOAD_PATH];
    int rc, bad = 0;

    *refused = known == TRI_STORE_OTHER
                   ? tri_why(why, TRI_E_ARG,
                             "there is a data set or a model %s already",
                             j->work->name)
                   : part_path(part, s, j->key, j->id,
                               j->work->bytes[s->peers->config.id], why);
    if (*refused == TRI_OK && known == TRI_STORE_FREE) {
        *refused = check(&share, s, part, j->work, why);
        if (*refused == TRI_OK && share.head.kind == TRI_SHARE_MODEL)
            *refused = tri_room_takes(room, &share.net, share.head.fb,
                                      j->work->name, why);
        bad = *refused != TRI_OK && *refused != TRI_E_IO;
    }
    rc = tri_all_could(l, refused, why);
    if (rc == TRI_OK && *refused == TRI_OK) {
        rc = tri_share_agree(l, kind, j->work->name,
                             known == TRI_STORE_SAME ? &e->share : &share,
                             refused, why);
        bad = rc == TRI_OK && *refused != TRI_OK && known == TRI_STORE_FREE;
    }
    tri_share_close(&share);
    if (bad) /* to go on with it is of no use */
        (void)unlink(part);
    if (rc == TRI_OK && *refused == TRI_OK) {
        if (known == TRI_STORE_FREE)
            *refused = name_it(s, &e, j, part, why);
        if (*refused != TRI_OK && e != NULL && !e->placed)
            tri_store_drop(s, e);
        rc = tri_all_could(l, refused, why);
    }
    if (rc == TRI_OK && *refused == TRI_OK)
        tri_store_agreed(s, e);
    return rc;
}
