#include "boards/host/share/sharetensor.h"
#include "core/err.h"
#include "core/mem.h"

enum tri_sharing tri_share_of(const struct tri_engine_kind *kind)
{
    return kind->holds[2] > 0 ? TRI_SHARING_REPLICATED : TRI_SHARING_ADDITIVE;
}

uint64_t tri_share_tensor_bytes(const struct tri_engine *e, size_t n)
{
    return (uint64_t)sizeof(tri_ring) * e->holds * n;
}

static size_t piece(size_t left)
{
    return left < TRI_SHARE_PIECE ? left : TRI_SHARE_PIECE;
}

/* Exported at once, as every export is verified; memory is the arena's. */
int tri_share_put_tensor(struct tri_share_out *o, struct tri_engine *e,
                         const struct tri_ten *t, size_t at, size_t n,
                         struct tri_why *why)
{
    struct tri_arena *a = e->s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    tri_ring *part[2] = { NULL, NULL };
    int rc = TRI_OK;

    for (unsigned c = 0; rc == TRI_OK && c < e->holds; c++)
        rc = tri_arena_alloc(a, &part[c], n, sizeof *part[c]);
    if (rc == TRI_OK)
        rc = tri_export(e, t, at, n, part);
    for (size_t done = 0, len;
         rc == TRI_OK && o != NULL && !e->s->dry && e->holds > 0 && done < n;
         done += len) {
        const tri_ring *const from[2] = { part[0] + done, part[1] != NULL
                                                              ? part[1] + done
                                                              : NULL };

        len = piece(n - done);
        rc = tri_share_put(o, from, len, why);
    }
    tri_arena_release(a, mark);
    return rc;
}

int tri_share_get_tensor(const struct tri_share *s, struct tri_engine *e,
                         struct tri_ten *t, uint64_t *first,
                         struct tri_why *why)
{
    tri_ring buf[2][TRI_SHARE_PIECE];
    tri_ring *const part[2] = { buf[0], buf[1] };
    int rc = TRI_OK;

    for (size_t at = 0, n; rc == TRI_OK && at < t->n; at += n) {
        n = piece(t->n - at);
        if (!e->s->dry && e->holds > 0)
            rc = tri_share_words(s, part, n, *first, why);
        *first += n;
        if (rc == TRI_OK)
            rc = tri_import(e, t, at, n, (const tri_ring *const *)part);
    }
    tri_wipe(buf, sizeof buf);
    return rc;
}
