/* Built with AVX-512 F, BW, DQ and VL (see Makefile); reached only through the
 * kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#include "arch/x86/chacha20_avx512.inc"

/* Sixteen blocks a turn. Up to eight left over are AVX2's; a larger partial
 * turn computes sixteen and stores those that were asked for. */
TRI_DECL_CHACHA20(tri_chacha20_avx512)
{
    const uint32_t start[16] = {
        0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, key[0], key[1],
        key[2],     key[3],     key[4],     key[5],     key[6], key[7],
        0,          nonce[0],   nonce[1],   nonce[2],
    };
    size_t left = nblocks;

    while (left > 8) {
        const size_t now = left < 16 ? left : 16;
        const __m512i count =
            ADD(set1(counter), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
                                                 10, 11, 12, 13, 14, 15));
        __m512i v[16];

        for (unsigned i = 0; i < 16; i++)
            v[i] = set1(start[i]);
        v[12] = count;

        for (unsigned round = 0; round < 20; round += 2) {
            QUARTER(v[0], v[4], v[8], v[12]);
            QUARTER(v[1], v[5], v[9], v[13]);
            QUARTER(v[2], v[6], v[10], v[14]);
            QUARTER(v[3], v[7], v[11], v[15]);
            QUARTER(v[0], v[5], v[10], v[15]);
            QUARTER(v[1], v[6], v[11], v[12]);
            QUARTER(v[2], v[7], v[8], v[13]);
            QUARTER(v[3], v[4], v[9], v[14]);
        }

        v[12] = ADD(v[12], count);
        for (unsigned i = 0; i < 16; i++)
            if (i != 12)
                v[i] = ADD(v[i], set1(start[i]));

        for (unsigned i = 0; i < 16; i += 4)
            transpose(v + i);
        for (unsigned b = 0; b < 4; b++) {
            __m512i blk[4];

            quarters(blk, v[b], v[4 + b], v[8 + b], v[12 + b]);
            for (unsigned q = 0; q < 4; q++)
                if (4 * q + b < now)
                    _mm512_storeu_si512(out + 64 * (4 * q + b), blk[q]);
        }

        counter += 16;
        out += 64 * now;
        left -= now;
    }
    tri_chacha20_avx2(out, key, nonce, counter, left);
}
