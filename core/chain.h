#ifndef TRI_CORE_CHAIN_H
#define TRI_CORE_CHAIN_H

#include "core/prg.h"

/** \file core/chain.h
 *
 * # Comparison by a chain of labels: what each party computes
 *
 * P2 knows x, P0 and P1 know c; P2 learns [x < c] ^ beta with a bit beta that
 * P0 and P1 know. Three messages: P2 deals bits, shared between P0 and P1, and
 * each of these answers. proto/fused/compare.c has the protocol and the
 * argument; here are its three steps for a *group* of lanes <= TRI_CHAIN_LANES
 * comparisons, bit-sliced: x and c are planes, lowest bit first, 64-byte
 * aligned. A message is plane after plane, ceil(lanes/8) bytes of each.
 *
 * All inputs but lanes and the plan are secret; nothing but these steers
 * a branch or an address.
 */

/** How numbers of some bits are cut into digits, lowest first, and how many
 *  bits, so planes, a comparison costs: dealt, and in each of two answers. */
struct tri_chain {
    unsigned digits;
    uint8_t w[TRI_CHAIN_DIGITS]; /**< bits of each, 1..TRI_CHAIN_BITS */
    unsigned dealt, answer;
};

/** Numbers of `bits` = digits..digits*TRI_CHAIN_BITS bits in so many digits. */
void tri_chain_cut(struct tri_chain *c, unsigned bits, unsigned digits);

/** The cut of fewest bits sent; of 31 bits 112 + 2*64, of 63 371 + 2*169.
 *  \param bits  1..63 */
void tri_chain_plan(struct tri_chain *c, unsigned bits);

/** Bytes of `planes` planes of a message about n comparisons. */
static inline size_t tri_chain_bytes(unsigned planes, size_t n)
{
    return planes * (n / 8 + (n % 8 != 0));
}

/** P2: share the bits [x_i >= j] of all digits.
 *  \param p0    P0's shares: c->dealt planes of k02's stream
 *  \param wire  P1's */
void tri_chain_deal(const struct tri_kernels *k, const struct tri_chain *c,
                    uint8_t *wire, const tri_plane *x, struct tri_stream *p0,
                    size_t lanes);

/**
 * P0, P1: this party's answer.
 *
 * \param wire    receives it
 * \param beta    receives what P2's bit is masked by
 * \param y       the number c, in planes
 * \param common  2*c->answer planes of k01's stream
 * \param p0      P0: its shares of what was dealt; NULL on P1
 * \param dealt   P1: the message; NULL on P0
 */
void tri_chain_answer(const struct tri_kernels *k, const struct tri_chain *c,
                      uint8_t *wire, tri_plane *beta, const tri_plane *y,
                      struct tri_stream *common, struct tri_stream *p0,
                      const uint8_t *dealt, size_t lanes);

/** P2: t = [x < c] ^ beta from both answers. */
void tri_chain_open(const struct tri_kernels *k, const struct tri_chain *c,
                    tri_plane *t, const uint8_t *a, const uint8_t *b,
                    size_t lanes);

#endif
