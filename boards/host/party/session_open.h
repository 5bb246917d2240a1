#ifndef TRI_BOARDS_HOST_PARTY_SESSION_OPEN_H
#define TRI_BOARDS_HOST_PARTY_SESSION_OPEN_H

#include "boards/host/party/options.h"
#include "boards/host/share/sharefile.h"
#include "net/ether/ether.h"
#include "boards/host/base/pool.h"
#include "net/tcp/tcp.h"
#include "proto/session.h"

/** \file boards/host/party/session_open.h
 *
 * # From options to a session
 */
struct tri_host {
    struct tri_kernels k;
    struct tri_pool pool;
    struct tri_link link;
    int linked;
    enum tri_prg_kind prg; /**< agreed on */
    struct tri_session s;  /**< for tri_run(): the arena is still missing */
};

/** Kernels, threads and the session's numbers. `threads` >= 1. Not to be
 *  moved afterwards; tri_session_end() in any case. TRI_E_NOMEM. */
int tri_session_start(struct tri_host *h, const struct tri_run_options *o,
                      unsigned id, unsigned threads, struct tri_why *why);

/** Join the others, compare `config` (tri_options_print) with theirs, agree on
 *  keys and on the generator, emulate a network if `o` says so. cfg->k is set
 *  here. With `ether`, that is the configuration. Link errors, TRI_E_MISMATCH.
 */
int tri_session_connect(struct tri_host *h, const struct tri_tcp_config *cfg,
                        const struct tri_ether_config *ether,
                        const struct tri_run_options *o, const char *config,
                        struct tri_why *why);

void tri_session_end(struct tri_host *h);

/* ---- agreement on files ----------------------------------------------------
 */

/** The files of a run. */
enum tri_file { TRI_FILE_TRAIN, TRI_FILE_TEST, TRI_FILE_MODEL, TRI_FILES };

/** Open shares of one kind, in the order of the owners. */
struct tri_shares {
    struct tri_share *share;
    size_t n; /**< at most TRI_MAX_LIST */
};

/** What all parties know of them; n = 0: nothing. */
struct tri_heads {
    struct tri_share_head head[TRI_MAX_LIST];
    size_t n;
};

/**
 * Tell the others which files this party has opened and hear theirs: P0 and P1
 * must hold the two shares of the same sets in the same order, and the sets of
 * one kind must go together (shape, classes); P2, which holds none, learns the
 * sizes. 1 round, 12 + 64 n bytes each from P0 and P1 to both others for n
 * files; all of it is public.
 *
 * \param file    what is open; P2: nothing
 * \param head    receives what P0 and P1 hold
 * \param digest  receives a hash of all that was agreed on
 * \return TRI_OK; TRI_E_MISMATCH with a text, on all parties; link errors.
 */
int tri_agree(struct tri_host *h, const struct tri_shares file[TRI_FILES],
              struct tri_heads head[TRI_FILES], uint8_t digest[TRI_HASH_BYTES],
              struct tri_why *why);

#endif
