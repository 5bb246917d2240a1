#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The linker sends the program's calls of the functions below here (--wrap,
 * from the WRAP lines of this file); one of them fails:
 *
 *   TRI_INJECT=NAME:K:FAULT    the K-th call of NAME; with K+ all from it on
 *   TRI_INJECT_LOG=FILE        takes a line when a call failed
 *
 * FAULT is the name of an errno, or `short`: half of the bytes. Calls inside
 * the C library are not seen. A child of fork() counts on from its parent.
 */

#define REAL(name) __real_##name
#define WRAP(type, name, ...)        \
    type REAL(name)(__VA_ARGS__);    \
    type __wrap_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__)

enum { NONE = 0, SHORT = -1 };

static struct {
    char name[32];
    unsigned long k;
    int onwards, fault;
} plan;
static atomic_ulong calls;

static const struct {
    const char *name;
    int fault;
} faults[] = { { "short", SHORT },
               { "EACCES", EACCES },
               { "EAGAIN", EAGAIN },
               { "ECONNABORTED", ECONNABORTED },
               { "ECONNREFUSED", ECONNREFUSED },
               { "ECONNRESET", ECONNRESET },
               { "EINTR", EINTR },
               { "EINVAL", EINVAL },
               { "EIO", EIO },
               { "EMFILE", EMFILE },
               { "ENOBUFS", ENOBUFS },
               { "ENOMEM", ENOMEM },
               { "ENOSPC", ENOSPC } };

__attribute__((constructor)) static void read_plan(void)
{
    const char *const text = getenv("TRI_INJECT");
    char plus[2] = "", fault[16];

    if (text == NULL)
        return;
    if (sscanf(text, "%31[^:]:%lu%1[+]:%15s", plan.name, &plan.k, plus,
               fault) != 4) {
        plus[0] = '\0';
        if (sscanf(text, "%31[^:]:%lu:%15s", plan.name, &plan.k, fault) != 3)
            abort();
    }
    plan.onwards = plus[0] == '+';
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strcmp(faults[i].name, fault) == 0)
            plan.fault = faults[i].fault;
    if (plan.fault == NONE)
        abort();
}

int REAL(open)(const char *path, int flags, ...);
ssize_t REAL(write)(int fd, const void *p, size_t n);

static void note(void)
{
    const char *const path = getenv("TRI_INJECT_LOG");
    char line[64];
    const int n = snprintf(line, sizeof line, "%s %lu\n", plan.name, plan.k);
    const int fd = path == NULL
                       ? -1
                       : REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

    if (fd < 0)
        return;
    if (REAL(write)(fd, line, (size_t)n) != n)
        abort();
    close(fd);
}

/* The fault of this call: an errno, which is also set; SHORT; NONE. */
static int fault(const char *name)
{
    const int saved = errno;
    unsigned long n;

    if (strcmp(name, plan.name) != 0)
        return NONE;
    n = atomic_fetch_add(&calls, 1) + 1;
    if (n != plan.k && (n < plan.k || !plan.onwards))
        return NONE;
    if (n == plan.k)
        note();
    errno = plan.fault != SHORT ? plan.fault : saved;
    return plan.fault;
}

/* Only calls that move bytes can be short; for others it is no fault. */
static int fails(const char *name)
{
    return fault(name) > 0;
}

/* ---- files -------------------------------------------------------------- */

int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list ap;
    mode_t mode = 0;

    va_start(ap, flags);
    if (flags & O_CREAT)
        mode = va_arg(ap, mode_t);
    va_end(ap);
    return fails("open") ? -1 : REAL(open)(path, flags, mode);
}

#define MOVE(name, fd, p, n, ...)                                            \
    do {                                                                     \
        const int f_ = fault(#name);                                         \
                                                                             \
        if (f_ > 0)                                                          \
            return -1;                                                       \
        return REAL(name)(fd, p,                                             \
                          f_ == SHORT && (n) > 1 ? (n) / 2 : n __VA_ARGS__); \
    } while (0)
#define COMMA ,

ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n)
{
    MOVE(write, fd, p, n, );
}

