/* ChaCha20 key stream as in RFC 8439, section 2.3: the definition, one block
 * at a time. Never optimise this file. */
#include "arch/kernels.h"

static uint32_t rotl(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static void quarter(uint32_t v[16], unsigned a, unsigned b, unsigned c,
                    unsigned d)
{
    v[a] += v[b];
    v[d] = rotl(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotl(v[b] ^ v[c], 12);
    v[a] += v[b];
    v[d] = rotl(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = rotl(v[b] ^ v[c], 7);
}

TRI_DECL_CHACHA20(tri_chacha20_ref)
{
    for (size_t blk = 0; blk < nblocks; blk++) {
        uint32_t s[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
        uint32_t v[16];

        for (unsigned i = 0; i < 8; i++)
            s[4 + i] = key[i];
        s[12] = counter + (uint32_t)blk;
        for (unsigned i = 0; i < 3; i++)
            s[13 + i] = nonce[i];

        for (unsigned i = 0; i < 16; i++)
            v[i] = s[i];
        for (unsigned round = 0; round < 20; round += 2) {
            quarter(v, 0, 4, 8, 12); /* columns */
            quarter(v, 1, 5, 9, 13);
            quarter(v, 2, 6, 10, 14);
            quarter(v, 3, 7, 11, 15);
            quarter(v, 0, 5, 10, 15); /* diagonals */
            quarter(v, 1, 6, 11, 12);
            quarter(v, 2, 7, 8, 13);
            quarter(v, 3, 4, 9, 14);
        }

        for (unsigned i = 0; i < 16; i++) {
            const uint32_t w = v[i] + s[i];

            for (unsigned b = 0; b < 4; b++)
                out[64 * blk + 4 * i + b] = (uint8_t)(w >> 8 * b);
        }
    }
}
