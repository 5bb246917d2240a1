#ifndef TRI_TESTS_PROTO_CHECK_PLAIN_H
#define TRI_TESTS_PROTO_CHECK_PLAIN_H

#include "tests/support/check.h"

/** The engines plain and float, and what is built from engine operations:
 *  softmax, ASM, argmax, the tournament; core/fmath. */
extern const struct tri_check_entry tri_checks_plain[];
extern const size_t tri_checks_plain_n;

#endif
