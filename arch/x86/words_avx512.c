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
    const __m512i up = _mm512_set1_epi64((long long)1 << 32);
    const __m128i by = _mm_cvtsi32_si128((int)shift);
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        const __m512i e = _mm512_sll_epi64(load(m + i), by);
        __m512i l0, h0, l1, h1, t, c;
        __mmask8 over;

        wide(_mm512_sll_epi64(load(x0 + i), by), load(y1 + i), &l0, &h0);
        wide(_mm512_sll_epi64(load(y0 + i), by), load(x1 + i), &l1, &h1);
        t = _mm512_add_epi64(l0, l1);
        over = _mm512_cmplt_epu64_mask(t, l0);
        /* h1 < 2^64 - 1, so that the carry does not run over. */
        h1 = _mm512_mask_add_epi64(h1, over, h1, one);
        c = _mm512_add_epi64(h0, h1);
        over = _mm512_cmplt_epu64_mask(c, h0);
        h1 = _mm512_maskz_mov_epi64(over, up);
        over = _mm512_cmpgt_epu64_mask(e, t);
        t = _mm512_mask_sub_epi64(c, over, c, one);
        /* A borrow from 0. */
        over = _mm512_cmpgt_epu64_mask(t, c);
        h1 = _mm512_mask_sub_epi64(h1, over, h1, up);
        store(lo + i, _mm512_and_si512(t, _mm512_set1_epi64(0xffffffff)));
        store(hi + i, _mm512_add_epi64(h1, _mm512_srli_epi64(t, 32)));
    }
    tri_words_carry_ref(lo + i, hi + i, x0 + i, x1 + i, y0 + i, y1 + i, m + i,
                        shift, n - i);
}

enum { QUADS = 8 }; /* of four rows, whose tables are in the L1 cache */

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

/* All sums of a subset of up to four vectors. */
static inline void subsets(uint64_t t[16][8], const uint64_t *x, size_t ldx,
                           size_t rows, __mmask8 in)
{
    store(t[0], _mm512_setzero_si512());
    for (size_t r = 0; r < 4; r++) {
        const __m512i v = r < rows ? _mm512_maskz_loadu_epi64(in, x + r * ldx)
                                   : _mm512_setzero_si512();

        for (size_t s = 0; s < (size_t)1 << r; s++)
            store(t[s + ((size_t)1 << r)], _mm512_add_epi64(load(t[s]), v));
    }
}

/* COLS vectors of columns, of which the last one may be a part. */
static inline void columns(uint64_t *z, size_t ldz, const uint64_t *x,
                           size_t ldx, size_t rows,
                           const uint16_t (*at)[TRI_SUMS], size_t cols,
                           __mmask8 in)
{
    _Alignas(64) uint64_t t[2][QUADS][16][8];
    const size_t quads = (rows + 3) / 4;

    for (size_t v = 0; v < cols; v++)
        for (size_t q = 0; q < quads; q++)
            subsets(t[v][q], x + 4 * q * ldx + 8 * v, ldx,
                    rows - 4 * q < 4 ? rows - 4 * q : 4,
                    v + 1 < cols ? (__mmask8)0xff : in);
    for (size_t j = 0; j < TRI_SUMS; j++, z += ldz) {
        __m512i s[2];

        for (size_t v = 0; v < cols; v++)
            s[v] = _mm512_maskz_loadu_epi64(v + 1 < cols ? (__mmask8)0xff : in,
                                            z + 8 * v);
        for (size_t q = 0; q < quads; q++)
            for (size_t v = 0; v < cols; v++)
                s[v] = _mm512_add_epi64(
                    s[v], *(const __m512i *)((const char *)t[v][q] + at[q][j]));
        for (size_t v = 0; v < cols; v++)
            _mm512_mask_storeu_epi64(z + 8 * v,
                                     v + 1 < cols ? (__mmask8)0xff : in, s[v]);
    }
}

TRI_DECL_WORDS_PROJECT(tri_words_project_avx512)
{
    uint16_t at[QUADS][TRI_SUMS];

    for (size_t r = 0; r < rows; r += 4 * QUADS) {
        const size_t left = rows - r < 4 * QUADS ? rows - r : 4 * QUADS;
        const uint64_t *from = x + r * ldx;

        for (size_t q = 0; 4 * q < left; q++)
            places(at[q], bits + r + 4 * q,
                   left - 4 * q < 4 ? left - 4 * q : 4);
        for (size_t i = 0; i < n; i += 16) {
            const size_t in = n - i < 16 ? n - i : 16;
            const __mmask8 part = (__mmask8)(0xff >> (in % 8 ? 8 - in % 8 : 0));

            if (in > 8)
                columns(z + i, ldz, from + i, ldx, left,
                        (const uint16_t(*)[TRI_SUMS])at, 2, part);
            else
                columns(z + i, ldz, from + i, ldx, left,
                        (const uint16_t(*)[TRI_SUMS])at, 1, part);
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
