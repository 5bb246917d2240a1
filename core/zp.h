#ifndef TRI_CORE_ZP_H
#define TRI_CORE_ZP_H

#include "core/prg.h"

/** \file core/zp.h
 *
 * # Z_31 and Z_127: sampling and packing
 *
 * Elements stand in planes of 64 lanes (arch/kernels.h). On the wire a block
 * of `lanes` <= 64 comparisons with n elements each is packed plane by plane,
 * `lanes` bytes of each: tri_zp_wire(n, p) * lanes bytes.
 */

/** Bits of an element: 5 for p = 31, 7 for p = 127. */
unsigned tri_zp_bits(unsigned p);

/** Packed planes, so bytes a comparison, of n elements: ceil(n*bits/8). */
size_t tri_zp_wire(size_t n, unsigned p);

/**
 * n planes of uniform elements of Z_p, or of Z_p without 0 if `nonzero`.
 *
 * Reads tri_zp_wire(n + m, p) planes and unpacks n + m planes of candidates,
 * where m = 3 + 2n/(p+1), or 3 + 4n/(p+1) if `nonzero`, rounded down, but at
 * most TRI_SPARES. p (and 0 where unwanted) is rejected. The last m are spares:
 * in each lane by itself, the j-th rejected one of the first n candidates
 * becomes the j-th good spare. While some lane has too few, another plane is
 * read, whose low bits are one more spare for every lane. Exactly uniform,
 * as every element is a candidate that was not rejected and each candidate
 * is used once. Only zp_fill looks at rejections, and of their pattern only
 * whether there were enough spares steers a branch.
 *
 * n is at most TRI_PLANES.
 */
void tri_zp_uniform(struct tri_stream *s, tri_plane *out, size_t n, unsigned p,
                    int nonzero);

/**
 * One uniform number below n (1..64) for each lane: from planes of the stream,
 * one after the other, the first byte of that lane of which as many low bits
 * as n - 1 has are below n. Which are not steers branches.
 *
 * \param top  unless NULL, one independent uniform bit for each lane: bit 7 of
 *             the first plane's bytes, which have no other use
 */
void tri_zp_below(struct tri_stream *s, uint8_t out[TRI_LANES],
                  uint8_t top[TRI_LANES], unsigned n);

/** Pack n planes and store the first `lanes` bytes of each packed plane at
 *  `wire`. Returns the number of bytes, tri_zp_wire(n, p) * lanes. */
size_t tri_zp_store(const struct tri_kernels *k, uint8_t *wire,
                    const tri_plane *v, size_t n, unsigned p, size_t lanes);

/** The inverse. Lanes past `lanes` are 0; bits past the last element are
 *  ignored.
 *  \return TRI_OK; TRI_E_PROTO if an element is not below p. */
int tri_zp_load(const struct tri_kernels *k, tri_plane *v, const uint8_t *wire,
                size_t n, unsigned p, size_t lanes);

#endif
