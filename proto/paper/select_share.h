#ifndef TRI_PROTO_PAPER_SELECT_SHARE_H
#define TRI_PROTO_PAPER_SELECT_SHARE_H

#include "proto/paper/paper.h"

/** \file proto/paper/select_share.h
 *
 * # SelectShare (Algorithm 2)
 */

/** x where the bit's share is 0, y where it is 1. One round. */
int tri_paper_select_share(struct tri_session *s, tri_ring *z,
                           const tri_ring *bit, const tri_ring *x,
                           const tri_ring *y, size_t n);

#endif
