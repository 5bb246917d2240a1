/* Carries of products and random sums, eight words at a time. */
#include <immintrin.h>
#include "arch/kernels.h"
#include "arch/wide.h"

static inline __m512i load(const uint64_t *p)
{
    return _mm512_loadu_si512(p);
}

static inline void store(uint64_t *p, __m512i x)
{
    _mm512_storeu_si512(p, x);
}

/* a * b from products of halves, as core's definition of a wide product. */
static inline void wide(__m512i a, __m512i b, __m512i *lo, __m512i *hi)
{
    const __m512i low = _mm512_set1_epi64(0xffffffff);
    const __m512i a1 = _mm512_srli_epi64(a, 32), b1 = _mm512_srli_epi64(b, 32);
    const __m512i p0 = _mm512_mul_epu32(a, b);
    const __m512i mid =
        _mm512_add_epi64(_mm512_mul_epu32(a1, b), _mm512_srli_epi64(p0, 32));
    const __m512i mid2 =
        _mm512_add_epi64(_mm512_mul_epu32(a, b1), _mm512_and_si512(mid, low));

    *lo =
        _mm512_or_si512(_mm512_slli_epi64(mid2, 32), _mm512_and_si512(p0, low));
    *hi = _mm512_add_epi64(_mm512_mul_epu32(a1, b1),
                           _mm512_add_epi64(_mm512_srli_epi64(mid, 32),
                                            _mm512_srli_epi64(mid2, 32)));
}

TRI_DECL_WORDS_CARRY(tri_words_carry_avx512)
{
    const __m512i one = _mm512_set1_epi64(1);
    const __m512i bits21 = _mm512_set1_epi64(0x1fffff);
    const __m512i bits22 = _mm512_set1_epi64(0x3fffff);
    const __m128i by = _mm_cvtsi32_si128((int)shift);

    for (size_t i = 0; i < groups * TRI_PLACES; i += 8) {
        const __m512i e = _mm512_sll_epi64(load(m + i), by);
        uint64_t *const to = z + i / TRI_PLACES * TRI_CARRIED;
        __m512i l0, h0, l1, h1, t, c, b;
        __mmask8 over;

        wide(_mm512_sll_epi64(load(x0 + i), by), load(y1 + i), &l0, &h0);
        wide(_mm512_sll_epi64(load(y0 + i), by), load(x1 + i), &l1, &h1);
        t = _mm512_add_epi64(l0, l1);
        over = _mm512_cmplt_epu64_mask(t, l0);
        /* h1 < 2^64 - 1, so that the carry does not run over. */
        h1 = _mm512_mask_add_epi64(h1, over, h1, one);
        c = _mm512_add_epi64(h0, h1);
        over = _mm512_cmpgt_epu64_mask(e, t);
        b = _mm512_and_si512(c, bits21);
        b = _mm512_mask_sub_epi64(b, over, b, one);
        store(
            to + i % TRI_PLACES,
            _mm512_add_epi64(_mm512_and_si512(_mm512_srli_epi64(c, 21), bits22),
                             _mm512_slli_epi64(b, 32)));
        over = _mm512_cmplt_epu64_mask(c, h0);
        b = _mm512_srli_epi64(c, 43);
        b = _mm512_mask_add_epi64(b, over, b, _mm512_set1_epi64(1 << 21));
        _mm256_storeu_si256((__m256i *)(to + TRI_PLACES + i % TRI_PLACES / 2),
                            _mm512_cvtepi64_epi32(b));
    }
}

/* Quads of rows, whose tables of all sums of a subset stay in the nearest
 * cache. HALF of the sums are in registers at a time, in rows of eight. Rows
 * lie apart, so that the words AHEAD have to be asked for. */
enum { QUADS = 16, HALF = TRI_SUMS / 2, AHEAD = 16 };

/* Where in the table of a quad each sum finds its vector: at 64 bytes times the
 * four bits that it has in these rows. */
static void places(uint16_t at[TRI_SUMS], const uint64_t *bits, size_t rows)
{
    __m512i half[2];

    half[0] = half[1] = _mm512_setzero_si512();
    for (size_t r = 0; r < rows; r++) {
        const __m512i bit = _mm512_set1_epi16((short)(64 << r));
        const __mmask32 lo = (__mmask32)bits[r];
        const __mmask32 hi = (__mmask32)(bits[r] >> 32);

        half[0] = _mm512_or_si512(half[0], _mm512_maskz_mov_epi16(lo, bit));
        half[1] = _mm512_or_si512(half[1], _mm512_maskz_mov_epi16(hi, bit));
    }
    _mm512_storeu_si512(at, half[0]);
    _mm256_storeu_si256((__m256i *)(at + 32), _mm512_castsi512_si256(half[1]));
}

