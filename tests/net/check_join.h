#ifndef TRI_TESTS_NET_CHECK_JOIN_H
#define TRI_TESTS_NET_CHECK_JOIN_H

#include "tests/support/check.h"

/** How parties find each other over TCP among strangers and mistakes, and how
 *  they agree on the run and on keys. */
extern const struct tri_check_entry tri_checks_join[];
extern const size_t tri_checks_join_n;

#endif
