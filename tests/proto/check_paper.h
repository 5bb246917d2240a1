#ifndef TRI_TESTS_PROTO_CHECK_PAPER_H
#define TRI_TESTS_PROTO_CHECK_PAPER_H

#include "tests/support/check.h"

/** Mode paper of engine securenn: the algorithms one by one, their edge cases,
 *  costs, privacy against the helper, threads and failures. */
extern const struct tri_check_entry tri_checks_paper[];
extern const size_t tri_checks_paper_n;

#endif
