#ifndef TRI_BOARDS_HOST_PARTY_ONETHER_H
#define TRI_BOARDS_HOST_PARTY_ONETHER_H

#include "boards/host/party/config.h"

/** \file boards/host/party/onether.h
 *
 * # Parties on raw Ethernet: the configuration and the link
 */
struct tri_onether {
    /** Read "ether" or "ether:02:00:5e:10:00:01" (then into mac, which is zeros
     *  otherwise). 0 if it is neither. */
    int (*address)(uint8_t mac[6], const char *text, size_t n);
    /** All three by Ethernet, with an interface, or none. */
    void (*check)(const struct tri_config *c, struct tri_config_errors *e);
    /** As tri_ether_open(); keys, kernels and deadlines are those of `tcp`. */
    int (*open)(struct tri_link *l, const struct tri_tcp_config *tcp,
                const struct tri_config *c);
};
extern const struct tri_onether tri_onether;

#endif
