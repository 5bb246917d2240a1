/* Poly1305 as in RFC 8439, section 2.5: the definition, one block at a time,
 * in five limbs of 26 bits so that every product fits 64 bits. Never optimise
 * this file. */
#include "arch/kernels.h"

enum { LOW26 = (1 << 26) - 1 };

static uint64_t load32(const uint8_t *in)
{
    return (uint64_t)in[0] | (uint64_t)in[1] << 8 | (uint64_t)in[2] << 16 |
           (uint64_t)in[3] << 24;
}

/* Limbs of h stay below 2^27 between blocks; a block adds less than
 * 2^26, and the products, with the factor 5 of 2^130 = 5, are below
 * 5 * 5 * 2^27 * 2^26 < 2^58. */
TRI_DECL_POLY1305(tri_poly1305_ref)
{
    for (size_t blk = 0; blk < nblocks; blk++, in += 16) {
        const uint64_t w0 = load32(in), w1 = load32(in + 4),
                       w2 = load32(in + 8), w3 = load32(in + 12);
        const uint64_t x[5] = {
            h[0] + (w0 & LOW26),
            h[1] + ((w0 >> 26 | w1 << 6) & LOW26),
            h[2] + ((w1 >> 20 | w2 << 12) & LOW26),
            h[3] + ((w2 >> 14 | w3 << 18) & LOW26),
            h[4] + (w3 >> 8 | (uint64_t)hibit << 24),
        };
        uint64_t carry = 0;

        for (unsigned l = 0; l < 5; l++) {
            uint64_t d = carry;

            for (unsigned i = 0; i < 5; i++) {
                const unsigned j = i <= l ? l - i : l + 5 - i;
                const uint64_t r =
                    p[(j + 1) * TRI_POLY1305_POWERS - 1] * (i <= l ? 1u : 5u);

                d += x[i] * r;
            }
            h[l] = (uint32_t)(d & LOW26);
            carry = d >> 26;
        }
        carry = 5 * carry + h[0];
        h[0] = (uint32_t)(carry & LOW26);
        h[1] += (uint32_t)(carry >> 26);
    }
}
