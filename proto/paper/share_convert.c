#include "proto/paper/share_convert.h"
#include "core/err.h"
#include "proto/paper/odd.h"
#include "proto/paper/private_compare.h"
#include "proto/wire.h"

#define NAME "ShareConvert"

/* Scratch; all [n]. */
struct scratch {
    uint8_t *bits; /* [64 n], shares of x's bits (P2: those it sends)       */
    uint8_t *coin; /* P0, P1: eta''.  P2: eta'                              */
    tri_ring *r;   /* P0, P1: r_0, then r                                   */
    tri_ring *r1;  /* P0, P1: r_1, then beta_j + (1-j)(-alpha - 1)          */
    tri_ring *t;   /* P0, P1: a~_j.  P2: x = a~_0 + a~_1                    */
    tri_ring *d;   /* P0, P1: delta_j.  P2: a~_0, then delta_1              */
    tri_ring *e;   /* P0, P1: the mask, then eta'_j.  P2: eta'_1            */
};

static int flow(struct tri_session *s, size_t n)
{
    int rc;

    tri_cost_join(&s->cost, 0, 1, 2, 8 * n);
    tri_cost_msg(&s->cost, 2, 1, TRI_PAPER_BITS * n);
    tri_cost_msg(&s->cost, 2, 1, 8 * n);
    rc = tri_paper_private_compare(s, NULL, NULL, NULL, NULL, 1, n);
    tri_cost_msg(&s->cost, 2, 1, 8 * n);
    return rc;
}

static int alloc(struct tri_session *s, struct scratch *w, size_t n)
{
    struct tri_arena *a = s->cx.arena;
    const size_t holder = s->id < 2 ? n : 0;
    int rc = tri_arena_alloc(a, &w->bits, n, TRI_PAPER_BITS);

    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->coin, n, 1);
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->r, holder, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->r1, holder, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->t, n, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->d, n, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->e, n, sizeof(tri_ring));
    return rc;
}

/* 1. a~_j = a_j + r_j goes out. z = a_j +- mask - (what is known of theta). */
static int send_masked(struct tri_session *s, const struct scratch *w,
                       tri_ring *z, const tri_ring *a, size_t n)
{
    struct tri_prg *k01 = tri_additive_key(s, 1 - s->id);

    tri_prg_words(k01, s->cx.par, w->r, n);
    tri_prg_words(k01, s->cx.par, w->r1, n);
    tri_odd_words(k01, s->cx.par, w->e, n);
    tri_paper_coins(k01, w->coin, n);
    for (size_t i = 0; i < n; i++) {
        const uint64_t r0 = w->r[i], r1 = w->r1[i], ai = a[i];
        const uint64_t alpha = tri_wrap(r0, r1);

        w->r[i] = r0 + r1;
        if (s->id == 0) {
            w->t[i] = ai + r0;
            /* theta_0 = beta_0 - alpha - 1 + ... */
            z[i] = tri_odd_add(tri_odd_add(tri_odd(ai), w->e[i]), alpha + 1);
            z[i] = tri_odd_sub(z[i], tri_wrap(ai, r0));
        } else {
            w->t[i] = ai + r1;
            /* theta_1 = beta_1 + ... */
            z[i] = tri_odd_sub(tri_odd(ai), w->e[i]);
            z[i] = tri_odd_sub(z[i], tri_wrap(ai, r1));
        }
    }
    return tri_send_words(s->link, 2, w->t, n);
}

/* P0, P1. */
static int hold(struct tri_session *s, const struct scratch *w, tri_ring *z,
                const tri_ring *a, size_t n)
{
    const uint64_t first = s->id == 0;
    int rc = send_masked(s, w, z, a, n); /* 1 */

    /* 2. shares of x's bits and of delta */
    if (rc == TRI_OK)
        rc = tri_paper_deal_bits(s, w->bits, NULL, n, NAME);
    if (rc == TRI_OK && first)
        tri_odd_words(tri_additive_key(s, 2), s->cx.par, w->d, n);
    else if (rc == TRI_OK)
        rc = tri_odd_recv(s, 2, w->d, n, NAME);
    /* 3. [x >= r] */
    if (rc == TRI_OK)
        rc = tri_paper_private_compare(s, NULL, w->bits, w->r, w->coin, 1, n);
    /* 4. shares of eta' */
    if (rc == TRI_OK && first)
        tri_odd_words(tri_additive_key(s, 2), s->cx.par, w->e, n);
    else if (rc == TRI_OK)
        rc = tri_odd_recv(s, 2, w->e, n, NAME);
    if (rc != TRI_OK)
        return rc;
    /* 5. eta_j = eta'_j where eta'' = 0, (1-j) - eta'_j where eta'' = 1 */
    for (size_t i = 0; i < n; i++) {
        const uint64_t flip = 0 - (uint64_t)w->coin[i];
        const uint64_t e1 = tri_odd_sub(first, w->e[i]);
        const uint64_t eta = (e1 & flip) | (w->e[i] & ~flip);

        z[i] = tri_odd_sub(z[i], tri_odd_add(w->d[i], eta));
    }
    return tri_flush(s->link);
}

