#include "proto/paper/truncation.h"

/*
 * Truncation (SecureNN, Algorithm 11): nobody sends anything.
 *
 *   P0   z_0 = a_0 >> shift
 *   P1   z_1 = -((-a_1) >> shift)
 *
 * Correct, mostly: write a_0 = u, -a_1 = u - a mod L. Without a wrap in u - a,
 * z is floor(u / 2^shift) - floor((u - a) / 2^shift), which is a / 2^shift
 * rounded down or up. u is uniform, so u - a wraps (for a > 0 below 0, for
 * a < 0 past L) with probability |a| / 2^64, and then z is wrong by
 * 2^(64 - shift). Private: local. The output keeps a deterministic relation
 * to the shares; every protocol masks what it sends.
 */
void tri_paper_truncation(struct tri_session *s, tri_ring *z, const tri_ring *a,
                          size_t n, unsigned shift)
{
    const struct tri_kernels *k = s->cx.k;

    if (s->dry || s->id == 2)
        return;
    if (s->id == 0) {
        k->shr(z, a, shift, n);
        return;
    }
    k->rsubc(z, a, 0, n);
    k->shr(z, z, shift, n);
    k->rsubc(z, z, 0, n);
}
