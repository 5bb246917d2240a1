#ifndef TRI_TESTS_PROTO_CHECK_FUSED_H
#define TRI_TESTS_PROTO_CHECK_FUSED_H

#include "tests/support/check.h"

/** Mode fused of engine securenn: proto/securenn compare, relu, select, trunc
 *  and divide. */
extern const struct tri_check_entry tri_checks_fused[];
extern const size_t tri_checks_fused_n;

#endif
