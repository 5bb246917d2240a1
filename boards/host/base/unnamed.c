#include "boards/host/base/unnamed.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "core/err.h"

const char *tri_out_temporary(void)
{
    const char *const tmp = getenv("TMPDIR");

    return tmp != NULL && *tmp != '\0' ? tmp : "/tmp";
}

int tri_out_unnamed(struct tri_out *o, struct tri_why *why)
{
    char path[4096];
    int rc;

    *o = (struct tri_out){ .fd = -1, .slot = -1 };
    if (snprintf(path, sizeof path, "%s/trinn", tri_out_temporary()) >=
        (int)sizeof path)
        return tri_why(why, TRI_E_ARG, "TMPDIR is too long");
    rc = tri_out_open(o, path, why);
    if (rc != TRI_OK)
        return rc;
    /* Nothing is in it yet. */
    if (unlink(o->tmp) != 0) {
        rc = tri_why(why, TRI_E_IO, "%s: keeps its name: %s", o->path,
                     strerror(errno));
        tri_out_abort(o);
        return rc;
    }
    tri_cleanup_forget(o->slot);
    o->slot = -1;
    *o->tmp = '\0';
    return TRI_OK;
}

int tri_out_take(struct tri_out *o, struct tri_why *why)
{
    int fd;

    if (tri_out_drain(o, why) != TRI_OK)
        return -1;
    fd = dup(o->fd);
    if (fd < 0)
        tri_why(why, TRI_E_IO, "%s: %s", o->path, strerror(errno));
    tri_out_abort(o);
    return fd;
}
