#include "net/tcp/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"
#include "net/tcp/names.h"
#include "net/tcp/tcp.h"

enum {
    BUFFER_BYTES = 8 << 20,
    BUFFER_USEFUL = 4 << 20,
    BACKLOG = 4096,  /* calls that wait to be taken; the system may cut it */
    NAME_MS = 10000, /* to look up this machine's own name                */
    LAG_MS = 10000   /* by which a crowded machine may wake a party late   */
};

/* ---- addresses ---------------------------------------------------------- */

int tri_tcp_split(const char *addr, char host[TRI_TCP_HOST],
                  char port[TRI_TCP_PORT])
{
    const char *colon = strrchr(addr, ':');
    const char *start = addr, *end = colon;
    unsigned long number = 0;
    size_t digits = 0;

    if (colon == NULL)
        return TRI_E_FORMAT;
    if (*addr == '[') {
        start++;
        end--;
        if (end < start || *end != ']')
            return TRI_E_FORMAT;
    } else if (memchr(addr, ':', (size_t)(colon - addr)) != NULL) {
        return TRI_E_FORMAT;
    }
    if (end - start >= TRI_TCP_HOST)
        return TRI_E_FORMAT;
    for (; colon[1 + digits] != '\0'; digits++) {
        const char d = colon[1 + digits];

        if (d < '0' || d > '9' || digits >= 5)
            return TRI_E_FORMAT;
        number = 10 * number + (unsigned long)(d - '0');
    }
    if (digits == 0 || number > 65535)
        return TRI_E_FORMAT;
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = '\0';
    memcpy(port, colon + 1, digits + 1);
    return TRI_OK;
}

/* ---- sockets ------------------------------------------------------------ */

static void set_int(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

/*
 * A fixed buffer size switches the kernel's own sizing off, and is silently
 * cut to the system's limit. It pays only where the limit is high, so look on
 * a socket that is not used.
 */
static int buffer_helps(int name)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int size = 0;
    socklen_t len = sizeof(size);

    if (fd < 0)
        return 0;
    set_int(fd, SOL_SOCKET, name, BUFFER_BYTES);
    (void)getsockopt(fd, SOL_SOCKET, name, &size, &len);
    close(fd);
    return size / 2 >= BUFFER_USEFUL; /* the kernel reports the double */
}

void tri_tcp_buffers(int fd)
{
    if (buffer_helps(SO_SNDBUF))
        set_int(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES);
    if (buffer_helps(SO_RCVBUF))
        set_int(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES);
}

int tri_tcp_near(int fd)
{
    union tri_tcp_addr own = { 0 }, peer = { 0 };
    socklen_t own_len = sizeof own, peer_len = sizeof peer;
    uint8_t a[16], b[16];

    if (getsockname(fd, &own.sa, &own_len) != 0 ||
        getpeername(fd, &peer.sa, &peer_len) != 0 ||
        own.sa.sa_family != peer.sa.sa_family ||
        (own.sa.sa_family != AF_INET && own.sa.sa_family != AF_INET6))
        return 0;
    tri_tcp_bytes(a, &own);
    tri_tcp_bytes(b, &peer);
    return memcmp(a, b, sizeof a) == 0;
}

/*
 * Within a machine nothing is lost, and the processors set the pace. An
 * algorithm that estimates a bandwidth and paces by it (BBR, the usual one of
 * some systems) only adds timers: Reno, which every system allows, does not.
 */
static void unpaced(int fd)
{
    static const char name[] = "reno";

    (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, sizeof name - 1);
}

void tri_tcp_options(int fd, uint32_t deadline_ms)
{
    if (tri_tcp_near(fd))
        unpaced(fd);
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, 5);
    set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, 2);
    set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, 5);
    /* A peer that computes may leave its window shut for as long as it may be
     * slow; the link's own deadlines speak first. */
    set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
            deadline_ms < (INT32_MAX - LAG_MS) / (TRI_LINK_SLOW + 2)
                ? (int)((TRI_LINK_SLOW + 2) * deadline_ms) + LAG_MS
                : INT32_MAX);
}

