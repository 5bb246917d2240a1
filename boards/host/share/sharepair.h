#ifndef TRI_BOARDS_HOST_SHARE_SHAREPAIR_H
#define TRI_BOARDS_HOST_SHARE_SHAREPAIR_H

#include "boards/host/share/sharefile.h"

/** \file boards/host/share/sharepair.h
 *
 * # The shares of all parties, in the hands of their owner
 */

/** The seed of component c. */
int tri_share_put_seed(struct tri_share_out *o, unsigned c,
                       const uint8_t seed[TRI_SHARE_SEED], struct tri_why *why);
/** The whole file, to be read, of one that has no name (tri_out_unnamed()). */
int tri_share_take(struct tri_share_out *o, int *fd, struct tri_why *why);
/** n <= 3 files, of which all are there afterwards or none. */
int tri_share_finish_all(struct tri_share_out o[], size_t n,
                         struct tri_why *why);

/** Two open shares that belong together, the component that both have alike?
 *  TRI_OK; TRI_E_MISMATCH with a text. */
int tri_share_pair(const struct tri_share *a, const struct tri_share *b,
                   struct tri_why *why);

#endif
