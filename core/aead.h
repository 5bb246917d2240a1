#ifndef TRI_CORE_AEAD_H
#define TRI_CORE_AEAD_H

#include <stddef.h>
#include <stdint.h>
#include "arch/kernels.h"
#include "core/gcm.h"

/** \file core/aead.h
 *
 * # Authenticated encryption with associated data
 *
 * Two algorithms with the same interface: a key, a 12-byte nonce that must
 * never be used twice to seal under that key, and a 16-byte tag. Constant
 * time in everything but lengths.
 */
enum tri_aead_alg {
    TRI_AEAD_CHACHAPOLY = 1, /**< ChaCha20-Poly1305, RFC 8439, key 32 bytes  */
    TRI_AEAD_AESGCM = 2      /**< AES-128-GCM: the first 16 bytes of the key */
};

enum { TRI_AEAD_KEY = 32, TRI_AEAD_NONCE = 12, TRI_AEAD_TAG = 16 };

struct tri_aead {
    const struct tri_kernels *k;
    int alg;         /**< enum tri_aead_alg      */
    uint32_t key[8]; /**< ChaCha20's key, secret */
    struct tri_gcm gcm;
};

/** The algorithm that this CPU runs faster: AES-GCM where AES and carry-less
 *  products are instructions, ChaCha20-Poly1305 elsewhere. */
int tri_aead_best(const struct tri_kernels *k);

/** Take a key. \return TRI_OK; TRI_E_ARG if `alg` is not in the list,
 *  or not linked. */
int tri_aead_init(struct tri_aead *a, const struct tri_kernels *k, int alg,
                  const uint8_t key[TRI_AEAD_KEY]);

/** Forget the key. */
void tri_aead_wipe(struct tri_aead *a);

/**
 * Encrypt `len` bytes and authenticate them together with `ad`.
 *
 * \param out    [len] cipher text; may be `in`, no other overlap
 * \param tag    written; may follow the cipher text
 * \param nonce  public
 * \param ad     [adlen] public, not encrypted; may be NULL if adlen is 0
 * \param in     [len] secret
 * \return TRI_OK; TRI_E_ARG if the text is too long for the algorithm (2^36
 *         bytes and more), which leaves out and tag alone
 */
int tri_aead_seal(const struct tri_aead *a, void *out, uint8_t tag[16],
                  const uint8_t nonce[12], const void *ad, size_t adlen,
                  const void *in, size_t len);

/**
 * Check the tag and decrypt. One pass does both; if the tag is wrong, out is
 * wiped before the function returns, so that no byte of it can be used.
 *
 * \param out  [len] text; may be `in`, no other overlap
 * \return TRI_OK; TRI_E_CRYPTO if text, tag, nonce, ad or key differ from
 *         what was sealed; TRI_E_ARG as above
 */
int tri_aead_open(const struct tri_aead *a, void *out, const uint8_t tag[16],
                  const uint8_t nonce[12], const void *ad, size_t adlen,
                  const void *in, size_t len);

#endif
