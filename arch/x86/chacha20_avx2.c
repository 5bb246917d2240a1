/* Built with -mavx2 (see Makefile); reached only through the kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

/* Vector i holds word i of eight blocks, one in each 32-bit lane. */
#define ADD(a, b) _mm256_add_epi32(a, b)
#define XOR(a, b) _mm256_xor_si256(a, b)
#define ROT(x, n) \
    _mm256_or_si256(_mm256_slli_epi32(x, n), _mm256_srli_epi32(x, 32 - (n)))
/* Whole bytes: one shuffle instead of two shifts and an or. */
#define ROT16(x) _mm256_shuffle_epi8(x, rot16)
#define ROT8(x)  _mm256_shuffle_epi8(x, rot8)

#define QUARTER(a, b, c, d) \
    do {                    \
        a = ADD(a, b);      \
        d = XOR(d, a);      \
        d = ROT16(d);       \
        c = ADD(c, d);      \
        b = XOR(b, c);      \
        b = ROT(b, 12);     \
        a = ADD(a, b);      \
        d = XOR(d, a);      \
        d = ROT8(d);        \
        c = ADD(c, d);      \
        b = XOR(b, c);      \
        b = ROT(b, 7);      \
    } while (0)

static inline __m256i set1(uint32_t x)
{
    return _mm256_set1_epi32((int)x);
}

/* In each 128-bit half: 4 words of 4 blocks -> 4 blocks of 4 words. */
static inline void transpose(__m256i v[4])
{
    const __m256i a = _mm256_unpacklo_epi32(v[0], v[1]);
    const __m256i b = _mm256_unpackhi_epi32(v[0], v[1]);
    const __m256i c = _mm256_unpacklo_epi32(v[2], v[3]);
    const __m256i d = _mm256_unpackhi_epi32(v[2], v[3]);

    v[0] = _mm256_unpacklo_epi64(a, c);
    v[1] = _mm256_unpackhi_epi64(a, c);
    v[2] = _mm256_unpacklo_epi64(b, d);
    v[3] = _mm256_unpackhi_epi64(b, d);
}

static inline void store_half(uint8_t *out, __m256i lo, __m256i hi, int half)
{
    const __m256i x = half ? _mm256_permute2x128_si256(lo, hi, 0x31)
                           : _mm256_permute2x128_si256(lo, hi, 0x20);

    _mm256_storeu_si256((__m256i *)out, x);
}

/* Eight blocks a turn. A last, partial turn computes eight and stores those
 * that were asked for. */
TRI_DECL_CHACHA20(tri_chacha20_avx2)
{
    const __m256i rot16 =
        _mm256_setr_epi8(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
                         2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    const __m256i rot8 =
        _mm256_setr_epi8(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,
                         3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);
    const uint32_t start[16] = {
        0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, key[0], key[1],
        key[2],     key[3],     key[4],     key[5],     key[6], key[7],
        0,          nonce[0],   nonce[1],   nonce[2],
    };

    for (size_t left = nblocks; left > 0;) {
        const size_t now = left < 8 ? left : 8;
        const __m256i count =
            ADD(set1(counter), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
        __m256i v[16];

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
            if (b < now) {
                store_half(out + 64 * b, v[b], v[4 + b], 0);
                store_half(out + 64 * b + 32, v[8 + b], v[12 + b], 0);
            }
            if (4 + b < now) {
                store_half(out + 64 * (4 + b), v[b], v[4 + b], 1);
                store_half(out + 64 * (4 + b) + 32, v[8 + b], v[12 + b], 1);
            }
        }

        counter += 8;
        out += 64 * now;
        left -= now;
    }
}
