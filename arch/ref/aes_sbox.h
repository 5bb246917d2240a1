#ifndef TRI_ARCH_REF_AES_SBOX_H
#define TRI_ARCH_REF_AES_SBOX_H

#include <stdint.h>

/** \file arch/ref/aes_sbox.h
 *
 * The S-box of FIPS 197, 5.1.1, computed and not looked up, on the eight bytes
 * of a word at once: an address never depends on a secret. Elements of
 * GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 are bytes.
 */

#define TRI_EACH_BYTE(b) ((uint64_t)(b)*0x0101010101010101u)

/** x times each byte. */
static inline uint64_t tri_aes_xtime(uint64_t a)
{
    return (a & TRI_EACH_BYTE(0x7f)) << 1 ^ (a >> 7 & TRI_EACH_BYTE(1)) * 0x1b;
}

static inline uint64_t tri_aes_mul(uint64_t a, uint64_t b)
{
    uint64_t z = 0;

    for (unsigned i = 0; i < 8; i++) {
        z ^= a & (b >> i & TRI_EACH_BYTE(1)) * 0xff;
        a = tri_aes_xtime(a);
    }
    return z;
}

static inline uint64_t tri_aes_rotl(uint64_t a, unsigned n)
{
    return (a & TRI_EACH_BYTE(0xff >> n)) << n |
           (a >> (8 - n) & TRI_EACH_BYTE((1u << n) - 1));
}

static inline uint64_t tri_aes_sbox(uint64_t x)
{
    const uint64_t x2 = tri_aes_mul(x, x);
    const uint64_t x3 = tri_aes_mul(x2, x);
    uint64_t y = x3; /* to become x^254 = 1/x, 0 for 0 */
    uint64_t x12;

    y = tri_aes_mul(y, y);
    y = x12 = tri_aes_mul(y, y);
    y = tri_aes_mul(y, x3); /* 15 */
    for (unsigned i = 0; i < 4; i++)
        y = tri_aes_mul(y, y); /* 240 */
    y = tri_aes_mul(y, x12);
    y = tri_aes_mul(y, x2);
    return y ^ tri_aes_rotl(y, 1) ^ tri_aes_rotl(y, 2) ^ tri_aes_rotl(y, 3) ^
           tri_aes_rotl(y, 4) ^ TRI_EACH_BYTE(0x63);
}

#endif
