#ifndef TRI_BOARDS_HOST_BASE_FILESET_H
#define TRI_BOARDS_HOST_BASE_FILESET_H

#include "boards/host/base/file.h"

/** \file boards/host/base/fileset.h
 *
 * # Several files, all or none
 */

/** Make `n` files permanent: either all of them are there afterwards or none.
 *  What cannot be removed again is named. */
int tri_out_commit_all(struct tri_out *const o[], size_t n,
                       struct tri_why *why);

#endif
