#ifndef TRI_CORE_X25519_H
#define TRI_CORE_X25519_H

#include <stdint.h>

/** \file core/x25519.h
 *
 * # X25519 (RFC 7748)
 *
 * Diffie-Hellman on Curve25519. A private key is 32 random bytes; it is
 * clamped where it is used. Constant time in the private key and the point.
 */
enum { TRI_X25519_BYTES = 32 };

/**
 * out = X25519(key, point).
 *
 * \param out    the shared secret; may be key or point
 * \param key    secret
 * \param point  the peer's public key, any 32 bytes: bit 255 is ignored, and
 *               values from 2^255 - 19 up are taken modulo that prime
 * \return TRI_OK; TRI_E_CRYPTO if the result is 0, because the point has low
 *         order and the secret would not depend on the key (RFC 7748, 6.1).
 *         out is then zero.
 */
int tri_x25519(uint8_t out[32], const uint8_t key[32], const uint8_t point[32]);

/** The public key of `key`: X25519(key, 9). */
void tri_x25519_public(uint8_t out[32], const uint8_t key[32]);

#endif
