#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "bench/bench.h"
#include "core/err.h"
#include "core/x25519.h"
#include "net/ether/ether.h"
#include "net/tcp/tcp.h"

/*
 * TCP and raw Ethernet over the same cables, plain and sealed: three processes,
 * each in a network namespace with one end of a veth pair, the other ends in a
 * bridge. One way: P0 sends, P1 receives. There and back: 64 bytes. Needs root.
 *
 * Virtual cables take TCP's segments of 64 kB whole, whatever their frames'
 * size; raw frames are single. "tcp, frames" is TCP that has to send single
 * frames, too, as over a network card without segmentation.
 */
enum { MESSAGE = 16 * 1048576, WORD = 64, KINDS = 6 };

/* Each kind, and the one that its rate is a percentage of. */
static const struct {
    const char *name;
    int ether, sealed, single, beside;
} kinds[KINDS] = {
    { "tcp", 0, 0, 0, -1 },
    { "tcp, frames", 0, 0, 1, 0 },
    { "ethernet", 1, 0, 0, 0 },
    { "tcp sealed", 0, 1, 0, -1 },
    { "tcp sealed, frames", 0, 1, 1, 3 },
    { "ethernet sealed", 1, 1, 0, 3 },
};

static int ip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int ip(const char *fmt, ...)
{
    char cmd[256] = "ip ";
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(cmd + 3, sizeof cmd - 32, fmt, ap);
    va_end(ap);
    strcat(cmd, " >/dev/null 2>&1");
    return system(cmd);
}

/* ---- a party ------------------------------------------------------------ */

struct task {
    int ether, sealed, single;
    size_t bytes; /* one way; 0: there and back */
    int turns;    /* messages, or times there and back */
};

static int open_link(struct tri_link *l, unsigned id, const struct task *t)
{
    static struct tri_kernels kernels;
    static struct tri_secure_keys keys;
    const struct tri_secure_keys *const use = t->sealed ? &keys : NULL;
    char name[16];
    const struct tri_tcp_config tcp = {
        .id = id,
        .addr = { "10.0.0.1:7700", "10.0.0.2:7700", NULL },
        .plaintext = !t->sealed,
        .keys = use,
        .k = &kernels,
        .connect_ms = 10000,
        .deadline_ms = 10000,
    };
    const struct tri_ether_config raw = { .id = id,
                                          .interface = name,
                                          .plaintext = !t->sealed,
                                          .keys = use,
                                          .k = &kernels,
                                          .connect_ms = 10000,
                                          .deadline_ms = 10000 };

    tri_kernels_init(&kernels, tri_cpu_detect());
    for (unsigned j = 0; j < 3; j++) {
        memset(keys.own, (int)j + 1, sizeof keys.own);
        tri_x25519_public(keys.peer[j], keys.own);
    }
    memset(keys.own, (int)id + 1, sizeof keys.own);
    snprintf(name, sizeof name, "p%u", id);
    return t->ether ? tri_ether_open(l, &raw) : tri_tcp_open(l, &tcp);
}

/* Bytes a second, or times there and back; < 0 on failure. */
static double party(unsigned id, const struct task *t)
{
    struct tri_link l;
    uint8_t *buf = bench_alloc(t->bytes + 8), word[WORD] = { 0 }, in[WORD];
    double start = 0, rate = -1;
    int rc = ip("link set p%u gso_max_segs %d", id, t->single ? 1 : 65535);

    rc = rc == 0 ? open_link(&l, id, t) : TRI_E_IO;

    for (int i = -1; i < t->turns && rc == TRI_OK && id < 2; i++) {
        if (i == 0)
            start = bench_now();
        if (t->bytes > 0 && id == 0) {
            rc = tri_send(&l, 1, buf, t->bytes);
            if (rc == TRI_OK)
                rc = tri_flush(&l);
        } else if (t->bytes > 0) {
            rc = tri_recv(&l, 0, buf, t->bytes);
        } else if (id == 0) {
            rc = tri_send(&l, 1, word, WORD);
            if (rc == TRI_OK)
                rc = tri_recv(&l, 1, in, WORD);
        } else {
            rc = tri_recv(&l, 0, in, WORD);
            if (rc == TRI_OK)
                rc = tri_send(&l, 0, word, WORD);
        }
    }
    if (rc == TRI_OK && id == 1)
        rate = (double)t->turns * (t->bytes > 0 ? (double)t->bytes : 1) /
               (bench_now() - start);
    /* P2 stays until both are done. */
    for (unsigned j = 0; j < 2 && rc == TRI_OK; j++)
        rc = id < 2 ? j == 0 ? tri_send(&l, 2, word, 8) : tri_flush(&l)
                    : tri_recv(&l, j, in, 8);
    if (rc != TRI_OK)
        fprintf(stderr, "bench: P%u: %s\n", id, l.error);
    tri_close(&l);
    free(buf);
    return rc == TRI_OK && id != 1 ? 0 : rate;
}

