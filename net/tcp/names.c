/* What needs no resolver. */
#include "net/tcp/names.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

socklen_t tri_tcp_addr_len(const union tri_tcp_addr *a)
{
    return a->sa.sa_family == AF_INET ? sizeof a->v4 : sizeof a->v6;
}

int tri_tcp_numeric(union tri_tcp_addr *out, const char *host, uint16_t port)
{
    const char *const percent = strchr(host, '%');
    const size_t n = percent != NULL ? (size_t)(percent - host) : strlen(host);
    char plain[INET6_ADDRSTRLEN];

    memset(out, 0, sizeof *out);
    if (n >= sizeof plain)
        return 0;
    memcpy(plain, host, n);
    plain[n] = '\0';
    if (percent == NULL && inet_pton(AF_INET, plain, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return 1;
    }
    if (inet_pton(AF_INET6, plain, &out->v6.sin6_addr) != 1)
        return 0;
    if (percent != NULL)
        out->v6.sin6_scope_id = if_nametoindex(percent + 1);
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(port);
    return percent == NULL || out->v6.sin6_scope_id != 0;
}

void tri_tcp_bytes(uint8_t out[16], const union tri_tcp_addr *a)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

    if (a->sa.sa_family == AF_INET6) {
        memcpy(out, &a->v6.sin6_addr, 16);
    } else {
        memcpy(out, mapped, sizeof mapped);
        memcpy(out + sizeof mapped, &a->v4.sin_addr, 4);
    }
}

void tri_tcp_print(char out[TRI_TCP_SHOWN], const union tri_tcp_addr *a)
{
    const int six =
        a->sa.sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr);
    const unsigned port =
        ntohs(a->sa.sa_family == AF_INET6 ? a->v6.sin6_port : a->v4.sin_port);
    char host[INET6_ADDRSTRLEN] = "?";
    uint8_t bytes[16];

    tri_tcp_bytes(bytes, a);
    (void)inet_ntop(six ? AF_INET6 : AF_INET, six ? bytes : bytes + 12, host,
                    sizeof host);
    (void)snprintf(out, TRI_TCP_SHOWN, six ? "[%s]:%u" : "%s:%u", host, port);
}

int tri_tcp_usable(const char *host, char why[TRI_TCP_WHY])
{
    union tri_tcp_addr a;

    if (host[0] == '\0' || tri_lookup_possible() ||
        tri_tcp_numeric(&a, host, 0))
        return 1;
    (void)snprintf(why, TRI_TCP_WHY,
                   "this program is linked statically and cannot look up the "
                   "name %.60s: give its address in numbers",
                   host);
    return 0;
}
