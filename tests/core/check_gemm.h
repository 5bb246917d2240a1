#ifndef TRI_TESTS_CORE_CHECK_GEMM_H
#define TRI_TESTS_CORE_CHECK_GEMM_H

#include "tests/support/check.h"

extern const struct tri_check_entry tri_checks_gemm[];
extern const size_t tri_checks_gemm_n;

#endif
