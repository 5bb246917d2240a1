#include "boards/host/trial/alone.h"
#include <stdlib.h>
#include "boards/host/party/session_open.h"
#include "core/err.h"

int tri_alone_run(struct tri_run *r, unsigned threads, struct tri_outcome *out,
                  struct tri_why *why)
{
    struct tri_host *const h = malloc(sizeof *h);
    int rc;

    if (h == NULL)
        return tri_why(why, TRI_E_NOMEM, "no memory");
    rc = tri_session_start(h, 0, threads, why);
    if (rc == TRI_OK)
        rc = tri_run(r, &h->s, out, why);
    tri_session_end(h);
    free(h);
    return rc;
}
