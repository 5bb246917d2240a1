#ifndef TRI_TESTS_PROTO_CHECK_MAX_H
#define TRI_TESTS_PROTO_CHECK_MAX_H

#include "tests/support/check.h"

/** Maximum of many, mode fused: the tournament and the league. */
extern const struct tri_check_entry tri_checks_max[];
extern const size_t tri_checks_max_n;

#endif
