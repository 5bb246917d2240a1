#ifndef TRI_TESTS_HOST_CHECK_PLOT_H
#define TRI_TESTS_HOST_CHECK_PLOT_H

#include "tests/support/check.h"

/** Logs of runs, read back and drawn. */
extern const struct tri_check_entry tri_checks_plot[];
extern const size_t tri_checks_plot_n;

#endif
