#ifndef TRI_TESTS_CORE_CHECK_NOISE_H
#define TRI_TESTS_CORE_CHECK_NOISE_H

#include "tests/support/check.h"

/** The handshake against published vectors, wrong keys, tampering, replay. */
extern const struct tri_check_entry tri_checks_noise[];
extern const size_t tri_checks_noise_n;

#endif
