#ifndef TRI_CORE_POLY1305_H
#define TRI_CORE_POLY1305_H

#include <stddef.h>
#include <stdint.h>
#include "arch/kernels.h"

/** \file core/poly1305.h
 *
 * # Poly1305 (RFC 8439, 2.5)
 *
 * A one-time authenticator: its 32-byte key is secret and signs one message
 * only. Constant time in key and message.
 */
struct tri_poly1305 {
    const struct tri_kernels *k;
    uint32_t h[5];
    uint32_t p[5 * TRI_POLY1305_POWERS]; /**< powers of r (arch/kernels.h) */
    uint8_t s[16];
    uint8_t buf[16];
    uint32_t have;   /**< bytes in buf                      */
    uint32_t powers; /**< how many powers of r p holds      */
};

void tri_poly1305_init(struct tri_poly1305 *m, const struct tri_kernels *k,
                       const uint8_t key[32]);
void tri_poly1305_update(struct tri_poly1305 *m, const void *data, size_t n);
/** Take zeros up to a multiple of 16 bytes, as in RFC 8439, 2.8. */
void tri_poly1305_pad(struct tri_poly1305 *m);
/** Have p hold all powers of r, for kernels that take h and p. */
void tri_poly1305_grow(struct tri_poly1305 *m);
/** Write the tag and wipe the state. */
void tri_poly1305_final(struct tri_poly1305 *m, uint8_t tag[16]);

#endif
