#include "tests/support/faulty.h"
#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

static struct {
    int left, err, forever;
} fault[TRI_CALLS];

void tri_fault(enum tri_call call, int nth, int err, int forever)
{
    fault[call].left = nth;
    fault[call].err = err;
    fault[call].forever = forever;
}

void tri_fault_none(void)
{
    for (int i = 0; i < TRI_CALLS; i++)
        fault[i].left = 0;
}

static int fails(enum tri_call call)
{
    if (fault[call].left == 0)
        return 0;
    if (fault[call].left > 1) {
        fault[call].left--;
        return 0;
    }
    if (!fault[call].forever)
        fault[call].left = 0;
    errno = fault[call].err;
    return 1;
}

/* clang-format off */
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_link(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_renameat2(int d, const char *from, int e, const char *to, unsigned flags);
int __wrap_renameat2(int d, const char *from, int e, const char *to, unsigned flags);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
/* clang-format on */

int __wrap_fsync(int fd)
{
    struct stat st;
    const int dir = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);

    return fails(dir ? TRI_CALL_FSYNC_DIR : TRI_CALL_FSYNC) ? -1
                                                            : __real_fsync(fd);
}

int __wrap_link(const char *from, const char *to)
{
    return fails(TRI_CALL_LINK) ? -1 : __real_link(from, to);
}

int __wrap_rename(const char *from, const char *to)
{
    return fails(TRI_CALL_RENAME) ? -1 : __real_rename(from, to);
}

int __wrap_renameat2(int d, const char *from, int e, const char *to,
                     unsigned flags)
{
    return fails(TRI_CALL_RENAME_NEW) ? -1
                                      : __real_renameat2(d, from, e, to, flags);
}

int __wrap_unlink(const char *path)
{
    return fails(TRI_CALL_UNLINK) ? -1 : __real_unlink(path);
}
