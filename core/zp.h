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
 * Candidates are `bits`-bit strings, unpacked from the stream; p (and 0 where
 * unwanted) is rejected and replaced by the next good candidate from single
 * bytes of the stream. Exactly uniform. Which places are rejected steers
 * branches: that pattern is independent of the values kept.
 */
void tri_zp_uniform(struct tri_stream *s, tri_plane *out, size_t n, unsigned p,
                    int nonzero);

/** One uniform number below n (1..64) for each lane, by rejection. */
void tri_zp_below(struct tri_stream *s, uint8_t out[TRI_LANES], unsigned n);

/** Pack n planes and store the first `lanes` bytes of each packed plane at
 *  `wire`. Returns the number of bytes, tri_zp_wire(n, p) * lanes. */
size_t tri_zp_store(const struct tri_kernels *k, uint8_t *wire,
                    const tri_plane *v, size_t n, unsigned p, size_t lanes);

/** The inverse. Lanes past `lanes` are 0.
 *  \return TRI_OK; TRI_E_PROTO if an element is not below p. */
int tri_zp_load(const struct tri_kernels *k, tri_plane *v, const uint8_t *wire,
                size_t n, unsigned p, size_t lanes);

#endif
