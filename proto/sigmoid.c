#include "proto/sigmoid.h"
#include "core/err.h"
#include "proto/softmax.h"

/*
 * The second of softmax(0, x). Rows of two are cut into pieces, as softmax
 * takes many times the memory of its input.
 *
 * Error: with two classes both e of softmax are off by less than 1.4e-4, the
 * larger one, exp(0), by nothing; so p = e / (1 + e) or 1 / (1 + e) is off by
 * less than 1.4e-4 / (1 + e)^2 < 2^-12.
 */
enum { PIECE = 1 << 14 };

static int piece(struct tri_engine *e, struct tri_ten *z,
                 const struct tri_ten *x, size_t at, size_t n)
{
    const struct tri_copy into = {
        .dim = { 1, 1, 1, n },
        .zoff = 1,
        .zstep = { 0, 0, 0, 2 },
        .xoff = at,
        .xstep = { 0, 0, 0, 1 },
    };
    const struct tri_copy out = {
        .dim = { 1, 1, 1, n },
        .zoff = at,
        .zstep = { 0, 0, 0, 1 },
        .xoff = 1,
        .xstep = { 0, 0, 0, 2 },
    };
    const size_t mark = tri_arena_mark(e->s->cx.arena);
    const struct tri_shape rows = tri_shape2((uint32_t)n, 2);
    struct tri_ten pair, p;
    int rc = tri_ten_alloc(e, &pair, rows, x->fb, 0);

    if (rc == TRI_OK)
        rc = tri_ten_alloc(e, &p, rows, z->fb, 0);
    if (rc == TRI_OK)
        rc = tri_ten_zero(e, &pair);
    if (rc == TRI_OK) {
        e->ops->copy(e, &pair, x, &into);
        rc = tri_softmax(e, &p, &pair);
    }
    if (rc == TRI_OK)
        e->ops->copy(e, z, &p, &out);
    tri_arena_release(e->s->cx.arena, mark);
    return rc;
}

int tri_sigmoid(struct tri_engine *e, struct tri_ten *z,
                const struct tri_ten *x)
{
    int rc = z->n == x->n && z != x ? TRI_OK : TRI_E_ARG;

    for (size_t at = 0, n; rc == TRI_OK && at < x->n; at += n) {
        n = x->n - at < PIECE ? x->n - at : PIECE;
        rc = piece(e, z, x, at, n);
    }
    return rc;
}
