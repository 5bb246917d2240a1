/* For programs that are linked statically: no names. */
#include "net/tcp/names.h"

#include <stdio.h>
#include <stdlib.h>

struct tri_lookup {
    char why[TRI_TCP_WHY];
};

struct tri_lookup *tri_lookup_start(const char *host, uint16_t port)
{
    struct tri_lookup *const q = calloc(1, sizeof *q);

    (void)port;
    if (q != NULL)
        (void)snprintf(q->why, sizeof q->why,
                       "this program is linked statically and cannot look up "
                       "the name %.40s; give its address in numbers",
                       host);
    return q;
}

int tri_lookup_done(struct tri_lookup *q, struct tri_tcp_addrs *out,
                    char why[TRI_TCP_WHY])
{
    out->n = 0;
    (void)snprintf(why, TRI_TCP_WHY, "%s", q->why);
    return -1;
}

void tri_lookup_end(struct tri_lookup *q)
{
    free(q);
}
