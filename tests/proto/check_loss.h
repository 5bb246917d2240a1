#ifndef TRI_TESTS_PROTO_CHECK_LOSS_H
#define TRI_TESTS_PROTO_CHECK_LOSS_H

#include "tests/support/check.h"

/** The opened loss, and the logarithm behind it, in every engine. */
extern const struct tri_check_entry tri_checks_loss[];
extern const size_t tri_checks_loss_n;

#endif
