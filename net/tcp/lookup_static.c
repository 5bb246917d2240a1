/* For programs that are linked statically: no names. */
#include "net/tcp/names.h"

#include <stdio.h>

int tri_lookup_possible(void)
{
    return 0;
}

struct tri_lookup *tri_lookup_start(const char *host, uint16_t port)
{
    (void)host;
    (void)port;
    return NULL;
}

int tri_lookup_done(struct tri_lookup *q, struct tri_tcp_addrs *out,
                    char why[TRI_TCP_WHY])
{
    (void)q;
    out->n = 0;
    (void)snprintf(why, TRI_TCP_WHY, "names cannot be looked up");
    return -1;
}

void tri_lookup_end(struct tri_lookup *q)
{
    (void)q;
}
