#ifndef TRI_TESTS_ARCH_AVX512_MODEL_H
#define TRI_TESTS_ARCH_AVX512_MODEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** \file tests/arch/avx512_model.h
 *
 * # AVX-512 in C
 *
 * The intrinsics that kernels built on a model need (amx_model.h,
 * vaes_model.h), for compilers that may not use AVX-512 itself; after the
 * operation sections of Intel's Software Developer's Manual, volume 2.
 */

#ifndef MODEL
/* Calls: inlined, sanitizers make a minute of compilation out of them. */
#define MODEL static __attribute__((noinline, unused))
#endif

typedef struct {
    uint8_t b[64];
} __m512i;
typedef uint8_t __mmask8;

MODEL __m512i _mm512_loadu_si512(const void *p)
{
    __m512i z;

    memcpy(&z, p, sizeof z);
    return z;
}

MODEL void _mm512_storeu_si512(void *p, __m512i z)
{
    memcpy(p, &z, sizeof z);
}

MODEL __m512i _mm512_maskz_loadu_epi64(__mmask8 m, const void *p)
{
    __m512i z = { { 0 } };

    for (size_t i = 0; i < 8; i++)
        if (m >> i & 1)
            memcpy(z.b + 8 * i, (const uint8_t *)p + 8 * i, 8);
    return z;
}

MODEL void _mm512_mask_storeu_epi64(void *p, __mmask8 m, __m512i z)
{
    for (size_t i = 0; i < 8; i++)
        if (m >> i & 1)
            memcpy((uint8_t *)p + 8 * i, z.b + 8 * i, 8);
}

MODEL __m512i _mm512_setr_epi64(int64_t a, int64_t b, int64_t c, int64_t d,
                                int64_t e, int64_t f, int64_t g, int64_t h)
{
    const int64_t v[8] = { a, b, c, d, e, f, g, h };

    return _mm512_loadu_si512(v);
}

MODEL __m512i _mm512_setr_epi32(int a, int b, int c, int d, int e, int f, int g,
                                int h, int i, int j, int k, int l, int m, int n,
                                int o, int p)
{
    const int32_t v[16] = { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p };

    return _mm512_loadu_si512(v);
}

MODEL __m512i _mm512_add_epi64(__m512i x, __m512i y)
{
    uint64_t a[8], b[8];

    memcpy(a, &x, sizeof a);
    memcpy(b, &y, sizeof b);
    for (size_t i = 0; i < 8; i++)
        a[i] += b[i];
    return _mm512_loadu_si512(a);
}

MODEL __m512i _mm512_set1_epi64(long long c)
{
    return _mm512_setr_epi64(c, c, c, c, c, c, c, c);
}

MODEL __m512i _mm512_set1_epi8(char c)
{
    __m512i z;

    memset(&z, c, sizeof z);
    return z;
}

MODEL __m512i _mm512_sub_epi64(__m512i x, __m512i y)
{
    uint64_t a[8], b[8];

    memcpy(a, &x, sizeof a);
    memcpy(b, &y, sizeof b);
    for (size_t i = 0; i < 8; i++)
        a[i] -= b[i];
    return _mm512_loadu_si512(a);
}

MODEL __m512i _mm512_mullo_epi64(__m512i x, __m512i y)
{
    uint64_t a[8], b[8];

    memcpy(a, &x, sizeof a);
    memcpy(b, &y, sizeof b);
    for (size_t i = 0; i < 8; i++)
        a[i] *= b[i];
    return _mm512_loadu_si512(a);
}

MODEL __m512i _mm512_slli_epi64(__m512i x, unsigned s)
{
    uint64_t a[8];

    memcpy(a, &x, sizeof a);
    for (size_t i = 0; i < 8; i++)
        a[i] <<= s;
    return _mm512_loadu_si512(a);
}

/* Elements of `size` bytes: those that `index` selects of x, then of y. */
MODEL __m512i avx512_pick(__m512i x, __m512i index, __m512i y, size_t size)
{
    uint8_t both[128];
    __m512i z;

    memcpy(both, &x, 64);
    memcpy(both + 64, &y, 64);
    for (size_t i = 0; i < 64; i += size)
        memcpy(z.b + i, both + index.b[i] % (128 / size) * size, size);
    return z;
}

/* Within 16 bytes: elements of the lower or upper half of x and y in turn. */
MODEL __m512i avx512_unpack(__m512i x, __m512i y, size_t size, size_t half)
{
    __m512i z;

    for (size_t lane = 0; lane < 64; lane += 16)
        for (size_t i = 0; i < 8; i += size) {
            memcpy(z.b + lane + 2 * i, x.b + lane + 8 * half + i, size);
            memcpy(z.b + lane + 2 * i + size, y.b + lane + 8 * half + i, size);
        }
    return z;
}

#define _mm512_permutex2var_epi32(x, i, y) avx512_pick(x, i, y, 4)
#define _mm512_permutex2var_epi64(x, i, y) avx512_pick(x, i, y, 8)
#define _mm512_unpacklo_epi8(x, y)         avx512_unpack(x, y, 1, 0)
#define _mm512_unpackhi_epi8(x, y)         avx512_unpack(x, y, 1, 1)
#define _mm512_unpacklo_epi16(x, y)        avx512_unpack(x, y, 2, 0)
#define _mm512_unpackhi_epi16(x, y)        avx512_unpack(x, y, 2, 1)
#define _mm512_unpacklo_epi32(x, y)        avx512_unpack(x, y, 4, 0)
#define _mm512_unpackhi_epi32(x, y)        avx512_unpack(x, y, 4, 1)
#define _mm512_unpacklo_epi64(x, y)        avx512_unpack(x, y, 8, 0)
#define _mm512_unpackhi_epi64(x, y)        avx512_unpack(x, y, 8, 1)

