#include "boards/host/base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "core/err.h"
#include "core/mem.h"
#include "net/host/random.h"

enum { OUT_BUF = 1 << 16 };

/* After the name of a file that is being written; mkostemp() fills it in. */
static const char out_tail[] = ".new-XXXXXX";

int tri_file_pread(int fd, const char *path, void *buf, size_t n, uint64_t at,
                   struct tri_why *why)
{
    uint8_t *p = buf;

    while (n > 0) {
        const ssize_t got = pread(fd, p, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return tri_why(why, TRI_E_IO, "%s: cannot read at byte %llu: %s",
                           path, (unsigned long long)at, strerror(errno));
        if (got == 0)
            return tri_why(why, TRI_E_IO,
                           "%s: ends at byte %llu, %zu bytes are missing", path,
                           (unsigned long long)at, n);
        p += got;
        n -= (size_t)got;
        at += (uint64_t)got;
    }
    return TRI_OK;
}

int tri_file_fault(int err)
{
    switch (err) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
    case EIO:
        return TRI_E_IO;
    default:
        return TRI_E_ARG;
    }
}

size_t tri_file_stem(const char *name, const char *ending)
{
    const size_t n = strlen(name), end = strlen(ending);

    return n > end && strcmp(name + n - end, ending) == 0 ? n - end : 0;
}

int tri_file_open(int *out, const char *path, struct stat *st,
                  struct tri_why *why)
{
    /* Not blocking: the name may be that of a pipe. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int rc = TRI_OK;

    *out = fd;
    if (fd < 0)
        rc = tri_why(why, tri_file_fault(errno), "%s: cannot be opened: %s",
                     path, strerror(errno));
    else if (fstat(fd, st) != 0)
        rc = tri_why(why, tri_file_fault(errno), "%s: cannot be examined: %s",
                     path, strerror(errno));
    else if (!S_ISREG(st->st_mode))
        rc = tri_why(why, TRI_E_ARG, "%s: is not a regular file", path);
    if (rc != TRI_OK && fd >= 0)
        close(fd);
    if (rc != TRI_OK)
        *out = -1;
    return rc;
}

int tri_file_append(int fd, const void *data, size_t n)
{
    const uint8_t *p = data;

    while (n > 0) {
        const ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

int tri_file_read(const char *path, size_t max, uint8_t **buf, size_t *len,
                  struct tri_why *why)
{
    struct stat st;
    int fd, rc = tri_file_open(&fd, path, &st, why);

    *buf = NULL;
    *len = 0;
    if (rc != TRI_OK)
        return rc;
    if ((uint64_t)st.st_size > max) {
        rc = tri_why(why, TRI_E_ARG,
                     "%s: has %lld bytes; at most %zu are expected", path,
                     (long long)st.st_size, max);
    } else {
        *len = (size_t)st.st_size;
        *buf = malloc(*len + 1);
        rc = *buf != NULL ? tri_file_pread(fd, path, *buf, *len, 0, why)
                          : tri_why(why, TRI_E_NOMEM,
                                    "%s: no memory for %zu bytes", path, *len);
    }
    if (rc != TRI_OK) {
        if (*buf != NULL)
            tri_wipe(*buf, *len);
        free(*buf);
        *buf = NULL;
    }
    close(fd);
    return rc;
}

static void out_free(struct tri_out *o)
{
    if (o->buf != NULL)
        tri_wipe(o->buf, OUT_BUF);
    free(o->buf);
    free(o->path);
    free(o->tmp);
    *o = (struct tri_out){ .fd = -1, .slot = -1 };
}

void tri_out_abort(struct tri_out *o)
{
    if (o->fd < 0)
        return;
    close(o->fd);
    unlink(o->tmp);
    tri_cleanup_forget(o->slot);
    out_free(o);
}

static int out_fail(struct tri_out *o, const char *what, struct tri_why *why)
{
    const int err = errno;

    tri_why(why, TRI_E_IO, "%s: %s: %s; nothing was written", o->path, what,
            strerror(err));
    tri_out_abort(o);
    return TRI_E_IO;
}

int tri_out_open(struct tri_out *o, const char *path, struct tri_why *why)
{
    const size_t len = strlen(path);
    int rc;

    *o = (struct tri_out){ .fd = -1, .slot = -1 };
    o->path = strdup(path);
    o->tmp = malloc(len + 16);
    o->buf = malloc(OUT_BUF);
    if (o->path == NULL || o->tmp == NULL || o->buf == NULL) {
        rc = tri_why(why, TRI_E_NOMEM, "%s: no memory", path);
        goto fail;
    }
    snprintf(o->tmp, len + 16, "%s%s", path, out_tail);
    o->fd = mkostemp(o->tmp, O_CLOEXEC);
    if (o->fd < 0) {
        const int err = errno;
        rc = tri_why(why, TRI_E_IO, "%s: cannot be created: %s", path,
                     strerror(err));
        out_free(o);
        errno = err;
        return rc;
    }
    (void)flock(o->fd, LOCK_EX | LOCK_NB); /* for tri_out_sweep() */
    o->slot = tri_cleanup_path(o->tmp);
    return TRI_OK;
fail:
    out_free(o);
    return rc;
}

