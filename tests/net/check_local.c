#include "tests/checks.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "tests/support/links.h"
#include "tests/support/patience.h"

/* ---- a system that fails ------------------------------------------------ */

/* What a call of the thread that asks for it does, instead of what it should:
 * `error` every time, or `times` times. */
enum call { SEND, RECV, POLL };

static _Thread_local struct {
    int armed, error;
    enum call call;
    long times; /* -1: always */
} fault;
static atomic_long faults;

static int fails(enum call call)
{
    if (!fault.armed || fault.call != call || fault.times == 0)
        return 0;
    fault.times -= fault.times > 0;
    atomic_fetch_add(&faults, 1);
    errno = fault.error;
    return 1;
}

/* These take the place of the C library's. */
ssize_t send(int fd, const void *p, size_t n, int flags)
{
    return fails(SEND) ? -1
                       : syscall(SYS_sendto, fd, p, n, flags, NULL, (size_t)0);
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    return fails(SEND) ? -1 : syscall(SYS_sendmsg, fd, m, flags);
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
    return fails(RECV) ? -1
                       : syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL);
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
    return fails(RECV) ? -1 : syscall(SYS_recvmsg, fd, m, flags);
}

int poll(struct pollfd *p, nfds_t n, int ms)
{
    const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

    return fails(POLL) ? -1
                       : (int)syscall(SYS_ppoll, p, n, ms < 0 ? NULL : &t, NULL,
                                      (size_t)8);
}

/* ---- and a party on it -------------------------------------------------- */

struct local {
    enum call call;
    int error, passes;
    int rc[3], blamed[3];
    char text[3][sizeof((struct tri_link *)0)->error];
};

/* P1 talks with both others; its system fails in the middle of it. */
static void talk(struct tri_check *c, struct tri_link *l, void *arg)
{
    enum { N = 100000 };
    struct local *w = arg;
    uint8_t *buf = calloc(3, N);
    const struct timespec before = { 0, 20000000 };
    int rc = TRI_OK;

    (void)c;
    for (int i = 0; rc == TRI_OK && i < 20; i++) {
        if (l->id == 1 && i == 10) {
            fault.call = w->call;
            fault.error = w->error;
            fault.times = w->passes ? 8 : -1;
            fault.armed = 1;
        }
        /* The others are late, so that P1 has to wait for them. */
        if (l->id != 1)
            (void)nanosleep(&before, NULL);
        rc = tri_exchange(l, buf, N);
    }
    fault.armed = 0;
    w->rc[l->id] = rc;
    w->blamed[l->id] = l->blamed;
    memcpy(w->text[l->id], l->error, sizeof l->error);
    tri_close(l);
    free(buf);
}

static void local_within(struct tri_check *c, uint32_t ms, void *arg)
{
    static const struct {
        enum call call;
        int error, passes;
    } cases[] = {
        { SEND, ENOBUFS, 1 }, { SEND, ENOMEM, 1 }, { RECV, ENOBUFS, 1 },
        { RECV, ENOMEM, 1 },  { POLL, ENOMEM, 1 }, { POLL, EINTR, 1 },
        { SEND, ENOBUFS, 0 }, { SEND, ENOMEM, 0 }, { RECV, ENOBUFS, 0 },
        { RECV, ENOMEM, 0 },  { POLL, EINVAL, 0 }, { SEND, EPERM, 0 },
        { RECV, EMFILE, 0 },  { POLL, EFAULT, 0 },
    };

    (void)arg;
    for (int kind = TRI_LINKS_TCP; kind <= TRI_LINKS_SEALED; kind++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            struct local w = { .call = cases[k].call,
                               .error = cases[k].error,
                               .passes = cases[k].passes };

            atomic_store(&faults, 0);
            tri_links_go(c, kind, ms, talk, &w);
            if (c->msg[0] != '\0')
                return;
            CHECK(c, atomic_load(&faults) > 0, "case %zu: no fault", k);
            for (unsigned i = 0; i < 3; i++) {
                /* One that cannot send cannot say why either. */
                const int told = i == 1 || cases[k].call != SEND;
                const int right =
                    cases[k].passes
                        ? w.rc[i] == TRI_OK
                        : w.rc[i] != TRI_OK &&
                              (w.blamed[i] == 1 ||
                               (!told && w.blamed[i] == TRI_NOBODY)) &&
                              (!told || (w.rc[i] == TRI_E_IO &&
                                         strncmp(w.text[i], "the system of P1 ",
                                                 17) == 0));

                CHECK(c, right, "%s, case %zu, P%u: %d, names %d: %s",
                      tri_links_name[kind], k, i, w.rc[i], w.blamed[i],
                      w.text[i]);
            }
        }
}

static void check_local(struct tri_check *c)
{
    tri_patience(c, 600, local_within, NULL);
}

const struct tri_check_entry tri_checks_local[] = {
    { "local_errors", check_local },
};
const size_t tri_checks_local_n =
    sizeof tri_checks_local / sizeof *tri_checks_local;
