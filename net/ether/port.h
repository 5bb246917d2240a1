#ifndef TRI_NET_ETHER_PORT_H
#define TRI_NET_ETHER_PORT_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "net/ether/arq.h"
#include "net/ether/link.h"
#include "net/link.h"

/** \file net/ether/port.h
 *
 * # Frames in and out of a Linux interface
 *
 * A packet socket (packet(7)) for TRI_ETHERTYPE on one interface. Frames go in
 * and out in batches, one system call each; a filter in the kernel keeps the
 * frames for other parties away.
 */
enum { TRI_PORT_BATCH = 32 };

struct tri_port {
    int fd;
    char name[IFNAMSIZ];
    uint8_t own[TRI_ETHER_MAC];
    uint32_t mtu;
    unsigned batch; /* frames of a system call, 1..TRI_PORT_BATCH */

    /* out */
    int starved; /* the system had no memory for the last frame */
    unsigned tx_n;
    uint8_t head[TRI_PORT_BATCH][TRI_ETHER_HEAD + TRI_FRAME_HEADER];
    uint8_t small[TRI_PORT_BATCH][8 * TRI_FRAME_SACKS];
    struct iovec tx_iov[TRI_PORT_BATCH][1 + TRI_ARQ_PIECES];
    struct mmsghdr tx[TRI_PORT_BATCH];

    /* in */
    unsigned rx_n, rx_at;
    size_t slot;
    uint8_t *buf; /* [TRI_PORT_BATCH][slot] */
    struct iovec rx_iov[TRI_PORT_BATCH];
    struct mmsghdr rx[TRI_PORT_BATCH];
};

/**
 * Open for frames to party l->id. On error there is nothing to close.
 *
 * \param p    overwritten
 * \param l    receives the text of an error
 * \param mtu  largest payload of an Ethernet frame, or 0: the interface's
 * \return TRI_OK; TRI_E_ARG (name, mtu); TRI_E_IO (no such interface, not
 *         Ethernet, not up, no permission); TRI_E_NOMEM
 */
int tri_port_open(struct tri_port *p, struct tri_link *l, const char *name,
                  uint32_t mtu);

/** Queue a frame of pieces as in struct tri_arq_io. v[0] is copied, and so are
 *  all pieces if they are small; others are read until tri_port_flush(). */
void tri_port_send(struct tri_port *p, const uint8_t to[TRI_ETHER_MAC],
                   const struct tri_piece *v, unsigned n);

/** Send what is queued. What the interface does not take is lost. */
void tri_port_flush(struct tri_port *p);

/** The next frame, without Ethernet header, or NULL if there is none at the
 *  moment; good until the next call but for one that returns NULL. \param from
 * receives the sender's address */
const uint8_t *tri_port_receive(struct tri_port *p, size_t *n,
                                const uint8_t **from);

/** What is wrong with the interface at the moment, in words that follow its
 *  name, or "". */
const char *tri_port_trouble(const struct tri_port *p);

void tri_port_close(struct tri_port *p);

#endif
