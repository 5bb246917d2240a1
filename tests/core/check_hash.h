#ifndef TRI_TESTS_CORE_CHECK_HASH_H
#define TRI_TESTS_CORE_CHECK_HASH_H

#include "tests/support/check.h"

/** BLAKE2s-256: vectors with and without a key, input in pieces. */
extern const struct tri_check_entry tri_checks_hash[];
extern const size_t tri_checks_hash_n;

#endif
