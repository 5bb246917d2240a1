#ifndef TRI_NET_ETHER_FRAME_H
#define TRI_NET_ETHER_FRAME_H

#include <stddef.h>
#include <stdint.h>

/** \file net/ether/frame.h
 *
 * # Frames of the raw Ethernet link
 *
 * What follows the Ethernet header, all numbers little-endian:
 *
 * | at | bytes | field                                                      |
 * |----|-------|------------------------------------------------------------|
 * | 0  | 2     | "TE"                                                       |
 * | 2  | 1     | TRI_FRAME_VERSION                                          |
 * | 3  | 1     | type, below                                                |
 * | 4  | 4     | checksum of the frame, this field taken as 0               |
 * | 8  | 1+1   | sender's and receiver's party number; each 4 more in a     |
 * |    |       | session of two alone (net/ether/ether.h)                   |
 * | 10 | 2     | bytes of payload behind the header                         |
 * | 12 | 4     | sender's epoch: random, new in every session, never 0      |
 * | 16 | 4     | receiver's epoch as the sender knows it, 0 if it does not  |
 * | 20 | 4     | time of sending, microseconds of the sender, modulo 2^32   |
 * | 24 | 8     | place of the payload in the sender's stream of bytes       |
 * | 32 | 8     | acknowledged: the sender has all bytes before this place   |
 * | 40 | 4     | window: bytes from there on that the sender takes          |
 * | 44 | 4     | echo: time in the frame that is acknowledged               |
 *
 * | type     | payload and meaning                                          |
 * |----------|--------------------------------------------------------------|
 * | HELLO    | 4: the largest frame the sender takes. Opens a session; `seq`|
 * |          | is 1 if it is open at the sender already, else 0             |
 * | DATA     | 1..: bytes of the stream                                     |
 * | ACK      | 8k: ranges beyond `ack` that arrived as well, k <= 32: first |
 * |          | and last byte + 1, relative to `ack`, rising                 |
 * | ASK      | 0: the receiver shall send an ACK                            |
 * | PROBE    | zeros: is a frame of this size possible?                     |
 * | PROBE_OK | 0: the probe of `seq` bytes, header included, arrived        |
 * | FIN      | 0: the stream ends at `seq`; acknowledged as one byte more   |
 * | RESET    | 0: there is no such session (epochs from the cause, swapped) |
 * | ABORT    | 1..256: the sender gives up, for the reason in the payload   |
 * | ABORT_OK | 0: heard                                                     |
 *
 * The Ethernet frame check sequence protects one hop; the checksum here goes
 * from end to end and misses about one change in 2^32. It is no protection
 * against intent: that is what net/secure.h is for.
 *
 * The functions here are pure and take any input. No operating system.
 */
enum {
    TRI_ETHERTYPE = 0x88b5, /**< IEEE 802: local experiments */
    TRI_FRAME_VERSION = 1,
    TRI_FRAME_HEADER = 48,
    TRI_FRAME_PAIR = 4,      /**< more, in the numbers of two alone */
    TRI_FRAME_SACKS = 32,    /**< ranges in one ACK            */
    TRI_FRAME_REASON = 256,  /**< largest payload of an ABORT  */
    TRI_FRAME_MTU_MIN = 576, /**< header and payload           */
    TRI_FRAME_MTU_MAX = 65535
};

enum tri_frame_type {
    TRI_FRAME_HELLO = 1,
    TRI_FRAME_DATA,
    TRI_FRAME_ACK,
    TRI_FRAME_ASK,
    TRI_FRAME_PROBE,
    TRI_FRAME_PROBE_OK,
    TRI_FRAME_FIN,
    TRI_FRAME_RESET,
    TRI_FRAME_ABORT,
    TRI_FRAME_ABORT_OK
};

struct tri_frame {
    uint8_t type, from, to;
    uint16_t len;
    uint32_t epoch, peer_epoch, stamp, window, echo;
    uint64_t seq, ack;
    const uint8_t *payload; /**< [len]; set by parsing */
};

/** A stretch of memory that is a part of a frame. */
struct tri_piece {
    const void *p;
    size_t n;
};

/** Print the header of a frame whose payload is `v`, checksum included.
 *  The lengths of the pieces add up to f->len. */
void tri_frame_print(uint8_t out[TRI_FRAME_HEADER], const struct tri_frame *f,
                     const struct tri_piece *v, unsigned n);

/**
 * Read and check all that does not depend on the receiver's state: checksum,
 * type, parties, form of the payload, ranges that rise. Bytes behind the
 * payload (padding) are ignored.
 * \return TRI_OK or TRI_E_PROTO (*f is then unspecified)
 */
int tri_frame_parse(struct tri_frame *f, const uint8_t *p, size_t n);

#endif
