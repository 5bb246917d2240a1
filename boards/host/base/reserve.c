#include "boards/host/base/reserve.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "core/err.h"

int tri_reserve_take(struct tri_reserve *r, struct tri_why *why)
{
    for (r->n = 0; r->n < TRI_RESERVE; r->n++) {
        r->fd[r->n] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (r->fd[r->n] < 0)
            return tri_why(why, TRI_E_IO,
                           "of %d descriptors for connections and results the "
                           "system gives %d (%s); allow more with `ulimit -n`",
                           TRI_RESERVE, r->n, strerror(errno));
    }
    return TRI_OK;
}

void tri_reserve_give(struct tri_reserve *r)
{
    while (r->n > 0)
        close(r->fd[--r->n]);
}
