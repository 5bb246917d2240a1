#ifndef TRI_TESTS_ARCH_CHECK_POLY1305_H
#define TRI_TESTS_ARCH_CHECK_POLY1305_H

#include "tests/support/check.h"

/** Poly1305 against RFC 8439, and every kernel against the reference. */
extern const struct tri_check_entry tri_checks_poly1305[];
extern const size_t tri_checks_poly1305_n;

#endif
