#ifndef TRI_BOARDS_COMMON_VECTORS_H
#define TRI_BOARDS_COMMON_VECTORS_H

#include "arch/kernels.h"
#include "boards/common/selftest.h"

/** \file boards/common/vectors.h
 *
 * # Published vectors of what protects the connections
 *
 * BLAKE2s (RFC 7693), X25519 (RFC 7748), ChaCha20-Poly1305 (RFC 8439), and
 * AES-128 (FIPS 197) where it is linked. Before them the four functions of
 * core/mem.h, which a board brings itself.
 */

/** \param tell  called once for each; NULL: nobody
 *  \return how many fail */
int tri_vectors(const struct tri_kernels *k, tri_selftest_fn *tell, void *self);

#endif
