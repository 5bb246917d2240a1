#ifndef TRI_BOARDS_HOST_TRIAL_LOOPBACK_H
#define TRI_BOARDS_HOST_TRIAL_LOOPBACK_H

#include "boards/host/base/why.h"
#include "net/tcp/tcp.h"

/** \file boards/host/trial/loopback.h
 *
 * # Connections for three parties on this machine
 *
 * Fresh key pairs, and free ports of the loopback interface on which party 0
 * and 1 listen.
 */
struct tri_loopback {
    struct tri_secure_keys keys[TRI_PARTIES]; /**< secret                */
    int fd[TRI_PARTIES];                      /**< listening; or -1      */
    char addr[2][32];
};

/** \return TRI_OK; a code with a text. Close in any case. */
int tri_loopback_open(struct tri_loopback *l, struct tri_why *why);

/** Sealed connections of party `id`; refers to `l`. Who opens them closes
 *  fd[id]. Times are missing. */
struct tri_tcp_config tri_loopback_tcp(const struct tri_loopback *l,
                                       unsigned id);

/** Close the sockets that are left in `fd`, forget the keys. */
void tri_loopback_close(struct tri_loopback *l);

/** Non-zero for an error that is a consequence of what happened to another
 *  party, which knows more. */
int tri_loopback_follows(int rc);

#endif
