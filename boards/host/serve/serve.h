#ifndef TRI_BOARDS_HOST_SERVE_SERVE_H
#define TRI_BOARDS_HOST_SERVE_SERVE_H

#include "boards/host/party/options.h"
#include "boards/host/party/peers.h"

/** \file boards/host/serve/serve.h
 *
 * # A party that stays up
 *
 * It joins the two others, keeps the connections and does what clients ask for,
 * one computation after the other, until it is told to stop (SIGTERM, SIGINT)
 * or another party cheats. If the connections break it joins again by itself;
 * what was being computed then is answered with a refusal, and never done
 * twice. Whether that was in the middle of a verification is noted in the file
 * `.aborted` of the store (party/aborted.h): after a cheat, and after
 * TRI_ABORTED_SERVICE such ends, it is not started without a word of somebody.
 */
struct tri_serve_options {
    const struct tri_run_options *run; /**< engine, security, ... */
    unsigned threads;
    uint64_t window; /**< ms that a query waits for others to share its batch */
    int after_abort; /**< also if verification has ended it (aborted.h)       */
};

/** \param peers  stays open: its private key is needed for clients, too;
 *                clients and limits change when it is read again (reload.h)
 *  \return TRI_OK: it was told to stop; TRI_E_CHEAT; TRI_E_ARG and others, if
 * it cannot start */
int tri_serve(struct tri_peers *peers, const struct tri_serve_options *o,
              struct tri_why *why);

#endif
