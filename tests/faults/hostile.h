#ifndef TRI_TESTS_FAULTS_HOSTILE_H
#define TRI_TESTS_FAULTS_HOSTILE_H

#include "net/ether/ether.h"
#include "net/tcp/tcp.h"

/** \file tests/faults/hostile.h
 *
 * # A party that has its keys, joins, and then breaks the protocol
 */
enum hostile_kind {
    HOSTILE_NONE,
    HOSTILE_FLOOD,  /**< good heartbeats without end                      */
    HOSTILE_LENGTH, /**< a message of a length that nobody waits for      */
    HOSTILE_FLAGS,  /**< a record of no kind                              */
    HOSTILE_NUMBER, /**< a record with another's number                   */
    HOSTILE_BYE,    /**< a goodbye with an end of line and escapes in it  */
    HOSTILE_NOISE,  /**< bytes that are not sealed                        */
    HOSTILE_KINDS,
    HOSTILE_FRAMES = HOSTILE_KINDS, /**< Ethernet: frames that ask for a sign
                                         of life, without end             */
    HOSTILE_ETHER_KINDS
};

struct hostile {
    enum hostile_kind kind;
    unsigned to; /**< parties that it attacks: bits; it is silent to others,
                      but for signs of life                              */
};

/** Join as cfg says and do it, until both others have ended.
 *  \return 0, or -1 if it could not join */
int hostile_run(const struct tri_tcp_config *cfg, const struct hostile *h);
int hostile_run_ether(const struct tri_ether_config *cfg,
                      const struct hostile *h);

#endif
