#include "proto/paper/relu.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/beaver.h"
#include "proto/paper/drelu.h"

/*
 * ReLU (SecureNN, Algorithm 7): max(a, 0), and the bit for back-propagation.
 *
 *   1.-8.   bit <- DReLU(a)
 *   9.      bit * a, a product          40n bytes
 *
 * Correct and private as its parts. The product's mask is known to P2; the
 * zero share of k01 makes the output fresh to P2, too.
 */
int tri_paper_relu(struct tri_session *s, tri_ring *z, tri_ring *bit,
                   const tri_ring *a, size_t n)
{
    const size_t mark = tri_arena_mark(s->cx.arena);
    tri_ring *prod; /* z may be a */
    int rc = tri_session_check(s);

    if (rc == TRI_OK)
        rc = tri_paper_alloc(s, &prod, n);
    if (rc == TRI_OK)
        rc = tri_paper_drelu(s, bit, a, n);
    if (rc == TRI_OK)
        rc = tri_beaver_mul(s, prod, bit, a, n);
    if (rc == TRI_OK && s->id < 2 && !s->dry) {
        memcpy(z, prod, n * sizeof *z);
        tri_additive_refresh(s, z, n);
    }
    if (rc != TRI_OK && bit != NULL)
        tri_wipe(bit, n * sizeof *bit);
    return tri_paper_end(s, mark, rc, z, n, "ReLU");
}
