#ifndef TRI_CORE_ZP_H
#define TRI_CORE_ZP_H

#include "core/prg.h"

/** \file core/zp.h
 *
 * # Z_127: sampling
 *
 * Elements stand in planes of 64 lanes (arch/kernels.h).
 */

/**
 * n planes of uniform elements of Z_p, or of Z_p without 0 if `nonzero`.
 *
 * Reads ceil(7(n + m)/8) planes and unpacks n + m planes of candidates, where
 * m = 3 + 2n/(p+1), or 3 + 4n/(p+1) if `nonzero`, rounded down. p (and 0 where
 * unwanted) is rejected. The last m are spares: in each lane by itself, the
 * j-th rejected one of the first n candidates becomes the j-th good spare.
 * While some lane has too few, another plane is read, whose low bits are one
 * more spare for every lane. Exactly uniform, as every element is a candidate
 * that was not rejected and each candidate is used once. Only zp_fill looks at
 * rejections, and of their pattern only whether there were enough spares steers
 * a branch.
 *
 * n is at most TRI_PLANES.
 */
void tri_zp_uniform(struct tri_stream *s, tri_plane *out, size_t n,
                    int nonzero);

/**
 * One uniform number below n (1..64) for each lane: from planes of the stream,
 * one after the other, the first byte of that lane of which as many low bits
 * as n - 1 has are below n. Which are not steers branches.
 */
void tri_zp_below(struct tri_stream *s, uint8_t out[TRI_LANES], unsigned n);

#endif
