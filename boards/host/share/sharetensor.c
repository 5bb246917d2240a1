#include "boards/host/share/sharetensor.h"
#include "core/err.h"
#include "core/mem.h"

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
        for (unsigned c = 0;
             rc == TRI_OK && o != NULL && !e->s->dry && c < e->holds; c++)
            rc = tri_share_put(o, part[c], n * sizeof *buf[c], why);
    }
    tri_wipe(buf, sizeof buf);
    return rc;
}

int tri_share_get_tensor(const struct tri_share *s, struct tri_engine *e,
                         struct tri_ten *t, uint64_t *first,
                         struct tri_why *why)
{
    tri_ring buf[2][TRI_SHARE_PIECE];
    const tri_ring *const part[2] = { buf[0], buf[1] };
    int rc = TRI_OK;

    for (size_t at = 0, n; rc == TRI_OK && at < t->n; at += n) {
        n = piece(t->n - at);
        for (unsigned c = 0; rc == TRI_OK && !e->s->dry && c < e->holds; c++) {
            rc = tri_share_words(s, buf[c], n, *first, why);
            *first += n;
        }
        if (rc == TRI_OK)
            rc = tri_import(e, t, at, n, part);
    }
    tri_wipe(buf, sizeof buf);
    return rc;
}
