#include "core/err.h"
#include "core/mem.h"
#include "proto/fused/fused.h"

/* Words that P0 and P1 hold; P2 holds none. */
static int alloc(struct tri_session *s, tri_ring **v, size_t n)
{
    *v = NULL;
    if (s->id == 2)
        return TRI_OK;
    return tri_arena_alloc(s->cx.arena, v, n, sizeof **v);
}

static int leave(struct tri_session *s, size_t mark, int rc, tri_ring *z,
                 size_t n, const char *where)
{
    if (rc != TRI_OK) {
        if (z != NULL)
            tri_wipe(z, n * sizeof *z);
        tri_session_fail(s, rc, where);
    }
    tri_arena_release(s->cx.arena, mark);
    return rc;
}

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
int tri_sn_paper_drelu(struct tri_session *s, tri_ring *z, const tri_ring *a,
                       size_t n)
{
    const size_t mark = tri_arena_mark(s->cx.arena);
    tri_ring *c;
    int rc = tri_session_check(s);

    if (rc == TRI_OK)
        rc = alloc(s, &c, n);
    if (rc != TRI_OK)
        goto out;
    if (s->id < 2 && !s->dry)
        s->cx.k->scale(c, a, 2, n);
    rc = tri_sn_paper_convert(s, c, c, n);
    if (rc == TRI_OK)
        rc = tri_sn_paper_msb(s, z, c, n);
    if (rc == TRI_OK && s->id < 2 && !s->dry)
        s->cx.k->rsubc(z, z, s->id == 0, n);
out:
    return leave(s, mark, rc, z, n, "DReLU");
}

/*
 * ReLU (SecureNN, Algorithm 7): max(a, 0), and the bit for back-propagation.
 *
 *   1.-8.   bit <- DReLU(a)
 *   9.      bit * a, a product          40n bytes
 *
 * Correct and private as its parts. The product's mask is known to P2; the
 * zero share of k01 makes the output fresh to P2, too.
 */
int tri_sn_paper_relu(struct tri_session *s, tri_ring *z, tri_ring *bit,
                      const tri_ring *a, size_t n)
{
    const size_t mark = tri_arena_mark(s->cx.arena);
    tri_ring *prod; /* z may be a */
    int rc = tri_session_check(s);

    if (rc == TRI_OK)
        rc = alloc(s, &prod, n);
    if (rc == TRI_OK)
        rc = tri_sn_paper_drelu(s, bit, a, n);
    if (rc == TRI_OK)
        rc = tri_sn_mul(s, prod, bit, a, n);
    if (rc == TRI_OK && s->id < 2 && !s->dry) {
        memcpy(z, prod, n * sizeof *z);
        tri_sn_refresh(s, z, n);
    }
    if (rc != TRI_OK && bit != NULL)
        tri_wipe(bit, n * sizeof *bit);
    return leave(s, mark, rc, z, n, "ReLU");
}

/*
 * SelectShare (SecureNN, Algorithm 2): x where bit = 0, y where bit = 1.
 *
 *   1.      d = bit * (y - x), a product      40n bytes
 *           output x + d, with a zero share of k01
 *
 * Correct: x + 0 or x + (y - x). Private as the product.
 */
int tri_sn_paper_select(struct tri_session *s, tri_ring *z, const tri_ring *bit,
                        const tri_ring *x, const tri_ring *y, size_t n)
{
    const size_t mark = tri_arena_mark(s->cx.arena);
    tri_ring *diff, *prod;
    int rc = tri_session_check(s);

    if (rc == TRI_OK)
        rc = alloc(s, &diff, n);
    if (rc == TRI_OK)
        rc = alloc(s, &prod, n);
    if (rc != TRI_OK)
        goto out;
    if (s->id < 2 && !s->dry)
        s->cx.k->sub(diff, y, x, n);
    rc = tri_sn_mul(s, prod, bit, diff, n);
    if (rc == TRI_OK && s->id < 2 && !s->dry) {
        s->cx.k->add(z, x, prod, n);
        tri_sn_refresh(s, z, n);
    }
out:
    return leave(s, mark, rc, z, n, "SelectShare");
}
