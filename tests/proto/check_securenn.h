#ifndef TRI_TESTS_PROTO_CHECK_SECURENN_H
#define TRI_TESTS_PROTO_CHECK_SECURENN_H

#include "tests/support/check.h"

/** Engine securenn as a whole: products, opening, every operation of the
 *  table against plain values, whole networks against engine plain. */
extern const struct tri_check_entry tri_checks_securenn[];
extern const size_t tri_checks_securenn_n;

#endif
