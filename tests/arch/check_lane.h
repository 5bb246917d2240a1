#ifndef TRI_TESTS_ARCH_CHECK_LANE_H
#define TRI_TESTS_ARCH_CHECK_LANE_H

#include "tests/support/check.h"

/** The lane kernels: every variant against the definition, one lane at a
 *  time. */
extern const struct tri_check_entry tri_checks_lane[];
extern const size_t tri_checks_lane_n;

#endif