/* ---- three of them ------------------------------------------------------ */

struct lan {
    pid_t pid[3];
    int to[3], from[3];
};

static void party_main(unsigned id, int in, int out)
{
    struct task t;
    char c;

    if (unshare(CLONE_NEWNET) != 0 || write(out, "u", 1) != 1 ||
        read(in, &c, 1) != 1 ||
        ip("addr add 10.0.0.%u/24 dev p%u", id + 1, id) ||
        ip("link set p%u up", id))
        _exit(1);
    while (read(in, &t, sizeof t) == sizeof t) {
        const double rate = party(id, &t);

        if (write(out, &rate, sizeof rate) != sizeof rate)
            break;
    }
    _exit(0);
}

/* Cables and bridge, in a namespace of the calling process. */
static int lan_open(struct lan *lan, unsigned mtu)
{
    char c;

    if (unshare(CLONE_NEWNET) != 0 || ip("link add b0 type bridge") ||
        ip("link set b0 mtu %u up", mtu))
        return -1;
    for (unsigned i = 0; i < 3; i++) {
        int down[2], up[2];

        if (pipe(down) != 0 || pipe(up) != 0)
            return -1;
        lan->pid[i] = fork();
        if (lan->pid[i] == 0) {
            tri_cleanup_forked();
            close(down[1]);
            for (unsigned j = 0; j < i; j++)
                close(lan->to[j]); /* its end ends them */
            party_main(i, down[0], up[1]);
        }
        close(down[0]);
        close(up[1]);
        lan->to[i] = down[1];
        lan->from[i] = up[0];
        if (read(up[0], &c, 1) != 1 ||
            ip("link add h%u mtu %u type veth peer name p%u mtu %u netns %d", i,
               mtu, i, mtu, (int)lan->pid[i]) ||
            ip("link set h%u master b0 up", i))
            return -1;
    }
    return 0;
}

static double lan_run(struct lan *lan, const struct task *t)
{
    double rate[3] = { -1, -1, -1 };

    for (int i = 0; i < 3; i++)
        if (write(lan->to[i], t, sizeof *t) != sizeof *t)
            return -1;
    for (int i = 0; i < 3; i++)
        if (read(lan->from[i], &rate[i], sizeof rate[i]) != sizeof rate[i])
            return -1;
    return rate[1];
}

/* Everything in turn, so that all see the same machine. */
static void measure(struct bench *b, struct lan *lan, unsigned mtu,
                    size_t bytes, int turns)
{
    double rate[KINDS][99];
    const char *shape = bench_text(
        "%s, frames of %u", bytes > 0 ? "one way" : "64 bytes back", mtu);

    for (int t = 0; t < b->turns; t++) {
        for (int e = 0; e < KINDS; e++) {
            const struct task task = { kinds[e].ether, kinds[e].sealed,
                                       kinds[e].single, bytes, turns };

            rate[e][t] = lan_run(lan, &task);
            if (rate[e][t] < 0)
                return;
        }
    }
    for (int e = 0; e < KINDS; e++) {
        double low = rate[e][0], high = rate[e][0], sum = 0, r = 0;

        for (int t = 0; t < b->turns; t++) {
            low = rate[e][t] < low ? rate[e][t] : low;
            high = rate[e][t] > high ? rate[e][t] : high;
            sum += rate[e][t];
            if (kinds[e].beside >= 0)
                r += rate[e][t] / rate[kinds[e].beside][t];
        }
        sum /= b->turns;
        bench_add(b, (struct bench_row){ .area = "link",
                                         .name = kinds[e].name,
                                         .isa = "all",
                                         .shape = shape,
                                         .unit = bytes > 0 ? "B/s" : "/s",
                                         .rate = sum,
                                         .spread = (high - low) / sum,
                                         .peak = r / b->turns });
    }
}

static void one_size(struct bench *b, unsigned mtu)
{
    struct lan lan = { { 0 }, { 0 }, { 0 } };

    if (lan_open(&lan, mtu) != 0) {
        printf("link: no network namespaces, veth or bridge here\n");
    } else {
        for (int i = 0; i < 3; i++)
            if (write(lan.to[i], "g", 1) != 1)
                return;
        measure(b, &lan, mtu, MESSAGE, 12);
        measure(b, &lan, mtu, 0, 2000);
    }
    for (int i = 0; i < 3; i++)
        if (lan.pid[i] > 0) {
            close(lan.to[i]);
            waitpid(lan.pid[i], NULL, 0);
        }
}

void bench_link(struct bench *b)
{
    static const unsigned mtus[] = { 1500, 9000, 65535 };
    const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

    for (size_t i = 0; i < sizeof mtus / sizeof *mtus && home >= 0; i++)
        if (bench_wanted(b, "link", "tcp", bench_text("%u", mtus[i])))
            one_size(b, mtus[i]);
    if (home >= 0) {
        (void)setns(home, CLONE_NEWNET);
        close(home);
    }
}
