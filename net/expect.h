#ifndef TRI_NET_EXPECT_H
#define TRI_NET_EXPECT_H

#include "net/link.h"
#include "net/record.h"
#include "net/secure.h"

/** \file net/expect.h
 *
 * # Is this the record that has to come next?
 *
 * What every transport checks of a header before it believes it. The length of
 * a message fixes all of its headers (net/record.h) but for the depth, which
 * its first record sets, and what may stand between messages: a heartbeat, or a
 * goodbye.
 *
 * Errors are noted in l->error, as sent by party `from`. No operating system.
 */
struct tri_expect {
    uint64_t seq;   /**< number of the record                              */
    size_t len;     /**< of the message that is awaited                    */
    size_t done;    /**< bytes of it in the records before: 0, none yet    */
    int beats;      /**< a heartbeat may stand before the message          */
    uint32_t depth; /**< of the message; set by its first record           */
};

/**
 * Read the header `wire`, sealed as record x->seq if `sec` is not NULL.
 *
 * \param r  receives it; its flags are TRI_RECORD_BYE or _BEAT, or it is the
 *           record of the message that is awaited
 * \return TRI_OK; TRI_E_CRYPTO; TRI_E_PROTO
 */
int tri_expect_header(struct tri_expect *x, struct tri_secure *sec,
                      const uint8_t *wire, struct tri_record *r,
                      struct tri_link *l, unsigned from);

/** Bytes are not what `from` sealed. \return TRI_E_CRYPTO */
int tri_expect_forged(struct tri_link *l, unsigned from);

#endif