WRAP(ssize_t, read, int fd, void *p, size_t n)
{
    MOVE(read, fd, p, n, );
}

WRAP(ssize_t, pwrite, int fd, const void *p, size_t n, off_t at)
{
    MOVE(pwrite, fd, p, n, COMMA at);
}

WRAP(ssize_t, pread, int fd, void *p, size_t n, off_t at)
{
    MOVE(pread, fd, p, n, COMMA at);
}

WRAP(int, fsync, int fd)
{
    return fails("fsync") ? -1 : REAL(fsync)(fd);
}

WRAP(int, fstat, int fd, struct stat *st)
{
    return fails("fstat") ? -1 : REAL(fstat)(fd, st);
}

WRAP(int, rename, const char *from, const char *to)
{
    return fails("rename") ? -1 : REAL(rename)(from, to);
}

WRAP(int, renameat2, int d, const char *from, int e, const char *to,
     unsigned flags)
{
    return fails("renameat2") ? -1 : REAL(renameat2)(d, from, e, to, flags);
}

WRAP(int, link, const char *from, const char *to)
{
    return fails("link") ? -1 : REAL(link)(from, to);
}

WRAP(int, unlink, const char *path)
{
    return fails("unlink") ? -1 : REAL(unlink)(path);
}

WRAP(int, mkdir, const char *path, mode_t mode)
{
    return fails("mkdir") ? -1 : REAL(mkdir)(path, mode);
}

WRAP(char *, mkdtemp, char *path)
{
    return fails("mkdtemp") ? NULL : REAL(mkdtemp)(path);
}

WRAP(int, mkostemp, char *path, int flags)
{
    return fails("mkostemp") ? -1 : REAL(mkostemp)(path, flags);
}

WRAP(int, posix_fallocate, int fd, off_t at, off_t n)
{
    const int f = fault("posix_fallocate");

    return f > 0 ? f : REAL(posix_fallocate)(fd, at, n);
}

WRAP(DIR *, opendir, const char *path)
{
    return fails("opendir") ? NULL : REAL(opendir)(path);
}

/* ---- memory and processes ----------------------------------------------- */

WRAP(void *, malloc, size_t n)
{
    return fails("malloc") ? NULL : REAL(malloc)(n);
}

WRAP(void *, calloc, size_t n, size_t size)
{
    return fails("calloc") ? NULL : REAL(calloc)(n, size);
}

WRAP(void *, realloc, void *p, size_t n)
{
    return fails("realloc") ? NULL : REAL(realloc)(p, n);
}

WRAP(void *, aligned_alloc, size_t align, size_t n)
{
    return fails("aligned_alloc") ? NULL : REAL(aligned_alloc)(align, n);
}

WRAP(char *, strdup, const char *s)
{
    return fails("strdup") ? NULL : REAL(strdup)(s);
}

WRAP(char *, strndup, const char *s, size_t n)
{
    return fails("strndup") ? NULL : REAL(strndup)(s, n);
}

WRAP(void *, mmap, void *at, size_t n, int prot, int flags, int fd, off_t off)
{
    return fails("mmap") ? MAP_FAILED : REAL(mmap)(at, n, prot, flags, fd, off);
}

WRAP(FILE *, fopencookie, void *self, const char *mode,
     cookie_io_functions_t io)
{
    return fails("fopencookie") ? NULL : REAL(fopencookie)(self, mode, io);
}

WRAP(pid_t, fork, void)
{
    return fails("fork") ? -1 : REAL(fork)();
}

WRAP(int, pipe, int fd[2])
{
    return fails("pipe") ? -1 : REAL(pipe)(fd);
}

WRAP(int, pthread_create, pthread_t *t, const pthread_attr_t *a,
     void *(*run)(void *), void *arg)
{
    const int f = fault("pthread_create");

    return f > 0 ? f : REAL(pthread_create)(t, a, run, arg);
}