int tri_out_try(const char *path, struct tri_why *why)
{
    struct tri_out o;
    int rc = tri_out_open(&o, path, why);

    if (rc == TRI_E_IO)
        rc = tri_file_fault(errno);
    tri_out_abort(&o);
    return rc;
}

int tri_out_check(const char *path, struct tri_why *why)
{
    struct stat st;

    if (*path == '\0')
        return tri_why(why, TRI_E_ARG, "the name of an output file is empty");
    if (lstat(path, &st) == 0)
        return tri_why(why, TRI_E_ARG,
                       "%s: exists already, and nothing is written over; "
                       "remove it or give another name",
                       path);
    return tri_out_try(path, why);
}

int tri_out_drain(struct tri_out *o, struct tri_why *why)
{
    if (tri_file_append(o->fd, o->buf, o->have) != 0)
        return out_fail(o, "cannot be written", why);
    o->have = 0;
    return TRI_OK;
}

int tri_out_write(struct tri_out *o, const void *data, size_t n,
                  struct tri_why *why)
{
    const uint8_t *p = data;

    while (n > 0) {
        const size_t room = OUT_BUF - o->have;
        const size_t take = n < room ? n : room;

        memcpy(o->buf + o->have, p, take);
        o->have += take;
        p += take;
        n -= take;
        if (o->have == OUT_BUF) {
            const int rc = tri_out_drain(o, why);
            if (rc != TRI_OK)
                return rc;
        }
    }
    return TRI_OK;
}

int tri_out_patch(struct tri_out *o, uint64_t at, const void *data, size_t n,
                  struct tri_why *why)
{
    const uint8_t *p = data;
    const int rc = tri_out_drain(o, why);

