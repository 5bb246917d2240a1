#ifndef TRI_TESTS_ARCH_CHECK_ZP_H
#define TRI_TESTS_ARCH_CHECK_ZP_H

#include "tests/support/check.h"

/** Z_31 and Z_127: every kernel variant against the reference, what the
 *  references mean, sampling, the wire format. */
extern const struct tri_check_entry tri_checks_zp[];
extern const size_t tri_checks_zp_n;

#endif