/* All sums of a subset of up to four vectors, but for that of none. */
static inline void subsets(uint64_t t[16][8], const uint64_t *x, size_t ldx,
                           size_t rows, __mmask8 in)
{
    const __m512i a = _mm512_maskz_loadu_epi64(in, x);
    const __m512i b = _mm512_maskz_loadu_epi64(rows > 1 ? in : 0, x + ldx);
    const __m512i c = _mm512_maskz_loadu_epi64(rows > 2 ? in : 0, x + 2 * ldx);
    const __m512i d = _mm512_maskz_loadu_epi64(rows > 3 ? in : 0, x + 3 * ldx);
    const __m512i ab = _mm512_add_epi64(a, b), cd = _mm512_add_epi64(c, d);

    for (size_t r = 0; r < 4; r++)
        _mm_prefetch((const char *)(x + r * ldx + AHEAD), _MM_HINT_T1);
    store(t[1], a);
    store(t[2], b);
    store(t[3], ab);
    store(t[4], c);
    store(t[5], _mm512_add_epi64(a, c));
    store(t[6], _mm512_add_epi64(b, c));
    store(t[7], _mm512_add_epi64(ab, c));
    store(t[8], d);
    store(t[9], _mm512_add_epi64(a, d));
    store(t[10], _mm512_add_epi64(b, d));
    store(t[11], _mm512_add_epi64(ab, d));
    store(t[12], cd);
    store(t[13], _mm512_add_epi64(a, cd));
    store(t[14], _mm512_add_epi64(b, cd));
    store(t[15], _mm512_add_epi64(ab, cd));
}

/* HALF of the sums of a vector of columns; `fresh`: the tables are made on the
 * way, each before the sums of the quad ahead of it are read, since what has
 * just been stored takes longer to read. */
static inline __attribute__((always_inline)) void columns(
    uint64_t *z, size_t ldz, const uint64_t *x, size_t ldx, size_t rows,
    uint64_t (*t)[16][8], const uint16_t *at, __mmask8 in, int fresh)
{
    __m512i s[HALF / 8][8];

    for (size_t j = 0; j < HALF / 8; j++)
        for (size_t i = 0; i < 8; i++)
            s[j][i] = _mm512_maskz_loadu_epi64(in, z + (8 * j + i) * ldz);
    if (fresh)
        subsets(t[0], x, ldx, rows < 4 ? rows : 4, in);
    for (size_t q = 0; 4 * q < rows; q++, at += TRI_SUMS) {
        const size_t next = 4 * (q + 1);

        if (fresh && next < rows)
            subsets(t[q + 1], x + next * ldx, ldx,
                    rows - next < 4 ? rows - next : 4, in);
        for (size_t j = 0; j < HALF / 8; j++)
            for (size_t i = 0; i < 8; i++)
                s[j][i] = _mm512_add_epi64(
                    s[j][i],
                    *(const __m512i *)((const char *)t[q] + at[8 * j + i]));
    }
    for (size_t j = 0; j < HALF / 8; j++)
        for (size_t i = 0; i < 8; i++)
            _mm512_mask_storeu_epi64(z + (8 * j + i) * ldz, in, s[j][i]);
}

TRI_DECL_WORDS_PROJECT(tri_words_project_avx512)
{
    _Alignas(64) uint64_t t[QUADS][16][8];
    uint16_t at[QUADS][TRI_SUMS];

    for (size_t q = 0; q < QUADS; q++)
        store(t[q][0], _mm512_setzero_si512());
    for (size_t r = 0; r < rows; r += 4 * QUADS) {
        const size_t left = rows - r < 4 * QUADS ? rows - r : 4 * QUADS;
        const uint64_t *from = x + r * ldx;

        for (size_t q = 0; 4 * q < left; q++)
            places(at[q], bits + r + 4 * q,
                   left - 4 * q < 4 ? left - 4 * q : 4);
        for (size_t i = 0; i < n; i += 8) {
            const __mmask8 in =
                n - i < 8 ? (__mmask8)((1u << (n - i)) - 1) : (__mmask8)0xff;

            columns(z + i, ldz, from + i, ldx, left, t, at[0], in, 1);
            columns(z + HALF * ldz + i, ldz, from + i, ldx, left, t,
                    at[0] + HALF, in, 0);
        }
    }
}

#define WORDS(name) tri_words_##name##_avx512

typedef __m512i V;
enum { VW = 8 };

#define v_load(p)     load(p)
#define v_store(p, v) store(p, v)
#define v_all(x)      _mm512_set1_epi64((long long)(x))
#define v_add(x, y)   _mm512_add_epi64(x, y)
#define v_and(x, y)   _mm512_and_si512(x, y)
#define v_shr(x, n)   _mm512_srli_epi64(x, n)
#define v_mul32(x, y) _mm512_mul_epu32(x, y)

#include "arch/x86/words_dots.inc"