    if (rc != TRI_OK)
        return rc;
    while (n > 0) {
        const ssize_t done = pwrite(o->fd, p, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return out_fail(o, "cannot be written", why);
        p += done;
        n -= (size_t)done;
        at += (uint64_t)done;
    }
    return TRI_OK;
}

int tri_out_reserve(struct tri_out *o, uint64_t n, struct tri_why *why)
{
    const int err = posix_fallocate(o->fd, 0, (off_t)n);

    if (err == 0 || err == EOPNOTSUPP || err == ENOSYS || err == EINVAL)
        return TRI_OK;
    tri_why(why, TRI_E_IO, "%s: no room for its %llu bytes: %s", o->path,
            (unsigned long long)n, strerror(err));
    tri_out_abort(o);
    return TRI_E_IO;
}

/* The directory of a file, opened. */
static int open_dir(const char *path)
{
    char *const dir = strdup(path);
    char *slash;
    int fd;

    if (dir == NULL)
        return -1;
    slash = strrchr(dir, '/');
    if (slash == dir)
        slash[1] = '\0';
    else if (slash != NULL)
        *slash = '\0';
    fd = open(slash != NULL ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(dir);
    return fd;
}

/* A rename is permanent once the directory is. One that takes files but does
 * not let itself be read (mode 300) is made permanent with its file system. A
 * file system that cannot synchronise a directory says EINVAL: it has nothing
 * to do then. */
int tri_file_sync_dir(const char *path)
{
    const int dir = open_dir(path);
    const int fd = dir < 0 && errno == EACCES
                       ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
                       : dir;
    int rc, err;

    if (fd < 0)
        return -1;
    rc = dir >= 0 ? fsync(fd) : syncfs(fd);
    err = errno;
    close(fd);
    errno = err;
    return rc != 0 && err != EINVAL && err != ENOTSUP ? -1 : 0;
}

/* Does a process that lives write this file? It holds a lock then. */
static int in_work(int dir, const char *name)
{
    const int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int held;

    if (fd < 0)
        return 0;
    held = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return held;
}

void tri_out_sweep(const char *path)
{
    const char *const slash = strrchr(path, '/');
    const char *const name = slash != NULL ? slash + 1 : path;
    const size_t len = strlen(name), tail = strlen(out_tail);
    const int fd = open_dir(path);
    DIR *const dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;

    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((e = readdir(dir)) != NULL)
        if (strlen(e->d_name) == len + tail &&
            strncmp(e->d_name, name, len) == 0 &&
            strncmp(e->d_name + len, out_tail, tail - 6) == 0 &&
            !in_work(fd, e->d_name))
            unlinkat(fd, e->d_name, 0);
    closedir(dir);
}

/* Neither replaces anything: a rename that is told so, nor a link, for file
 * systems that have no such rename. Where there is no link either, renaming
 * must do. */
static int put_in_place(const struct tri_out *o)
{
    if (!o->fresh)
        return rename(o->tmp, o->path);
    if (renameat2(AT_FDCWD, o->tmp, AT_FDCWD, o->path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST)
        return -1;
    if (link(o->tmp, o->path) == 0) {
        const int rc = unlink(o->tmp), err = errno;
        if (rc != 0)
            unlink(o->path); /* with two names it would not be in place */
        errno = err;
        return rc;
    }
    return errno == EEXIST ? -1 : rename(o->tmp, o->path);
}

int tri_out_seal(struct tri_out *o, struct tri_why *why)
{
    const int rc = tri_out_drain(o, why);

    if (rc != TRI_OK)
        return rc;
    return fsync(o->fd) == 0 ? TRI_OK
                             : out_fail(o, "cannot be made permanent", why);
}

int tri_out_rename(struct tri_out *o, struct tri_why *why)
{
    struct stat st;

    if (put_in_place(o) != 0) {
        const int err = errno;
        if (o->fresh && err == EEXIST)
            return tri_why(why, TRI_E_IO,
                           "%s: has come to exist meanwhile and is not written "
                           "over",
                           o->path);
        return tri_why(why, TRI_E_IO, "%s: cannot be put in place: %s%s",
                       o->path, strerror(err),
                       lstat(o->path, &st) == 0 && o->fresh
                           ? "; it stands there all the same: remove it"
                           : "");
    }
    return TRI_OK;
}

void tri_out_finish(struct tri_out *o)
{
    tri_cleanup_forget(o->slot);
    close(o->fd);
    out_free(o);
}

void tri_out_leave(struct tri_out *o, struct tri_why *why)
{
    tri_why_add(why, 0, "; what belongs in %s is in %s", o->path, o->tmp);
    tri_out_finish(o);
}

/* What was written for hours does not go because its name may be lost. */
int tri_out_place(struct tri_out *o, struct tri_why *why)
{
    int rc = tri_out_rename(o, why);

    if (rc != TRI_OK) {
        if (access(o->tmp, F_OK) == 0)
            rc = tri_why_add(why, rc, "; what belongs there is in %s", o->tmp);
        tri_out_finish(o);
        return rc;
    }
    if (tri_file_sync_dir(o->path) != 0)
        rc = tri_why(why, TRI_E_IO,
                     "%s: is written, but its directory cannot be made "
                     "permanent: %s",
                     o->path, strerror(errno));
    tri_out_finish(o);
    return rc;
}

int tri_out_commit(struct tri_out *o, struct tri_why *why)
{
    const int rc = tri_out_seal(o, why);

    return rc == TRI_OK ? tri_out_place(o, why) : rc;
}

int tri_random(void *out, size_t n, struct tri_why *why)
{
    const int rc = tri_net_random(out, n);

    return rc == TRI_OK
               ? TRI_OK
               : tri_why(why, rc, "the system gives no random numbers");
}
