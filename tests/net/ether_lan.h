#ifndef TRI_TESTS_NET_ETHER_LAN_H
#define TRI_TESTS_NET_ETHER_LAN_H

#include <pthread.h>

#include "net/ether/ether.h"
#include "net/tcp/tcp.h"
#include "tests/support/check.h"
#include "tests/support/links.h"

/** \file tests/net/ether_lan.h
 *
 * A LAN of three virtual cables in a network namespace of its own: at one end
 * of cable i the interface "p<i>" of party i, at the other "h<i>", and
 * between h0, h1 and h2 a hub that is a thread of the test and can treat
 * frames badly. The namespace ends with the threads in it.
 */
struct tri_lan_faults {
    unsigned drop, dup, reorder, corrupt; /**< in 1/1000 of the frames */
    unsigned stray; /**< likewise: somebody else's frames of our type are
                         put between them                               */
};

struct tri_lan {
    struct tri_lan_faults f;
    uint32_t mtu;
    uint64_t seed;
    uint64_t forwarded, dropped, strays; /**< frames */
    int fd[3], stop, cut;                /* cut: the hub is a piece of wood */
    int late; /**< 1: P2 gets what P1 says, from its first words on, only when
                   P0 gives up: all of it at once. 0 when that has been done */
    pthread_t hub;
};

/** Run `fn` with its LAN, which may be NULL: no hub and no cables, only the
 *  namespace. Sets c->skip if there are no rights or no virtual cables. */
void tri_lan_run(struct tri_check *c, struct tri_lan *lan,
                 void (*fn)(struct tri_check *c, struct tri_lan *lan,
                            void *arg),
                 void *arg);

/** ip(8) with these arguments; 0 if it went well. */
int tri_lan_ip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** The configuration of party `id` on the LAN: plaintext, mac by discovery. */
struct tri_ether_config tri_lan_config(unsigned id, const char *interface);

/** Open three links, at once; on failure `c` has the text. Sealed if asked. */
void tri_lan_open(struct tri_check *c, struct tri_link l[3], int sealed,
                  uint32_t deadline_ms);

#endif
