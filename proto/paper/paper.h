#ifndef TRI_PROTO_PAPER_PAPER_H
#define TRI_PROTO_PAPER_PAPER_H

#include "proto/fused/fused.h"

/** \file proto/paper/paper.h
 *
 * # Mode paper: comparison of bits over Z_p
 *
 * What Algorithms 3, 4 and 5 have in common. l = 64, p = 127, one byte for an
 * element of Z_p on the wire.
 *
 * Bit shares of n numbers are TRI_SN_BITS * n bytes: blocks of 64 numbers
 * ("lanes") in order, the last one with the `lanes` that are left; a block is
 * 64 planes of `lanes` bytes, plane i holding bit i, lowest first. That is
 * both the message and its form in memory. They are moved in messages of
 * TRI_SN_PIECE numbers, so that computing and sending overlap.
 */
enum {
    TRI_SN_BITS = 64,     /**< l: bits of a number, elements of a comparison */
    TRI_SN_P = 127,       /**< p                                             */
    TRI_SN_PIECE = 16384, /**< numbers in a message of bit shares            */
};

/** The most numbers that one call takes: blocks have 32-bit numbers. */
#define TRI_SN_MAX ((uint64_t)TRI_LANES << 32)

/**
 * P2 deals the bits of x over Z_p: P0's shares from k02, P1's sent, 64 n bytes.
 * A part of Algorithms 4 and 5: no check of the session, no dry run.
 *
 * \param bits  P0, P1: receives the shares. P2: scratch. [64 n] bytes; must
 *              stay as it is until the next tri_flush()
 * \param x     P2: the numbers, [n]; else NULL
 */
int tri_sn_paper_bits(struct tri_session *s, uint8_t *bits, const tri_ring *x,
                      size_t n);

/**
 * Algorithm 3, PrivateCompare. paper_compare.c
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
 */
int tri_sn_paper_compare(struct tri_session *s, uint8_t *out, uint8_t *bits,
                         const tri_ring *r, const uint8_t *beta, int ge,
                         size_t n);

/** n bytes 0 or 1 from the next stream of `g`. */
void tri_sn_paper_coins(struct tri_prg *g, uint8_t *out, size_t n);

/**
 * n uniform elements of Z_{L-1} from the next stream of `g`. Exact: the word
 * L-1 (one in 2^64) is replaced by the next word of its chunk that is not
 * L-1. Both ends of a key reject alike.
 */
void tri_sn_paper_odd_words(struct tri_prg *g, const struct tri_par *par,
                            tri_ring *out, size_t n);

/** Receive n elements of Z_{L-1} from a party. TRI_E_PROTO if one is L-1. */
int tri_sn_paper_odd_recv(struct tri_session *s, unsigned from, tri_ring *out,
                          size_t n);

#endif