/* The addresses to listen at: all of this machine, or those of a name. Who
 * listens has to know its own name at once. */
static int resolve(struct tri_tcp_addrs *list, const char *host, uint16_t port,
                   char why[TRI_TCP_WHY])
{
    const struct timespec tick = { 0, 5000000 };
    struct tri_lookup *q;
    int done = 0;

    list->n = 1;
    if (host[0] == '\0') {
        list->n = 2; /* the second where there is no IPv6 */
        (void)tri_tcp_numeric(&list->a[0], "::", port);
        (void)tri_tcp_numeric(&list->a[1], "0.0.0.0", port);
        return TRI_OK;
    }
    if (tri_tcp_numeric(&list->a[0], host, port))
        return TRI_OK;
    if (!tri_tcp_usable(host, why))
        return TRI_E_ARG;
    (void)snprintf(why, TRI_TCP_WHY, "out of memory");
    q = tri_lookup_start(host, port);
    if (q == NULL)
        return TRI_E_NOMEM;
    for (int ms = 0; done == 0 && ms < NAME_MS; ms += 5) {
        done = tri_lookup_done(q, list, why);
        if (done == 0)
            (void)nanosleep(&tick, NULL);
    }
    tri_lookup_end(q);
    if (done == 0)
        (void)snprintf(why, TRI_TCP_WHY,
                       "its name could not be looked up within %d s",
                       NAME_MS / 1000);
    return done > 0 ? TRI_OK : TRI_E_IO;
}

static uint16_t port_of(int fd)
{
    union tri_tcp_addr a = { .sa = { .sa_family = AF_UNSPEC } };
    socklen_t len = sizeof a;

    if (getsockname(fd, &a.sa, &len) != 0)
        return 0;
    return ntohs(a.sa.sa_family == AF_INET6  ? a.v6.sin6_port
                 : a.sa.sa_family == AF_INET ? a.v4.sin_port
                                             : 0);
}

int tri_tcp_listen(int *fd, uint16_t *port, const char *addr, char error[256])
{
    char host[TRI_TCP_HOST], number[TRI_TCP_PORT], reason[TRI_TCP_WHY];
    struct tri_tcp_addrs list;
    int why = 0, rc;

    *fd = -1;
    error[0] = '\0';
    if (addr == NULL || tri_tcp_split(addr, host, number) != TRI_OK) {
        (void)snprintf(error, 256, "cannot listen on %.150s: not host:port",
                       addr != NULL ? addr : "nothing");
        return TRI_E_ARG;
    }
    rc = resolve(&list, host, (uint16_t)strtoul(number, NULL, 10), reason);
    if (rc != TRI_OK) {
        (void)snprintf(error, 256, "cannot listen on %.80s: %.150s", addr,
                       reason);
        return rc;
    }
    for (size_t i = 0; i < list.n && *fd < 0; i++) {
        const union tri_tcp_addr *const a = &list.a[i];
        const int s = socket(a->sa.sa_family,
                             SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        if (s < 0) {
            why = errno;
            continue;
        }
        set_int(s, SOL_SOCKET, SO_REUSEADDR, 1);
        if (a->sa.sa_family == AF_INET6) /* :: is IPv4 as well */
            set_int(s, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        tri_tcp_buffers(s);
        if (bind(s, &a->sa, tri_tcp_addr_len(a)) == 0 &&
            listen(s, BACKLOG) == 0) {
            *fd = s;
        } else {
            why = errno;
            close(s);
        }
    }
    if (*fd < 0) {
        (void)snprintf(
            error, 256, "cannot listen on %.60s: %.60s%s", addr, strerror(why),
            why == EADDRINUSE ? "; does this party run already? end that, or "
                                "use another port"
            : why == EADDRNOTAVAIL
                ? "; no address of this machine, though others may reach it "
                  "so: say `listen :PORT`, or `listen-clients :PORT`"
                : "");
        return why == EADDRNOTAVAIL ? TRI_E_ARG : TRI_E_IO;
    }
    if (port != NULL)
        *port = port_of(*fd);
    return TRI_OK;
}
