#ifndef TRI_TESTS_NET_CHECK_SEALED_H
#define TRI_TESTS_NET_CHECK_SEALED_H

#include "tests/support/check.h"

/** Sealed TCP links with a malicious network in between, and strangers at the
 *  door. */
extern const struct tri_check_entry tri_checks_sealed[];
extern const size_t tri_checks_sealed_n;

#endif
