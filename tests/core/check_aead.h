#ifndef TRI_TESTS_CORE_CHECK_AEAD_H
#define TRI_TESTS_CORE_CHECK_AEAD_H

#include "tests/support/check.h"

/** ChaCha20-Poly1305 and AES-128-GCM: published vectors, an independent
 *  implementation's tags, forgeries. */
extern const struct tri_check_entry tri_checks_aead[];
extern const size_t tri_checks_aead_n;

#endif
