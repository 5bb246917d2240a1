#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "boards/host/base/memory.h"
#include "boards/host/party/session_open.h"
#include "boards/host/trial/dry.h"
#include "core/err.h"
#include "net/host/secret.h"
#include "net/tcp/tcp.h"
#include "tests/checks.h"
#include "tests/support/folder.h"

/* ---- what there is ---------------------------------------------------------
 */

/* A file below `root`, with the directories above it. */
static int put(const char *root, const char *name, const char *text)
{
    char path[400];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        mkdir(path, 0700);
        *p = '/';
    }
    f = fopen(path, "w");
    if (f == NULL)
        return 0;
    fputs(text, f);
    return fclose(f) == 0;
}

static void tri_check_available(struct tri_check *c)
{
    static const struct {
        const char *what;
        const char *file[6][2];
        uint64_t bytes;
        int group;
    } there[] = {
        { "nothing known", { { "proc/x", "" } }, UINT64_MAX, 0 },
        { "no groups",
          { { "proc/meminfo", "MemTotal: 9000 kB\nMemFree:   5 kB\n"
                              "MemAvailable:     700 kB\n" } },
          700 * 1024,
          0 },
        { "version 2, limited above",
          { { "proc/meminfo", "MemAvailable: 7000000 kB\n" },
            { "proc/self/cgroup", "0::/a/b\n" },
            { "sys/fs/cgroup/a/b/memory.max", "max\n" },
            { "sys/fs/cgroup/a/memory.max", "1000000\n" },
            { "sys/fs/cgroup/a/memory.current", "700000\n" },
            { "sys/fs/cgroup/a/memory.stat",
              "anon 1\ninactive_file 150000\nactive_file 50000\n" } },
          500000,
          1 },
        { "version 1, in a container",
          { { "proc/meminfo", "MemAvailable: 7000000 kB\n" },
            { "proc/self/cgroup",
              "5:cpu,cpuacct:/x\n4:hugetlb,memory:/docker/0\n0::/\n" },
            { "sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000\n" },
            { "sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n" },
            { "sys/fs/cgroup/memory/memory.stat",
              "inactive_file 7\ntotal_inactive_file 100\n" } },
          2000100,
          1 },
        { "used up",
          { { "proc/self/cgroup", "0::/\n" },
            { "sys/fs/cgroup/memory.max", "5\n" },
            { "sys/fs/cgroup/memory.current", "9\n" } },
          0,
          1 },
        { "a group with more than the machine",
          { { "proc/meminfo", "MemAvailable: 7 kB\n" },
            { "proc/self/cgroup", "3:memory:/\n" },
            { "sys/fs/cgroup/memory/memory.limit_in_bytes",
              "9223372036854771712\n" } },
          7 * 1024,
          0 },
    };

    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        char root[TRI_FOLDER];
        uint64_t bytes;
        int group = 7;

        CHECK(c, tri_folder_make(root), "no temporary directory");
        for (int j = 0; j < 6 && there[i].file[j][0] != NULL; j++)
            CHECK(c, put(root, there[i].file[j][0], there[i].file[j][1]),
                  "cannot write");
        bytes = tri_memory_available(root, &group);
        if (bytes != there[i].bytes || group != there[i].group)
            tri_check_fail(c, "%s: %llu bytes, group %d", there[i].what,
                           (unsigned long long)bytes, group);
        CHECK(c, tri_folder_drop(root), "cannot remove");
    }
}

static void tri_check_refused(struct tri_check *c)
{
    struct tri_why why = { "" };

    CHECK(c, tri_memory_check(1, "a byte", &why) == TRI_OK, "%s", why.text);
    CHECK(c,
          tri_memory_check((uint64_t)1 << 60, "all of it", &why) ==
                  TRI_E_NOMEM &&
              strstr(why.text, "1152921.5 TB of memory are needed for all of "
                               "it, ") == why.text,
          "'%s'", why.text);
}

/* ---- secrets ---------------------------------------------------------------
 */

