#ifndef TRI_BOARDS_HOST_SERVE_TOGETHER_H
#define TRI_BOARDS_HOST_SERVE_TOGETHER_H

#include "boards/host/base/why.h"
#include "boards/host/share/sharefile.h"
#include "proto/engine.h"

/** \file boards/host/serve/together.h
 *
 * # All three could, or none does
 *
 * What goes wrong at one party while a request is done is no reason to break
 * the mesh: all three hear of it and refuse the request.
 */

/**
 * 1 round, 1 byte from each to both others.
 * \param refused  this party's error, with a text in `why`, or TRI_OK; becomes
 *                 an error if another party has one
 * \return TRI_OK; link errors with a text
 */
int tri_all_could(struct tri_link *l, int *refused, struct tri_why *why);

/** Do the three shares of `name` belong together? tri_agree() on one file;
 * `refused` becomes TRI_E_MISMATCH if they do not. TRI_OK; link errors with a
 * text. */
int tri_share_agree(struct tri_link *l, const struct tri_engine_kind *kind,
                    const char *name, const struct tri_share *share,
                    int *refused, struct tri_why *why);

#endif
