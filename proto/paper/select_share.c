#include "proto/paper/select_share.h"
#include "core/err.h"
#include "proto/beaver.h"

/*
 * SelectShare (SecureNN, Algorithm 2): x where bit = 0, y where bit = 1.
 *
 *   1.      d = bit * (y - x), a product      40n bytes
 *           output x + d, with a zero share of k01
 *
 * Correct: x + 0 or x + (y - x). Private as the product.
 */
int tri_paper_select_share(struct tri_session *s, tri_ring *z,
                           const tri_ring *bit, const tri_ring *x,
                           const tri_ring *y, size_t n)
{
    const size_t mark = tri_arena_mark(s->cx.arena);
    tri_ring *diff, *prod;
    int rc = tri_session_check(s);

    if (rc == TRI_OK)
        rc = tri_paper_alloc(s, &diff, n);
    if (rc == TRI_OK)
        rc = tri_paper_alloc(s, &prod, n);
    if (rc != TRI_OK)
        goto out;
    if (s->id < 2 && !s->dry)
        s->cx.k->sub(diff, y, x, n);
    rc = tri_beaver_mul(s, prod, bit, diff, n);
    if (rc == TRI_OK && s->id < 2 && !s->dry) {
        s->cx.k->add(z, x, prod, n);
        tri_additive_refresh(s, z, n);
    }
out:
    return tri_paper_end(s, mark, rc, z, n, "SelectShare");
}