/* ---- bits and elements --------------------------------------------------- */

MODEL __m512i _mm512_setzero_si512(void)
{
    const __m512i z = { { 0 } };

    return z;
}

/* Bit by bit: the bit of `table` that the bits of x, y and z number. */
MODEL __m512i _mm512_ternarylogic_epi64(__m512i x, __m512i y, __m512i z,
                                        unsigned table)
{
    for (size_t i = 0; i < 64; i++) {
        unsigned r = 0;

        for (unsigned b = 0; b < 8; b++) {
            const unsigned at = (x.b[i] >> b & 1u) << 2 |
                                (y.b[i] >> b & 1u) << 1 | (z.b[i] >> b & 1u);

            r |= (table >> at & 1u) << b;
        }
        x.b[i] = (uint8_t)r;
    }
    return x;
}

MODEL __m512i _mm512_xor_si512(__m512i x, __m512i y)
{
    for (size_t i = 0; i < 64; i++)
        x.b[i] ^= y.b[i];
    return x;
}

MODEL __m512i _mm512_and_si512(__m512i x, __m512i y)
{
    for (size_t i = 0; i < 64; i++)
        x.b[i] &= y.b[i];
    return x;
}

MODEL __m512i _mm512_or_si512(__m512i x, __m512i y)
{
    for (size_t i = 0; i < 64; i++)
        x.b[i] |= y.b[i];
    return x;
}

MODEL __m512i _mm512_add_epi32(__m512i x, __m512i y)
{
    uint32_t a[16], b[16];

    memcpy(a, &x, sizeof a);
    memcpy(b, &y, sizeof b);
    for (size_t i = 0; i < 16; i++)
        a[i] += b[i];
    return _mm512_loadu_si512(a);
}

MODEL __m512i _mm512_srli_epi64(__m512i x, unsigned s)
{
    uint64_t a[8];

    memcpy(a, &x, sizeof a);
    for (size_t i = 0; i < 8; i++)
        a[i] >>= s;
    return _mm512_loadu_si512(a);
}

MODEL __m512i _mm512_srlv_epi64(__m512i x, __m512i s)
{
    uint64_t a[8], b[8];

    memcpy(a, &x, sizeof a);
    memcpy(b, &s, sizeof b);
    for (size_t i = 0; i < 8; i++)
        a[i] = b[i] < 64 ? a[i] >> b[i] : 0;
    return _mm512_loadu_si512(a);
}

/* One count for all words; no kernel here uses more of 128 bits. */
typedef uint64_t __m128i;
#define _mm_cvtsi32_si128(s) ((uint64_t)(uint32_t)(s))
#define _mm512_srl_epi64(x, s) \
    _mm512_srlv_epi64(x, _mm512_set1_epi64((long long)(s)))

/* Bit i: whether byte i of x & y is not 0. */
MODEL uint64_t _mm512_test_epi8_mask(__m512i x, __m512i y)
{
    uint64_t m = 0;

    for (size_t i = 0; i < 64; i++)
        m |= (uint64_t)((x.b[i] & y.b[i]) != 0) << i;
    return m;
}

MODEL __m512i _mm512_permutexvar_epi16(__m512i index, __m512i x)
{
    __m512i z;

    for (size_t i = 0; i < 64; i += 2)
        memcpy(z.b + i, x.b + 2 * (index.b[i] % 32), 2);
    return z;
}

MODEL __m512i _mm512_srai_epi32(__m512i x, unsigned s)
{
    uint32_t a[16];

    memcpy(a, &x, sizeof a);
    for (size_t i = 0; i < 16; i++)
        a[i] = a[i] >> s | (a[i] >> 31 ? ~(UINT32_MAX >> s) : 0u);
    return _mm512_loadu_si512(a);
}

/* ---- within each 16 bytes ------------------------------------------------ */

/* Byte i is byte `index.b[i]` of its 16, or 0 where the top bit is set. */
MODEL __m512i _mm512_shuffle_epi8(__m512i x, __m512i index)
{
    __m512i z;

    for (size_t i = 0; i < 64; i++)
        z.b[i] = index.b[i] & 0x80 ? 0 : x.b[i / 16 * 16 + index.b[i] % 16];
    return z;
}

MODEL __m512i _mm512_shuffle_epi32(__m512i x, unsigned order)
{
    __m512i z;

    for (size_t i = 0; i < 16; i++)
        memcpy(z.b + 4 * i, x.b + i / 4 * 16 + 4 * (order >> (2 * (i % 4)) & 3),
               4);
    return z;
}

/* By n bytes up, or down. */
MODEL __m512i _mm512_bslli_epi128(__m512i x, unsigned n)
{
    __m512i z;

    for (size_t i = 0; i < 64; i++)
        z.b[i] = i % 16 < n ? 0 : x.b[i - n];
    return z;
}

MODEL __m512i _mm512_bsrli_epi128(__m512i x, unsigned n)
{
    __m512i z;

    for (size_t i = 0; i < 64; i++)
        z.b[i] = i % 16 + n > 15 ? 0 : x.b[i + n];
    return z;
}

/* ---- lanes of 16 bytes: two of x, then two of y -------------------------- */

MODEL __m512i _mm512_shuffle_i32x4(__m512i x, __m512i y, unsigned order)
{
    __m512i z;

    for (size_t i = 0; i < 4; i++)
        memcpy(z.b + 16 * i, (i < 2 ? x.b : y.b) + 16 * (order >> (2 * i) & 3),
               16);
    return z;
}

#endif
