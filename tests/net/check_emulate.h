#ifndef TRI_TESTS_NET_CHECK_EMULATE_H
#define TRI_TESTS_NET_CHECK_EMULATE_H

#include "tests/support/check.h"

/** Checks of emulated networks. */
extern const struct tri_check_entry tri_checks_shape[];
extern const size_t tri_checks_shape_n;

#endif
