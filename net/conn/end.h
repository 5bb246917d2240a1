#ifndef TRI_NET_CONN_END_H
#define TRI_NET_CONN_END_H

#include "net/conn/conn.h"

/** \file net/conn/end.h
 *
 * # The end of a connection
 */

/** What the end of a peer says. */
enum tri_last_words {
    TRI_LAST_NONE,    /**< it ended without a word: a crash          */
    TRI_LAST_ORDERLY, /**< an orderly end                            */
    TRI_LAST_REASON,  /**< it gave up and says why (net/bye.h)       */
    TRI_LAST_NOISE    /**< a goodbye that is not well-formed         */
};

/** Read what has arrived, as far as there is room. Non-zero at its end. */
int tri_conn_read_ahead(struct tri_conn *c);

/** The goodbye among the unread records; *b is set if there is a reason. */
enum tri_last_words tri_conn_last_words(const struct tri_conn *c,
                                        struct tri_bye *b);

/** The n bytes of payload of the goodbye that is record `seq`, as they came;
 *  their tag follows them if they are sealed. */
enum tri_last_words tri_conn_read_reason(const struct tri_conn *c, uint64_t seq,
                                         const uint8_t *in, size_t n,
                                         struct tri_bye *b);

/** Has more arrived since this was last asked? For a peer from which nothing is
 *  being received. */
int tri_conn_stirs(struct tri_conn *c);

/** The farewell to a peer. All 0 at first; said: there is no goodbye to say. */
struct tri_farewell {
    int said, over;
    int left, mark;        /* unsent bytes at last; when `slow` began */
    uint64_t silent, slow; /* ends of the wait, ns; 0: to be set      */
};

/**
 * One step of it: say goodbye, throw away what arrives, until the peer's system
 * has what was sent or the deadlines of net/link.h have passed. A heartbeat of
 * a peer that meets a closed socket brings a reset, which takes away what is
 * still on its way: so nothing may be. \return 0 when it is over
 */
int tri_conn_part(struct tri_conn *c, struct tri_farewell *f,
                  uint32_t deadline_ms);

/** Throw away what has arrived. Non-zero if there was something. */
int tri_conn_drain(struct tri_conn *c);

#endif