/* The flags of the mapping at p, as /proc/self/smaps has them; "" without. */
static void flags_of(const void *p, char out[200])
{
    FILE *const f = fopen("/proc/self/smaps", "r");
    char line[500];
    int here = 0;

    *out = '\0';
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            here = (unsigned long)p >= from && (unsigned long)p < to;
        if (here && strncmp(line, "VmFlags:", 8) == 0) {
            snprintf(out, 200, "%.198s", line);
            break;
        }
    }
    if (f != NULL)
        fclose(f);
}

static void tri_check_secret(struct tri_check *c)
{
    struct rlimit most;
    unsigned char *const p = tri_secret_alloc(10000);
    char flags[200];

    CHECK(c, p != NULL, "no memory");
    for (size_t i = 0; i < 10000; i++) {
        CHECK(c, p[i] == 0, "byte %zu is %u", i, p[i]);
        p[i] = 1;
    }
    flags_of(p, flags);
    getrlimit(RLIMIT_MEMLOCK, &most);
    if (*flags != '\0') /* an emulator may not tell */
        CHECK(c, strstr(flags, " dd") != NULL, "goes into a core dump: %s",
              flags);
    if (*flags != '\0' && (geteuid() == 0 || most.rlim_cur > 65536))
        CHECK(c, strstr(flags, " lo") != NULL, "may go to swap: %s", flags);
    tri_secret_free(p);
    tri_secret_free(NULL);
    for (int i = 0; i < 100; i++) { /* places come back */
        void *const q = tri_secret_alloc(1);
        CHECK(c, q != NULL, "number %d", i);
        tri_secret_free(q);
    }
}

/* A child that shares this process's memory, and so shows what a signal has
 * left of it. */
static void tri_check_secret_signal(struct tri_check *c)
{
    unsigned char *const p = tri_secret_alloc(64);
    volatile pid_t child;
    int status = 0, left = 0;

    CHECK(c, p != NULL, "no memory");
    memset(p, 7, 64);
    signal(SIGTERM, SIG_DFL);
    tri_cleanup_start();
    child = vfork();
    if (child == 0) {
        close(STDERR_FILENO);
        kill(getpid(), SIGTERM);
        _exit(99);
    }
    waitpid(child, &status, 0);
    for (int i = 0; i < 64; i++)
        left += p[i] != 0;
    tri_secret_free(p);
    signal(SIGTERM, SIG_DFL);
    CHECK(c, WIFEXITED(status) && WEXITSTATUS(status) == 1, "status %d",
          status);
    CHECK(c, left == 0, "%d bytes of 64 are left", left);
}

static volatile int follows;

static void nothing(void)
{
    follows = 1;
}

static void *follow(void *arg)
{
    void (*const volatile *const f)(void) = arg;

    for (;;)
        (*f)();
    return NULL;
}

/* A thread that falls over what is wiped changes nothing of the end. */
static void tri_check_secret_threads(struct tri_check *c)
{
    enum { LARGE = 64 << 20 }; /* wiping takes its time */
    pid_t child;
    int status = 0;

    for (int i = 0; i < 4; i++) { /* whether it falls is a matter of luck */
        child = fork();
        if (child == 0) {
            void (**const p)(void) = tri_secret_alloc(LARGE);
            pthread_t thread;
            if (p == NULL)
                _exit(98);
            memset(p, 7, LARGE);
            *p = nothing;
            close(STDERR_FILENO);
            signal(SIGTERM, SIG_DFL);
            tri_cleanup_start();
            if (pthread_create(&thread, NULL, follow, p) != 0)
                _exit(97);
            while (!follows)
                usleep(1000);
            setpriority(PRIO_PROCESS, 0, 19); /* the thread has the processor */
            pthread_kill(pthread_self(), SIGTERM);
            _exit(99);
        }
        waitpid(child, &status, 0);
        CHECK(c, WIFEXITED(status) && WEXITSTATUS(status) == 1, "status 0x%x",
              status);
    }
}

