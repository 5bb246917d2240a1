#ifndef TRI_BOARDS_HOST_PARTY_ABORTED_H
#define TRI_BOARDS_HOST_PARTY_ABORTED_H

#include "boards/host/base/why.h"

/** \file boards/host/party/aborted.h
 *
 * # An abort by verification is remembered
 *
 * Verification misses a cheat with a tiny probability, so every further try
 * is a chance for who cheats. After an abort each party writes the text of it
 * into a file beside its checkpoints, PREFIX.p<ID>.aborted, and a training on
 * that prefix, continued or new, is refused until somebody says that it may go
 * on. The file is public.
 *
 * A party that has seen the challenges may know that it will be found, and hang
 * up. That looks like any crash at such a moment, of which an honest training
 * has some. So an end in the middle of a verification is noted as a line, and
 * so many of them are like an abort. Each such end is noted by one honest party
 * at least, so that nobody has more than twice as many tries.
 *
 * A service (serve/serve.h) has such a file, too, for all that it computes.
 */
enum {
    TRI_ABORTED_FREE = 16,    /**< of a training */
    TRI_ABORTED_SERVICE = 128 /**< of a service, in all its time */
};

/** Is there such a file? `most`: so many lines are like an abort. `allowed`:
 *  somebody has said that it may go on, and none is minded.
 *  \return TRI_OK; with a text TRI_E_ARG (there is), TRI_E_IO, TRI_E_NOMEM. */
int tri_aborted_check(const char *path, unsigned most, int allowed,
                      struct tri_why *why);

/** Ends in the middle of a verification that are noted there. */
unsigned tri_aborted_ends(const char *path);

/** The parties have agreed to go on, or the training is complete: remove it.
 *  What fails is told by the next check. */
void tri_aborted_clear(const char *path);

/** Write it after a run that ended with TRI_E_CHEAT and the text in `why`, to
 *  which is added where it stands or why it does not. Returns TRI_E_CHEAT. */
int tri_aborted_note(const char *path, struct tri_why *why);

/** Add a line after a run that ended with `rc` in the middle of a verification,
 *  and to its text in `why` where it stands. `most` as above. Returns rc. */
int tri_aborted_suspect(const char *path, unsigned most, int rc,
                        struct tri_why *why);

#endif
