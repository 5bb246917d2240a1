#ifndef TRI_TESTS_ARCH_VAES_MODEL_H
#define TRI_TESTS_ARCH_VAES_MODEL_H

#include "arch/ref/aes_sbox.h"
#ifdef __AVX512F__
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#define MODEL static __attribute__((noinline, unused))
#else
#include "tests/arch/avx512_model.h"
#endif

/** \file tests/arch/vaes_model.h
 *
 * # VAES and VPCLMULQDQ in C
 *
 * What arch/x86/aes_vaes.c needs, if TRI_VAES_MODEL is defined, after the
 * operation sections of Intel's Software Developer's Manual, volume 2. The
 * kernel's source includes <immintrin.h> itself where the compiler may use
 * AVX-512; there only these instructions are modelled, so they take and give
 * 64 bytes in memory. What the kernel leaves to kernels of 128 bits, the
 * reference does.
 */

/* AESENC on each of four lanes of 16 bytes; byte r + 4c is row r, column c. In
 * the last round columns are not mixed. */
MODEL void vaes_round(uint8_t out[64], const uint8_t x[64],
                      const uint8_t key[64], int last)
{
    for (size_t lane = 0; lane < 64; lane += 16) {
        uint8_t s[16];

        for (size_t i = 0; i < 16; i++) /* ShiftRows, SubBytes */
            s[i] = (uint8_t)tri_aes_sbox(x[lane + (i + 4 * (i % 4)) % 16]);
        for (size_t i = 0; i < 16; i++) { /* MixColumns, AddRoundKey */
            const uint8_t *c = s + i / 4 * 4;
            const uint8_t a = c[i % 4], b = c[(i + 1) % 4];
            const unsigned mixed = (unsigned)tri_aes_xtime(a) ^
                                   (unsigned)tri_aes_xtime(b) ^ b ^
                                   c[(i + 2) % 4] ^ c[(i + 3) % 4];

            out[lane + i] = (uint8_t)((last ? a : mixed) ^ key[lane + i]);
        }
    }
}

/* PCLMULQDQ on each lane: bit 0 of `which` selects the half of x, bit 4 that of
 * y. */
MODEL void vaes_clmul(uint8_t out[64], const uint8_t x[64], const uint8_t y[64],
                      unsigned which)
{
    for (size_t lane = 0; lane < 64; lane += 16) {
        uint64_t a, b, z[2] = { 0, 0 };

        memcpy(&a, x + lane + 8 * (which & 1), 8);
        memcpy(&b, y + lane + 8 * (which >> 4 & 1), 8);
        for (unsigned i = 0; i < 64; i++)
            if (b >> i & 1) {
                z[0] ^= a << i;
                z[1] ^= i > 0 ? a >> (64 - i) : 0;
            }
        memcpy(out + lane, z, 16);
    }
}

/* __m512i is not known yet. */
#define VAES_CALL(fn, x, y, i)                                             \
    ({                                                                     \
        const __m512i x_ = (x), y_ = (y);                                  \
        __m512i z_;                                                        \
        fn((uint8_t *)&z_, (const uint8_t *)&x_, (const uint8_t *)&y_, i); \
        z_;                                                                \
    })
#define AES_ROUND(x, k) VAES_CALL(vaes_round, x, k, 0)
#define AES_LAST(x, k)  VAES_CALL(vaes_round, x, k, 1)
#define CLMUL(a, b, i)  VAES_CALL(vaes_clmul, a, b, i)
#define REST(name)      tri_##name##_ref

#endif
