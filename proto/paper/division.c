#include "proto/paper/division.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/beaver.h"
#include "proto/paper/drelu.h"

/* Scratch of P0 and P1; all [n]. */
struct scratch {
    tri_ring *rem, *diff, *bit, *prod, *quot;
};

static int alloc(struct tri_session *s, struct scratch *w, size_t n)
{
    tri_ring **const v[] = { &w->rem, &w->diff, &w->bit, &w->prod, &w->quot };
    int rc = TRI_OK;

    *w = (struct scratch){ NULL, NULL, NULL, NULL, NULL };
    for (size_t i = 0; s->id < 2 && i < sizeof v / sizeof *v; i++)
        if (rc == TRI_OK)
            rc = tri_arena_alloc(s->cx.arena, v[i], n, sizeof(tri_ring));
    return rc;
}

/* One quotient bit, the one of weight 2^left. */
static int step(struct tri_session *s, const struct scratch *w,
                const tri_ring *y, size_t n, unsigned left)
{
    const struct tri_kernels *k = s->cx.k;
    const int compute = s->id < 2 && !s->dry;
    int rc;

    if (compute)
        k->sub(w->diff, w->rem, y, n);
    rc = tri_paper_drelu(s, w->bit, w->diff, n); /* 1-8 */
    if (rc == TRI_OK && compute)
        k->axpy(w->quot, w->bit, (uint64_t)1 << left, n);
    if (rc != TRI_OK || left == 0)
        return rc;
    rc = tri_beaver_mul(s, w->prod, w->bit, y, n); /* 9 */
    if (rc == TRI_OK && compute) {
        k->sub(w->rem, w->rem, w->prod, n);
        k->scale(w->rem, w->rem, 2, n);
    }
    return rc;
}

/*
 * Division (SecureNN, Algorithm 8): floor(2^bits x / y), 0 <= x <= y, y > 0,
 * over the bits + 1 quotient bits that this range leaves.
 *
 *   rem = x
 *   for i = bits down to 0, one quotient bit each:
 *     1.-8.   b <- DReLU(rem - y);  quotient += 2^i b
 *     9.      rem = 2 (rem - b y), a product          40n bytes
 *
 * Nine rounds for a bit, eight for the last one, whose product nobody needs.
 *
 * Correct: school division. It is the paper's loop (compare x - u with 2^i y,
 * u the product of the quotient so far with y) in units of 2^i: rem stands for
 * 2^(bits-i) (x - u). As x <= y, rem < 2y at every step (rem <= y at the
 * first), so |rem - y| <= y < 2^62, which is what DReLU asks for, and what
 * remains after the subtraction is below y (or 0 after x = y). Private: only
 * private parts, on local sums; nothing is opened. The output gets a zero share
 * of k01.
 */
int tri_paper_division(struct tri_session *s, tri_ring *z, const tri_ring *x,
                       const tri_ring *y, size_t n, unsigned bits)
{
    const size_t mark = tri_arena_mark(s->cx.arena);
    const int compute = s->id < 2 && !s->dry;
    struct scratch w;
    int rc = tri_session_check(s);

    if (rc == TRI_OK && bits > 61)
        return TRI_E_ARG;
    if (rc == TRI_OK)
        rc = alloc(s, &w, n);
    if (rc != TRI_OK)
        goto out;
    if (compute) {
        memcpy(w.rem, x, n * sizeof *x);
        memset(w.quot, 0, n * sizeof *w.quot);
    }
    for (unsigned left = bits + 1; left-- > 0 && rc == TRI_OK;)
        rc = step(s, &w, y, n, left);
    if (rc == TRI_OK && compute) {
        memcpy(z, w.quot, n * sizeof *z);
        tri_additive_refresh(s, z, n);
    }

out:
    return tri_paper_end(s, mark, rc, z, n, "Division");
}
