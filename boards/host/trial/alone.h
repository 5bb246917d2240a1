#ifndef TRI_BOARDS_HOST_TRIAL_ALONE_H
#define TRI_BOARDS_HOST_TRIAL_ALONE_H

#include "boards/host/party/run.h"

/** \file boards/host/trial/alone.h
 *
 * # A run without other parties, in this process
 *
 * For engines of one party, which compute in the clear.
 */

/** tri_run() with a session of its own. */
int tri_alone_run(struct tri_run *r, unsigned threads, struct tri_outcome *out,
                  struct tri_why *why);

#endif
