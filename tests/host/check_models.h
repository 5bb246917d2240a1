#ifndef TRI_TESTS_HOST_CHECK_MODELS_H
#define TRI_TESTS_HOST_CHECK_MODELS_H

#include "tests/support/check.h"

/** Models and images of other programs: layouts, names, files, shares. */
extern const struct tri_check_entry tri_checks_models[];
extern const size_t tri_checks_models_n;

#endif
