#ifndef TRI_BOARDS_HOST_PARTY_SESSION_OPEN_H
#define TRI_BOARDS_HOST_PARTY_SESSION_OPEN_H

#include "boards/host/base/pool.h"
#include "boards/host/party/config.h"
#include "boards/host/party/options.h"
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
    size_t ledger;         /**< agreed on, if the options do not say; or 0 */
    struct tri_session s;  /**< for tri_run(): the arena is still missing */
};

/** Kernels, threads and the session's numbers. `threads` >= 1. Not to be
 *  moved afterwards; tri_session_end() in any case. TRI_E_NOMEM. */
int tri_session_start(struct tri_host *h, unsigned id, unsigned threads,
                      struct tri_why *why);

/** What a party that adopts the run says once it has heard P0: its text goes to
 *  mine [TRI_HELLO_TEXT + 1]. TRI_OK; an error with a text for the others. */
struct tri_session_late {
    void *self;
    int (*say)(void *self, const char *theirs, char *mine, struct tri_why *why);
};

/** Join the others, compare `config` (tri_options_print) with theirs, agree on
 *  keys and on the generator, emulate a network if `o` says so. cfg->k is set
 *  here. With `ether`, by raw Ethernet as it says. With `late`, which fills in
 *  *o, in place of `config`. Link errors, TRI_E_MISMATCH, those of `late`.
 */
int tri_session_connect(struct tri_host *h, const struct tri_tcp_config *cfg,
                        const struct tri_config *ether,
                        const struct tri_run_options *o, const char *config,
                        const struct tri_session_late *late,
                        struct tri_why *why);

/**
 * Join the others only to tell them why this party cannot take part, for at
 * most TRI_TELL_MS. Of names of files the last part is told. Says on standard
 * error what it does and what came of it.
 */
void tri_session_refuse(const struct tri_tcp_config *cfg,
                        const struct tri_config *ether,
                        const struct tri_why *why);

enum { TRI_TELL_MS = 10000 };

/** Of every word with slashes in `text` only what follows the last: where a
 *  party keeps its files is its own. */
void tri_without_directories(char *out, size_t size, const char *text);

/** If rc is an error: tell the others at once that this party ends, and why.
 *  Nothing, if the link is dead already. Of names of files the last part is
 *  told. \return rc */
int tri_session_tell(struct tri_link *l, int rc, const struct tri_why *why);

/**
 * All three could, or none does: what goes wrong at one party is no reason to
 * break the mesh. Who says one thing here and another there ends it: else one
 * would go on, and the other not. 2 rounds, 1 and 32 bytes from each to both
 * others.
 * \param refused  this party's error, with a text in `why`, or TRI_OK; becomes
 *                 an error if another party has one
 * \return TRI_OK; TRI_E_PROTO and link errors with a text
 */
int tri_all_could(struct tri_link *l, int *refused, struct tri_why *why);

/** A session of its own over the same link, for one of several runs on a mesh
 *  that stays up. \param keys  that of the mesh, whose generators make its keys
 *  and move on, alike on all three; NULL: no link, for a dry run */
void tri_session_branch(struct tri_session *s, const struct tri_session *from,
                        struct tri_session *keys);

void tri_session_end(struct tri_host *h);

#endif
