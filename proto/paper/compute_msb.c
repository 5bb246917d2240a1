#include "proto/paper/compute_msb.h"
#include "core/err.h"
#include "proto/beaver.h"
#include "proto/paper/odd.h"
#include "proto/paper/private_compare.h"
#include "proto/wire.h"

#define NAME "ComputeMSB"

/* Scratch; all [n]. */
struct scratch {
    uint8_t *bits;   /* [64 n], shares of x's bits (P2: those it sends)    */
    uint8_t *coin;   /* P0, P1: beta.  P2: beta'                           */
    tri_ring *x;     /* P0, P1: x_j, then the share of x[0].  P2: x        */
    tri_ring *r;     /* P0, P1: what is sent, then the other's, then r.
                        P2: x_1, then the share of x[0] to send            */
    tri_ring *send;  /* P0, P1: r_j.  P2: the share of beta' to send       */
    tri_ring *gamma; /* P0, P1                                             */
    tri_ring *delta; /* P0, P1                                             */
    tri_ring *prod;  /* P0, P1: gamma * delta                              */
};

static int flow(struct tri_session *s, size_t n)
{
    int rc;

    tri_cost_swap(&s->cost, 0, 1, 8 * n, 8 * n);
    tri_cost_msg(&s->cost, 2, 1, TRI_PAPER_BITS * n);
    tri_cost_msg(&s->cost, 2, 1, 8 * n);
    rc = tri_paper_private_compare(s, NULL, NULL, NULL, NULL, 0, n);
    tri_cost_msg(&s->cost, 2, 1, 8 * n);
    if (rc == TRI_OK)
        rc = tri_beaver_mul(s, NULL, NULL, NULL, n);
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
        rc = tri_arena_alloc(a, &w->x, n, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->r, n, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->send, n, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->gamma, holder, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->delta, holder, sizeof(tri_ring));
    if (rc == TRI_OK)
        rc = tri_arena_alloc(a, &w->prod, holder, sizeof(tri_ring));
    return rc;
}

/* Share of b xor v, for a bit b known to P0 and P1 and a share of bit v. */
static uint64_t xor_known(uint64_t b, uint64_t v, uint64_t first)
{
    return v * (1 - 2 * b) + b * first;
}

/* P0, P1. */
static int hold(struct tri_session *s, const struct scratch *w, tri_ring *z,
                const tri_ring *a, size_t n)
{
    const uint64_t first = s->id == 0;
    const unsigned peer = 1 - s->id;
    struct tri_prg *k2 = tri_additive_key(s, 2);
    int rc;

    tri_paper_coins(tri_additive_key(s, peer), w->coin, n);
    /* 1. open r = 2a + x */
    tri_odd_words(k2, s->cx.par, w->x, n);
    for (size_t i = 0; i < n; i++) {
        const uint64_t ai = tri_odd(a[i]);

        w->send[i] = tri_odd_add(tri_odd_add(ai, ai), w->x[i]);
    }
    rc = tri_send_words(s->link, peer, w->send, n);
    if (rc == TRI_OK)
        rc = tri_odd_recv(s, peer, w->r, n, NAME);
    if (rc != TRI_OK)
        return rc;
    for (size_t i = 0; i < n; i++)
        w->r[i] = tri_odd_add(w->r[i], tri_le64(w->send[i]));
    /* 1. shares of x's bits and, over Z_L, of its lowest bit */
    rc = tri_paper_deal_bits(s, w->bits, NULL, n, NAME);
    if (rc == TRI_OK && first)
        tri_prg_words(k2, s->cx.par, w->x, n);
    else if (rc == TRI_OK)
        rc = tri_recv_words(s->link, 2, w->x, n);
    if (rc != TRI_OK)
        return rc;
    for (size_t i = 0; i < n; i++)
        w->delta[i] = xor_known(w->r[i] & 1, w->x[i], first);
    /* 2. beta' = beta xor [x > r] */
    rc = tri_paper_private_compare(s, NULL, w->bits, w->r, w->coin, 0, n);
    /* 3. shares of beta' */
    if (rc == TRI_OK && first)
        tri_prg_words(k2, s->cx.par, w->gamma, n);
    else if (rc == TRI_OK)
        rc = tri_recv_words(s->link, 2, w->gamma, n);
    if (rc != TRI_OK)
        return rc;
    for (size_t i = 0; i < n; i++)
        w->gamma[i] = xor_known(w->coin[i], w->gamma[i], first);
    /* 4. gamma xor delta */
    rc = tri_beaver_mul(s, w->prod, w->gamma, w->delta, n);
    if (rc != TRI_OK)
        return rc;
    for (size_t i = 0; i < n; i++)
        z[i] = w->gamma[i] + w->delta[i] - 2 * w->prod[i];
    tri_additive_refresh(s, z, n);
    return tri_flush(s->link);
}

