#ifndef TRI_TESTS_ARCH_CHECK_CHACHA20_H
#define TRI_TESTS_ARCH_CHECK_CHACHA20_H

#include "tests/support/check.h"

/** ChaCha20: the vectors of RFC 8439 and every variant against the reference.
 */
extern const struct tri_check_entry tri_checks_chacha20[];
extern const size_t tri_checks_chacha20_n;

#endif
