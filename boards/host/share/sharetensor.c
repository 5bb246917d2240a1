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

int tri_share_put_tensor(struct tri_share_out *o, struct tri_engine *e,
                         const struct tri_ten *t, size_t at, size_t n,
                         struct tri_why *why)
{
    tri_ring buf[2][TRI_SHARE_PIECE];
    tri_ring *const part[2] = { buf[0], buf[1] };
    const size_t end = at + n;
    int rc = TRI_OK;

    for (; rc == TRI_OK && at < end; at += n) {
        n = piece(end - at);
        rc = tri_export(e, t, at, n, part);
        if (rc == TRI_OK && o != NULL && !e->s->dry && e->holds > 0)
            rc = tri_share_put(o, (const tri_ring *const *)part, n, why);
    }
    tri_wipe(buf, sizeof buf);
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
