/* Built with AVX-512 F, BW, DQ and VL (see Makefile); reached only through the
 * kernel table. */
#include <immintrin.h>
#include "arch/kernels.h"

#include "arch/x86/chacha20_avx512.inc"

/* One quarter of a quarter round on v[]. Only one of the two ports rotates, so
 * the order of instructions is most of the speed: four columns in turn, which
 * the compilers would tear apart. */
#define STEP(a, b, d, n)                      \
    __asm__ volatile("vpaddd %2, %0, %0\n\t"  \
                     "vpxord %0, %1, %1\n\t"  \
                     "vprold %3, %1, %1"      \
                     : "+v"(v[a]), "+v"(v[d]) \
                     : "v"(v[b]), "i"(n))

static const uint32_t sigma[4] = { 0x61707865, 0x3320646e, 0x79622d32,
                                   0x6b206574 };

/* What the columns of the first round, but for that of the counter, make of
 * any block under this key and nonce; words 0, 4, 8 and 12 are of no use. */
static inline void first_columns(uint32_t first[16], const uint32_t key[8],
                                 const uint32_t nonce[3])
{
    __m128i a = _mm_loadu_si128((const __m128i *)sigma);
    __m128i b = _mm_loadu_si128((const __m128i *)key);
    __m128i c = _mm_loadu_si128((const __m128i *)(key + 4));
    __m128i d = _mm_setr_epi32(0, (int)nonce[0], (int)nonce[1], (int)nonce[2]);

    a = _mm_add_epi32(a, b);
    d = _mm_rol_epi32(_mm_xor_si128(d, a), 16);
    c = _mm_add_epi32(c, d);
    b = _mm_rol_epi32(_mm_xor_si128(b, c), 12);
    a = _mm_add_epi32(a, b);
    d = _mm_rol_epi32(_mm_xor_si128(d, a), 8);
    c = _mm_add_epi32(c, d);
    b = _mm_rol_epi32(_mm_xor_si128(b, c), 7);
    _mm_storeu_si128((__m128i *)first, a);
    _mm_storeu_si128((__m128i *)(first + 4), b);
    _mm_storeu_si128((__m128i *)(first + 8), c);
    _mm_storeu_si128((__m128i *)(first + 12), d);
}

/* From memory and at this place: neither takes a port that the rounds need,
 * while compilers would keep copies of 64 bytes. */
static inline __m512i word(const uint32_t *p)
{
    __m512i x;

    __asm__ volatile("vpbroadcastd %1, %0" : "=v"(x) : "m"(*p));
    return x;
}

#define ADD_WORD(x, p) \
    __asm__ volatile("vpaddd %1%{1to16%}, %0, %0" : "+v"(x) : "m"(*(p)))

/* v[] behind the columns of the first round. */
static inline __attribute__((always_inline)) void begin(
    __m512i v[16], const uint32_t key[8], const uint32_t first[16],
    __m512i count)
{
    v[0] = word(sigma);
    v[4] = word(key);
    v[8] = word(key + 4);
    v[12] = count;
    FIRST(0, 4, 8, 12);
    SECOND(0, 4, 8, 12);
    THIRD(0, 4, 8, 12);
    FOURTH(0, 4, 8, 12);
    for (unsigned i = 0; i < 16; i++)
        if (i % 4 != 0)
            v[i] = word(first + i);
}

/* Adds what the blocks started from; then v[4*w + b] holds words 4*w.. of block
 * 4*q + b in its quarter q. */
static inline __attribute__((always_inline)) void end(__m512i v[16],
                                                      const uint32_t key[8],
                                                      const uint32_t nonce[3],
                                                      __m512i count)
{
    for (unsigned i = 0; i < 4; i++)
        ADD_WORD(v[i], sigma + i);
    for (unsigned i = 0; i < 8; i++)
        ADD_WORD(v[4 + i], key + i);
    v[12] = ADD(v[12], count);
    for (unsigned i = 0; i < 3; i++)
        ADD_WORD(v[13 + i], nonce + i);
    for (unsigned i = 0; i < 16; i += 4)
        transpose(v + i);
}

static inline void put(uint8_t *out, __m256i x)
{
    _mm256_storeu_si256((__m256i *)out, x);
}

/* Sixteen blocks, of which the first `n` are stored: by halves, as storing an
 * upper half takes no port that shuffles. */
static inline __attribute__((always_inline)) void blocks(
    uint8_t *out, const uint32_t key[8], const uint32_t nonce[3],
    uint32_t counter, const uint32_t first[16], size_t n)
{
    const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const __m512i high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    const __m512i count = counters(counter);
    __m512i v[16];

    begin(v, key, first, count);
    DIAGONALS(FIRST);
    DIAGONALS(SECOND);
    DIAGONALS(THIRD);
    DIAGONALS(FOURTH);
    for (unsigned round = 2; round < 20; round += 2) {
        COLUMNS(FIRST);
        COLUMNS(SECOND);
        COLUMNS(THIRD);
        COLUMNS(FOURTH);
        DIAGONALS(FIRST);
        DIAGONALS(SECOND);
        DIAGONALS(THIRD);
        DIAGONALS(FOURTH);
    }
    end(v, key, nonce, count);
    for (unsigned b = 0; b < 4; b++)
        for (unsigned h = 0; h < 2; h++) {
            const __m512i left = v[8 * h + b], right = v[8 * h + 4 + b];
            const __m512i x = _mm512_permutex2var_epi64(left, low, right);
            const __m512i y = _mm512_permutex2var_epi64(left, high, right);
            uint8_t *to = out + 64 * b + 32 * h;

            if (b < n)
                put(to, _mm512_castsi512_si256(x));
            if (4 + b < n)
                put(to + 64 * 4, _mm512_extracti64x4_epi64(x, 1));
            if (8 + b < n)
                put(to + 64 * 8, _mm512_castsi512_si256(y));
            if (12 + b < n)
                put(to + 64 * 12, _mm512_extracti64x4_epi64(y, 1));
        }
}

/* Up to eight blocks left over are AVX2's. */
TRI_DECL_CHACHA20(tri_chacha20_avx512)
{
    uint32_t first[16];

    first_columns(first, key, nonce);
    for (; nblocks >= 16; nblocks -= 16) {
        blocks(out, key, nonce, counter, first, 16);
        counter += 16;
        out += 64 * 16;
    }
    if (nblocks > 8)
        blocks(out, key, nonce, counter, first, nblocks);
    else if (nblocks > 0)
        tri_chacha20_avx2(out, key, nonce, counter, nblocks);
}
