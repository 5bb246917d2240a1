#ifndef TRI_NET_ETHER_IN_H
#define TRI_NET_ETHER_IN_H

#include <stddef.h>
#include <stdint.h>

#include "net/expect.h"
#include "net/link.h"
#include "net/record.h"
#include "net/secure.h"

/** \file net/ether/in.h
 *
 * # Records from a stream of bytes, into the receiver's buffer
 *
 * Bytes are fed as they come. They are taken only while a message is awaited,
 * up to its last byte: what follows stays with the connection.
 */
struct tri_ether_in {
    struct tri_secure *sec; /* NULL: plaintext */
    struct tri_expect x;    /**< depth: valid when complete */

    /* the message that is awaited; active: not complete yet */
    int active;
    uint8_t *buf;
    size_t done;   /**< bytes of it that are in place  */
    size_t body;   /* of this record, still to come    */
    size_t body_n; /* all of this record               */

    /* the piece that is being collected */
    uint8_t part[TRI_SECURE_HEADER];
    size_t have;
    int tag; /* it is the tag behind a body */

    int bye; /**< it has ended in order                    */
    int rc;  /**< TRI_OK, or why no byte is taken any more */
};

void tri_ether_in_init(struct tri_ether_in *m, struct tri_secure *sec);

/** Await a message of `len` > 0 bytes. */
void tri_ether_in_want(struct tri_ether_in *m, void *buf, size_t len);

/** The next bytes of the stream; returns how many are taken. On an error,
 *  m->rc, and the text in l->error. A goodbye is m->bye, and no error here. */
size_t tri_ether_in_feed(struct tri_ether_in *m, struct tri_link *l,
                         unsigned from, const uint8_t *p, size_t n);

#endif