/* P2. */
static int help(struct tri_session *s, const struct scratch *w, size_t n)
{
    struct tri_prg *k02 = tri_additive_key(s, 0);
    int rc;

    rc = tri_recv_words(s->link, 0, w->d, n); /* 1 */
    if (rc == TRI_OK)
        rc = tri_recv_words(s->link, 1, w->t, n);
    if (rc != TRI_OK)
        return rc;
    for (size_t i = 0; i < n; i++) {
        const uint64_t t0 = w->d[i], t1 = w->t[i];

        w->t[i] = t0 + t1;
        w->d[i] = tri_wrap(t0, t1);
    }
    rc = tri_paper_deal_bits(s, w->bits, w->t, n, NAME); /* 2 */
    if (rc != TRI_OK)
        return rc;
    tri_odd_words(k02, s->cx.par, w->e, n);
    for (size_t i = 0; i < n; i++)
        w->d[i] = tri_odd_sub(w->d[i], w->e[i]);
    rc = tri_send_words(s->link, 1, w->d, n);
    if (rc == TRI_OK) /* 3 */
        rc = tri_paper_private_compare(s, w->coin, NULL, NULL, NULL, 1, n);
    if (rc != TRI_OK)
        return rc;
    tri_odd_words(k02, s->cx.par, w->e, n); /* 4 */
    for (size_t i = 0; i < n; i++)
        w->e[i] = tri_odd_sub(w->coin[i], w->e[i]);
    rc = tri_send_words(s->link, 1, w->e, n);
    return rc == TRI_OK ? tri_flush(s->link) : rc;
}

/*
 * ShareConvert (SecureNN, Algorithm 4): shares modulo L to shares of the same
 * a, 0 <= a < L - 1, modulo L - 1. `wrap` is wrap(., ., L).
 *
 *   k01            r_0, r_1 in Z_L, eta'' in {0,1}, mask in Z_{L-1}
 *   P0, P1         r = r_0 + r_1,  alpha = wrap(r_0, r_1)
 *   P_j            a~_j = a_j + r_j,  beta_j = wrap(a_j, r_j)
 *   1. P_j -> P2   a~_j                                  8n bytes each
 *      P2          x = a~_0 + a~_1,  delta = wrap(a~_0, a~_1)
 *   2. P2 -> P1    shares of x's bits over Z_p           64n bytes
 *                  share of delta over Z_{L-1}           8n bytes
 *   3. P_j -> P2   PrivateCompare: eta' = eta'' xor [x >= r]    64n bytes each
 *   4. P2 -> P1    share of eta' over Z_{L-1}            8n bytes
 *   5. P_j         eta_j   = eta'_j + (1-j) eta'' - 2 eta'' eta'_j
 *                  theta_j = beta_j + (1-j)(-alpha - 1) + delta_j + eta_j
 *                  outputs a_j - theta_j (P0: + mask, P1: - mask)
 *
 * Four rounds. P0's shares of what P2 deals come from k02.
 *
 * Correct: over the integers a = a_0 + a_1 - theta L with theta =
 * wrap(a_0, a_1), and L = 1 mod L - 1, so a_0 + a_1 - theta is a. Adding
 * a~_j = a_j + r_j - beta_j L, r = r_0 + r_1 - alpha L and
 * x = a~_0 + a~_1 - delta L gives
 *   x = a + r + (theta + alpha - beta_0 - beta_1 - delta) L,
 * and x = a + r mod L is a + r - (1 - eta) L with eta = [x >= r]. Compare:
 *   theta = beta_0 + beta_1 - alpha + delta + eta - 1.
 * (The paper asks for x > r - 1; for r = 0 the answer is then 1, not what the
 * wrapped r - 1 would give.) All of this holds for a = L - 1 as well, which is
 * 0 in Z_{L-1}: the value changes its meaning, so callers keep away from it.
 *
 * Private: a~_0 and a~_1 are masked by the independent r_0 and r_1; eta' by
 * eta''. P1 receives shares whose other half it does not know. The output is
 * masked by k01, so that it is fresh to P2 as well, which dealt delta and eta'.
 */
int tri_paper_share_convert(struct tri_session *s, tri_ring *z,
                            const tri_ring *a, size_t n)
{
    const size_t mark = tri_arena_mark(s->cx.arena);
    struct scratch w;
    int rc = tri_session_check(s);

    if (rc == TRI_OK)
        rc = alloc(s, &w, n);
    if (rc != TRI_OK)
        goto out;
    if (s->dry)
        rc = flow(s, n);
    else if (s->id < 2)
        rc = hold(s, &w, z, a, n);
    else
        rc = help(s, &w, n);

out:
    return tri_paper_end(s, mark, rc, z, n, NAME);
}
