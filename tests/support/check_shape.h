#ifndef TRI_TESTS_SUPPORT_CHECK_SHAPE_H
#define TRI_TESTS_SUPPORT_CHECK_SHAPE_H

#include "tests/support/check.h"

/** Checks of emulated networks. */
extern const struct tri_check_entry tri_checks_shape[];
extern const size_t tri_checks_shape_n;

#endif
