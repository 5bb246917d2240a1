#ifndef TRI_TESTS_ARCH_CHECK_AES_H
#define TRI_TESTS_ARCH_CHECK_AES_H

#include "tests/support/check.h"

/** AES-128, CTR and GHASH against FIPS 197 and SP 800-38A, and every kernel
 *  against the reference. */
extern const struct tri_check_entry tri_checks_aes[];
extern const size_t tri_checks_aes_n;

#endif
