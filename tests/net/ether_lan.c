#include "tests/net/ether_lan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/err.h"
#include "net/ether/frame.h"

enum { FRAME = 65536 + 64, HELD = 8, LATE = 64 };

int tri_lan_ip(const char *fmt, ...)
{
    char cmd[256] = "ip ";
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(cmd + 3, sizeof cmd - 32, fmt, ap);
    va_end(ap);
    (void)strcat(cmd, " >/dev/null 2>&1");
    return system(cmd);
}

/* ---- the hub ------------------------------------------------------------ */

struct held {
    uint8_t *p;
    size_t n;
    unsigned from;
};

struct late {
    struct held f[LATE];
    unsigned n;
    int over;
};

static int chance(struct tri_lan *lan, unsigned permille)
{
    return permille > 0 && tri_test_rand(&lan->seed) % 1000 < permille;
}

static void forward(struct tri_lan *lan, unsigned from, const uint8_t *p,
                    size_t n)
{
    for (unsigned to = 0; to < 3; to++)
        if (to != from) {
            (void)send(lan->fd[to], p, n, MSG_DONTWAIT);
            lan->forwarded++;
        }
}

/* A stranger's frame to everybody: noise, or a frame that was seen, its
 * checksum right, but another type and other places in it. */
static void stray(struct tri_lan *lan, const uint8_t *p, size_t n)
{
    static const uint8_t self[12] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      2,    9,    9,    9,    9,    9 };
    uint8_t out[FRAME], head[TRI_FRAME_HEADER];
    struct tri_frame f;

    memcpy(out, p, n);
    memcpy(out, self, sizeof self);
    if (tri_test_rand(&lan->seed) % 2 == 0) {
        for (size_t i = 17; i < n; i++)
            out[i] = (uint8_t)tri_test_rand(&lan->seed);
    } else if (tri_frame_parse(&f, p + 14, n - 14) == TRI_OK) {
        const struct tri_piece v = { f.payload, f.len };

        if (f.type == TRI_FRAME_HELLO)
            return; /* an answer to a call by broadcast is believed */
        f.type = (uint8_t)(2 + tri_test_rand(&lan->seed) % 9);
        f.ack += tri_test_rand(&lan->seed) % 100;
        tri_frame_print(head, &f, &v, 1);
        memcpy(out + 14, head, sizeof head);
    }
    for (unsigned to = 0; to < 3; to++)
        (void)send(lan->fd[to], out, n, MSG_DONTWAIT);
    lan->strays++;
}

/* P2's wait is over; `as_meant`: it had the order that was wanted. */
static void release(struct tri_lan *lan, struct late *w, int as_meant)
{
    for (unsigned i = 0; i < w->n; i++) {
        (void)send(lan->fd[2], w->f[i].p, w->f[i].n, MSG_DONTWAIT);
        free(w->f[i].p);
    }
    w->n = 0;
    w->over = 1;
    if (as_meant)
        __atomic_store_n(&lan->late, 0, __ATOMIC_RELAXED);
}

/* Is this frame to P2 one that waits? */
static int waits(struct tri_lan *lan, struct late *w, const uint8_t *p,
                 size_t n)
{
    struct tri_frame f;
    int first, last;

    if (w->over || !__atomic_load_n(&lan->late, __ATOMIC_RELAXED) ||
        tri_frame_parse(&f, p + 14, n - 14) != TRI_OK || f.to != 2)
        return 0;
    first = f.from == 1 && f.type == TRI_FRAME_DATA;
    last = f.from == 0 && f.type == TRI_FRAME_ABORT;
    w->over |= w->n == 0 && last;
    if (w->n == 0 && !first)
        return 0;
    w->f[w->n] = (struct held){ malloc(n), n, f.from };
    memcpy(w->f[w->n++].p, p, n);
    if (last || w->n == LATE)
        release(lan, w, last);
    return 1;
}

/* Reordering: a frame waits in `held` until some others have gone by. */
static void treat(struct tri_lan *lan, struct held held[HELD], unsigned from,
                  uint8_t *p, size_t n)
{
    struct held *h = &held[tri_test_rand(&lan->seed) % HELD];

    if (__atomic_load_n(&lan->cut, __ATOMIC_RELAXED) ||
        chance(lan, lan->f.drop)) {
        lan->dropped++;
        return;
    }
    if (chance(lan, lan->f.stray))
        stray(lan, p, n);
    if (chance(lan, lan->f.corrupt))
        p[14 + tri_test_rand(&lan->seed) % (n - 14)] ^=
            (uint8_t)(1 + tri_test_rand(&lan->seed) % 255);
    if (chance(lan, lan->f.dup))
        forward(lan, from, p, n);
    if (chance(lan, lan->f.reorder) && h->p == NULL) {
        *h = (struct held){ malloc(n), n, from };
        memcpy(h->p, p, n);
        return;
    }
    forward(lan, from, p, n);
    if (h->p != NULL) {
        forward(lan, h->from, h->p, h->n);
        free(h->p);
        h->p = NULL;
    }
}

