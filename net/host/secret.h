#ifndef TRI_NET_HOST_SECRET_H
#define TRI_NET_HOST_SECRET_H

#include <stddef.h>

/** \file net/host/secret.h
 *
 * # Memory that holds keys and shares
 *
 * It is left out of core dumps, locked, so that it is not written to swap,
 * where the system permits that (RLIMIT_MEMLOCK), and wiped when it is given
 * back and when a signal ends the process.
 */

/** The process leaves no core dump, and only root may look into it. */
void tri_secret_start(void);

/** `n` > 0 bytes of zeros on whole pages, or NULL. Where not all of them may be
 *  locked, the first ones are: keys belong there. */
void *tri_secret_alloc(size_t n);

/** Wipe and give back; p may be NULL. */
void tri_secret_free(void *p);

/** Wipe all of it, in a signal handler before the process ends. Whoever still
 *  computes with it computes with zeros: nothing may leave the process any
 *  more. */
void tri_secret_wipe_all(void);

#endif
