#ifndef TRI_NET_ETHER_OUT_H
#define TRI_NET_ETHER_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "net/bye.h"
#include "net/ether/arq.h"
#include "net/record.h"
#include "net/secure.h"

/** \file net/ether/out.h
 *
 * # What one party sends to another, until it is acknowledged
 *
 * Messages are queued in the caller's buffers, cut into records (net/record.h,
 * or sealed as in net/secure.h) and laid out as a stream of bytes. Headers,
 * short messages and sealed records lie in a ring. A long message in plaintext
 * stays where it is: frames are sent from there, and again after a loss. Only
 * tri_ether_out_aside() copies it, so that its owner can have it back.
 */
enum {
    TRI_ETHER_QUEUE = 1024,      /**< messages                        */
    TRI_ETHER_SPANS = 2048,      /**< stretches of the stream         */
    TRI_ETHER_SHORT = 16 * 1024, /**< copied to the ring at once      */
    /** Largest goodbye: a record. */
    TRI_ETHER_REASON = TRI_SECURE_HEADER + TRI_BYE_MAX + TRI_AEAD_TAG
};

/* Memory in use from front to back. */
struct tri_ether_fifo {
    uint8_t *mem;
    size_t size, tail, used;
};

struct tri_ether_span {
    const uint8_t *p;
    size_t len;
    uint64_t off; /* of the stream */
    size_t take;  /* bytes of the ring or of `aside` that it holds */
    int where;    /* RING, LENT or ASIDE in ether_out.c            */
};

struct tri_ether_message {
    const uint8_t *buf;
    size_t len;
    uint32_t depth;
};

struct tri_ether_out {
    struct tri_secure *sec; /* NULL: plaintext */
    struct tri_ether_message q[TRI_ETHER_QUEUE];
    size_t q_head, q_count;
    uint64_t record; /* of q[q_head], the next one to lay out */
    uint64_t seq;    /**< number of the next record to lay out */
    struct tri_ether_span s[TRI_ETHER_SPANS];
    size_t s_head, s_count;
    size_t lent;  /* spans that lie in the caller's buffers */
    uint64_t end; /**< bytes of the stream */
    struct tri_ether_fifo ring, aside;
};

/**
 * \param mem   [2 * room] for the ring, and for copies made by a flush
 * \param room  multiple of 8, above two sealed records
 */
void tri_ether_out_init(struct tri_ether_out *o, uint8_t *mem, size_t room,
                        struct tri_secure *sec);

/** Queue a message; 0 if the queue is full. */
int tri_ether_out_send(struct tri_ether_out *o, const void *buf, size_t len,
                       uint32_t depth);

/** Bytes outside any record, for the greeting; 0 if there is no room. */
int tri_ether_out_raw(struct tri_ether_out *o, const void *p, size_t n);

/** Lay out queued messages as far as there is room. */
void tri_ether_out_pump(struct tri_ether_out *o);

/** The goodbye (net/record.h), once the queue is empty; 0 if there is no
 *  room. */
int tri_ether_out_bye(struct tri_ether_out *o);

/** Print a goodbye for now, out of the stream: after it, nothing may be laid
 *  out any more. Returns its length. */
size_t tri_ether_out_reason(struct tri_ether_out *o, const struct tri_bye *b,
                            uint8_t out[TRI_ETHER_REASON]);

/** Copy lent bytes aside, the oldest first, while they fit. */
void tri_ether_out_aside(struct tri_ether_out *o);

/** Non-zero if no byte lies in a caller's buffer. */
int tri_ether_out_free(const struct tri_ether_out *o);

/** All bytes before `off` have arrived. */
void tri_ether_out_acked(struct tri_ether_out *o, uint64_t off);

/** struct tri_arq_io.source; ctx is the tri_ether_out. */
unsigned tri_ether_out_source(void *ctx, uint64_t off, uint32_t len,
                              struct tri_piece v[TRI_ARQ_PIECES]);

#endif
