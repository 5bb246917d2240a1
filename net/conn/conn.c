#include "net/conn/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/err.h"
#include "core/mem.h"
#include "net/host/clock.h"

enum {
    LINE = 64, /* of the cache */
    STAGE_BLOCK = (LINE + TRI_CONN_STAGE + LINE - 1) / LINE * LINE
};

int tri_conn_open(struct tri_conn *c, int fd, const struct tri_secure *sec)
{
    memset(c, 0, sizeof *c);
    if (sec != NULL) {
        c->block = aligned_alloc(LINE, STAGE_BLOCK);
        if (c->block == NULL) {
            c->fd = -1;
            return TRI_E_NOMEM;
        }
        /* The first payload starts a cache line: it is sealed faster. */
        c->stage = c->block + LINE - TRI_SECURE_HEADER % LINE;
        c->sec = *sec;
        c->sealed = 1;
    }
    c->fd = fd;
    c->last_tx = tri_clock_ns();
    return TRI_OK;
}

void tri_conn_close(struct tri_conn *c)
{
    if (c->fd >= 0)
        close(c->fd);
    free(c->block);
    tri_wipe(c, sizeof *c);
    c->fd = -1;
}

int tri_conn_passes(int e)
{
    return e == ENOBUFS || e == ENOMEM;
}

int tri_conn_is_local(int e)
{
    switch (e) {
    case EPIPE:
    case ECONNRESET:
    case ECONNABORTED:
    case ECONNREFUSED:
    case ENOTCONN:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
    case ENETRESET:
        return 0;
    default:
        return 1;
    }
}

void tri_conn_starve(struct tri_conn *c, int way, int e)
{
    if (c->starved[way].error == 0)
        c->starved[way].since = tri_clock_ns();
    c->starved[way].error = e;
}
