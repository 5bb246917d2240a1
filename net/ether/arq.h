#ifndef TRI_NET_ETHER_ARQ_H
#define TRI_NET_ETHER_ARQ_H

#include <stddef.h>
#include <stdint.h>

#include "net/ether/frame.h"

/** \file net/ether/arq.h
 *
 * # A reliable stream of bytes over Ethernet frames
 *
 * One side of the connection of two parties, as a state machine: no operating
 * system, no memory of its own, no clock. It is told the time and the frames
 * that arrive, and it hands out frames. What it does follows from that alone,
 * so a test can replay it.
 *
 * - Session: both sides say HELLO with a fresh random epoch and open when they
 *   hear their own back. Frames of other sessions are ignored; the peer of a
 *   session that is no more (a party that started again) answers RESET.
 * - Stream: every byte has a place, counted in 64 bits. The receiver
 *   acknowledges all bytes before a place, and ranges beyond it.
 * - Loss: a frame is lost if three later ones arrived, or one that was sent a
 *   quarter of the round-trip time later (as RFC 8985); failing that, when the
 *   retransmission timer runs out (RFC 6298, with time stamps as in RFC 7323).
 *   If the acknowledgement then turns out to belong to the first sending, the
 *   peer was merely busy, and nothing is slowed down (RFC 3522).
 * - Pace: the window grows as in RFC 5681, is cut to 7/10 on a loss, and stays
 *   above eight frames. A poll sends at most TRI_ARQ_BURST frames.
 * - Size: 1500 bytes at first; probes find what the path takes, up to the
 *   smaller of both interfaces. After three timeouts in a row it is 1500 again.
 * - Death: a peer that is not heard for `dead_us`, though asked, is dead. One
 *   whose stream has ended may be silent, unless it owes acknowledgements.
 *
 * The peer's bytes are believed only within what was granted and sent; a frame
 * that claims more is dropped whole, before anything changes.
 */
enum {
    TRI_ARQ_BURST = 32,
    TRI_ARQ_RANGES = 128, /**< gaps that the receiver keeps track of */
    TRI_ARQ_PIECES = 15   /**< of one frame's payload                */
};

enum tri_arq_state {
    TRI_ARQ_HELLO, /**< not open yet                              */
    TRI_ARQ_OPEN,
    TRI_ARQ_RESET,   /**< the peer does not know this session       */
    TRI_ARQ_DEAD,    /**< the peer is not heard any more            */
    TRI_ARQ_ABORTED, /**< the peer gave up; see `reason`            */
    TRI_ARQ_GIVEN_UP /**< tri_arq_abort() was called                */
};

/** What the connection needs from around it. */
struct tri_arq_io {
    void *ctx;
    /** Send a frame (without Ethernet header) made of n <= 1 + TRI_ARQ_PIECES
     *  pieces. The header v[0], and other pieces if they have at most
     *  8 * TRI_FRAME_SACKS bytes together, are gone after the call; else they
     *  stay until the place is acknowledged. Non-zero, or 0 if there is no
     *  room at the moment. */
    int (*send)(void *ctx, const struct tri_piece *v, unsigned n);
    /** Where bytes off.. of the outgoing stream are, at most len of them and
     *  at least one, in at most TRI_ARQ_PIECES pieces; returns the pieces. */
    unsigned (*source)(void *ctx, uint64_t off, uint32_t len,
                       struct tri_piece v[TRI_ARQ_PIECES]);
    /** The next n bytes of the incoming stream; returns how many are taken.
     *  The rest is offered again by tri_arq_drain(). */
    size_t (*sink)(void *ctx, const uint8_t *p, size_t n);
};

/** A stretch of the stream that was sent and is not acknowledged. */
struct tri_arq_seg {
    uint64_t off, sent; /* sent: time of the last sending */
    uint32_t len;
    uint8_t sacked, lost, again; /* again: was sent more than once */
};

struct tri_arq_config {
    uint8_t id, peer;
    uint32_t epoch;   /**< random, not 0                                  */
    uint32_t mtu;     /**< of the interface, TRI_FRAME_MTU_MIN..._MAX     */
    uint64_t dead_us; /**< > 0                                            */
    uint8_t *ring;    /**< [ring_bytes] for what arrived and is not taken */
    uint32_t ring_bytes;
    struct tri_arq_seg *seg; /**< [segs], caller's memory              */
    uint32_t segs;           /**< > 0                                  */
    struct tri_arq_io io;
};

/** One connection. Read-only for the caller but where said. */
struct tri_arq {
    struct tri_arq_config cfg;
    enum tri_arq_state state;
    uint32_t peer_epoch; /* 0: unknown */
    int hello_due;
    uint64_t hello_at;
    uint32_t hello_gap;
    uint64_t polled, heard, ask_at;

    /* sending */
    uint64_t end;    /**< bytes of the stream that exist: set by the caller,
                          never lower                                     */
    int fin;         /**< the stream ends there: set by the caller        */
    uint64_t una;    /**< acknowledged; end + 1 with the end              */
    uint64_t nxt;    /* sent */
    uint64_t limit;  /* the peer takes bytes before this place */
    uint64_t flight; /* bytes on their way */
    uint32_t head, count, lost, sacked; /* segments */
    uint64_t cwnd, ssthresh, recover;
    uint64_t rto_at; /* 0: off */
    uint32_t srtt, rttvar, backoff;
    uint64_t rto_mark, cwnd_saved, ssthresh_saved; /* before a timeout */
    uint64_t rack;                                 /* see detect() */

    /* frame size */
    uint32_t mtu, probe_lo, probe_hi, probe_size, probe_tries;
    uint64_t probe_at;

    /* receiving */
    uint64_t rcv;     /**< all bytes before this place are here */
    uint64_t taken;   /**< ... and the sink has these           */
    int fin_rcv;      /**< ... and there are no more            */
    uint64_t granted; /* the peer may send bytes before this place */
    struct {
        uint64_t lo, hi;
    } range[TRI_ARQ_RANGES];
    uint32_t ranges;
    uint32_t echo;
    uint64_t ack_at; /* 0: nothing to acknowledge */
    uint64_t acked;  /* what the last frame acknowledged */
    uint64_t reset_at;

    /* the end */
    uint8_t reason[TRI_FRAME_REASON];
    uint32_t reason_len;
    uint32_t abort_tries;
    int abort_heard;
    uint64_t abort_at;

    /** Counters. */
    struct {
        uint64_t frames, resent, timeouts, spurious, dropped, duplicate;
    } stats;
};

/** Start. \return TRI_OK, TRI_E_ARG */
int tri_arq_init(struct tri_arq *a, const struct tri_arq_config *cfg,
                 uint64_t now);

/**
 * A frame has arrived that names this connection's parties (tri_frame_parse()
 * has accepted it). `now` in microseconds, never going back.
 */
void tri_arq_input(struct tri_arq *a, const struct tri_frame *f, uint64_t now);

/**
 * Send what is due; call after input, after a change of `end` or `fin`, and
 * when the time has come.
 * \return when to call again at the latest; `now` if more is ready to go
 */
uint64_t tri_arq_poll(struct tri_arq *a, uint64_t now);

/** Offer the sink what it has not taken. */
void tri_arq_drain(struct tri_arq *a);

/** Give up: tell the peer, until it answers or some tries are over.
 *  \param reason  [n], 1..TRI_FRAME_REASON bytes */
void tri_arq_abort(struct tri_arq *a, const void *reason, uint32_t n,
                   uint64_t now);

/** Non-zero while an ABORT may still be repeated. */
int tri_arq_aborting(const struct tri_arq *a);

#endif
