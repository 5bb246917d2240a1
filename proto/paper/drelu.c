#include "proto/paper/drelu.h"
#include "core/err.h"
#include "proto/paper/compute_msb.h"
#include "proto/paper/share_convert.h"

/*
 * DReLU (SecureNN, Algorithm 6): shares of [a >= 0].
 *
 *   1.-4.   c = 2a;  {c} <- ShareConvert(c)
 *   5.-8.   m <- ComputeMSB({c});  output 1 - m
 *
 * Eight rounds; bytes are those of the two parts.
 *
 * Correct: for -2^62 <= a < 2^62, c = 2a mod L has the sign of a as its top
 * bit. It is even, so never L - 1, the value that ShareConvert cannot carry
 * over: that is what the doubling is for (a = -1 is L - 1 itself).
 * Private: only private parts, on local sums. The output is fresh from
 * ComputeMSB.
 */
int tri_paper_drelu(struct tri_session *s, tri_ring *z, const tri_ring *a,
                    size_t n)
{
    const size_t mark = tri_arena_mark(s->cx.arena);
    tri_ring *c;
    int rc = tri_session_check(s);

    if (rc == TRI_OK)
        rc = tri_paper_alloc(s, &c, n);
    if (rc != TRI_OK)
        goto out;
    if (s->id < 2 && !s->dry)
        s->cx.k->scale(c, a, 2, n);
    rc = tri_paper_share_convert(s, c, c, n);
    if (rc == TRI_OK)
        rc = tri_paper_compute_msb(s, z, c, n);
    if (rc == TRI_OK && s->id < 2 && !s->dry)
        s->cx.k->rsubc(z, z, s->id == 0, n);
out:
    return tri_paper_end(s, mark, rc, z, n, "DReLU");
}
