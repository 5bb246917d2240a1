#ifndef TRI_TESTS_NET_CHECK_SECURE_H
#define TRI_TESTS_NET_CHECK_SECURE_H

#include "tests/support/check.h"

/** Sealed connections: handshake, records, forgeries, new keys; over TCP with a
 *  malicious network in between. */
extern const struct tri_check_entry tri_checks_secure[];
extern const size_t tri_checks_secure_n;

#endif
