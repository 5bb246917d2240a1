#include "boards/host/base/fileset.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "boards/host/base/cleanup.h"
#include "core/err.h"

/* What is removed if another file of the set fails is now the file itself. */
static void note_placed(struct tri_out *o)
{
    const int slot = tri_cleanup_path(o->path);

    tri_cleanup_forget(o->slot);
    o->slot = slot;
    strcpy(o->tmp, o->path);
}

/* The text is complete once it is known what could be removed. */
static int drop_all(struct tri_out *const o[], size_t n, int rc,
                    struct tri_why *why)
{
    const char *stays = NULL;

    for (size_t i = 0; i < n; i++)
        if (o[i]->fd >= 0 && unlink(o[i]->tmp) != 0 && errno != ENOENT &&
            stays == NULL) {
            stays = o[i]->tmp;
            tri_why_add(why, rc, "; %s cannot be removed: remove it", stays);
        }
    if (stays == NULL)
        tri_why_add(why, rc, "; nothing was written");
    for (size_t i = 0; i < n; i++)
        tri_out_abort(o[i]);
    return rc;
}

int tri_out_commit_all(struct tri_out *const o[], size_t n, struct tri_why *why)
{
    int rc = TRI_OK;

    for (size_t i = 0; rc == TRI_OK && i < n; i++) {
        rc = tri_out_seal(o[i], why);
        if (rc != TRI_OK) {
            for (size_t j = 0; j < n; j++)
                tri_out_abort(o[j]);
            return rc;
        }
    }
    for (size_t i = 0; rc == TRI_OK && i < n; i++) {
        rc = tri_out_rename(o[i], why);
        if (rc == TRI_OK)
            note_placed(o[i]);
    }
    for (size_t i = 0; rc == TRI_OK && i < n; i++)
        if (tri_file_sync_dir(o[i]->path) != 0)
            rc = tri_why(why, TRI_E_IO,
                         "%s: its directory cannot be made permanent: %s",
                         o[i]->path, strerror(errno));
    if (rc != TRI_OK)
        return drop_all(o, n, rc, why);
    for (size_t i = 0; i < n; i++)
        tri_out_finish(o[i]);
    return TRI_OK;
}
