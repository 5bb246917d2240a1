#ifndef TRI_BOARDS_HOST_SESSION_HOST_H
#define TRI_BOARDS_HOST_SESSION_HOST_H

#include "boards/host/options.h"
#include "boards/host/sharefile.h"
#include "net/pool.h"
#include "net/tcp.h"
#include "proto/session.h"

/** \file boards/host/session_host.h
 *
 * # From options to a session
 */
struct tri_host {
    struct tri_kernels k;
    struct tri_pool pool;
    struct tri_link link;
    int linked;
    struct tri_session s; /**< for tri_run(): the arena is still missing */
};

/** Kernels, threads and the session's numbers. `threads` >= 1. Not to be
 *  moved afterwards; tri_host_end() in any case. TRI_E_NOMEM. */
int tri_host_start(struct tri_host *h, const struct tri_options *o, unsigned id,
                   unsigned threads, struct tri_why *why);

/** Join the others, compare `config` (tri_options_print) with theirs, agree on
 *  keys. Link errors, TRI_E_MISMATCH. */
int tri_host_connect(struct tri_host *h, const struct tri_tcp_config *cfg,
                     const char *config, struct tri_why *why);

void tri_host_end(struct tri_host *h);

/* ---- agreement on files ----------------------------------------------------
 */

/** The files of a run. */
enum tri_file { TRI_FILE_TRAIN, TRI_FILE_TEST, TRI_FILE_MODEL, TRI_FILES };

/**
 * Tell the others which files this party has opened and hear theirs: P0 and P1
 * must hold the two shares of the same sets; P2, which holds none, learns the
 * sizes. 1 round, 192 bytes each from P0 and P1 to both others; all of it is
 * public.
 *
 * \param file  what is open, NULL where nothing is; P2: all NULL
 * \param head  receives what P0 and P1 hold; kind TRI_SHARE_ANY: nothing
 * \return TRI_OK; TRI_E_MISMATCH with a text, on all parties; link errors.
 */
int tri_host_agree(struct tri_host *h, const struct tri_share *const *file,
                   struct tri_share_head head[TRI_FILES], struct tri_why *why);

#endif