/* P2. Its first messages depend on nobody's input: it waits after them. */
static int help(struct tri_session *s, const struct scratch *w, size_t n)
{
    struct tri_prg *k02 = tri_additive_key(s, 0), *k12 = tri_additive_key(s, 1);
    int rc;

    tri_odd_words(k02, s->cx.par, w->x, n); /* 1 */
    tri_odd_words(k12, s->cx.par, w->r, n);
    for (size_t i = 0; i < n; i++)
        w->x[i] = tri_odd_add(w->x[i], w->r[i]);
    rc = tri_paper_deal_bits(s, w->bits, w->x, n, NAME);
    if (rc != TRI_OK)
        return rc;
    tri_prg_words(k02, s->cx.par, w->r, n);
    for (size_t i = 0; i < n; i++)
        w->r[i] = (w->x[i] & 1) - w->r[i];
    rc = tri_send_words(s->link, 1, w->r, n);
    if (rc == TRI_OK) /* 2 */
        rc = tri_paper_private_compare(s, w->coin, NULL, NULL, NULL, 0, n);
    if (rc != TRI_OK)
        return rc;
    tri_prg_words(k02, s->cx.par, w->send, n); /* 3 */
    for (size_t i = 0; i < n; i++)
        w->send[i] = w->coin[i] - w->send[i];
    rc = tri_send_words(s->link, 1, w->send, n);
    if (rc == TRI_OK) /* 4 */
        rc = tri_beaver_mul(s, NULL, NULL, NULL, n);
    return rc == TRI_OK ? tri_flush(s->link) : rc;
}

/*
 * ComputeMSB (SecureNN, Algorithm 5): from shares of a modulo L - 1, shares
 * modulo L of its top bit [a >= 2^63].
 *
 *   P2             x_0 <- k02, x_1 <- k12 in Z_{L-1},  x = x_0 + x_1
 *   k01            beta in {0,1}
 *   P_j            r_j = 2 a_j + x_j                       over Z_{L-1}
 *   1. P0 <-> P1   r_j;  r = r_0 + r_1                     8n bytes each way
 *      P2 -> P1    shares of x's bits over Z_p             64n bytes
 *                  share of x[0] over Z_L                  8n bytes
 *   2. P_j -> P2   PrivateCompare: beta' = beta xor [x > r]     64n bytes each
 *   3. P2 -> P1    share of beta' over Z_L                 8n bytes
 *      P0, P1      gamma = beta' xor beta,  delta = x[0] xor r[0]
 *   4. product     MSB = gamma + delta - 2 gamma delta     40n bytes
 *
 * Four rounds. x costs nothing, being random: both its shares come from keys.
 *
 * Correct: L - 1 is odd. If a < 2^63, y = 2a mod L - 1 is 2a, at most
 * 2^64 - 2 and even; else it is 2a - (L - 1), odd. So MSB(a) is the lowest bit
 * of y. r = y + x - w (L - 1) with w = wrap(y, x, L - 1), so r[0] = y[0] xor
 * x[0] xor w. A wrap gives r = x - (L - 1 - y) < x, none gives r >= x: w =
 * [x > r] = gamma. This needs r in its canonical form, 0 and not L - 1.
 *
 * Private: x_0 masks r_0 against P1, x_1 masks r_1 against P0; P2 sees only
 * the answer of the comparison, masked by beta. The output is masked by k01.
 */
int tri_paper_compute_msb(struct tri_session *s, tri_ring *z, const tri_ring *a,
                          size_t n)
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
