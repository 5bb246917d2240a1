#ifndef TRI_CORE_GCM_H
#define TRI_CORE_GCM_H

#include <stddef.h>
#include <stdint.h>
#include "arch/kernels.h"

/** \file core/gcm.h
 *
 * # AES-128-GCM (NIST SP 800-38D), nonces of 96 bits, tags of 128 bits
 *
 * See core/aead.h for the meaning of the arguments. Under one key a nonce
 * must never seal twice: that gives away the key of the tags.
 */
struct tri_gcm {
    const struct tri_kernels *k;
    uint8_t rk[TRI_AES_KEY_BYTES];  /**< round keys, secret                */
    uint8_t h[TRI_GHASH_KEY_BYTES]; /**< powers of the hash key H, secret  */
};

/** Longest text: 2^32 - 2 blocks. */
#define TRI_GCM_MAX (((uint64_t)1 << 36) - 32)

void tri_gcm_init(struct tri_gcm *g, const struct tri_kernels *k,
                  const uint8_t key[16]);

/** Encrypt, or decrypt if `open` is set, at most TRI_GCM_MAX bytes; `tag` is
 *  written in both cases, to be compared by the caller. */
void tri_gcm_crypt(const struct tri_gcm *g, uint8_t *out, uint8_t tag[16],
                   const uint8_t nonce[12], const void *ad, size_t adlen,
                   const uint8_t *in, size_t len, int open);

/** Both, for who links this file by name only. */
struct tri_gcm_ops {
    void (*init)(struct tri_gcm *g, const struct tri_kernels *k,
                 const uint8_t key[16]);
    void (*crypt)(const struct tri_gcm *g, uint8_t *out, uint8_t tag[16],
                  const uint8_t nonce[12], const void *ad, size_t adlen,
                  const uint8_t *in, size_t len, int open);
};
extern const struct tri_gcm_ops tri_gcm_ops;

#endif
