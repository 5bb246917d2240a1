#include "boards/host/party/outfile.h"
#include <stdio.h>
#include "boards/host/party/session_open.h"
#include "core/err.h"
#include "net/finish.h"

int tri_outfile_open(struct tri_outfile *f, struct tri_link *l,
                     const char *path, int replace, uint64_t bytes,
                     struct tri_why *why)
{
    struct tri_out *const o = &f->share.out;
    int rc;

    f->share.out.fd = -1;
    f->link = l;
    f->stays = 0;
    if (path == NULL)
        return TRI_OK;
    tri_out_sweep(path);
    rc = tri_out_open(o, path, why);
    if (rc == TRI_OK) {
        o->fresh = !replace;
        rc = tri_out_reserve(o, bytes, why);
    }
    return rc;
}

/*
 *   P_i -> P_j   1 byte, 0: P_i is as far   for all i != j; one round
 */
static int wait_for_all(struct tri_outfile *f)
{
    uint8_t far[TRI_PARTIES] = { 0 };

    return tri_exchange(f->link, far, 1);
}

int tri_outfile_place(struct tri_outfile *f, struct tri_why *why)
{
    struct tri_out *const o = &f->share.out;
    const int writes = o->fd >= 0;
    int rc = wait_for_all(f);

    /* Another's file may be in place already: this one is its other half. */
    if (rc != TRI_OK) {
        tri_why(why, rc, "%s", f->link->error);
        if (writes)
            tri_out_leave(o, why);
        return rc;
    }
    if (writes)
        rc = tri_session_tell(f->link, tri_out_place(o, why), why);
    if (rc != TRI_OK)
        return rc;
    rc = f->stays ? wait_for_all(f) : tri_finish(f->link);
    if (rc == TRI_OK && f->link->dead != TRI_OK)
        fprintf(stderr,
                "trinn: P%u: all three are done and have said so; what came "
                "last is missing: %s\n",
                f->link->id, f->link->error);
    return rc == TRI_OK
               ? TRI_OK
               : tri_why(why, rc,
                         "%s; %swhether all others have written theirs is not "
                         "known",
                         f->link->error, writes ? "the file is written, " : "");
}

void tri_outfile_close(struct tri_outfile *f)
{
    tri_share_abort(&f->share);
}