WRAP(ssize_t, getrandom, void *p, size_t n, unsigned flags)
{
    const int f = fault("getrandom");

    return f > 0 ? -1 : REAL(getrandom)(p, f == SHORT ? n / 2 : n, flags);
}

/* ---- sockets ------------------------------------------------------------ */

WRAP(int, socket, int domain, int type, int protocol)
{
    return fails("socket") ? -1 : REAL(socket)(domain, type, protocol);
}

WRAP(int, bind, int fd, const struct sockaddr *to, socklen_t n)
{
    return fails("bind") ? -1 : REAL(bind)(fd, to, n);
}

WRAP(int, listen, int fd, int n)
{
    return fails("listen") ? -1 : REAL(listen)(fd, n);
}

WRAP(int, setsockopt, int fd, int level, int name, const void *p, socklen_t n)
{
    return fails("setsockopt") ? -1 : REAL(setsockopt)(fd, level, name, p, n);
}

WRAP(int, connect, int fd, const struct sockaddr *to, socklen_t n)
{
    return fails("connect") ? -1 : REAL(connect)(fd, to, n);
}

WRAP(int, accept4, int fd, struct sockaddr *from, socklen_t *n, int flags)
{
    return fails("accept4") ? -1 : REAL(accept4)(fd, from, n, flags);
}

WRAP(ssize_t, send, int fd, const void *p, size_t n, int flags)
{
    MOVE(send, fd, p, n, COMMA flags);
}

WRAP(ssize_t, recv, int fd, void *p, size_t n, int flags)
{
    MOVE(recv, fd, p, n, COMMA flags);
}

/* Half of the first piece. */
static struct msghdr first_half(const struct msghdr *m, struct iovec *half)
{
    struct msghdr short_m = *m;

    *half = m->msg_iov[0];
    if (half->iov_len > 1)
        half->iov_len /= 2;
    short_m.msg_iov = half;
    short_m.msg_iovlen = 1;
    return short_m;
}

WRAP(ssize_t, sendmsg, int fd, const struct msghdr *m, int flags)
{
    const int f = fault("sendmsg");
    struct iovec half;
    struct msghdr h;

    if (f != SHORT || m->msg_iovlen < 1)
        return f > 0 ? -1 : REAL(sendmsg)(fd, m, flags);
    h = first_half(m, &half);
    return REAL(sendmsg)(fd, &h, flags);
}

WRAP(ssize_t, recvmsg, int fd, struct msghdr *m, int flags)
{
    const int f = fault("recvmsg");
    struct iovec half;
    struct msghdr h;

    if (f != SHORT || m->msg_iovlen < 1)
        return f > 0 ? -1 : REAL(recvmsg)(fd, m, flags);
    h = first_half(m, &half);
    return REAL(recvmsg)(fd, &h, flags);
}

/* Of several messages the first half. */
WRAP(int, sendmmsg, int fd, struct mmsghdr *m, unsigned n, int flags)
{
    const int f = fault("sendmmsg");

    return f > 0
               ? -1
               : REAL(sendmmsg)(fd, m, f == SHORT && n > 1 ? n / 2 : n, flags);
}

WRAP(int, recvmmsg, int fd, struct mmsghdr *m, unsigned n, int flags,
     struct timespec *t)
{
    const int f = fault("recvmmsg");

    return f > 0 ? -1
                 : REAL(recvmmsg)(fd, m, f == SHORT && n > 1 ? n / 2 : n, flags,
                                  t);
}

WRAP(int, poll, struct pollfd *p, nfds_t n, int ms)
{
    return fails("poll") ? -1 : REAL(poll)(p, n, ms);
}

WRAP(int, ppoll, struct pollfd *p, nfds_t n, const struct timespec *t,
     const sigset_t *mask)
{
    return fails("ppoll") ? -1 : REAL(ppoll)(p, n, t, mask);
}
