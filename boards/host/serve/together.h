#ifndef TRI_BOARDS_HOST_SERVE_TOGETHER_H
#define TRI_BOARDS_HOST_SERVE_TOGETHER_H

#include "boards/host/share/sharefile.h"
#include "proto/engine.h"

/** \file boards/host/serve/together.h
 *
 * # The shares of a stored file, compared
 */

/** Do the three shares of `name` belong together? tri_agree() on one file;
 * `refused` becomes TRI_E_MISMATCH if they do not. TRI_OK; link errors with a
 * text. */
int tri_share_agree(struct tri_link *l, const struct tri_engine_kind *kind,
                    const char *name, const struct tri_share *share,
                    int *refused, struct tri_why *why);

#endif
