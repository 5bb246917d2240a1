#ifndef TRI_CORE_HASH_H
#define TRI_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include "core/le.h"

/** \file core/hash.h
 *
 * # BLAKE2s-256 (RFC 7693)
 *
 * For transcripts, key derivation and the agreement on configurations.
 */
enum { TRI_HASH_BYTES = 32 };

struct tri_hash {
    uint32_t h[8];
    uint8_t buf[64];
    uint64_t total; /**< bytes compressed so far */
    uint32_t have;  /**< bytes in buf            */
};

/** Start; `key` (may be NULL) has `keylen` bytes, at most 32. */
void tri_hash_init(struct tri_hash *s, const void *key, size_t keylen);
void tri_hash_update(struct tri_hash *s, const void *data, size_t n);
/** The same of n words, lowest byte first. */
static inline void tri_hash_words(struct tri_hash *s, const uint64_t *w,
                                  size_t n)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (size_t i = 0; i < n; i++) {
        uint8_t b[8];

        tri_le_store64(b, w[i]);
        tri_hash_update(s, b, sizeof b);
    }
#else
    tri_hash_update(s, w, n * sizeof *w);
#endif
}
/** Write the digest and wipe the state. */
void tri_hash_final(struct tri_hash *s, uint8_t out[TRI_HASH_BYTES]);

/** All three in one call, without a key. */
void tri_hash(uint8_t out[TRI_HASH_BYTES], const void *data, size_t n);

#endif
