#ifndef TRI_TESTS_CORE_CHECK_X25519_H
#define TRI_TESTS_CORE_CHECK_X25519_H

#include "tests/support/check.h"

/** X25519 against RFC 7748, low-order and non-canonical points, and the wide
 *  products beneath it. */
extern const struct tri_check_entry tri_checks_x25519[];
extern const size_t tri_checks_x25519_n;

#endif
