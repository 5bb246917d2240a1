#include "proto/paper/dmaxpool.h"
#include "core/err.h"
#include "core/mem.h"
#include "proto/wire.h"

static void flow(struct tri_session *s, size_t nn, size_t m)
{
    tri_cost_join(&s->cost, 0, 1, 2, 8 * m);
    tri_cost_msg(&s->cost, 2, 1, 8 * nn * m);
}

/* 1 iff a = b, both below 2^63. */
static uint64_t equal(uint64_t a, uint64_t b)
{
    return ((a ^ b) - 1) >> 63;
}

/* v[i] = v[(i + g) mod nn] at each of m places, nn a power of two: for each
 * bit of the secret g a rotation that is made or not, by mask. tmp [nn x m]. */
static void rotate_back(tri_ring *v, tri_ring *tmp, const tri_ring *g,
                        size_t nn, size_t m)
{
    for (unsigned t = 0; nn >> t > 1; t++) {
        memcpy(tmp, v, nn * m * sizeof *v);
        for (size_t i = 0; i < nn; i++) {
            const tri_ring *from =
                tmp + ((i + ((size_t)1 << t)) & (nn - 1)) * m;
            tri_ring *to = v + i * m;

            for (size_t p = 0; p < m; p++) {
                const uint64_t mask = 0 - (g[p] >> t & 1);
                to[p] ^= (to[p] ^ from[p]) & mask;
            }
        }
    }
}

/* P0, P1. unit, tmp [nn x m]; r, msg [m]. */
static int hold(struct tri_session *s, tri_ring *z, tri_ring *unit,
                tri_ring *tmp, tri_ring *r, tri_ring *msg, const tri_ring *ind,
                size_t n, size_t nn, size_t m)
{
    const struct tri_kernels *k = s->cx.k;
    struct tri_prg *k01 = tri_additive_key(s, 1 - s->id);
    int rc;

    /* 1. ind_j + r_j; tmp serves for r_{1-j} */
    tri_prg_words(k01, s->cx.par, s->id == 0 ? r : tmp, m);
    tri_prg_words(k01, s->cx.par, s->id == 0 ? tmp : r, m);
    k->add(msg, ind, r, m);
    k->add(r, r, tmp, m);
    rc = tri_send_words(s->link, 2, msg, m);
    /* 2. the rotated unit vector */
    if (rc == TRI_OK && s->id == 0)
        tri_prg_words(tri_additive_key(s, 2), s->cx.par, unit, nn * m);
    else if (rc == TRI_OK)
        rc = tri_recv_words(s->link, 2, unit, nn * m);
    if (rc != TRI_OK)
        return rc;
    rotate_back(unit, tmp, r, nn, m);
    memcpy(z, unit, n * m * sizeof *z);
    tri_additive_refresh(s, z, n * m);
    return tri_flush(s->link);
}

/* P2. unit [nn x m]; t0, t1 [m]. */
static int help(struct tri_session *s, tri_ring *unit, tri_ring *t0,
                tri_ring *t1, size_t nn, size_t m)
{
    int rc = tri_recv_words(s->link, 0, t0, m); /* 1 */

    if (rc == TRI_OK)
        rc = tri_recv_words(s->link, 1, t1, m);
    if (rc != TRI_OK)
        return rc;
    tri_prg_words(tri_additive_key(s, 0), s->cx.par, unit, nn * m); /* 2 */
    for (size_t i = 0; i < nn; i++)
        for (size_t p = 0; p < m; p++)
            unit[i * m + p] =
                equal(i, (t0[p] + t1[p]) & (nn - 1)) - unit[i * m + p];
    rc = tri_send_words(s->link, 1, unit, nn * m);
    return rc == TRI_OK ? tri_flush(s->link) : rc;
}

/*
 * The derivative of MaxPool (SecureNN, Algorithms 10 and 12): unit vectors
 * with the 1 at ind, 0 <= ind < n. N is the power of two with n <= N < 2n.
 *
 *   k01             r_0, r_1 in Z_L,  r = r_0 + r_1
 *   1. P_j -> P2    ind_j + r_j                          8m bytes each
 *      P2           t = (ind + r) mod N;  E = unit vector of length N at t
 *   2. P2 -> P1     share of E (P0's from k02)           8 N m bytes
 *      P_j          z[i] = E_j[(i + r) mod N], i < n, with a zero share of k01
 *
 * Two rounds.
 *
 * Correct: N divides L, so reducing modulo L first does no harm, and the 1
 * stands at i = t - r = ind mod N, below n. For n = N this is Algorithm 10.
 * The paper's general case is another protocol, as n does not divide L; here
 * the vector grows to length N instead, and its places n .. N - 1, all 0, are
 * dropped. That is exact, hides the index perfectly, takes two rounds, and
 * never costs more than Algorithm 10 with two dealt shares: N + 2 <= 2 (n + 1)
 * words.
 * Private: r_0 and r_1 are independent and unknown to P2, so t is uniform and
 * no bare share is sent (the paper sends ind_1 as it is). P2 knows both
 * shares of E: hence the zero share at the end. r stays secret in the
 * rotation, which is made of log2 N masked steps.
 */
int tri_paper_dmaxpool(struct tri_session *s, tri_ring *z, const tri_ring *ind,
                       size_t n, size_t m)
{
    struct tri_arena *a = s->cx.arena;
    const size_t mark = tri_arena_mark(a);
    size_t nn = 1;
    tri_ring *unit, *tmp, *r, *msg;
    int rc = tri_session_check(s);

    if (rc == TRI_OK && (n == 0 || n > (size_t)1 << 30 ||
                         m > SIZE_MAX / sizeof(tri_ring) / 2 / n))
        return TRI_E_ARG;
    while (nn < n)
        nn *= 2;
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &unit, nn * m, sizeof *unit);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &tmp, s->id < 2 ? nn * m : 0, sizeof *tmp);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &r, m, sizeof *r);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &msg, m, sizeof *msg);
    if (rc != TRI_OK)
        goto out;
    if (s->dry)
        flow(s, nn, m);
    else if (s->id < 2)
        rc = hold(s, z, unit, tmp, r, msg, ind, n, nn, m);
    else
        rc = help(s, unit, r, msg, nn, m);

out:
    return tri_paper_end(s, mark, rc, z, n * m, "DMaxPool");
}
