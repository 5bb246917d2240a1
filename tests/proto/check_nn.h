#ifndef TRI_TESTS_PROTO_CHECK_NN_H
#define TRI_TESTS_PROTO_CHECK_NN_H

#include "tests/support/check.h"

/** Network descriptions, layers and losses against finite differences and in
 *  fixed point against float, SGD, training and evaluation. */
extern const struct tri_check_entry tri_checks_nn[];
extern const size_t tri_checks_nn_n;

#endif
