#ifndef TRI_TESTS_CORE_CHECK_CORE_H
#define TRI_TESTS_CORE_CHECK_CORE_H

#include "tests/support/check.h"

extern const struct tri_check_entry tri_checks_core[];
extern const size_t tri_checks_core_n;

#endif
