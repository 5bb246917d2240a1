#ifndef TRI_NET_ETHER_ETHER_H
#define TRI_NET_ETHER_ETHER_H

#include <stdint.h>

#include "net/link.h"
#include "net/secure.h"

/** \file net/ether/ether.h
 *
 * # Three parties on one Ethernet segment, without IP
 *
 * Layers, each in files of its own; only the last two know an operating
 * system:
 *
 * | net/            | what                                                 |
 * |-----------------|------------------------------------------------------|
 * | ether_frame     | the frames                                           |
 * | ether_arq       | a reliable stream over frames                        |
 * | ether_out, _in  | messages as records (net/record.h), sealed as in     |
 * |                 | net/secure.h if there are keys                       |
 * | ether_link      | the link over any driver: waiting, the operations;   |
 * |                 | with ether_greet (joining) and ether_end (failures)  |
 * | ether_port      | frames of a Linux interface (needs CAP_NET_RAW)      |
 * | ether           | the link on Linux                                    |
 *
 * A connection's stream is the same as over TCP: greeting, handshake,
 * records, goodbye. So is the behaviour of the link, with these differences:
 *
 * - No kernel acknowledges frames. While a party computes, a thread looks
 *   after them every TRI_ETHER_TICK_MS.
 * - Instead of heartbeats, a peer whose frames stop is asked for a sign of
 *   life, which that thread answers. So a dead or frozen peer is noticed within
 *   the deadline even if nobody waits for it, and a live one may compute for
 *   TRI_LINK_SLOW deadlines. Only records are authentic, not frames: who forges
 *   them can delay the notice until then.
 * - tri_close() stays until the peers have what was sent, for TRI_LINK_SLOW
 *   deadlines if they live.
 * - Addresses may be left out. A party then calls for the others by
 *   broadcast and believes the first answer; with keys, an impostor can spoil
 *   the session, but not take part in it.
 * - Two can be connected alone, such as a board and the owner of its model
 *   (`pair`). Such a session has frames of its own: parties that wait for three
 *   on the same segment, and those two, do not hear each other.
 *
 * `stats` counts frames with their Ethernet headers; repeated ones as well.
 */
enum {
    TRI_ETHER_TICK_MS = 4,
    TRI_ETHER_ROOM = 4 * 1048576, /**< of each of three buffers per peer: what
                                       is unread, and what waits to go   */
    TRI_ETHER_ROOM_MIN = 1048576,
    TRI_ETHER_ROOM_MAX = 1073741824
};

struct tri_ether_config {
    unsigned id;
    const char *interface;       /**< "eth0"                              */
    uint8_t mac[TRI_PARTIES][6]; /**< of the others; all zeros: find it   */
    unsigned pair; /**< 0: both others; else 1 + the number of the only one */
    uint32_t mtu;  /**< 0: the interface's                  */
    uint32_t room; /**< bytes, 0: TRI_ETHER_ROOM; a multiple of 8 */
    const struct tri_secure_keys *keys; /**< seal, or NULL with plaintext    */
    const struct tri_kernels *k;        /**< for sealing                     */
    int plaintext;        /**< non-zero, without keys: nothing is encrypted
                               or authenticated                              */
    uint32_t connect_ms;  /**< to find both others, > 0                      */
    uint32_t deadline_ms; /**< of the link, > 0                              */
};

/**
 * Join the two others.
 *
 * \param l  overwritten; after an error l->error says why, and there is
 *           nothing to close
 * \return TRI_OK; TRI_E_ARG (configuration); TRI_E_IO (interface, permission);
 *         TRI_E_TIMEOUT (somebody is missing); TRI_E_CRYPTO (the one who
 *         answers lacks the key); TRI_E_PROTO (another version; with keys, also
 *         one without them); TRI_E_MISMATCH (this one has no keys, another
 *         has); TRI_E_NOMEM.
 */
int tri_ether_open(struct tri_link *l, const struct tri_ether_config *cfg);

#endif
