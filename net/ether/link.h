#ifndef TRI_NET_ETHER_LINK_H
#define TRI_NET_ETHER_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "net/ether/ether.h"
#include "net/ether/frame.h"

/** \file net/ether/link.h
 *
 * # The raw Ethernet link over any driver
 *
 * No operating system, no allocation: a board fills in struct tri_ether_driver
 * (send a frame, receive a frame, tell the time, draw random bytes) and gives
 * a block of memory. net/ether/ether.c is that for Linux.
 *
 * The link calls the driver from within its own functions only. Frames must
 * also be looked after while the party computes, at least every quarter of the
 * deadline, better every few milliseconds, or the others take the party for
 * dead: either it calls tri_poll() now and then, or something else (a thread, a
 * timer) calls tri_ether_tend().
 * Only in the second case lock() and unlock() are needed.
 */
enum {
    TRI_ETHER_MAC = 6,
    TRI_ETHER_HEAD = 14, /**< Ethernet header: to, from, type */
    TRI_ETHER_ALIGN = 64 /**< of the memory                   */
};

struct tri_ether_driver {
    void *ctx;        /**< handed to every function            */
    const char *name; /**< of the interface, for error texts   */
    uint32_t mtu;     /**< largest payload of an Ethernet frame,
                           TRI_FRAME_MTU_MIN..._MAX             */

    /** Send a frame of TRI_ETHERTYPE from this interface to the address `to`,
     *  made of n pieces. The first piece, and others if together they have at
     *  most 8 * TRI_FRAME_SACKS bytes, must be copied or gone at return; the
     *  others at flush(). What there is no room for is dropped: the link
     *  repeats it. Frames under 60 bytes are padded, by driver or device. */
    void (*send)(void *ctx, const uint8_t to[TRI_ETHER_MAC],
                 const struct tri_piece *v, unsigned n);
    /** Frames are to leave now. NULL if send() does it. */
    void (*flush)(void *ctx);
    /** The next frame of TRI_ETHERTYPE for this interface or for all, without
     *  its Ethernet header, or NULL if there is none at the moment; it stays
     *  until the next call. Frames may be lost, repeated, out of order and
     *  damaged. \param n  receives its length, padding included
     *  \param from  receives the sender's address */
    const uint8_t *(*receive)(void *ctx, size_t *n, const uint8_t **from);
    /** Microseconds of a clock that never goes back. */
    uint64_t (*now)(void *ctx);
    /** Sleep until a frame arrives, or until `until`, or less. NULL: the link
     *  asks receive() again and again. */
    void (*wait)(void *ctx, uint64_t until);
    /** n random bytes, fit for keys. TRI_OK, or TRI_E_IO without any. */
    int (*random)(void *ctx, void *out, size_t n);
    /** What is wrong with the interface at the moment, in words that follow
     *  its name (" has no carrier"), or "". May be NULL. */
    const char *(*trouble)(void *ctx);
    /** Around everything but wait(), if tri_ether_tend() is used; else NULL. */
    void (*lock)(void *ctx);
    void (*unlock)(void *ctx);
    /** The link is closed; it needs neither driver nor memory any more. Called
     *  once, by tri_close(). May be NULL. */
    void (*close)(void *ctx);
};

/** TRI_OK; TRI_E_ARG with a text in l->error if the configuration has a wrong
 *  value. tri_ether_join() does this as well. */
int tri_ether_check_config(struct tri_link *l,
                           const struct tri_ether_config *cfg);

/** Bytes of memory for a link with cfg->room, which must be valid. */
size_t tri_ether_memory(const struct tri_ether_config *cfg);

/**
 * Join the two others. cfg->interface and cfg->mtu are not used.
 *
 * \param l    as for tri_ether_open(); after an error the driver is as it was
 * \param d    is copied
 * \param mem  [tri_ether_memory(cfg)] aligned to TRI_ETHER_ALIGN; of the link
 *             until d->close() or an error; secrets are then wiped
 * \return as tri_ether_open()
 */
int tri_ether_join(struct tri_link *l, const struct tri_ether_config *cfg,
                   const struct tri_ether_driver *d, void *mem);

/** While the party computes: acknowledge, repeat, give signs of life. Does
 *  nothing if the party itself received frames since the last call.
 *  \param mem  that of a link that has joined, until d->close() */
void tri_ether_tend(void *mem);

#endif
