#ifndef TRI_TESTS_HOST_CHECK_CONFIG_H
#define TRI_TESTS_HOST_CHECK_CONFIG_H

#include "tests/support/check.h"

/** boards/host/party/keyfile.h, config.h and channel.h. */
extern const struct tri_check_entry tri_checks_config[];
extern const size_t tri_checks_config_n;

#endif
