#ifndef TRI_TESTS_NET_CHECK_LINK_H
#define TRI_TESTS_NET_CHECK_LINK_H

#include "tests/support/check.h"

/** Links in process and over TCP: wire format, random messages with exact
 *  counters, large ones in all directions, every failure. */
extern const struct tri_check_entry tri_checks_link[];
extern const size_t tri_checks_link_n;

#endif
