#include "tests/faults/place.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/err.h"
#include "net/tcp/tcp.h"

enum { MTU = 1500 };

static int ip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int ip(const char *fmt, ...)
{
    char cmd[256] = "ip ";
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(cmd + 3, sizeof cmd - 32, fmt, ap);
    va_end(ap);
    (void)strcat(cmd, " >/dev/null 2>&1");
    return system(cmd);
}

static int new_netns(void)
{
    return unshare(CLONE_NEWNET) == 0
               ? open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)
               : -1;
}

static int lay(const struct place *p, unsigned i)
{
    int rc = ip("link add h%u mtu %d type veth peer name p%u mtu %d", i, MTU, i,
                MTU);

    rc |=
        ip("link set p%u netns /proc/%d/fd/%d", i, (int)getpid(), p->netns[i]);
    rc |= ip("addr add 10.77.%u.254/24 dev h%u", i, i);
    rc |= ip("link set h%u up", i);
    place_enter(p, i);
    rc |= ip("link set lo up");
    rc |= ip("addr add 10.77.%u.1/24 dev p%u", i, i);
    rc |= ip("link set p%u up", i);
    rc |= ip("route add default via 10.77.%u.254", i);
    place_leave(p);
    return rc;
}

void place_make(struct place *p)
{
    const int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int fd, rc = 0;

    *p = (struct place){ .netns = { -1, -1, -1 }, .home = -1 };
    for (unsigned i = 0; i < TRI_PARTIES && rc == 0; i++)
        rc = (p->netns[i] = new_netns()) < 0;
    if (rc == 0)
        rc = (p->home = new_netns()) < 0;
    if (rc != 0)
        (void)snprintf(p->why, sizeof p->why,
                       "network namespaces need root: %s", strerror(errno));
    for (unsigned i = 0; i < TRI_PARTIES && rc == 0; i++)
        if (lay(p, i) != 0) {
            rc = -1;
            (void)snprintf(p->why, sizeof p->why,
                           "no virtual cables here (ip link, veth)");
        }
    if (rc == 0) {
        fd = open("/proc/sys/net/ipv4/ip_forward", O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, "1", 1) != 1) {
            rc = -1;
            (void)snprintf(p->why, sizeof p->why, "cannot forward IP here");
        }
        if (fd >= 0)
            close(fd);
    }
    if (rc != 0) {
        for (unsigned i = 0; i < TRI_PARTIES; i++)
            if (p->netns[i] >= 0)
                close(p->netns[i]);
        p->netns[0] = p->netns[1] = p->netns[2] = p->home = -1;
        (void)setns(before, CLONE_NEWNET);
    }
    close(before);
}

int place_cables(const struct place *p)
{
    return p->home >= 0;
}

static void go(int netns)
{
    if (netns >= 0 && setns(netns, CLONE_NEWNET) != 0) {
        perror("faults: setns");
        exit(1);
    }
}

void place_enter(const struct place *p, unsigned i)
{
    go(p->netns[i]);
}

void place_leave(const struct place *p)
{
    go(p->home);
}

const char *place_party(const struct place *p, unsigned i)
{
    static const char *const addr[3] = { "10.77.0.1", "10.77.1.1",
                                         "10.77.2.1" };

    return place_cables(p) ? addr[i] : "127.0.0.1";
}

const char *place_middle(const struct place *p, unsigned i)
{
    static const char *const addr[3] = { "10.77.0.254", "10.77.1.254",
                                         "10.77.2.254" };

    return place_cables(p) ? addr[i] : "127.0.0.1";
}

void place_cable(unsigned i, int up)
{
    struct ifreq r = { .ifr_flags = up ? IFF_UP : 0 };
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)snprintf(r.ifr_name, sizeof r.ifr_name, "h%u", i);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r) != 0)
        perror("faults: cable");
    close(fd);
}

static int listen_at(const char *host, char addr[32])
{
    char any[32], error[256];
    uint16_t port;
    int fd;

    (void)snprintf(any, sizeof any, "%s:0", host);
    if (tri_tcp_listen(&fd, &port, any, error) != TRI_OK) {
        fprintf(stderr, "faults: %s\n", error);
        exit(1);
    }
    (void)snprintf(addr, 32, "%s:%u", host, port);
    return fd;
}

int place_listen(const struct place *p, unsigned i, char addr[32])
{
    int fd;

    place_enter(p, i);
    fd = listen_at(place_party(p, i), addr);
    place_leave(p);
    return fd;
}

int place_listen_here(const struct place *p, unsigned i, char addr[32])
{
    return listen_at(place_middle(p, i), addr);
}
