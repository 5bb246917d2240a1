#ifndef TRI_PROTO_PAPER_PRIVATE_COMPARE_H
#define TRI_PROTO_PAPER_PRIVATE_COMPARE_H

#include "proto/paper/paper.h"

/** \file proto/paper/private_compare.h
 *
 * # Comparison of bits over Z_p (Algorithm 3)
 *
 * Bit shares of n numbers are TRI_PAPER_BITS * n bytes: blocks of 64 numbers
 * ("lanes") in order, the last one with the `lanes` that are left; a block is
 * 64 planes of `lanes` bytes, plane i holding bit i, lowest first. That is
 * both the message and its form in memory. They are moved in messages of
 * TRI_PAPER_PIECE numbers, so that computing and sending overlap.
 */

enum {
    TRI_PAPER_BITS = 64,  /**< l: bits of a number, elements of a comparison */
    TRI_PAPER_P = TRI_ZP, /**< p                                             */
    TRI_PAPER_PIECE = 16384, /**< numbers in a message of bit shares */
};

/** The most numbers that one call takes: blocks have 32-bit numbers. */
#define TRI_PAPER_MAX_N ((uint64_t)TRI_LANES << 32)

/**
 * P2 deals the bits of x over Z_p: P0's shares from k02, P1's sent, 64 n bytes.
 * A part of Algorithms 4 and 5: no check of the session, no dry run.
 *
 * \param bits   P0, P1: receives the shares. P2: scratch. [64 n] bytes; must
 *               stay as it is until the next tri_flush()
 * \param x      P2: the numbers, [n]; else NULL
 * \param where  the algorithm, for a message of failure: constant text
 */
int tri_paper_deal_bits(struct tri_session *s, uint8_t *bits, const tri_ring *x,
                        size_t n, const char *where);

/**
 * Algorithm 3, PrivateCompare.
 *
 *   ge = 0   P2 learns beta xor [x >  r]
 *   ge = 1   P2 learns beta xor [x >= r]    (the paper's "x > r - 1")
 *
 * \param out   P2: the answer, bytes 0 or 1, [n]. Else NULL
 * \param bits  P0, P1: shares of x's bits over Z_p, overwritten by the message
 *              to P2: must stay as it is until the caller's tri_flush().
 *              P2: NULL
 * \param r     P0, P1: r, [n], known to both; any word. P2: NULL
 * \param beta  P0, P1: fresh random bits, bytes 0 or 1, [n]. P2: NULL
 * \return TRI_OK; TRI_E_PROTO if a peer sent what is no element of Z_p (it is
 *         blamed); TRI_E_NOMEM; link errors.
 */
int tri_paper_private_compare(struct tri_session *s, uint8_t *out,
                              uint8_t *bits, const tri_ring *r,
                              const uint8_t *beta, int ge, size_t n);

#endif
