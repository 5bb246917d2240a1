#ifndef TRI_TESTS_CORE_CHECK_PRG_H
#define TRI_TESTS_CORE_CHECK_PRG_H

#include "tests/support/check.h"

/** The generator: layout of streams, reads in pieces, parallel words. */
extern const struct tri_check_entry tri_checks_prg[];
extern const size_t tri_checks_prg_n;

#endif
