#include "net/tcp/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/err.h"
#include "net/tcp/tcp.h"

enum { BUFFER_BYTES = 8 << 20, BUFFER_USEFUL = 4 << 20 };

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

int tri_tcp_resolve(const char *host, const char *port, int flags,
                    struct addrinfo **list)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = flags | AI_NUMERICSERV,
    };

    return getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, list);
}

void tri_tcp_print(char *out, size_t size, const struct sockaddr *sa,
                   socklen_t len)
{
    char host[48], port[8];

    if (getnameinfo(sa, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        (void)snprintf(out, size, "an unknown address");
    else
        (void)snprintf(out, size,
                       sa->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
                       port);
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

void tri_tcp_options(int fd, uint32_t deadline_ms)
{
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, 5);
    set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, 2);
    set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, 5);
    /* A peer that computes may leave its window shut for as long as it may be
     * slow; the link's own deadlines speak first. */
    set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
            deadline_ms < INT32_MAX / (TRI_LINK_SLOW + 2)
                ? (int)((TRI_LINK_SLOW + 2) * deadline_ms)
                : INT32_MAX);
}

int tri_tcp_listen(int *fd, uint16_t *port, const char *addr, char error[256])
{
    char host[TRI_TCP_HOST], number[TRI_TCP_PORT];
    struct addrinfo *list = NULL;
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    int rc, why = 0;

    *fd = -1;
    error[0] = '\0';
    if (addr == NULL || tri_tcp_split(addr, host, number) != TRI_OK) {
        (void)snprintf(error, 256, "cannot listen on %.150s: not host:port",
                       addr != NULL ? addr : "nothing");
        return TRI_E_ARG;
    }
    rc = tri_tcp_resolve(host, number, AI_PASSIVE, &list);
    if (rc != 0) {
        (void)snprintf(error, 256, "cannot listen on %.150s: %.80s", addr,
                       gai_strerror(rc));
        return TRI_E_IO;
    }
    for (const struct addrinfo *a = list; a != NULL && *fd < 0;
         a = a->ai_next) {
        const int s =
            socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

        if (s < 0) {
            why = errno;
            continue;
        }
        set_int(s, SOL_SOCKET, SO_REUSEADDR, 1);
        tri_tcp_buffers(s);
        if (bind(s, a->ai_addr, a->ai_addrlen) == 0 && listen(s, 64) == 0) {
            *fd = s;
        } else {
            why = errno;
            close(s);
        }
    }
    freeaddrinfo(list);
    if (*fd < 0) {
        (void)snprintf(
            error, 256, "cannot listen on %.110s: %.60s%s", addr, strerror(why),
            why == EADDRINUSE      ? "; does this party run already? end "
                                     "that, or use another port"
            : why == EADDRNOTAVAIL ? "; this machine does not have that address"
                                   : "");
        return TRI_E_IO;
    }
    if (port != NULL) {
        if (getsockname(*fd, (struct sockaddr *)&sa, &len) != 0)
            sa.ss_family = AF_UNSPEC;
        *port = 0;
        if (sa.ss_family == AF_INET)
            *port = ntohs(((const struct sockaddr_in *)(void *)&sa)->sin_port);
        if (sa.ss_family == AF_INET6)
            *port =
                ntohs(((const struct sockaddr_in6 *)(void *)&sa)->sin6_port);
    }
    return TRI_OK;
}
