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
 * Reads tri_zp_wire(n, p) planes and unpacks n planes of candidates; p (and 0
 * where unwanted) is rejected. The rejected lanes, plane by plane in rising
 * order, take the next good candidates from the low bits of single bytes of the
 * stream, which are read in whole planes: at once as many as are
 * likely to do, n/(p+1) + 1 planes (2n/(p+1) + 1 if `nonzero`), then one at a
 * time. What is left of the last plane is dropped. Exactly uniform. Which
 * candidates are rejected steers branches: that pattern is independent of the
 * values kept, and only zp_reject decides it.
 *
 * n is at most TRI_PLANES.
 */
void tri_zp_uniform(struct tri_stream *s, tri_plane *out, size_t n, unsigned p,
                    int nonzero);

/** One uniform number below n (1..64) for each lane: the next good candidates
 *  from single bytes of the stream, as many low bits as n - 1 has, read in
 *  whole planes. */
void tri_zp_below(struct tri_stream *s, uint8_t out[TRI_LANES], unsigned n);

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