static void *hub_main(void *arg)
{
    struct tri_lan *lan = arg;
    struct held held[HELD] = { { NULL, 0, 0 } };
    struct late late = { .n = 0 };
    uint8_t *buf = malloc(FRAME);

    while (!__atomic_load_n(&lan->stop, __ATOMIC_RELAXED)) {
        struct pollfd p[3];

        for (int i = 0; i < 3; i++)
            p[i] = (struct pollfd){ .fd = lan->fd[i], .events = POLLIN };
        if (poll(p, 3, 20) <= 0) {
            if (late.n > 0)
                release(lan, &late, 0);
            continue;
        }
        for (unsigned i = 0; i < 3; i++)
            for (int k = 0; k < 32 && p[i].revents != 0; k++) {
                const ssize_t n = recv(lan->fd[i], buf, FRAME, MSG_DONTWAIT);

                if (n < 14)
                    break;
                if (!waits(lan, &late, buf, (size_t)n))
                    treat(lan, held, i, buf, (size_t)n);
            }
    }
    for (int i = 0; i < HELD; i++)
        free(held[i].p);
    for (unsigned i = 0; i < late.n; i++)
        free(late.f[i].p);
    free(buf);
    return NULL;
}

static int hub_port(const char *name)
{
    const struct sockaddr_ll at = { .sll_family = AF_PACKET,
                                    .sll_protocol = htons(TRI_ETHERTYPE),
                                    .sll_ifindex = (int)if_nametoindex(name) };
    const struct packet_mreq all = { .mr_ifindex = at.sll_ifindex,
                                     .mr_type = PACKET_MR_PROMISC };
    const int fd = socket(AF_PACKET, SOCK_RAW, 0), buffer = 16 * 1048576;

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    (void)setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* ---- the namespace ------------------------------------------------------ */

struct run {
    struct tri_check *c;
    struct tri_lan *lan;
    void (*fn)(struct tri_check *c, struct tri_lan *lan, void *arg);
    void *arg;
};

static void lay_cables(struct tri_check *c, struct tri_lan *lan)
{
    for (int i = 0; i < 3; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "h%d", i);
        if (tri_lan_ip("link add p%d mtu %u type veth peer name h%d mtu %u", i,
                       lan->mtu, i, lan->mtu) != 0 ||
            tri_lan_ip("link set p%d up", i) != 0 ||
            tri_lan_ip("link set h%d up", i) != 0 ||
            (lan->fd[i] = hub_port(name)) < 0) {
            (void)snprintf(c->skip, sizeof c->skip,
                           "no virtual cables here (ip link, veth)");
            return;
        }
    }
}

static void *run_main(void *arg)
{
    struct run *r = arg;
    struct tri_lan *lan = r->lan;

    if (unshare(CLONE_NEWNET) != 0) {
        (void)snprintf(r->c->skip, sizeof r->c->skip,
                       "a network namespace needs root: %s", strerror(errno));
        return NULL;
    }
    if (lan == NULL) {
        r->fn(r->c, lan, r->arg);
        return NULL;
    }
    for (int i = 0; i < 3; i++)
        lan->fd[i] = -1;
    lan->stop = lan->cut = 0;
    lay_cables(r->c, lan);
    if (r->c->skip[0] == '\0' &&
        pthread_create(&lan->hub, NULL, hub_main, lan) == 0) {
        r->fn(r->c, lan, r->arg);
        __atomic_store_n(&lan->stop, 1, __ATOMIC_RELAXED);
        pthread_join(lan->hub, NULL);
    }
    for (int i = 0; i < 3; i++)
        if (lan->fd[i] >= 0)
            close(lan->fd[i]);
    return NULL;
}

void tri_lan_run(struct tri_check *c, struct tri_lan *lan,
                 void (*fn)(struct tri_check *c, struct tri_lan *lan,
                            void *arg),
                 void *arg)
{
    struct run r = { c, lan, fn, arg };
    pthread_t t;

    CHECK(c, pthread_create(&t, NULL, run_main, &r) == 0, "no thread");
    pthread_join(t, NULL);
}

/* ---- links -------------------------------------------------------------- */

struct opening {
    struct tri_check c;
    struct tri_link *l;
    struct tri_ether_config cfg;
};

struct tri_ether_config tri_lan_config(unsigned id, const char *interface)
{
    return (struct tri_ether_config){
        .id = id,
        .interface = interface,
        .plaintext = 1,
        .connect_ms = 60000,
        .deadline_ms = 60000,
    };
}

static void *open_main(void *arg)
{
    struct opening *o = arg;

    if (tri_ether_open(o->l, &o->cfg) != TRI_OK)
        tri_check_fail(&o->c, "open: %s", o->l->error);
    return NULL;
}

void tri_lan_open(struct tri_check *c, struct tri_link l[3], int sealed,
                  uint32_t deadline_ms)
{
    static const char *const name[3] = { "p0", "p1", "p2" };
    struct opening o[3];
    pthread_t t[3];

    for (unsigned i = 0; i < 3; i++) {
        struct tri_tcp_config keys = { .id = i };

        o[i] =
            (struct opening){ .l = &l[i], .cfg = tri_lan_config(i, name[i]) };
        o[i].cfg.deadline_ms = deadline_ms;
        if (sealed) {
            tri_links_seal(&keys);
            o[i].cfg.plaintext = 0;
            o[i].cfg.keys = keys.keys;
            o[i].cfg.k = keys.k;
        }
        CHECK(c, pthread_create(&t[i], NULL, open_main, &o[i]) == 0,
              "no thread");
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
        if (o[i].c.msg[0] != '\0')
            tri_check_fail(c, "P%d: %s", i, o[i].c.msg);
    }
}
