#ifndef TRI_NET_ETHER_GREET_H
#define TRI_NET_ETHER_GREET_H

#include "net/ether/conn.h"

/** \file net/ether/greet.h
 *
 * Joining over raw Ethernet.
 */

/** Find the others, greet, shake hands. */
int tri_ether_greet(struct tri_link *l, const struct tri_ether_config *cfg);

#endif
