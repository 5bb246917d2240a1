#ifndef TRI_TESTS_HOST_CHECK_CHECKPOINT_H
#define TRI_TESTS_HOST_CHECK_CHECKPOINT_H

#include "tests/support/check.h"

/** boards/host/party/checkpoint.h. */
extern const struct tri_check_entry tri_checks_checkpoint[];
extern const size_t tri_checks_checkpoint_n;

#endif
