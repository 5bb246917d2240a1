#include "boards/host/base/cleanup.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "net/host/secret.h"

enum { CHILDREN = 4 };

static char path[TRI_CLEANUP_MAX][PATH_MAX];
static volatile sig_atomic_t used[TRI_CLEANUP_MAX];
static volatile pid_t child[CHILDREN];
static volatile sig_atomic_t silent; /* in a child: the parent speaks */
static volatile sig_atomic_t hold, asked;

/* Other threads go on until the process ends: what they compute with wiped keys
 * must find no way out. */
static void close_all(void)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0)
        return;
#endif
    for (int fd = 3; fd < 65536; fd++)
        close(fd);
}

static void wait_for_the_end(int sig)
{
    (void)sig;
    for (;;)
        pause();
}

/* A thread that follows a wiped address must not end the process in another
 * way before all is wiped. */
static void freeze_who_stumbles(void)
{
    static const int sig[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
    struct sigaction sa;

    memset(&sa, 0, sizeof sa);
    sa.sa_handler = wait_for_the_end;
    sigfillset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof sig / sizeof *sig; i++)
        sigaction(sig[i], &sa, NULL);
}

/* Only async-signal-safe calls. */
static void stop(int sig)
{
    static const char text[] = "trinn: stopped by a signal\n";
    static const char later[] = "trinn: a signal: stopping after this step; "
                                "a second one stops at once\n";
    const int err = errno;

    (void)sig;
    if (hold && !asked) {
        asked = 1;
        if (!silent && write(STDERR_FILENO, later, sizeof later - 1) < 0)
            asked = 1; /* nobody listens: no matter */
        errno = err;
        return;
    }
    for (int i = 0; i < CHILDREN; i++)
        if (child[i] > 0)
            kill(child[i], SIGKILL);
    for (int i = 0; i < CHILDREN; i++)
        if (child[i] > 0)
            waitpid(child[i], NULL, 0);
    for (int i = TRI_CLEANUP_MAX - 1; i >= 0; i--)
        if (used[i] && unlink(path[i]) != 0)
            rmdir(path[i]);
    if (!silent && write(STDERR_FILENO, text, sizeof text - 1) < 0)
        silent = 1; /* nobody listens: no matter */
    close_all();
    freeze_who_stumbles();
    tri_secret_wipe_all();
    _exit(1);
}

void tri_cleanup_start(void)
{
    static const int sig[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction sa, was;

    memset(&sa, 0, sizeof sa);
    sa.sa_handler = stop;
    sigfillset(&sa.sa_mask);
    /* What the caller told us to ignore stays ignored: nohup does that. */
    for (size_t i = 0; i < sizeof sig / sizeof *sig; i++)
        if (sigaction(sig[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
            sigaction(sig[i], &sa, NULL);
    sa.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &sa, NULL);
    sigaction(SIGXFSZ, &sa, NULL);
}

void tri_cleanup_hold(int on)
{
    hold = on;
}

int tri_cleanup_asked(void)
{
    return asked;
}

int tri_cleanup_path(const char *p)
{
    if (strlen(p) >= PATH_MAX)
        return -1;
    for (int i = 0; i < TRI_CLEANUP_MAX; i++)
        if (!used[i]) {
            strcpy(path[i], p);
            used[i] = 1;
            return i;
        }
    return -1;
}

void tri_cleanup_forget(int slot)
{
    if (slot >= 0)
        used[slot] = 0;
}

int tri_cleanup_child(pid_t pid)
{
    for (int i = 0; i < CHILDREN; i++)
        if (child[i] == 0) {
            child[i] = pid;
            return 0;
        }
    return -1;
}

void tri_cleanup_child_done(pid_t pid)
{
    for (int i = 0; i < CHILDREN; i++)
        if (child[i] == pid)
            child[i] = 0;
}

void tri_cleanup_forked(void)
{
    silent = 1;
    for (int i = 0; i < TRI_CLEANUP_MAX; i++)
        used[i] = 0;
    for (int i = 0; i < CHILDREN; i++)
        child[i] = 0;
}
