#ifndef TRI_PROTO_PAPER_ODD_H
#define TRI_PROTO_PAPER_ODD_H

#include "proto/session.h"

/** \file proto/paper/odd.h
 *
 * # Arithmetic in Z_{L-1}, L - 1 = 2^64 - 1
 *
 * The odd ring of engine paper. An element is a word 0..L-2; L-1, the second
 * name of zero, is never stored. Arguments and results are elements unless
 * stated. Constant time: carries are computed from the top bits, not from
 * comparisons that a compiler may turn into branches.
 */

/** wrap(a, b, L): 1 iff a + b >= 2^64 over the integers; any words. */
static inline uint64_t tri_wrap(uint64_t a, uint64_t b)
{
    return ((a & b) | ((a | b) & ~(a + b))) >> 63;
}

/** 1 iff x = 2^64 - 1; any word. */
static inline uint64_t tri_is_ones(uint64_t x)
{
    return tri_wrap(x, 1);
}

/** x mod L-1 of any word. (L-1 plus the 1 wraps to 0.) */
static inline uint64_t tri_odd(uint64_t x)
{
    return x + tri_is_ones(x);
}

/** a + b: the carry has the weight 2^64 = 1, so it is added at the low end.
 *  a + b <= 2(L-1) - 2, so that happens at most once; what remains is the
 *  second name of zero, which the sum has only without a carry. */
static inline uint64_t tri_odd_add(uint64_t a, uint64_t b)
{
    return tri_odd(a + b + tri_wrap(a, b));
}

/** -a: the complement, but -0 = 0. */
static inline uint64_t tri_odd_neg(uint64_t a)
{
    return tri_odd(~a);
}

/** a - b. */
static inline uint64_t tri_odd_sub(uint64_t a, uint64_t b)
{
    return tri_odd_add(a, tri_odd_neg(b));
}

/**
 * n uniform elements of Z_{L-1} from the next stream of `g`. Exact: the word
 * L-1 (one in 2^64) is replaced by the next word of its chunk that is not
 * L-1. Both ends of a key reject alike.
 */
void tri_odd_words(struct tri_prg *g, const struct tri_par *par, tri_ring *out,
                   size_t n);

/** Receive n elements of Z_{L-1} from a party. TRI_E_PROTO if one is L-1: the
 *  session has died then, in `where`, and the sender is blamed. */
int tri_odd_recv(struct tri_session *s, unsigned from, tri_ring *out, size_t n,
                 const char *where);

#endif
