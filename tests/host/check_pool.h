#ifndef TRI_TESTS_HOST_CHECK_POOL_H
#define TRI_TESTS_HOST_CHECK_POOL_H

#include "tests/support/check.h"

/** Thread pool: every task once, results visible, worker numbers exclusive. */
extern const struct tri_check_entry tri_checks_pool[];
extern const size_t tri_checks_pool_n;

#endif
