#ifndef TRI_PROTO_WIRE_H
#define TRI_PROTO_WIRE_H

#include "arch/kernels.h"
#include "core/le.h"
#include "net/link.h"

/** \file proto/wire.h
 *
 * # Words on the wire
 *
 * Messages are bytes; words in them stand lowest byte first, as in core/le.h.
 * What is sent stays where it is: on a big-endian processor it is turned in
 * place, and is a message from then on, until it is flushed and after.
 */

/** tri_send() of n words, which are no numbers afterwards. */
static inline int tri_send_words(struct tri_link *l, unsigned to, uint64_t *w,
                                 size_t n)
{
    tri_le_words(w, n * sizeof *w, sizeof *w);
    return tri_send(l, to, (const uint8_t *)w, n * sizeof *w);
}

/** tri_recv() of n words. */
static inline int tri_recv_words(struct tri_link *l, unsigned from, uint64_t *w,
                                 size_t n)
{
    const int rc = tri_recv(l, from, (uint8_t *)w, n * sizeof *w);

    if (rc == 0)
        tri_le_words(w, n * sizeof *w, sizeof *w);
    return rc;
}

/** z = x + what tri_send_words() has made a message; z may be x. */
static inline void tri_sent_add(const struct tri_kernels *k, uint64_t *z,
                                const uint64_t *x, const uint64_t *sent,
                                size_t n)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    (void)k;
    for (size_t i = 0; i < n; i++)
        z[i] = x[i] + tri_le64(sent[i]);
#else
    k->add(z, x, sent, n);
#endif
}

#endif
