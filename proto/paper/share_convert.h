#ifndef TRI_PROTO_PAPER_SHARE_CONVERT_H
#define TRI_PROTO_PAPER_SHARE_CONVERT_H

#include "proto/paper/paper.h"

/** \file proto/paper/share_convert.h
 *
 * # ShareConvert (Algorithm 4)
 */

/** [a] over 2^64 to {a} over 2^64 - 1, for a up to 2^64 - 2 (2^64 - 1 becomes
 *  0). Four rounds. z may be a. */
int tri_paper_share_convert(struct tri_session *s, tri_ring *z,
                            const tri_ring *a, size_t n);

#endif
