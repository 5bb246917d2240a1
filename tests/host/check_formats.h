#ifndef TRI_TESTS_HOST_CHECK_FORMATS_H
#define TRI_TESTS_HOST_CHECK_FORMATS_H

#include "tests/support/check.h"

/** Readers and writers of other programs' formats: JSON, .npy, .safetensors. */
extern const struct tri_check_entry tri_checks_formats[];
extern const size_t tri_checks_formats_n;

#endif
