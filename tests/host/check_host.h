#ifndef TRI_TESTS_HOST_CHECK_HOST_H
#define TRI_TESTS_HOST_CHECK_HOST_H

#include "tests/support/check.h"

/** Files, formats, generated digits and command lines of the Linux program. */
extern const struct tri_check_entry tri_checks_host[];
extern const size_t tri_checks_host_n;

#endif