/* The keys of connections are in such memory as well. */
static void tri_check_secret_link(struct tri_check *c)
{
    int fd[TRI_PARTIES] = { -1, -1, -1 }, end[TRI_PARTIES];
    struct tri_link l;
    char flags[200];

    for (int j = 1; j < TRI_PARTIES; j++) {
        int both[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both) != 0) {
            snprintf(c->skip, sizeof c->skip, "no sockets");
            return;
        }
        fd[j] = both[0];
        end[j] = both[1];
    }
    CHECK(c, tri_tcp_adopt(&l, 0, fd, 1000) == TRI_OK, "%s", l.error);
    flags_of(l.self, flags);
    for (int j = 1; j < TRI_PARTIES; j++)
        close(end[j]);
    tri_close(&l);
    if (*flags != '\0')
        CHECK(c, strstr(flags, " dd") != NULL, "goes into a core dump: %s",
              flags);
}

static void tri_check_core(struct tri_check *c)
{
    int status = 0;
    const pid_t child = fork();

    if (child == 0) {
        struct rlimit most;
        getrlimit(RLIMIT_CORE, &most);
        most.rlim_cur = most.rlim_max;
        setrlimit(RLIMIT_CORE, &most);
        tri_secret_start();
        if (chdir("/tmp") != 0 || prctl(PR_GET_DUMPABLE) != 0)
            _exit(1);
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    waitpid(child, &status, 0);
    CHECK(c, WIFSIGNALED(status) && !WCOREDUMP(status), "status 0x%x", status);
}

/* A plan looks once for the batch that fits all three parties: what each would
 * find by itself. */
static void check_batch(struct tri_check *c)
{
    static struct tri_dry d;
    static struct tri_run_options o;
    static struct tri_rundata data;
    static const uint64_t limit[] = { 40000000, 20000000 };
    struct tri_why why = { "" };

    tri_options_usual(&o);
    o.net_name = "C";
    o.engine = "rep3";
    o.security = TRI_SECURITY_PASSIVE;
    CHECK(c,
          tri_options_engine(&o, 3, &why) == TRI_OK &&
              tri_options_security(&o, &why) == TRI_OK &&
              tri_options_net(&o, &why) == TRI_OK,
          "%s", why.text);
    o.batch = 64;
    tri_rundata_zeros(&data, 64, 28, 28, 1, 10);
    for (int i = 0; i < 2; i++) {
        o.memory = limit[i];
        memset(&d, 0, sizeof d);
        CHECK(c, tri_dry_run(&d, TRI_TASK_INFER, &o, 64, 0, &why) == TRI_OK,
              "%s", why.text);
        for (unsigned id = 0; id < 3; id++) {
            static struct tri_host h;
            static struct tri_outcome alone;
            struct tri_run r = { .task = TRI_TASK_INFER,
                                 .o = &o,
                                 .engine = o.kind,
                                 .test = &data.data,
                                 .progress = { .who = "", .silent = 1 },
                                 .dry = 1 };

            CHECK(c,
                  tri_session_start(&h, id, 1, &why) == TRI_OK &&
                      tri_run(&r, &h.s, &alone, &why) == TRI_OK,
                  "%s", why.text);
            tri_session_end(&h);
            CHECK(c,
                  alone.batch < 64 && alone.batch == d.out[id].batch &&
                      alone.streams == d.out[id].streams &&
                      alone.peak == d.out[id].peak &&
                      alone.peak + TRI_RUN_BESIDE <= limit[i],
                  "party %u: %u at once, and %u by itself", id, d.out[id].batch,
                  alone.batch);
        }
    }
}

const struct tri_check_entry tri_checks_memory[] = {
    { "memory: what is available", tri_check_available },
    { "memory: more than there is", tri_check_refused },
    { "memory: for secrets", tri_check_secret },
    { "memory: secrets at a signal", tri_check_secret_signal },
    { "memory: secrets at a signal, threads", tri_check_secret_threads },
    { "memory: of a connection", tri_check_secret_link },
    { "memory: no core dump", tri_check_core },
    { "memory: a batch for all three", check_batch },
};
const size_t tri_checks_memory_n =
    sizeof tri_checks_memory / sizeof *tri_checks_memory;
