#ifndef TRI_TESTS_ARCH_CHECK_RING_H
#define TRI_TESTS_ARCH_CHECK_RING_H

#include "tests/support/check.h"

extern const struct tri_check_entry tri_checks_ring[];
extern const size_t tri_checks_ring_n;

#endif
